//! The registry of models, and models on the image on screen: what was added is kept by content, named by version, and ready to be
//! run and sent.

mod actor;
mod cache;
mod canary;
mod deadlines;
mod engines;
mod error;
mod index;
mod latency;
mod live;
mod packages;
mod routes;
mod sharing;
mod source;
mod store;
mod warming;
mod worker;

pub use actor::{ModelsActor, ModelsOptions};
pub use engines::{LIBRARY_VARIABLE, offer_engines};
pub use error::ModelsError;
pub use index::{Entry, Index};
pub use live::{BlockOfFrame, Live, LiveWish};
pub use store::{MODELS_BYTES_MAX, MODELS_MAX, ModelStore};
