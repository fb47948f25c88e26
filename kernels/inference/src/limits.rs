//! The bounds of models, each with a name.

/// Bytes of a package: manifest, graph and test case together.
pub const PACKAGE_BYTES_MAX: usize = 256 << 20;
/// Bytes of a manifest.
pub const MANIFEST_BYTES_MAX: usize = 64 << 10;
/// Nodes of a graph, those of its inner graphs included.
pub const NODES_MAX: usize = 20_000;
/// Values of one tensor of a graph, and of one that a graph is told to make.
pub const TENSOR_VALUES_MAX: u64 = 1 << 27;
/// Length of one axis.
pub const AXIS_MAX: u64 = 1 << 16;
/// Values of a patch, all channels.
pub const PATCH_VALUES_MAX: usize = 1 << 25;
/// Labels of a labelmap, the background included: one byte a voxel.
pub const LABELS_MAX: usize = 256;
/// Bytes of the merged answers of a task.
pub const MERGED_BYTES_MAX: u64 = 2 << 30;
/// Models kept ready at once, or known not to run, each with one engine.
pub const MODELS_READY_MAX: usize = 8;
/// Plans of one model, one for each shape of patch.
pub const PLANS_MAX: usize = 4;
/// Sessions of ONNX Runtime that a plan keeps while nobody runs them.
pub const SESSIONS_KEPT_MAX: usize = 16;
/// Characters of a text in a manifest.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Characters of a reason of the engine that are told.
pub const REASON_CHARS_MAX: usize = 300;
