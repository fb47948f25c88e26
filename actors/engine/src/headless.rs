//! The blocking door: scan and decode on the caller's thread, the same code as behind the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actor_messages::{Attachment, CancelFlag, FrameLayers};
use actor_study::Scanned;
use kernel_imaging::{Frame, FrameReference, ObjectKind, TextRule};

use crate::error::EngineError;

/// Walks the paths, reads the headers, arranges; `text` says how text is read where files leave that open.
pub fn scan(paths: &[PathBuf], text: TextRule) -> Scanned {
    actor_study::scan(paths, text, &CancelFlag::new(), |_| {})
}

/// Reads and decodes one frame.
pub fn decode(reference: &FrameReference) -> Result<Frame, EngineError> {
    actor_compute::decode(reference).map_err(EngineError::Decode)
}

/// Reads an object beside images.
pub fn read_object(path: &Path, kind: ObjectKind) -> Result<Attachment, EngineError> {
    actor_study::read_object(path, kind, TextRule::default()).map_err(EngineError::Decode)
}

/// Finds what lies over a frame; `slice_mm` is the distance between its neighbours.
pub fn layers(
    reference: &FrameReference,
    slice_mm: Option<f64>,
    objects: &[Arc<Attachment>],
) -> FrameLayers {
    actor_compute::layers(reference, slice_mm, objects)
}
