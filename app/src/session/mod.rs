//! What is on screen, kept so that a crash loses no place: paths and numbers, no word of a patient.

mod capture;
mod look;
mod restore;
mod store;

use std::path::PathBuf;

use actor_messages::RequestId;
use kernel_imaging::ViewTransform;
use serde::{Deserialize, Serialize};

use crate::planes::Pose;

pub use capture::capture;
pub use look::{KeptLook, KeptWindow};
pub use restore::{follow, is_restoring, update};
pub use store::{Keeper, Left, forget, left};
#[cfg(test)]
pub(crate) use store::{parsed, written};

/// The form that this program writes; another one is not read.
pub const SESSION_VERSION: u32 = 1;
/// Bytes of one kept session at most.
pub const SESSION_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Sessions of ended programs that are kept at most; older ones go.
pub const SESSIONS_KEPT_MAX: usize = 8;
/// Images that are decoded for their measurements when a session comes back at most; others are measured when they are shown.
pub const MEASURED_AT_ONCE_MAX: usize = 256;

/// What the hands want of the last session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAction {
    /// Everything as it was.
    Restore,
    /// It is not wanted any more.
    Forget,
}

/// Everything that comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// `SESSION_VERSION`.
    pub version: u32,
    /// What was opened, in order.
    pub scans: Vec<Vec<PathBuf>>,
    /// Rows of views, and views in a row.
    pub grid: [usize; 2],
    /// The slot of the active view.
    pub active: usize,
    /// Whether it fills the screen.
    pub single: bool,
    /// By slot.
    pub views: Vec<Option<KeptView>>,
    /// Planes through the series of the active view.
    pub planes: Option<Pose>,
    /// In the order of their drawing; those on planes are not kept.
    pub measurements: Vec<KeptMeasurement>,
    /// Key images.
    pub key_images: Vec<KeptImage>,
    /// Whether scrolling, zoom and windows are linked.
    pub linked: [bool; 3],
}

/// An image by its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeptImage {
    /// Its file.
    pub file: PathBuf,
    /// Its frame there.
    pub frame: usize,
}

/// What a view showed, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptView {
    /// The image; its series is the one that holds it.
    pub image: KeptImage,
    /// Which of the scans it came with.
    pub scan: usize,
    /// Whether it was fitted, then whether to the left or the right edge.
    pub fitted: bool,
    /// -1 at the left edge, 1 at the right one.
    pub justify: i8,
    /// Zoom, pan, turns, flips.
    pub transform: ViewTransform,
    /// Window, inversion, colours.
    pub look: KeptLook,
}

/// One measurement without its words, which could name somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptMeasurement {
    /// Its place in `Kind::ALL`.
    pub kind: usize,
    /// Image points.
    pub points: Vec<[f64; 2]>,
    /// The image that it lies on.
    pub image: KeptImage,
}

/// The last session, as the window knows it.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// What a program that ended without being closed has left.
    pub left: Option<Left>,
    /// It is coming back: what waits for which scans.
    pub restoring: Option<(Session, Vec<RequestId>)>,
}

impl Session {
    /// How much there is, for the welcome screen.
    pub fn words(&self) -> String {
        let counted = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        let views = self.views.iter().flatten().count();
        let mut parts = vec![counted(views, "view")];
        if !self.measurements.is_empty() {
            parts.push(counted(self.measurements.len(), "measurement"));
        }
        parts.join(", ")
    }
}
