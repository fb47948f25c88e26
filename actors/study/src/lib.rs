//! The study actor: walks folders, reads headers in parallel, streams the studies as they are found.

mod actor;
mod scan;

pub use actor::StudyActor;
pub use scan::{Progress, Scanned, scan};
