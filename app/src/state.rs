//! Everything the window knows, as plain values: what is open, what is on screen, what runs.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{MeshSnapshot, Meter, RequestId, ResumableJob};
use kernel_imaging::{Notice, Rgba8Image, Series, Severity, Study, TextRule};

use crate::attached::{Attached, TagInspector};
use crate::fusion::Fusion;
use crate::habits::Habits;
use crate::hanging::Hanging;
use crate::job::{Comparison, ComputeForm, JobView};
use crate::layers::Shown;
use crate::layout::Layout;
use crate::linking::Linking;
use crate::masks::Masks;
use crate::measure::Measuring;
use crate::models::ModelsView;
use crate::planes::Planes;
use crate::saving::{Subject, Writing};
use crate::self_test::SelfTestPage;
use crate::session::Sessions;
use crate::stack::StackView;
use crate::tools::Tool;
use crate::tools::look::Looking;

/// Notices kept for the drawer; older ones go.
pub const NOTICES_KEPT_MAX: usize = 1_000;
/// Jobs kept for the panels; older ones go.
pub const JOBS_KEPT_MAX: usize = 16;
/// Small pictures kept; the study list asks again for those it lost.
pub const THUMBNAILS_KEPT_MAX: usize = 1_000;

/// The one state of the window. `update` changes it; panels read it.
#[derive(Default)]
pub struct State {
    /// Where the program keeps its things.
    pub home: PathBuf,
    /// The sample study, where it was found.
    pub sample: Option<PathBuf>,
    /// What was opened lately, newest first.
    pub recent: Vec<PathBuf>,
    /// Marks this run of the program in the names of result folders.
    pub session: String,
    /// Number of the last request made.
    pub requests: u64,
    /// What was opened, in order of opening.
    pub scans: Vec<Scan>,
    /// The images on screen.
    pub view: StackView,
    /// The other views, and where each lies.
    pub layout: Layout,
    /// A series that is laid over others.
    pub fusion: Fusion,
    /// Hanging protocols.
    pub hanging: Hanging,
    /// Which views go together.
    pub linking: Linking,
    /// Planes through a volume.
    pub planes: Planes,
    /// Views made so far: a name is never used again.
    pub views_made: u32,
    /// Keys, language, light or dark, size.
    pub habits: Habits,
    /// What a left drag does.
    pub tool: Tool,
    /// How much text lies on the image.
    pub annotations: Annotations,
    /// Cine and key images.
    pub looking: Looking,
    /// What was measured, and what is being drawn.
    pub measuring: Measuring,
    /// Masks over series, and how they are made.
    pub masks: Masks,
    /// Which layers lie over images.
    pub over: Shown,
    /// Objects beside the images.
    pub attached: Attached,
    /// The tag inspector.
    pub tags: TagInspector,
    /// How text is read where files leave that open.
    pub text: TextRule,
    /// The *Compute* panel's fields.
    pub form: ComputeForm,
    /// Jobs of this run, oldest first.
    pub jobs: Vec<JobView>,
    /// Jobs of earlier processes that can go on.
    pub interrupted: Arc<Vec<ResumableJob>>,
    /// A result beside its original.
    pub comparison: Option<Comparison>,
    /// The mesh as last heard.
    pub mesh: Option<Arc<MeshSnapshot>>,
    /// Models, and the one on the image on screen.
    pub models: ModelsView,
    /// What is being written for others, and what was, oldest first.
    pub saving: Vec<Writing>,
    /// The self-test page.
    pub self_test: SelfTestPage,
    /// The *Mesh* panel's fields.
    pub pairing: PairingForm,
    /// The engine's gauges.
    pub meter: Meter,
    /// Notices, oldest first.
    pub notices: VecDeque<Notice>,
    /// How many warnings and errors came since the drawer was last open.
    pub notices_unread: usize,
    /// Small pictures by `Series::key`.
    pub thumbnails: BTreeMap<String, Arc<Rgba8Image>>,
    /// Small pictures asked for.
    pub thumbnails_asked: std::collections::BTreeSet<String>,
    /// The last session.
    pub sessions: Sessions,
    /// Which panels are open.
    pub panels: Panels,
    /// What the window must do for the state: the only way out beside commands.
    pub wishes: Wishes,
}

/// One opening of files and folders.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// Its request.
    pub request: RequestIdOrNone,
    /// What was asked for.
    pub paths: Vec<PathBuf>,
    /// Files that the walk has seen.
    pub files_seen: usize,
    /// Files read or refused.
    pub files_read: usize,
    /// What was found.
    pub studies: Arc<Vec<Study>>,
    /// What went wrong, with reasons.
    pub notices: Arc<Vec<Notice>>,
    /// Whether it is over.
    pub finished: bool,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

/// `RequestId` with a default for states made by hand.
pub type RequestIdOrNone = Option<RequestId>;

/// How much text lies on the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Annotations {
    /// Identity, study, series, window, zoom, scale.
    #[default]
    Full,
    /// Without identity: image number, window, letters.
    Minimal,
    /// Only the marks that must not be hidden.
    None,
}

impl Annotations {
    /// Full, minimal, none, and around again.
    pub fn next(self) -> Self {
        match self {
            Self::Full => Self::Minimal,
            Self::Minimal => Self::None,
            Self::None => Self::Full,
        }
    }
}

/// The panel at the right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Operations and their results.
    #[default]
    Compute,
    /// The registry of models, and models on the image.
    Models,
    /// Peers and pairing.
    Mesh,
    /// The tasks of a job.
    LaborArray,
    /// What was measured.
    Measurements,
    /// Masks over the series.
    Masks,
    /// Segmentations, contours, presentation states, reports, documents.
    Objects,
    /// The elements of the file on screen.
    Tags,
}

impl Side {
    /// All, in the order of the tabs.
    pub const ALL: [Self; 8] = [
        Self::Compute,
        Self::Models,
        Self::Measurements,
        Self::Masks,
        Self::Mesh,
        Self::LaborArray,
        Self::Objects,
        Self::Tags,
    ];

    /// The tab's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Compute => "Compute",
            Self::Models => "Models",
            Self::Mesh => "Mesh",
            Self::LaborArray => "Labor array",
            Self::Measurements => "Measure",
            Self::Masks => "Masks",
            Self::Objects => "Objects",
            Self::Tags => "Tags",
        }
    }
}

/// Which panels are open.
#[derive(Clone, Debug)]
pub struct Panels {
    /// The study list.
    pub studies: bool,
    /// The panel at the right, open or not.
    pub side_open: bool,
    /// Which tab of it.
    pub side: Side,
    /// The notices drawer.
    pub notices: bool,
    /// The key sheet.
    pub keys: bool,
    /// Only the image.
    pub maximised: bool,
    /// The whole screen.
    pub full_screen: bool,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            studies: true,
            side_open: true,
            side: Side::Compute,
            notices: false,
            keys: false,
            maximised: false,
            full_screen: false,
        }
    }
}

/// What is typed in the *Mesh* panel.
#[derive(Clone, Debug, Default)]
pub struct PairingForm {
    /// The six words of the other side.
    pub code: String,
    /// `host:port`, or empty.
    pub address: String,
    /// `host:port` of a paired node to connect to.
    pub dial: String,
    /// The peer whose forgetting waits for a second press.
    pub forgetting: Option<String>,
    /// The hours of sharing as typed, until they are taken.
    pub hours: Option<String>,
}

/// What the picker is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picker {
    /// Files to open.
    Files,
    /// A folder to open.
    Folder,
    /// A `.npy` file of weights.
    Matrix,
    /// Where something is written to.
    Save(Subject),
}

/// Things that only the window can do.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Open the picker.
    pub picker: Option<Picker>,
    /// Draw the view for a file, with the identity or without.
    pub picture: Option<(Subject, PathBuf, bool)>,
    /// Put this on the clipboard.
    pub copy: Option<String>,
    /// Remove this session of an earlier run.
    pub forget_session: Option<PathBuf>,
    /// The same, once the session of this run is kept in its place.
    pub replace_session: Option<PathBuf>,
    /// Write the layouts that were saved.
    pub save_layouts: bool,
    /// Write the list of recent studies.
    pub save_recent: bool,
    /// Write how text is read.
    pub save_text: bool,
    /// Write the habits.
    pub save_habits: bool,
    /// Tell the window whether it fills the screen.
    pub full_screen: Option<bool>,
}

impl State {
    /// A fresh request number.
    pub fn next_request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    /// The scan that runs, if one does.
    pub fn running_scan(&self) -> Option<&Scan> {
        self.scans.iter().rev().find(|scan| !scan.finished)
    }

    /// Every series in the order of the list, with the scan that it came with.
    pub fn series(&self) -> impl Iterator<Item = (RequestIdOrNone, &Study, &Series)> {
        self.scans.iter().flat_map(|scan| {
            scan.studies.iter().flat_map(move |study| {
                study
                    .series
                    .iter()
                    .map(move |series| (scan.request, study, series))
            })
        })
    }

    /// Whether there is anything to list.
    pub fn is_empty(&self) -> bool {
        self.scans.is_empty()
    }

    /// Adds a notice and drops the oldest beyond the bound.
    pub fn notify(&mut self, notice: Notice) {
        if self.notices.len() == NOTICES_KEPT_MAX {
            self.notices.pop_front();
        }
        let counts = notice.severity > Severity::Info;
        self.notices.push_back(notice);
        if counts && !self.panels.notices {
            self.notices_unread += 1;
        }
    }

    /// Adds a sentence that is about no file.
    pub fn say(&mut self, severity: Severity, text: impl Into<String>) {
        self.notify(Notice::new(severity, text));
    }

    /// Notices of the scans, then those of the engine, as the drawer lists them.
    pub fn all_notices(&self) -> impl Iterator<Item = &Notice> {
        self.scans
            .iter()
            .flat_map(|scan| scan.notices.iter())
            .chain(&self.notices)
    }

    /// The job that the result on screen belongs to.
    pub fn compared_job(&self) -> Option<&JobView> {
        let request = self.comparison.as_ref()?.request;
        self.jobs.iter().find(|job| job.request == request)
    }

    /// The newest job.
    pub fn newest_job(&self) -> Option<&JobView> {
        self.jobs.last()
    }
}
