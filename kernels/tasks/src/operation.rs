//! The operations there are, each described well enough that a panel and a command line can be built from the description.

use crate::{TASK_INPUTS_MAX, TaskError};

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
}

impl OperationSpec {
    /// The description of one parameter.
    pub fn parameter(&self, name: &str) -> Option<&'static ParameterSpec> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }
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
        matches!(self.name, "class" | "orientation" | "first")
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
    /// The digest of a [`MatrixBlock`](crate::MatrixBlock) blob; has no default.
    Matrix,
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
}

/// The name of the low-rank compression.
pub(crate) const SVD_COMPRESS: &str = "svd-compress";
/// The name of the matrix transform.
pub(crate) const TRANSFORM_MATRIX: &str = "transform-matrix";
/// The name of the threshold.
pub(crate) const THRESHOLD: &str = "threshold";

/// The name of a 2-D model over each slice.
pub const MODEL_SLICE: &str = "model-slice";
/// The name of a 3-D model over a series.
pub const MODEL_VOLUME: &str = "model-volume";

/// Modality values beyond this are no measurement: it bounds what a threshold may be set to.
const MODALITY_VALUE_MAX: f64 = 1e9;

const MODEL: ParameterSpec = ParameterSpec {
    name: "model",
    label: "Model",
    unit: "",
    kind: ParameterKind::Model,
    summary: "The name of a model that was added, such as denoise or denoise@1.0.0",
};

const CLASS: ParameterSpec = ParameterSpec {
    name: "class",
    label: "Numeric class",
    unit: "",
    kind: ParameterKind::Class,
    summary: "The digest of this machine's answer to the model's test case; machines of another class take no part in a strict job",
};

static OPERATIONS: [OperationSpec; 5] = [
    OperationSpec {
        name: MODEL_SLICE,
        label: "Model on slices",
        summary: "Runs a 2-D model over each slice by itself; the result is an image, or labels with their number of pixels and, \
                  where the voxel size is known, their volume",
        version: 1,
        parameters: &[MODEL, CLASS],
        exact: false,
        output: OutputKind::Model,
    },
    OperationSpec {
        name: MODEL_VOLUME,
        label: "Model on the series",
        summary: "Runs a 3-D model over the whole series in overlapping patches, at the model's own spacing and orientation; the \
                  result is labels on the slices of the series, with their number of voxels and, where the voxel size is known, their volume",
        version: 1,
        parameters: &[
            MODEL,
            CLASS,
            ParameterSpec {
                name: "orientation",
                label: "Orientation",
                unit: "",
                kind: ParameterKind::Integer {
                    min: 0,
                    max: 216,
                    default: 0,
                },
                summary: "How the series lies in the patient, as a number; filled in from its slices, 0 where they do not say",
            },
            ParameterSpec {
                name: "slices",
                label: "Slices a task",
                unit: "slices",
                kind: ParameterKind::Integer {
                    min: 1,
                    max: TASK_INPUTS_MAX as i64,
                    default: 64,
                },
                summary: "How many neighbouring slices of the result one task computes; fewer share better and compute more overlap",
            },
            ParameterSpec {
                name: "first",
                label: "First slice",
                unit: "",
                kind: ParameterKind::Integer {
                    min: 0,
                    max: TASK_INPUTS_MAX as i64,
                    default: 0,
                },
                summary: "The first slice of a task's result, counted from 0; each task of a job has its own",
            },
        ],
        exact: false,
        output: OutputKind::Model,
    },
    OperationSpec {
        name: SVD_COMPRESS,
        label: "Low-rank compression",
        summary: "Keeps the k strongest patterns of each slice, which needs less memory and removes fine noise; \
                  the error against the original is stated with every result",
        version: 2,
        parameters: &[ParameterSpec {
            name: "k",
            label: "Singular values kept",
            unit: "",
            kind: ParameterKind::Integer {
                min: 1,
                max: 4096,
                default: 32,
            },
            summary: "How many patterns are kept; more is closer to the original, at most the smaller side of the slice",
        }],
        exact: true,
        output: OutputKind::LowRank,
    },
    OperationSpec {
        name: THRESHOLD,
        label: "Threshold mask",
        summary: "Marks every pixel between two values, both included, and gives their number and, where the voxel size is known, \
                  their volume; padding is never marked",
        version: 1,
        parameters: &[
            ParameterSpec {
                name: "low",
                label: "Lowest value",
                unit: "modality units (HU for CT)",
                kind: ParameterKind::Real {
                    min: -MODALITY_VALUE_MAX,
                    max: MODALITY_VALUE_MAX,
                    default: 300.0,
                },
                summary: "The least value that is marked, after the modality lookup table",
            },
            ParameterSpec {
                name: "high",
                label: "Highest value",
                unit: "modality units (HU for CT)",
                kind: ParameterKind::Real {
                    min: -MODALITY_VALUE_MAX,
                    max: MODALITY_VALUE_MAX,
                    default: 3000.0,
                },
                summary: "The greatest value that is marked, after the modality lookup table",
            },
        ],
        exact: true,
        output: OutputKind::Mask,
    },
    OperationSpec {
        name: TRANSFORM_MATRIX,
        label: "Matrix transform",
        summary: "Multiplies every row of each slice by a matrix of weights, such as a filter or a change of basis",
        version: 1,
        parameters: &[ParameterSpec {
            name: "weights",
            label: "Weights",
            unit: "",
            kind: ParameterKind::Matrix,
            summary: "A matrix of [p, columns] real numbers, with as many columns as the slice; the result has p columns",
        }],
        exact: true,
        output: OutputKind::Image,
    },
];

/// Every operation, sorted by name.
pub fn operations() -> &'static [OperationSpec] {
    &OPERATIONS
}

/// The operation of that name, or an error that lists the names there are.
pub fn operation(name: &str) -> Result<&'static OperationSpec, TaskError> {
    OPERATIONS
        .iter()
        .find(|spec| spec.name == name)
        .ok_or_else(|| TaskError::UnknownOperation {
            name: name.chars().take(80).collect(),
            known: OPERATIONS
                .iter()
                .map(|spec| spec.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}
