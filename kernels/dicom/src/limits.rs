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

/// Most elements and items that are visited in an object beside images: contours, reports.
pub const OBJECT_ELEMENTS_MAX: u64 = 1_000_000;

/// Longest value of an object beside images that is read, in bytes.
pub const OBJECT_VALUE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Most bytes of one overlay plane's data, all its frames.
pub const OVERLAY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most points of all contours of a structure set.
pub const CONTOUR_POINTS_MAX: usize = 4_000_000;

/// Most graphics of a presentation state.
pub const GRAPHICS_MAX: usize = 20_000;

/// Most content items of a report that are kept.
pub const REPORT_LINES_MAX: usize = 20_000;

/// Most references to images that are kept of one object.
pub const REFERENCES_MAX: usize = 100_000;

/// Most rows of the tag inspector.
pub const TAG_ROWS_MAX: usize = 50_000;

/// Most bytes of a value that the tag inspector shows.
pub const TAG_VALUE_BYTES_MAX: u64 = 1024;

/// Most files that a DICOM directory may list.
pub const DIRECTORY_FILES_MAX: usize = 200_000;

/// Most entries of a zip archive.
pub const ZIP_ENTRIES_MAX: u64 = 100_000;

/// Most bytes that all entries of a zip archive may inflate to.
pub const ZIP_TOTAL_BYTES_MAX: u64 = 32 * 1024 * 1024 * 1024;

/// Most bytes of one entry of a zip archive.
pub const ZIP_ENTRY_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Most bytes that an entry may inflate to for each byte it takes in the archive.
pub const ZIP_RATIO_MAX: u64 = 1_000;

/// Most measurements of a report that are written or kept.
pub const REPORT_MARKS_MAX: usize = 20_000;

/// Most points of one outline of a report that is kept.
pub const REPORT_OUTLINE_POINTS_MAX: usize = 65_536;

/// Most bytes of a file that is copied without identities, all of which is in memory then.
pub const COPY_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
