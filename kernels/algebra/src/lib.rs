//! LIAM Binary Algebra: exact matrix products, low-rank compression and bit-packed masks on pixel values.
//!
//! Every result has the same bits on every machine, for every instruction set and any number of threads:
//! sums run in a fixed order, each step is one fused multiply-add, and no platform mathematics library is called.

mod analysis;
mod ball;
mod binary_tensor;
mod blocked;
mod checks;
mod comparison;
mod components;
mod compress_to;
mod dense;
mod distance;
mod encoding;
mod error;
mod exponential;
mod extension;
mod filters;
mod finite;
mod instruction_set;
mod jacobi;
mod linear_solve;
mod logarithm;
mod low_rank;
mod mask;
mod median;
mod morphology;
mod narrow;
mod orthonormal;
mod overlap;
mod pack;
mod product_f64;
mod quantised;
mod real;
mod run_length;
mod runs;
mod separable;
mod sketch;
mod source;
mod spectral;
mod stored;
mod svd;
mod threshold;
mod tile;
mod transform;
mod union;
mod vector;

pub use analysis::VectorAnalysis;
pub use binary_tensor::{BinaryTensor, BitPlanes, Element, ElementType};
pub use components::{Component, Components};
pub use compress_to::Fidelity;
pub use error::AlgebraError;
pub use extension::Extension;
pub use filters::{Dimensions, FILTER_RADIUS_MAX};
pub use instruction_set::{BinaryAlgebra, InstructionSet};
pub use low_rank::{CompressionErrors, LowRank};
pub use mask::BitMask;
pub use morphology::{Border, Neighbours};
pub use overlap::{Overlap, SurfaceDistances};
pub use quantised::{QUANTISED_COLUMNS_MAX, SignMatrix};
pub use real::Real;
pub use spectral::{SPECTRAL_ROWS_MAX, Spectral};
pub use stored::{StoredSamples, StoredView, rescale};
pub use transform::ELEMENTS_MAX;
