//! What the engine tells the window or the command line.

use std::path::PathBuf;
use std::sync::Arc;

use kernel_imaging::{Frame, FrameReference, Notice, Rgba8Image, Study, TagRow, Volume};
use kernel_tasks::Digest;

use crate::attachment::{Attachment, FrameLayers};
use crate::command::{Generation, RequestId, ViewportId};
use crate::job::{JobId, JobOutcome, JobSnapshot, ResumableJob, SliceResult};
use crate::masks::{ImportedMask, MadeMask};
use crate::mesh::MeshSnapshot;
use crate::models::{CanaryFigures, LiveResult, ModelsSnapshot};
use crate::save::SaveReport;
use crate::self_test::SelfTestReport;
use crate::timeline::ScheduleCheck;

/// The engine's gauges, for the status bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// Resident memory of this program, bytes; 0 where the platform does not say.
    pub resident_bytes: u64,
    /// Decoded frames held, bytes.
    pub cache_bytes: u64,
    /// Bound of the frame cache, bytes.
    pub cache_bytes_max: u64,
    /// Median time of the last screen requests from command to event, microseconds.
    pub screen_latency_p50_us: u64,
    /// 99th percentile of the same.
    pub screen_latency_p99_us: u64,
    /// Screen and batch work waiting.
    pub queued: usize,
}

/// One piece of news.
#[derive(Clone, Debug)]
pub enum Event {
    /// A scan goes on.
    ScanProgress {
        /// The scan.
        request: RequestId,
        /// Files seen by the walk so far.
        files_seen: usize,
        /// Files whose header was read or refused.
        files_read: usize,
    },
    /// The studies known so far for a scan; the last one says `finished`.
    Studies {
        /// The scan.
        request: RequestId,
        /// All studies of this scan, arranged.
        studies: Arc<Vec<Study>>,
        /// All notices of this scan so far: broken files with reasons.
        notices: Arc<Vec<Notice>>,
        /// Whether the scan is over.
        finished: bool,
        /// Whether it ended because it was cancelled.
        cancelled: bool,
    },
    /// The frame asked for is decoded.
    FrameReady {
        /// Who asked.
        viewport: ViewportId,
        /// Which request.
        generation: Generation,
        /// What it is.
        reference: FrameReference,
        /// Its stored values.
        frame: Arc<Frame>,
    },
    /// The frame asked for cannot be shown, and why.
    FrameFailed {
        /// Who asked.
        viewport: ViewportId,
        /// Which request.
        generation: Generation,
        /// One sentence.
        reason: String,
    },
    /// A small picture for the study list.
    ThumbnailReady {
        /// `Series::key`.
        series_key: String,
        /// The picture.
        image: Arc<Rgba8Image>,
    },
    /// An object beside images is read, or one sentence says why not.
    ObjectRead {
        /// Its file.
        path: PathBuf,
        /// What it says.
        read: Result<Arc<Attachment>, String>,
    },
    /// The rules of display were tried, or one sentence says why not.
    SelfTested(Result<Arc<SelfTestReport>, String>),
    /// The elements of a file, or one sentence.
    TagsRead {
        /// The file.
        path: PathBuf,
        /// In the file's order.
        rows: Result<Arc<Vec<TagRow>>, String>,
    },
    /// What lies over a frame.
    LayersReady {
        /// Who asked.
        viewport: ViewportId,
        /// Which request.
        generation: Generation,
        /// The layers, with the frame they are for.
        layers: Arc<FrameLayers>,
    },
    /// A volume is being stacked.
    VolumeProgress {
        /// The request.
        request: RequestId,
        /// Slices decoded.
        done: usize,
        /// Slices there are.
        total: usize,
    },
    /// A volume is there.
    VolumeReady {
        /// The request.
        request: RequestId,
        /// The volume.
        volume: Arc<Volume>,
    },
    /// The slices make no volume, and why.
    VolumeFailed {
        /// The request.
        request: RequestId,
        /// One sentence.
        reason: String,
    },
    /// A job moved on: a snapshot, at most some dozens a second.
    JobChanged(Arc<JobSnapshot>),
    /// A job is over and its results are written.
    JobFinished(Arc<JobOutcome>),
    /// A job could not be started or went wrong; one sentence.
    JobFailed {
        /// The request that asked for it.
        request: RequestId,
        /// The job, once it had a name.
        job: Option<JobId>,
        /// One sentence.
        reason: String,
    },
    /// The jobs of earlier processes that can go on.
    JobsInterrupted(Arc<Vec<ResumableJob>>),
    /// A schedule was computed again from its journal, or one sentence says why not.
    ScheduleRecomputed {
        /// The job.
        job: JobId,
        /// What came out.
        check: Result<ScheduleCheck, String>,
    },
    /// The result of one slice, for display.
    SliceReady(Arc<SliceResult>),
    /// A writing goes on.
    SaveProgress {
        /// The writing.
        request: RequestId,
        /// Parts done.
        done: usize,
        /// All parts.
        total: usize,
    },
    /// A writing is over, well or with one sentence.
    Saved {
        /// The writing.
        request: RequestId,
        /// What was written, or why it was not.
        saved: Result<Arc<SaveReport>, String>,
    },
    /// A mask goes on.
    MaskProgress {
        /// The wish.
        request: RequestId,
        /// Images done.
        done: usize,
        /// All images.
        total: usize,
    },
    /// A mask is made, or one sentence says why not.
    MaskMade(Arc<MadeMask>),
    /// Masks out of a segmentation, or one sentence.
    MasksImported {
        /// The wish.
        request: RequestId,
        /// The masks.
        masks: Result<Arc<Vec<ImportedMask>>, String>,
    },
    /// The registry of models as it is now.
    Models(Arc<ModelsSnapshot>),
    /// What a model makes of the image on screen.
    LiveReady(Arc<LiveResult>),
    /// The answer is late; this is that of a near image, which `reference` names. The answer itself follows.
    LiveLate(Arc<LiveResult>),
    /// The model cannot be run on the image on screen, and why.
    LiveFailed {
        /// Who asked.
        viewport: ViewportId,
        /// Which request.
        generation: Generation,
        /// One sentence.
        reason: String,
    },
    /// A version answers in the place of another, or one sentence why the other goes on.
    ModelSwitched {
        /// The version that answered.
        from: Digest,
        /// The version that was to answer.
        to: Digest,
        /// Microseconds that it took to become ready, the other one answering meanwhile.
        warmed: Result<u64, String>,
    },
    /// How a trial stands, or one sentence why there is none.
    CanaryTold(Result<Arc<CanaryFigures>, String>),
    /// The mesh as it is now.
    Mesh(Arc<MeshSnapshot>),
    /// The gauges.
    Meter(Meter),
    /// Something to tell the user.
    Notice(Notice),
}
