//! LIAM Binary Algebra: exact matrix products, low-rank compression and bit-packed masks on pixel values.
//!
//! Every result has the same bits on every machine, for every instruction set and any number of threads:
//! sums run in a fixed order, each step is one fused multiply-add, and no platform mathematics library is called.

mod blocked;
mod error;
mod finite;
mod instruction_set;
mod jacobi;
mod logarithm;
mod low_rank;
mod mask;
mod narrow;
mod orthonormal;
mod pack;
mod sketch;
mod source;
mod stored;
mod svd;
mod threshold;
mod tile;
mod transform;
mod vector;

pub use error::AlgebraError;
pub use instruction_set::{BinaryAlgebra, InstructionSet};
pub use low_rank::{CompressionErrors, LowRank};
pub use mask::BitMask;
pub use stored::{StoredSamples, StoredView, rescale};
pub use transform::ELEMENTS_MAX;
