//! The compute actor: decodes frames and executes tasks on a pool that a panicking kernel cannot hurt.

mod actor;
mod batch;
mod block;
mod cache;
mod decode;
mod deliver;
mod latency;
mod layers;
mod masks;
mod planes;
mod pool;
mod screen;
mod solids;

pub use actor::{ComputeActor, ComputeGauges, ComputeOptions};
pub use block::{pixel_block, stored_bytes};
pub use decode::decode;
pub use layers::layers;
pub use masks::{KeptValues, import as import_masks, mask};
