//! What can be wrong with an argument, said in a sentence that names the argument and the value.

use crate::InstructionSet;

/// Why a kernel refused its arguments.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AlgebraError {
    /// The caller wished it to stop.
    #[error("The computation was stopped")]
    Stopped,
    /// An axis has length zero.
    #[error("The argument `{argument}` is empty: its shape is {shape:?}")]
    Empty {
        /// Name of the argument.
        argument: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Two matrices do not share their inner length.
    #[error(
        "The matrices cannot be multiplied: `{left}` has {left_columns} columns and `{right}` has {right_columns}"
    )]
    ColumnMismatch {
        /// Name of the left argument.
        left: &'static str,
        /// Columns of the left argument.
        left_columns: usize,
        /// Name of the right argument.
        right: &'static str,
        /// Columns of the right argument.
        right_columns: usize,
    },
    /// Two arguments must have one shape and do not.
    #[error("The shapes differ: `{left}` is {left_shape:?} and `{right}` is {right_shape:?}")]
    ShapeMismatch {
        /// Name of the left argument.
        left: &'static str,
        /// Shape of the left argument.
        left_shape: Vec<usize>,
        /// Name of the right argument.
        right: &'static str,
        /// Shape of the right argument.
        right_shape: Vec<usize>,
    },
    /// A matrix holds NaN or an infinity.
    #[error(
        "The value in `{argument}` at row {row}, column {column} is {value}; only finite numbers can be used"
    )]
    NotFinite {
        /// Name of the argument.
        argument: &'static str,
        /// Row of the first such value.
        row: usize,
        /// Column of the first such value.
        column: usize,
        /// The value.
        value: f32,
    },
    /// A result leaves the range of 32-bit floating point numbers.
    #[error(
        "The result at row {row}, column {column} is too large for a 32-bit floating point number"
    )]
    Overflow {
        /// Row of the first such result.
        row: usize,
        /// Column of the first such result.
        column: usize,
    },
    /// A parameter is outside what it may be.
    #[error("The parameter `{parameter}` is {value}; it must be {rule}")]
    Parameter {
        /// Name of the parameter.
        parameter: &'static str,
        /// The value, as text.
        value: String,
        /// What it must be, with the limit.
        rule: String,
    },
    /// A result or argument has more elements than [`crate::ELEMENTS_MAX`] or than memory allows.
    #[error("The {what} of shape {shape:?} is too large to hold in memory")]
    TooLarge {
        /// What would have that shape.
        what: &'static str,
        /// The shape.
        shape: Vec<usize>,
    },
    /// A buffer has another length than its shape asks for.
    #[error("The buffer `{argument}` has {length} elements; the shape {shape:?} needs {needed}")]
    Length {
        /// Name of the argument.
        argument: &'static str,
        /// Its length.
        length: usize,
        /// The shape it was said to have.
        shape: Vec<usize>,
        /// The length that the shape needs.
        needed: usize,
    },
    /// Bits past the last column of a mask row are set.
    #[error("The mask word {index} has bits set past the last column: {word:#018x}")]
    Padding {
        /// Index of the word.
        index: usize,
        /// The word.
        word: u64,
    },
    /// A volume holds NaN or an infinity.
    #[error(
        "The voxel in `{argument}` at slice {}, row {}, column {} is {value}; only finite numbers can be used",
        at[0], at[1], at[2]
    )]
    VoxelNotFinite {
        /// Name of the argument.
        argument: &'static str,
        /// Slice, row and column of the first such voxel.
        at: [usize; 3],
        /// The value.
        value: f32,
    },
    /// A matrix must be symmetric and is not.
    #[error(
        "The matrix `{argument}` is not symmetric: {value} at row {row}, column {column}, but {mirrored} across the diagonal"
    )]
    NotSymmetric {
        /// Name of the argument.
        argument: &'static str,
        /// Row of the first such value.
        row: usize,
        /// Column of the first such value.
        column: usize,
        /// The value there.
        value: f64,
        /// The value at the mirrored place.
        mirrored: f64,
    },
    /// A system of equations has no unique solution.
    #[error("The matrix `{argument}` is singular: no pivot is left in column {column}")]
    Singular {
        /// Name of the argument.
        argument: &'static str,
        /// Column without a pivot.
        column: usize,
    },
    /// Encoded bytes do not say what they should.
    #[error("The {what} cannot be decoded at byte {offset}: {reason}")]
    Encoding {
        /// What the bytes were to be.
        what: &'static str,
        /// Where decoding stopped.
        offset: usize,
        /// What was wrong, with the value.
        reason: String,
    },
    /// Text that is no formula.
    #[error("The formula is wrong at character {place}: {found} stands where {expected} is needed")]
    Formula {
        /// Character, counted from 1.
        place: usize,
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: String,
    },
    /// This processor lacks the instruction set asked for.
    #[error("The instruction set {set} is not available on this machine")]
    InstructionSetMissing {
        /// The set asked for.
        set: InstructionSet,
    },
}

impl AlgebraError {
    pub(crate) fn parameter(
        parameter: &'static str,
        value: impl ToString,
        rule: impl Into<String>,
    ) -> Self {
        Self::Parameter {
            parameter,
            value: value.to_string(),
            rule: rule.into(),
        }
    }
}
