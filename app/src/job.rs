//! Jobs as the window keeps them: the form that asks for one, the run, the result beside its original.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{
    Digest, JobId, JobOutcome, JobSnapshot, JobState, OperationSpec, OutputKind, ParameterKind,
    ParameterSpec, RequestId, ScheduleCheck, SliceResult, formula_blob, operation,
};
use kernel_imaging::FrameReference;

use crate::stack::same_frame;

/// Over which frames a job runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Only the image on screen.
    Slice,
    /// All images of the series.
    #[default]
    Series,
}

/// The fields of the *Compute* panel.
#[derive(Clone, Debug)]
pub struct ComputeForm {
    /// `OperationSpec::name`.
    pub operation: String,
    /// As typed, by operation and parameter.
    pub values: BTreeMap<(String, String), String>,
    /// Slice or series.
    pub scope: Scope,
    /// Whether paired workstations may help.
    pub mesh: bool,
    /// Whether results and receipts are written.
    pub keep: bool,
}

/// What the form begins with: it needs nothing but images.
const FIRST_OPERATION: &str = "svd-compress";

impl Default for ComputeForm {
    fn default() -> Self {
        Self {
            operation: FIRST_OPERATION.to_owned(),
            values: BTreeMap::new(),
            scope: Scope::Series,
            mesh: true,
            keep: true,
        }
    }
}

impl ComputeForm {
    /// The operation chosen.
    pub fn spec(&self) -> Option<&'static OperationSpec> {
        operation(&self.operation).ok()
    }

    /// What is typed for a parameter, or its default.
    pub fn value(&self, operation: &str, parameter: &ParameterSpec) -> String {
        let typed = self
            .values
            .get(&(operation.to_owned(), parameter.name.to_owned()));
        typed.cloned().unwrap_or_else(|| default_text(parameter))
    }

    /// Names and values of every parameter of the operation chosen, as a job takes them.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let Some(spec) = self.spec() else {
            return Vec::new();
        };
        spec.parameters
            .iter()
            .filter(|parameter| !parameter.is_filled_in())
            .map(|parameter| {
                let value = self.value(spec.name, parameter);
                (parameter.name.to_owned(), value.trim().to_owned())
            })
            .collect()
    }

    /// What is wrong with the fields, by parameter name; empty when the job can run.
    /// `image` is `[columns, rows]` of the image on screen.
    pub fn problems(&self, image: Option<[usize; 2]>) -> BTreeMap<&'static str, String> {
        let Some(spec) = self.spec() else {
            return BTreeMap::new();
        };
        let mut problems: BTreeMap<&'static str, String> = spec
            .parameters
            .iter()
            .filter_map(|parameter| {
                let text = self.value(spec.name, parameter);
                Some((
                    parameter.name,
                    problem(spec, parameter, text.trim(), image)?,
                ))
            })
            .collect();
        let real = |name: &str| {
            let parameter = spec.parameter(name)?;
            self.value(spec.name, parameter).trim().parse::<f64>().ok()
        };
        if let (true, Some(low), Some(high)) = (problems.is_empty(), real("low"), real("high"))
            && low > high
        {
            problems.insert(
                "high",
                format!("The highest value `{high}` is below the lowest, `{low}`"),
            );
        }
        problems
    }
}

fn default_text(parameter: &ParameterSpec) -> String {
    match parameter.kind {
        ParameterKind::Integer { default, .. } => default.to_string(),
        ParameterKind::Real { default, .. } => default.to_string(),
        ParameterKind::Choice { default, .. } => default.to_owned(),
        ParameterKind::Matrix => "dct:64".to_owned(),
        ParameterKind::Formula => "image >= 300 and not dilate(image < -400, 2 mm)".to_owned(),
        ParameterKind::Pipeline => String::new(),
        ParameterKind::Model | ParameterKind::Class => String::new(),
    }
}

/// The range of a parameter in words.
pub fn range_text(parameter: &ParameterSpec) -> String {
    match parameter.kind {
        ParameterKind::Integer { min, max, .. } => format!("{min} to {max}"),
        // A range of a billion is no help to anyone; the error names it when it matters.
        ParameterKind::Real { min, max, .. } if max - min > 1e8 => String::new(),
        ParameterKind::Real { min, max, .. } => format!("{min} to {max}"),
        ParameterKind::Matrix => "a .npy file, or dct:P for P rows of the cosine basis".to_owned(),
        ParameterKind::Pipeline => "a .toml file".to_owned(),
        ParameterKind::Choice { .. } | ParameterKind::Formula => String::new(),
        ParameterKind::Model | ParameterKind::Class => String::new(),
    }
}

/// One sentence on what is wrong with a value, or none.
fn problem(
    spec: &OperationSpec,
    parameter: &ParameterSpec,
    text: &str,
    image: Option<[usize; 2]>,
) -> Option<String> {
    let label = parameter.label;
    if parameter.is_filled_in() {
        return None;
    }
    if text.is_empty() {
        return Some(format!("{label} is empty"));
    }
    match parameter.kind {
        ParameterKind::Integer { min, max, .. } => {
            let Ok(value) = text.parse::<i64>() else {
                return Some(format!("{label} must be a whole number, not `{text}`"));
            };
            if !(min..=max).contains(&value) {
                return Some(format!("{label} must be {min} to {max}, not `{value}`"));
            }
            let side = image.map(|[columns, rows]| columns.min(rows) as i64);
            match side {
                Some(side) if spec.output == OutputKind::LowRank && value > side => Some(format!(
                    "{label} is at most `{side}` for this image, the smaller of its sides"
                )),
                _ => None,
            }
        }
        ParameterKind::Real { min, max, .. } => match text.parse::<f64>() {
            Ok(value) if (min..=max).contains(&value) => None,
            Ok(value) => Some(format!("{label} must be {min} to {max}, not `{value}`")),
            Err(_) => Some(format!("{label} must be a number, not `{text}`")),
        },
        ParameterKind::Model | ParameterKind::Class => None,
        ParameterKind::Choice { words, .. } => (!words.contains(&text))
            .then(|| format!("{label} must be one of {}, not `{text}`", words.join(", "))),
        // The kernel's own sentence names the place.
        ParameterKind::Formula => formula_blob(text).err().map(|error| error.to_string()),
        ParameterKind::Pipeline => (!text.to_ascii_lowercase().ends_with(".toml"))
            .then(|| format!("{label} must be a .toml file, not `{text}`")),
        ParameterKind::Matrix => match text.strip_prefix("dct:") {
            Some(rows) if rows.parse::<u32>().is_ok_and(|rows| rows > 0) => None,
            Some(rows) => Some(format!(
                "dct: needs a number of rows above zero, not `{rows}`"
            )),
            None if text.to_ascii_lowercase().ends_with(".npy") => None,
            None => Some(format!(
                "{label} must be a .npy file or dct:P, not `{text}`"
            )),
        },
    }
}

/// A job of this run of the program.
#[derive(Clone, Debug)]
pub struct JobView {
    /// Its request.
    pub request: RequestId,
    /// Its name, once the engine gave it one.
    pub job: Option<JobId>,
    /// `OperationSpec::name`.
    pub operation: String,
    /// The model, for operations that have one.
    pub model: Option<Digest>,
    /// Operation and parameters in words.
    pub title: String,
    /// `Series::key` of what it runs over.
    pub series: String,
    /// In slice order.
    pub frames: Arc<[FrameReference]>,
    /// Distance between slices, mm, where known.
    pub slice_mm: Option<f64>,
    /// The newest snapshot.
    pub snapshot: Option<Arc<JobSnapshot>>,
    /// How it ended well.
    pub outcome: Option<Arc<JobOutcome>>,
    /// How it ended badly.
    pub failure: Option<String>,
    /// Where results are written.
    pub out: Option<PathBuf>,
    /// Cancelled before it had a name.
    pub cancel_wanted: bool,
    /// Whether its schedule was computed again.
    pub schedule: Schedule,
}

/// A schedule that the user wants computed again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// Not asked for.
    #[default]
    Unchecked,
    /// Being computed.
    Computing,
    /// What came out, or one sentence why nothing did.
    Checked(Result<ScheduleCheck, String>),
}

impl JobView {
    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        let over = self.snapshot.as_ref().is_some_and(|snapshot| {
            matches!(
                snapshot.state,
                JobState::Completed | JobState::Cancelled | JobState::Failed(_)
            )
        });
        self.outcome.is_none() && self.failure.is_none() && !over
    }

    /// The slice of a frame in this job.
    pub fn slice_of(&self, wanted: &FrameReference) -> Option<usize> {
        self.frames
            .iter()
            .position(|frame| same_frame(frame, wanted))
    }

    /// What kind of result each slice gives.
    pub fn output(&self) -> Option<OutputKind> {
        operation(&self.operation).ok().map(|spec| spec.output)
    }

    /// How far it is, 0 to 1, and in words.
    pub fn progress(&self) -> (f32, String) {
        // A job that goes on from an earlier process knows its slices once they are tasks.
        let tasks = self
            .snapshot
            .as_ref()
            .map_or(0, |snapshot| snapshot.tasks.len());
        let total = self.frames.len().max(tasks).max(1);
        let part = |count: usize| count as f32 / total as f32;
        let Some(snapshot) = &self.snapshot else {
            return (0.0, "Waiting to start".to_owned());
        };
        let seconds = snapshot.elapsed_ms as f64 / 1_000.0;
        match &snapshot.state {
            JobState::Preparing => (
                part(snapshot.prepared) * 0.2,
                format!("Reading images, {} of {total}", snapshot.prepared),
            ),
            JobState::Running => (
                0.2 + part(snapshot.done) * 0.8,
                format!("{} of {total} slices, {seconds:.1} s", snapshot.done),
            ),
            JobState::Writing => (1.0, "Writing results".to_owned()),
            JobState::Completed => (1.0, format!("{total} slices in {seconds:.2} s")),
            JobState::Cancelled => (
                part(snapshot.done),
                format!("Cancelled after {} of {total} slices", snapshot.done),
            ),
            JobState::Failed(reason) => (part(snapshot.done), reason.clone()),
        }
    }
}

/// A result beside its original.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The job's request.
    pub request: RequestId,
    /// The slice asked for, if the image on screen is one of the job's.
    pub slice: Option<usize>,
    /// The slice last asked of the engine, so that it is asked once.
    pub asked: Option<usize>,
    /// The newest result that has arrived.
    pub result: Option<Arc<SliceResult>>,
    /// Whether the panes are on screen.
    pub visible: bool,
    /// Original and result in one place: how much of its width is the original, in thousandths.
    pub swipe: Option<u16>,
}

impl Comparison {
    /// A comparison that waits for its first result.
    pub fn new(request: RequestId) -> Self {
        Self {
            request,
            slice: None,
            asked: None,
            result: None,
            visible: true,
            swipe: None,
        }
    }

    /// The result of the slice wanted, not of one scrolled past.
    pub fn current(&self) -> Option<&Arc<SliceResult>> {
        self.result
            .as_ref()
            .filter(|result| Some(result.slice) == self.slice)
    }
}
