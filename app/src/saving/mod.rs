//! Writing files for others: what may be written, where it goes, how far it is, and what became of it.

mod study;

use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{
    Command, CopyKind, OutputKind, RequestId, SaveImages, SaveReport, SaveRequest, SaveWish,
};
use kernel_imaging::{Rgba8Image, Severity};

use crate::action::Action;
use crate::measure::{self, Measurement};
use crate::state::{Picker, State};

/// Writings kept on the strip; the oldest that are over go.
const WRITINGS_KEPT_MAX: usize = 6;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The results of a job.
    Results(RequestId),
    /// Measurements as a DICOM structured report.
    Report,
    /// Measurements as a table.
    Table,
    /// The masks of the series on screen.
    Masks,
    /// The view as it is on screen.
    View {
        /// Whether patient and study are on it.
        identity: bool,
    },
    /// The values of the image on screen.
    Values,
    /// The series on screen, moving.
    Cine,
    /// The files of the study on screen.
    Copies,
    /// The files of the study on screen, without identities.
    Anonymised,
}

/// What the user wants of it.
#[derive(Clone, Debug, PartialEq)]
pub enum SavingAction {
    /// Choose where it goes.
    Pick(Subject),
    /// Write it there.
    To(Subject, PathBuf),
    /// The view is drawn, with what must be said of it.
    Drawn(Subject, PathBuf, Arc<Rgba8Image>, Vec<String>),
    /// Stop a writing.
    Cancel(RequestId),
    /// Open what was written.
    Open(RequestId),
    /// Take it off the strip.
    Dismiss(RequestId),
}

/// One writing.
#[derive(Clone, Debug)]
pub struct Writing {
    /// Its request.
    pub request: RequestId,
    /// What is written.
    pub subject: Subject,
    /// Where it goes.
    pub out: PathBuf,
    /// Parts done, and all parts.
    pub progress: Option<(usize, usize)>,
    /// How it ended.
    pub saved: Option<Result<Arc<SaveReport>, String>>,
}

impl Subject {
    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::Results(_) => "Results",
            Self::Report | Self::Table => "Measurements",
            Self::Masks => "Masks",
            Self::View { .. } => "Pictures",
            Self::Values => "Values",
            Self::Cine => "Cines",
            Self::Copies | Self::Anonymised => "Copies",
        }
    }

    /// Whether it can be opened among the studies.
    pub fn is_dicom(self) -> bool {
        match self {
            Self::Results(_) | Self::Report | Self::Masks => true,
            Self::Table | Self::View { .. } | Self::Values | Self::Cine => false,
            Self::Copies | Self::Anonymised => true,
        }
    }

    /// What the picker is called.
    pub fn title(self, state: &State) -> &'static str {
        match self {
            Self::Results(request) if makes_images(state, request) => {
                "Save results: name of a new folder"
            }
            Self::Results(_) => "Save results as a DICOM segmentation",
            Self::Report => "Save measurements as a DICOM structured report",
            Self::Table => "Save measurements as a table (.csv)",
            Self::Masks => "Save masks as a DICOM segmentation",
            Self::View { identity: false } => "Save a picture without identity (.png, .jpg, .pdf)",
            Self::View { identity: true } => "Save a picture with identity (.png, .jpg, .pdf)",
            Self::Values => "Save values with 16 bits (.png, .tif)",
            Self::Cine => "Save the series as a cine (.png)",
            Self::Copies => "Copy the study: name of a new folder",
            Self::Anonymised => "Copy without identities: name of a new folder",
        }
    }

    /// A name to begin with.
    pub fn name(self, state: &State) -> String {
        match self {
            Self::Results(request) => {
                let job = state.jobs.iter().find(|job| job.request == request);
                let operation = job.map_or("results", |job| job.operation.as_str());
                if makes_images(state, request) {
                    format!("{operation}-series")
                } else {
                    format!("{operation}.dcm")
                }
            }
            Self::Report => "measurements.dcm".to_owned(),
            Self::Table => "measurements.csv".to_owned(),
            Self::Masks => "masks.dcm".to_owned(),
            Self::View { .. } => "view.png".to_owned(),
            Self::Values => "values.png".to_owned(),
            Self::Cine => "cine.png".to_owned(),
            Self::Copies => "copies".to_owned(),
            Self::Anonymised => "anonymised".to_owned(),
        }
    }
}

/// Whether a job's results are images, and so a series in a folder.
fn makes_images(state: &State, request: RequestId) -> bool {
    let job = state.jobs.iter().find(|job| job.request == request);
    let labels = |job: &crate::job::JobView| match job.output() {
        Some(OutputKind::Mask) => true,
        Some(OutputKind::Model) => job.outcome.as_ref().is_some_and(|it| !it.labels.is_empty()),
        Some(OutputKind::Steps) => job
            .outcome
            .as_ref()
            .is_some_and(|it| it.volume_ml.is_some()),
        _ => false,
    };
    !job.is_some_and(labels)
}

/// Whether a job has results that can be saved, or a sentence why not.
pub fn savable(job: &crate::job::JobView) -> Result<(), &'static str> {
    match (&job.outcome, &job.out) {
        (None, _) => Err("The run has no results yet"),
        (_, None) => Err("The results are only in memory; run it again with receipts written"),
        _ => Ok(()),
    }
}

/// What an action does.
pub fn update(state: &mut State, action: SavingAction) -> Vec<Command> {
    match action {
        SavingAction::Pick(subject) => state.wishes.picker = Some(Picker::Save(subject)),
        SavingAction::To(subject, out) => return begin(state, subject, out),
        SavingAction::Drawn(subject, out, image, marks) => {
            let what = SaveWish::Picture { image, marks };
            return send(state, subject, what, out);
        }
        SavingAction::Cancel(request) => return vec![Command::CancelSave(request)],
        SavingAction::Open(request) => {
            let found = state.saving.iter().find(|one| one.request == request);
            let out = found.map(|one| one.out.clone());
            state.saving.retain(|one| one.request != request);
            return match out {
                Some(out) => crate::update::update(state, Action::Open(vec![out])),
                None => Vec::new(),
            };
        }
        SavingAction::Dismiss(request) => state.saving.retain(|one| one.request != request),
    }
    Vec::new()
}

fn begin(state: &mut State, subject: Subject, out: PathBuf) -> Vec<Command> {
    let wish = match subject {
        Subject::Results(request) => results(state, request),
        Subject::Report => report(state),
        Subject::Table => table(state),
        Subject::Masks => study::masks(state),
        Subject::View { identity } => {
            // Only the window can draw it; it comes back as `Drawn`.
            state.wishes.picture = Some((subject, out, identity));
            return Vec::new();
        }
        Subject::Values => study::values(state),
        Subject::Cine => study::cine(state),
        Subject::Copies => study::copies(state, CopyKind::Exact),
        Subject::Anonymised => study::copies(state, CopyKind::Anonymised { burned_in: false }),
    };
    let what = match wish {
        Ok(what) => what,
        Err(reason) => {
            state.say(Severity::Error, format!("Nothing is saved: {reason}"));
            return Vec::new();
        }
    };
    send(state, subject, what, out)
}

fn send(state: &mut State, subject: Subject, what: SaveWish, out: PathBuf) -> Vec<Command> {
    let request = state.next_request();
    if state.saving.len() >= WRITINGS_KEPT_MAX
        && let Some(over) = state.saving.iter().position(|one| one.saved.is_some())
    {
        state.saving.remove(over);
    }
    state.saving.push(Writing {
        request,
        subject,
        out: out.clone(),
        progress: None,
        saved: None,
    });
    vec![Command::Save(SaveRequest { request, what, out })]
}

fn results(state: &State, request: RequestId) -> Result<SaveWish, String> {
    let job = state.jobs.iter().find(|job| job.request == request);
    let job = job.ok_or("The run is no longer listed")?;
    savable(job)?;
    let results = job.out.clone().ok_or("The run has no folder")?;
    Ok(SaveWish::Results {
        results,
        images: SaveImages::These {
            frames: Arc::clone(&job.frames),
            slice_mm: job.slice_mm,
        },
    })
}

/// Those on the study on screen: a report is of one patient.
fn report(state: &State) -> Result<SaveWish, String> {
    let shown = state.view.wanted().map(|frame| &frame.instance.study_uid);
    let list = &state.measuring.list;
    let of_study = |mark: &&Measurement| Some(&mark.frame.instance.study_uid) == shown;
    let marks: Arc<[Measurement]> = list.iter().filter(of_study).cloned().collect();
    if marks.is_empty() {
        return Err("no measurement lies on the study on screen".to_owned());
    }
    Ok(SaveWish::Measurements {
        left_out: list.len() - marks.len(),
        marks,
    })
}

fn table(state: &State) -> Result<SaveWish, String> {
    let list = &state.measuring.list;
    if list.is_empty() {
        return Err("nothing is measured yet".to_owned());
    }
    Ok(SaveWish::File {
        bytes: measure::csv(list).into_bytes().into(),
        words: format!("{} measurements are saved as a table", list.len()),
    })
}

/// A writing goes on.
pub fn progressed(state: &mut State, request: RequestId, done: usize, total: usize) {
    if let Some(one) = state.saving.iter_mut().find(|one| one.request == request) {
        one.progress = Some((done, total));
    }
}

/// A writing is over; what went wrong is told among the notices too, where it can be copied.
pub fn saved(state: &mut State, request: RequestId, saved: Result<Arc<SaveReport>, String>) {
    let Some(one) = state.saving.iter_mut().find(|one| one.request == request) else {
        return;
    };
    let said = match &saved {
        Ok(report) => (Severity::Info, report.words.clone()),
        Err(reason) => (
            Severity::Error,
            format!("{} are not saved: {reason}", one.subject.label()),
        ),
    };
    one.saved = Some(saved);
    state.say(said.0, said.1);
}
