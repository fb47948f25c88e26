//! Bounds that a file must respect before any other reader sees it.

/// Deepest nesting of sequences that is followed.
pub const NESTING_DEPTH_MAX: u64 = 64;

/// Most elements and items that are visited in one file, apart from those that describe frames.
pub const ELEMENTS_MAX: u64 = 100_000;

/// Elements that are allowed on top for each frame that the per-frame functional groups describe.
pub const ELEMENTS_PER_FRAME_MAX: u64 = 200;

/// Longest value, in bytes, that is handed on from the header; longer ones are passed over.
pub const HEADER_VALUE_BYTES_MAX: u64 = 1024 * 1024;

/// Most header bytes handed to the value reader.
pub const HEADER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Most bytes a deflated data set may grow to.
pub const INFLATED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Most bytes of one decoded frame.
pub const FRAME_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Most bytes of all decoded frames of one file.
pub const PIXEL_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;

/// Most frames of one file.
pub const FRAMES_MAX: u64 = 100_000;

/// Most fragments of encapsulated pixel data.
pub const FRAGMENTS_MAX: usize = 400_000;

/// Most bytes of one compressed frame.
pub const COMPRESSED_FRAME_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Most problems that are kept for one file.
pub const PROBLEMS_MAX: usize = 16;
