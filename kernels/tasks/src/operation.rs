//! The operations there are, each described well enough that a panel and a command line can be built from the description.

use crate::TaskError;

/// One operation as a person and a program see it. Units, ranges and defaults are part of its identity: change one, raise `version`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperationSpec {
    /// The name in commands, tasks and receipts: lower case with hyphens.
    pub name: &'static str,
    /// The name in a panel.
    pub label: &'static str,
    /// What it does, in a sentence for a physician.
    pub summary: &'static str,
    /// Raised whenever an answer could change by a bit.
    pub version: u32,
    /// In the order a panel shows them.
    pub parameters: &'static [ParameterSpec],
    /// Whether every machine with fused multiply-add gives the same bits, so that a strict job may mix them all.
    pub exact: bool,
    /// What kind of result each slice gives.
    pub output: OutputKind,
    /// Which slices a task reads, and so how a series becomes tasks.
    pub reach: Reach,
    /// How far beyond its result a task of a [`Reach::Slab`] reads.
    pub halo: Halo,
    /// Multiply-adds for each voxel with the default parameters, about; what is shared out is weighed by it.
    pub cost_per_voxel: u64,
}

impl OperationSpec {
    /// The description of one parameter.
    pub fn parameter(&self, name: &str) -> Option<&'static ParameterSpec> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }
}

/// Which slices a task reads. Results merge by standing side by side in slice order, whatever the reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One slice, which its result is for.
    Slice,
    /// Neighbouring slices: those that the result is for, and a halo on either side, less at the ends of the series.
    Slab,
    /// The whole series; the result is for some of its slices.
    Series,
}

/// How many slices beyond its result an operation reads on either side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Halo {
    /// None.
    None,
    /// A parameter that is a length, times a factor, where the operation works in the volume.
    Length {
        /// The parameter.
        name: &'static str,
        /// The factor.
        times: f64,
    },
    /// As many voxels, where the operation works in the volume.
    Voxels(u32),
    /// Whatever the formula asks for.
    Formula,
    /// The sum over the steps of a pipeline.
    Steps,
}

/// One parameter of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// The name before the equals sign.
    pub name: &'static str,
    /// The name in a panel.
    pub label: &'static str,
    /// The unit of the value; empty for a pure number.
    pub unit: &'static str,
    /// Kind, inclusive range and default.
    pub kind: ParameterKind,
    /// What it means, in a sentence.
    pub summary: &'static str,
}

impl ParameterSpec {
    /// Whether the program fills it in by itself, so that nobody need be asked for it.
    pub fn is_filled_in(&self) -> bool {
        matches!(self.name, "class" | "orientation" | "first" | "halo")
    }
}

/// What values a parameter takes; ranges are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// A whole number.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
        /// Value when none is given.
        default: i64,
    },
    /// A finite real number.
    Real {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Value when none is given.
        default: f64,
    },
    /// One of some words.
    Choice {
        /// The words.
        words: &'static [&'static str],
        /// The word when none is given.
        default: &'static str,
    },
    /// The digest of a [`MatrixBlock`](crate::MatrixBlock) blob; has no default.
    Matrix,
    /// The digest of the text of a formula over masks; has no default.
    Formula,
    /// The digest of a [`Pipeline`](crate::Pipeline) blob; has no default.
    Pipeline,
    /// The digest of a [`ModelPackage`](kernel_inference::ModelPackage) blob; has no default.
    Model,
    /// The numeric class of the model on the machine that asks; filled in by it, and asked of nobody.
    Class,
}

/// The kind of [`TaskOutput`](crate::TaskOutput) an operation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// Factors of a matrix, shown as their product.
    LowRank,
    /// An image of real numbers.
    Image,
    /// A mask with a count and, where the voxel size is known, a volume.
    Mask,
    /// What the model says: an image, or labels with their counts.
    Model,
    /// What the last step of a pipeline gives: an image or a mask.
    Steps,
}

/// The name of the low-rank compression.
pub(crate) const SVD_COMPRESS: &str = "svd-compress";
/// The name of the matrix transform.
pub(crate) const TRANSFORM_MATRIX: &str = "transform-matrix";
/// The name of the threshold.
pub(crate) const THRESHOLD: &str = "threshold";

/// The name of a formula over masks.
pub(crate) const MASK_FORMULA: &str = "mask-formula";
/// The name of several operations, one after another.
pub const PIPELINE: &str = "pipeline";

/// The name of a 2-D model over each slice.
pub const MODEL_SLICE: &str = "model-slice";
/// The name of a 3-D model over a series.
pub const MODEL_VOLUME: &str = "model-volume";

/// Every operation, sorted by name.
pub fn operations() -> &'static [OperationSpec] {
    &crate::table::OPERATIONS
}

/// The operation of that name, or an error that lists the names there are.
pub fn operation(name: &str) -> Result<&'static OperationSpec, TaskError> {
    crate::table::OPERATIONS
        .iter()
        .find(|spec| spec.name == name)
        .ok_or_else(|| TaskError::UnknownOperation {
            name: name.chars().take(80).collect(),
            known: crate::table::OPERATIONS
                .iter()
                .map(|spec| spec.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}
