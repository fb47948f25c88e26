//! What the window or the command line asks of the engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kernel_imaging::{
    Camera, FrameReference, ObjectKind, Rendering, ReslicePlane, SlabProjection, TextRule, Volume,
};
use kernel_tasks::Digest;

use crate::attachment::Attachment;
use crate::job::{JobControl, JobId, JobRequest};
use crate::masks::{MaskImport, MaskRequest};
use crate::save::SaveRequest;
use crate::sharing::SharingLimits;

/// Numbers a request; answers carry it back. The asker counts up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names a viewport for as long as the window lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewportId(pub u32);

/// Counts the requests of one viewport: a newer one supersedes the older, whose answer is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub u64);

/// One wish. The engine answers with events that repeat the request's id.
#[derive(Clone, Debug)]
pub enum Command {
    /// Walk these files and folders, read the headers, arrange the studies.
    Open {
        /// Repeated by every event about this scan.
        request: RequestId,
        /// Files or folders; folders are walked.
        paths: Vec<PathBuf>,
        /// How text is read where files leave that open.
        text: TextRule,
    },
    /// Stop a running scan; what was found stays.
    CancelOpen(RequestId),
    /// Decode the frame on screen, then those to come.
    ShowFrame {
        /// Which viewport asks.
        viewport: ViewportId,
        /// The newest generation of the viewport wins.
        generation: Generation,
        /// The frame to show.
        frame: FrameReference,
        /// Frames likely wanted next, nearest first; decoded after everything on screen.
        read_ahead: Vec<FrameReference>,
    },
    /// Make a small picture of a series.
    Thumbnail {
        /// `Series::key`.
        series_key: String,
        /// The frame to shrink, usually the middle one.
        frame: FrameReference,
    },
    /// Read an object beside images. Answered by `Event::ObjectRead`.
    ReadObject {
        /// Where it is.
        path: PathBuf,
        /// What it is.
        kind: ObjectKind,
        /// How text is read where the file leaves that open.
        text: TextRule,
    },
    /// Try the rules of display on the synthetic set. Answered by `Event::SelfTested`.
    SelfTest {
        /// A new folder for the images of the set, if they are to be kept.
        keep: Option<PathBuf>,
    },
    /// Read all elements of a file. Answered by `Event::TagsRead`.
    ReadTags {
        /// Where it is.
        path: PathBuf,
        /// How text is read where the file leaves that open.
        text: TextRule,
    },
    /// Find what lies over a frame. Answered by `Event::LayersReady`, unless a newer frame is wanted.
    ReadLayers {
        /// Which viewport asks.
        viewport: ViewportId,
        /// The generation of its frame.
        generation: Generation,
        /// The frame.
        frame: FrameReference,
        /// Distance between its neighbours, mm, where known.
        slice_mm: Option<f64>,
        /// Objects that are to be seen, those on top last.
        objects: Vec<Arc<Attachment>>,
    },
    /// Stack the frames of a series into a volume. Answered by `Event::VolumeProgress`, then
    /// `Event::VolumeReady` or `Event::VolumeFailed`; a newer request ends the one before it.
    BuildVolume {
        /// Repeated by the events.
        request: RequestId,
        /// The slices in their order.
        frames: Arc<[FrameReference]>,
    },
    /// Stop building a volume; no event follows.
    CancelVolume(RequestId),
    /// Make a plane through a volume. Answered by `Event::FrameReady` with `reference`.
    ShowPlane {
        /// Which viewport asks.
        viewport: ViewportId,
        /// The newest generation of the viewport wins.
        generation: Generation,
        /// The volume.
        volume: Arc<Volume>,
        /// Where the plane lies.
        plane: ReslicePlane,
        /// Planes of the slab around it, with their distance in mm and what they become; one for the plane alone.
        slab: (usize, f64, SlabProjection),
        /// What the plane is shown as.
        reference: FrameReference,
    },
    /// Make a picture of a volume as a camera sees it; a newer one of the viewport stops it. Answered by
    /// `Event::FrameReady` with `reference`.
    ShowSolid {
        /// Which viewport asks.
        viewport: ViewportId,
        /// The newest generation of the viewport wins.
        generation: Generation,
        /// The volume.
        volume: Arc<Volume>,
        /// From where, how finely, which part.
        camera: Camera,
        /// What rays become.
        rendering: Rendering,
        /// What the picture is shown as.
        reference: FrameReference,
    },
    /// Run an operation over frames.
    RunJob(JobRequest),
    /// Go on with a job that ended with its process: only its unfinished tasks are computed.
    ResumeJob {
        /// Repeated by the events about the job.
        request: RequestId,
        /// The earlier job.
        job: JobId,
        /// Another folder for its results than the one it was given, which a crash while they were written may have left half full.
        out: Option<PathBuf>,
    },
    /// Tell the jobs of earlier processes that can go on. Answered by `Event::JobsInterrupted`.
    ListInterrupted,
    /// Compute a schedule again from the journal of its job. Answered by `Event::ScheduleRecomputed`.
    RecomputeSchedule {
        /// The job.
        job: JobId,
        /// The epoch that is shown.
        epoch: u32,
        /// The digest of its assignment that is shown.
        assignment_digest: Digest,
    },
    /// Stop a job; finished tasks are kept, the rest is dropped.
    CancelJob(JobId),
    /// Pause a job, let it go on, or change its priority.
    ControlJob {
        /// The job.
        job: JobId,
        /// What of it.
        control: JobControl,
    },
    /// Hand out the result of one slice of a finished or running job, for display.
    ShowResult {
        /// The job that made it.
        job: JobId,
        /// Index into the job's frames.
        slice: usize,
    },
    /// Write results, measurements or images into files. Answered by `Event::Saved`.
    Save(SaveRequest),
    /// Stop a writing; nothing of it is left.
    CancelSave(RequestId),
    /// Make a mask over a series, or on one of its images. Answered by `Event::MaskMade`.
    MakeMask(MaskRequest),
    /// Stop the mask that is being made.
    CancelMask(RequestId),
    /// Take masks out of a segmentation. Answered by `Event::MasksImported`.
    ImportMasks(MaskImport),
    /// Tell the models of the registry.
    ListModels,
    /// Check a model and add it to the registry.
    AddModel(PathBuf),
    /// Remove a model from the registry.
    RemoveModel(Digest),
    /// Run a 2-D model on the image on screen, then on those to come.
    RunLive {
        /// Which viewport asks.
        viewport: ViewportId,
        /// The newest generation of the viewport wins; an older one is dropped before it runs.
        generation: Generation,
        /// The model.
        model: Digest,
        /// The image.
        frame: FrameReference,
        /// Images likely wanted next, nearest first.
        read_ahead: Vec<FrameReference>,
        /// How long the answer may take before `Event::LiveLate` tells that of a near image; none for ever.
        deadline: Option<Duration>,
        /// Images near this one, nearest first.
        near: Vec<FrameReference>,
    },
    /// Let a name of the registry stand for this version from now on.
    UseModel(Digest),
    /// Let a name of the registry stand again for the version before.
    UseModelBefore(String),
    /// Make a version ready beside the one that answers; then it answers in its place. Answered by `Event::ModelSwitched`.
    /// From a version to itself: it answers for itself again, at once.
    SwitchLive(Digest, Digest),
    /// Try a version beside the one that answers: on some of the requests both run, and their answers are compared.
    /// Answered by `Event::CanaryTold`, again with every comparison.
    TryModel {
        /// The version that answers.
        from: Digest,
        /// The version that is tried.
        to: Digest,
        /// Of the requests; 0 ends the trial.
        percent: u32,
    },
    /// Bring a model of the registry to paired nodes; those that are away get it when they return.
    DeployModel {
        /// The model.
        model: Digest,
        /// Peer ids; all paired nodes where none is named.
        peers: Vec<String>,
    },
    /// The one switch: share with nearby workstations, or not.
    SetSharing(bool),
    /// Open the pairing window here and show its code.
    ShowPairingCode,
    /// Pair with the node that shows this code, found nearby or at `address` (`host:port`).
    PairWithCode {
        /// Six words.
        code: String,
        /// Where multicast is off.
        address: Option<String>,
    },
    /// Close the pairing window.
    CancelPairing,
    /// Connect to a paired node by `host:port`.
    Dial(String),
    /// Remove a paired node and cut it at once.
    ForgetPeer(String),
    /// Change what this node gives to others; what it does for them beyond that ends.
    SetLimits(SharingLimits),
    /// Somebody uses this machine now.
    InUse,
    /// The user has read what would leave with a job, and lets it leave or keeps the job here.
    LetLeave {
        /// The job.
        job: JobId,
        /// Whether it may leave.
        leave: bool,
    },
}
