//! The blocking door: scan and decode on the caller's thread, the same code as behind the window.

use std::path::PathBuf;

use actor_messages::CancelFlag;
use actor_study::Scanned;
use kernel_imaging::{Frame, FrameReference};

use crate::error::EngineError;

/// Walks the paths, reads the headers, arranges.
pub fn scan(paths: &[PathBuf]) -> Scanned {
    actor_study::scan(paths, &CancelFlag::new(), |_| {})
}

/// Reads and decodes one frame.
pub fn decode(reference: &FrameReference) -> Result<Frame, EngineError> {
    actor_compute::decode(reference).map_err(EngineError::Decode)
}
