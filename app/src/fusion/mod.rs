//! Two series of one frame of reference in one view: the second, in colours, is laid over each image of the first.

mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use actor_messages::{Command, Event, Generation, RequestId, ViewportId};
use kernel_imaging::{
    Colormap, Frame, FrameAttributes, FrameReference, Presentation, ReslicePlane, Series, Severity,
    SlabProjection, VoiChoice, VoiFunction, Volume, WindowLevel, auto_window, reslice_slab,
};

use crate::planes;
use crate::stack::{Stack, StackView, same_frame};
use crate::state::State;

pub use settle::settle;

/// How much of the second series is seen at the beginning.
const OPACITY: f32 = 0.5;
/// What one step makes of the width of its window.
const STEP: f64 = 1.25;
/// Planes that its first window is found on.
const WINDOW_PLANES: usize = 9;

/// What the hands want of a fusion.
#[derive(Clone, Debug, PartialEq)]
pub enum FuseAction {
    /// Lay this series over the one in view: scan, `Series::key`.
    With(Option<RequestId>, String),
    /// The series in view alone.
    Off,
    /// How much of the second series is seen, in hundredths.
    Opacity(u8),
    /// Colours of the second series.
    Colours(Colormap),
    /// Brighter by so many steps; darker below 0.
    Brighter(i8),
}

/// A fusion, and the way to it.
#[derive(Clone, Debug, Default)]
pub struct Fusion {
    /// A volume that is being stacked.
    pub building: Option<Building>,
    /// What is laid over.
    pub over: Option<Over>,
}

/// A volume that is being stacked.
#[derive(Clone, Debug)]
pub struct Building {
    /// Its request.
    pub request: RequestId,
    /// The series.
    pub stack: Stack,
    /// Slices decoded.
    pub done: usize,
}

/// A series that is laid over others.
#[derive(Clone, Debug)]
pub struct Over {
    /// Its volume.
    pub volume: Arc<Volume>,
    /// The series.
    pub stack: Stack,
    /// Its window and colours.
    pub presentation: Presentation,
    /// How much of it is seen, 0 to 1.
    pub opacity: f32,
    /// What was made for each view.
    fused: BTreeMap<ViewportId, Fused>,
    /// Counts what is asked for.
    asked: u64,
}

/// What is laid over the image of one view.
#[derive(Clone, Debug)]
struct Fused {
    /// The image that it is for.
    base: FrameReference,
    generation: Generation,
    /// It, once it is made.
    made: Option<(FrameReference, Arc<Frame>)>,
}

/// Views ask for what lies over them under a name of its own.
const OVER: u32 = 1 << 31;

impl Fusion {
    /// What lies over the image of a view, once it is made for that very image.
    pub fn over(&self, view: &StackView) -> Option<(&Over, &FrameReference, &Arc<Frame>)> {
        let over = self.over.as_ref()?;
        let fused = over.fused.get(&view.id)?;
        let shown = view.shown.as_ref()?;
        let (reference, frame) = fused.made.as_ref()?;
        same_frame(&fused.base, &shown.reference).then_some((over, reference, frame))
    }
}

impl Over {
    /// What is said on the image: which series, and how much of it.
    pub fn words(&self) -> String {
        let number = self.stack.number.map(|number| format!(" series {number}"));
        // Rule 24: once lossy, always lossy.
        let mut images = self.stack.frames.iter().map(|frame| &frame.instance);
        let lossy = images.find_map(|instance| instance.lossy.as_ref());
        let lossy = lossy.map(|mark| format!(", {mark}"));
        format!(
            "Fused with {}{}, {:.0} %{}",
            self.stack.modality,
            number.unwrap_or_default(),
            self.opacity * 100.0,
            lossy.unwrap_or_default()
        )
    }

    /// The value at an image point of what lies over a view, with its unit.
    pub fn value(
        &self,
        reference: &FrameReference,
        frame: &Frame,
        point: [f64; 2],
    ) -> Option<String> {
        if point[0] < 0.0 || point[1] < 0.0 {
            return None;
        }
        let stored = frame.stored_value(point[1] as usize, point[0] as usize, 0)?;
        let attributes = reference.attributes();
        if !stored.is_finite() || attributes.is_padding(stored) {
            return None;
        }
        let value = attributes.modality_lut.modality_value(stored);
        let unit = &attributes.rescale_unit;
        let number = crate::theme::parts::number(value);
        let suv = suv_words(attributes, value).unwrap_or_default();
        let words = format!("{} {number} {unit}", self.stack.modality);
        Some(words.trim_end().to_owned() + &suv)
    }
}

/// The standardised uptake value of a modality value, where the file allows it (rule 28).
pub fn suv_words(attributes: &FrameAttributes, value: f64) -> Option<String> {
    let suv = attributes.suv_factor? * value;
    suv.is_finite().then(|| format!(", SUVbw {suv:.2} g/ml"))
}

/// The series that can be laid over the one in view: of the same patient, in the same frame of reference.
pub fn partners(state: &State) -> Vec<(Option<RequestId>, &Series)> {
    let Some((stack, frame)) = state.view.stack.as_ref().zip(state.view.wanted()) else {
        return Vec::new();
    };
    let instance = &frame.instance;
    let fits = |series: &Series| {
        series.frames.len() > 1
            && series.key != stack.key
            && series.frames.first().is_some_and(|first| {
                let other = &first.instance;
                !other.frame_of_reference_uid.is_empty()
                    && other.frame_of_reference_uid == instance.frame_of_reference_uid
                    && other.patient == instance.patient
            })
    };
    let all = state.series().filter(|(_, _, series)| fits(series));
    all.map(|(scan, _, series)| (scan, series)).collect()
}

/// What an action does.
pub fn update(state: &mut State, action: FuseAction) -> Vec<Command> {
    match action {
        FuseAction::With(scan, key) => return start(state, scan, &key),
        FuseAction::Off => return stop(state),
        FuseAction::Opacity(hundredths) => {
            if let Some(over) = &mut state.fusion.over {
                over.opacity = f32::from(hundredths.min(100)) / 100.0;
            }
        }
        FuseAction::Colours(colours) => {
            if let Some(over) = &mut state.fusion.over {
                over.presentation.colormap = colours;
            }
        }
        FuseAction::Brighter(steps) => {
            if let Some(over) = &mut state.fusion.over {
                brighter(&mut over.presentation, f64::from(steps));
            }
        }
    }
    Vec::new()
}

/// The lower end of the window stays, the upper one moves.
fn brighter(presentation: &mut Presentation, steps: f64) {
    let VoiChoice::Manual(level, function) = presentation.voi else {
        return;
    };
    let low = level.center() - level.width() / 2.0;
    let width = level.width() / STEP.powf(steps);
    if let Ok(level) = WindowLevel::with_function(low + width / 2.0, width, function) {
        presentation.voi = VoiChoice::Manual(level, function);
    }
}

/// Asks for the volume of a series that is to be laid over the one in view.
fn start(state: &mut State, scan: Option<RequestId>, key: &str) -> Vec<Command> {
    let found = partners(state)
        .into_iter()
        .find(|(of, series)| *of == scan && series.key == key)
        .and_then(|(of, series)| Stack::new(of, series));
    let Some(stack) = found else {
        let words = "Only a series of the same patient and the same frame of reference is fused";
        state.say(Severity::Warning, words);
        return Vec::new();
    };
    // One volume is stacked at a time.
    let mut commands = planes::cancel(state);
    commands.extend(stop(state));
    let request = state.next_request();
    let frames = stack.frames.clone();
    state.fusion.building = Some(Building {
        request,
        stack,
        done: 0,
    });
    commands.push(Command::BuildVolume { request, frames });
    commands
}

/// Back to the series in view alone.
pub fn stop(state: &mut State) -> Vec<Command> {
    state.fusion.over = None;
    let running = state.fusion.building.take();
    running
        .map(|building| Command::CancelVolume(building.request))
        .into_iter()
        .collect()
}

/// News about the volume that is to be laid over.
pub fn receive(state: &mut State, event: Event) -> Vec<Command> {
    let (Event::VolumeProgress { request, .. }
    | Event::VolumeReady { request, .. }
    | Event::VolumeFailed { request, .. }) = event
    else {
        return Vec::new();
    };
    let building = state.fusion.building.as_mut();
    let Some(building) = building.filter(|building| building.request == request) else {
        return Vec::new();
    };
    if let Event::VolumeProgress { done, .. } = event {
        building.done = done;
        return Vec::new();
    }
    let Some(Building { stack, .. }) = state.fusion.building.take() else {
        return Vec::new();
    };
    match event {
        Event::VolumeReady { volume, .. } => {
            let presentation = Presentation {
                colormap: Colormap::Hot,
                voi: window(&volume),
                ..Presentation::default()
            };
            state.fusion.over = Some(Over {
                volume,
                stack,
                presentation,
                opacity: OPACITY,
                fused: BTreeMap::new(),
                asked: 0,
            });
            settle(state)
        }
        Event::VolumeFailed { reason, .. } => {
            let text = format!("This series cannot be laid over: {reason}");
            state.say(Severity::Warning, text.clone());
            state.planes.refusal = Some(text);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// A window for every image alike: from the least to the greatest of the greatest values along a few
/// planes through the whole volume.
fn window(volume: &Volume) -> VoiChoice {
    let unit = |step: [f64; 3]| {
        let length = step.iter().map(|part| part * part).sum::<f64>().sqrt();
        step.map(|part| part / length)
    };
    let [row, column] = [0, 1].map(|axis| unit(volume.steps_lps_mm[axis]));
    let plane = ReslicePlane::through(volume, row, column, volume.centre_lps_mm());
    let (low_mm, high_mm) = volume.extent_along_mm(plane.plane.normal());
    let apart_mm = (high_mm - low_mm) / WINDOW_PLANES as f64;
    let projection = SlabProjection::Maximum;
    let greatest = reslice_slab(volume, &plane, WINDOW_PLANES, apart_mm, projection);
    let level = auto_window(&greatest, &volume.attributes);
    VoiChoice::Manual(level, VoiFunction::LinearExact)
}

/// What was made to lie over a view; true when the answer was one of these.
pub fn arrived(
    state: &mut State,
    viewport: ViewportId,
    generation: Generation,
    made: Result<(FrameReference, Arc<Frame>), String>,
) -> bool {
    if viewport.0 & OVER == 0 {
        return false;
    }
    let view = ViewportId(viewport.0 & !OVER);
    let over = state.fusion.over.as_mut();
    let fused = over.and_then(|over| over.fused.get_mut(&view));
    let Some(fused) = fused.filter(|fused| fused.generation == generation) else {
        return true;
    };
    match made {
        Ok(made) => fused.made = Some(made),
        Err(reason) => state.say(Severity::Error, reason),
    }
    true
}
