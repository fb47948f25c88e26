//! What can go wrong with a task, said so that the person who asked for it can put it right.

use crate::{Digest, TaskId};

/// Every failure of this crate: what failed, then the value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The name is in nobody's list of operations.
    #[error("There is no operation `{name}`; there are {known}")]
    UnknownOperation {
        /// The name asked for.
        name: String,
        /// The names there are, with commas.
        known: String,
    },
    /// The operation exists here in another version, so its answer would be another answer.
    #[error("Operation {operation} has version {here} here, and version {asked} was asked for")]
    OperationVersion {
        /// The operation.
        operation: String,
        /// The version asked for.
        asked: u32,
        /// The version this program computes.
        here: u32,
    },
    /// The operation has no parameter of that name.
    #[error("Operation {operation} has no parameter `{name}`; it has {known}")]
    UnknownParameter {
        /// The operation.
        operation: String,
        /// The name given.
        name: String,
        /// The names it has, with commas.
        known: String,
    },
    /// A parameter without a default was left out.
    #[error("Parameter {name} of {operation} is missing: {summary}")]
    MissingParameter {
        /// The operation.
        operation: String,
        /// The parameter.
        name: String,
        /// What it is.
        summary: String,
    },
    /// The same parameter was given twice.
    #[error("Parameter {name} is given twice")]
    RepeatedParameter {
        /// The parameter.
        name: String,
    },
    /// A value lies outside the range its description allows.
    #[error("{name} = {value} is outside {min} to {max}")]
    ParameterRange {
        /// The parameter.
        name: String,
        /// The value given.
        value: String,
        /// The least value allowed.
        min: String,
        /// The greatest value allowed.
        max: String,
    },
    /// A value is not of the kind its description asks for.
    #[error("{name} = {value} is not {expected}")]
    ParameterKind {
        /// The parameter.
        name: String,
        /// The value given.
        value: String,
        /// The kind expected, with its article: "a whole number".
        expected: &'static str,
    },
    /// A value is none of the words there are.
    #[error("{name} = {value} is none of {words}")]
    NotAWord {
        /// The parameter.
        name: String,
        /// The value given.
        value: String,
        /// The words there are, with commas.
        words: String,
    },
    /// Two parameters contradict each other.
    #[error("{lower_name} = {lower} is above {upper_name} = {upper}")]
    ParameterOrder {
        /// The parameter that must not be greater.
        lower_name: &'static str,
        /// Its value.
        lower: f64,
        /// The parameter that must not be less.
        upper_name: &'static str,
        /// Its value.
        upper: f64,
    },
    /// More singular values are asked for than the slice has.
    #[error(
        "k = {k} is more than slice {slice} has: it is {rows} x {columns}, so k is at most {most}"
    )]
    RankTooLarge {
        /// The k asked for.
        k: i64,
        /// Slice number, counted from 1; 1 for a task by itself.
        slice: usize,
        /// Rows of the slice.
        rows: u32,
        /// Columns of the slice.
        columns: u32,
        /// The largest k for this slice.
        most: u32,
    },
    /// The weights do not fit the slice.
    #[error(
        "Weights with {weight_columns} columns do not fit slice {slice} with {columns} columns"
    )]
    WeightsShape {
        /// Columns of the weights.
        weight_columns: u32,
        /// Slice number, counted from 1; 1 for a task by itself.
        slice: usize,
        /// Columns of the slice.
        columns: u32,
    },
    /// The shape of an input is not known to the caller that checks.
    #[error("The shape of input {digest} is not known")]
    UnknownShape {
        /// The input.
        digest: Digest,
    },
    /// A job over nothing.
    #[error("The job has no slices")]
    NoSlices,
    /// A count beyond its named limit.
    #[error("{what}: {count} is more than the {limit} allowed")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many may be.
        limit: u64,
    },
    /// Bytes that are not the canonical form of what they should be.
    #[error("The bytes are not a valid {what}: {reason}")]
    Malformed {
        /// What was expected.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A blob is not here.
    #[error("Input {digest} is not on this machine")]
    MissingBlob {
        /// The blob.
        digest: Digest,
    },
    /// A blob that came under another blob's name.
    #[error("Input {asked} arrived with other contents, {found}")]
    WrongBlob {
        /// The digest asked for.
        asked: Digest,
        /// The digest of what was given.
        found: Digest,
    },
    /// Text that is not a digest.
    #[error("A digest is 64 hexadecimal digits, not `{text}`")]
    DigestText {
        /// The text given.
        text: String,
    },
    /// The kernel refused the numbers.
    #[error("{operation} failed: {reason}")]
    Kernel {
        /// The operation.
        operation: String,
        /// The kernel's own sentence.
        reason: String,
    },
    /// The receipt names another task than its own fields describe.
    #[error(
        "The receipt was altered: it names task {recorded}, and its fields describe task {described}"
    )]
    AlteredReceipt {
        /// The id written in the receipt.
        recorded: TaskId,
        /// The id its operation, parameters and inputs give.
        described: TaskId,
    },
    /// The model's arithmetic here is not the one that a strict job asks for.
    #[error(
        "This workstation computes the model in numeric class {here}, and the strict job asks for class {asked}"
    )]
    OtherClass {
        /// The class that the job names.
        asked: String,
        /// The class here.
        here: String,
    },
    /// Slices of a series that a 3-D model cannot take together.
    #[error("Slice {slice} is {rows} x {columns} and the first one is not, so they are no volume")]
    NoVolume {
        /// Slice number, counted from 1.
        slice: usize,
        /// Its rows.
        rows: u32,
        /// Its columns.
        columns: u32,
    },
    /// Slices of a series whose voxels differ in size.
    #[error("Slice {slice} has voxels of another size than the first one, so they are no volume")]
    VoxelSizes {
        /// Slice number, counted from 1.
        slice: usize,
    },
    /// A length in mm where nothing says how long a voxel is.
    #[error(
        "{name} is a length in mm, and the size of the voxels is not known; take `unit` = voxels, or work on slices"
    )]
    NoVoxelSize {
        /// The parameter.
        name: String,
    },
    /// A task that reads less than its operation needs.
    #[error("halo = {halo} is less than the {needed} slices that {operation} reads on either side")]
    HaloTooSmall {
        /// The operation.
        operation: String,
        /// The halo given.
        halo: usize,
        /// The halo needed.
        needed: usize,
    },
    /// A formula that cannot be used.
    #[error("The formula cannot be used: {reason}")]
    Formula {
        /// The formula's own sentence, with the place.
        reason: String,
    },
    /// The text of a pipeline that is no pipeline.
    #[error("The pipeline cannot be used: {reason}")]
    Pipeline {
        /// In words, with the place.
        reason: String,
    },
    /// One step of a pipeline.
    #[error("Step {step} of the pipeline, {operation}: {reason}")]
    Step {
        /// Counted from 1.
        step: usize,
        /// Its operation.
        operation: String,
        /// What is wrong with it.
        reason: Box<TaskError>,
    },
    /// Somebody asked to stop.
    #[error("The task was cancelled")]
    Cancelled,
}
