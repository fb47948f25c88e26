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
}

/// The name of the low-rank compression.
pub(crate) const SVD_COMPRESS: &str = "svd-compress";
/// The name of the matrix transform.
pub(crate) const TRANSFORM_MATRIX: &str = "transform-matrix";
/// The name of the threshold.
pub(crate) const THRESHOLD: &str = "threshold";

/// Modality values beyond this are no measurement: it bounds what a threshold may be set to.
const MODALITY_VALUE_MAX: f64 = 1e9;

static OPERATIONS: [OperationSpec; 3] = [
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
