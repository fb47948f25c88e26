//! A series on screen: which frame, how it lies, how its greys are chosen. Plain values, no drawing.

use std::sync::Arc;

use actor_messages::{FrameLayers, Generation, RequestId, ViewportId};
use kernel_imaging::{
    Frame, FrameAttributes, FrameReference, Phi, Presentation, Series, ViewTransform, VoiChoice,
    VoiFunction, VoiLut, WindowLevel, auto_window, modality_range,
};

use crate::planes::PlaneView;
use crate::tools::Drag;

/// Frames asked for beyond the one on screen, in the direction of scrolling.
pub const READ_AHEAD: usize = 8;
/// Frames asked for behind it.
pub const READ_BEHIND: usize = 2;

/// The series that is scrolled through.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The scan it came with.
    pub scan: Option<RequestId>,
    /// `Series::key`.
    pub key: String,
    /// Modality.
    pub modality: String,
    /// Series number.
    pub number: Option<i64>,
    /// Series description.
    pub description: Phi<String>,
    /// In display order; never empty.
    pub frames: Arc<[FrameReference]>,
    /// Distance between slices from their positions, mm; none when the series is no volume.
    pub slice_mm: Option<f64>,
}

impl Stack {
    /// The stack of a series; none for a series without frames.
    pub fn new(scan: Option<RequestId>, series: &Series) -> Option<Self> {
        if series.frames.is_empty() {
            return None;
        }
        Some(Self {
            scan,
            key: series.key.clone(),
            modality: series.modality.clone(),
            number: series.number,
            description: series.description.clone(),
            frames: series.frames.clone().into(),
            slice_mm: series.voxel_mm.map(|[slice_mm, ..]| slice_mm),
        })
    }

    /// Where a frame is in this stack.
    pub fn position(&self, wanted: &FrameReference) -> Option<usize> {
        self.frames
            .iter()
            .position(|frame| same_frame(frame, wanted))
    }
}

/// Whether both name one frame of one SOP instance in one file.
pub fn same_frame(left: &FrameReference, right: &FrameReference) -> bool {
    left.frame == right.frame
        && (Arc::ptr_eq(&left.instance, &right.instance)
            || (left.instance.sop_instance_uid == right.instance.sop_instance_uid
                && left.instance.path == right.instance.path))
}

/// A decoded frame that has arrived for the newest request.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is.
    pub reference: FrameReference,
    /// Its place in the stack.
    pub index: usize,
    /// Its stored values.
    pub frame: Arc<Frame>,
}

/// Where a fitted image lies in a view that is wider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Justify {
    /// In the middle.
    #[default]
    Centre,
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
}

/// The one viewport.
#[derive(Clone, Debug)]
pub struct StackView {
    /// Names it to the engine.
    pub id: ViewportId,
    /// The series, once there is one.
    pub stack: Option<Stack>,
    /// The frame wanted.
    pub index: usize,
    /// Whether the last scroll went up.
    pub backwards: bool,
    /// The newest request.
    pub generation: Generation,
    /// The frame on screen; it stays until the next arrives.
    pub shown: Option<Shown>,
    /// Why the frame wanted cannot be shown.
    pub failure: Option<String>,
    /// Pan, zoom, turns, flips; zoom and pan count only when `fitted` is off.
    pub transform: ViewTransform,
    /// The image fills its viewport, whatever that one's size.
    pub fitted: bool,
    /// Where it lies while it is fitted.
    pub justify: Justify,
    /// Window, inversion, colours.
    pub presentation: Presentation,
    /// What objects lay over a frame, the one on screen or one before it.
    pub layers: Option<Arc<FrameLayers>>,
    /// Size of a pane in screen pixels, as last drawn.
    pub size: [usize; 2],
    /// A drag under way.
    pub drag: Option<Drag>,
    /// The plane through the volume of the series that is shown instead of one of its frames.
    pub plane: Option<PlaneView>,
    /// The volume of the series as a whole is shown instead.
    pub solid: bool,
}

impl Default for StackView {
    fn default() -> Self {
        Self {
            id: ViewportId(0),
            stack: None,
            index: 0,
            backwards: false,
            generation: Generation::default(),
            shown: None,
            failure: None,
            transform: ViewTransform::identity([1, 1]),
            fitted: true,
            justify: Justify::Centre,
            presentation: Presentation::default(),
            layers: None,
            size: [512, 512],
            drag: None,
            plane: None,
            solid: false,
        }
    }
}

impl StackView {
    /// The frame wanted.
    pub fn wanted(&self) -> Option<&FrameReference> {
        self.stack.as_ref()?.frames.get(self.index)
    }

    /// What objects lay over the frame on screen.
    pub fn layers_here(&self) -> Option<&Arc<FrameLayers>> {
        let shown = self.shown.as_ref()?;
        let layers = self.layers.as_ref()?;
        same_frame(&layers.reference, &shown.reference).then_some(layers)
    }

    /// All frames, in their order.
    pub fn frames(&self) -> &[FrameReference] {
        self.stack.as_ref().map_or(&[], |stack| &stack.frames)
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.stack.as_ref().map_or(0, |stack| stack.frames.len())
    }

    /// Whether nothing is open.
    pub fn is_empty(&self) -> bool {
        self.stack.is_none()
    }

    /// Whether it shows what was made of a volume, not a frame of a file.
    pub fn is_made(&self) -> bool {
        self.plane.is_some() || self.solid
    }

    /// Whether the frame on screen is the one wanted.
    pub fn is_current(&self) -> bool {
        self.shown
            .as_ref()
            .is_some_and(|shown| shown.index == self.index || self.is_made())
    }

    /// The transform for a pane of this size: fitted, or as the user left it.
    pub fn transform_for(&self, image: [usize; 2], aspect: f64, size: [usize; 2]) -> ViewTransform {
        if !self.fitted {
            return self.transform;
        }
        let mut fitted = self.transform.fitted(image, aspect, size);
        let slack = size[0] as f64 / fitted.zoom - image[0] as f64;
        if slack > 0.0 && !fitted.is_turned() {
            // Flipped images move the other way.
            let way = if fitted.flip_horizontal { -0.5 } else { 0.5 };
            fitted.pan[0] += slack
                * match self.justify {
                    Justify::Centre => 0.0,
                    Justify::Left => way,
                    Justify::Right => -way,
                };
        }
        fitted
    }

    /// Shows nothing any more, under the same name and at the same size.
    pub fn empty(&mut self) {
        *self = Self {
            id: self.id,
            // It counts on, so that an answer under way is known to be stale.
            generation: Generation(self.generation.0 + 1),
            size: self.size,
            ..Self::default()
        };
    }

    /// What the tools need of the image on screen: `[columns, rows]` and the aspect of its pixels.
    pub fn image(&self) -> Option<([usize; 2], f64)> {
        let shown = self.shown.as_ref()?;
        Some((
            [shown.frame.columns, shown.frame.rows],
            shown.reference.attributes().aspect(),
        ))
    }

    /// Makes the fitted zoom and pan the user's own, so that a tool can change them.
    pub fn unfit(&mut self) {
        if let (true, Some((image, aspect))) = (self.fitted, self.image()) {
            self.transform = self.transform_for(image, aspect, self.size);
            self.fitted = false;
        }
    }

    /// The window that the greys are seen through now, whatever chose it; none for colour.
    pub fn window(&self) -> Option<(WindowLevel, VoiFunction)> {
        let shown = self.shown.as_ref()?;
        if !shown.frame.photometric.is_monochrome() {
            return None;
        }
        Some(effective_window(
            &self.presentation,
            &shown.frame,
            shown.reference.attributes(),
        ))
    }

    /// How far a drag over one screen pixel moves the window, in modality units.
    pub fn window_step(&self) -> f64 {
        let range = self
            .shown
            .as_ref()
            .and_then(|shown| modality_range(&shown.frame, shown.reference.attributes()));
        match range {
            Some((low, high)) if high > low => (high - low) / 1_024.0,
            _ => 1.0,
        }
    }
}

/// The window that a presentation means for a frame; a table counts as the window of its input range.
pub fn effective_window(
    presentation: &Presentation,
    frame: &Frame,
    attributes: &FrameAttributes,
) -> (WindowLevel, VoiFunction) {
    match presentation.voi {
        VoiChoice::Manual(level, function) => (level, function),
        VoiChoice::File(index) => match attributes.voi.get(index) {
            Some(VoiLut::Window {
                level, function, ..
            }) => (*level, *function),
            Some(VoiLut::Table { table, .. }) => {
                let first = table.first_mapped as f64;
                let width = (table.values.len() as f64).max(1.0);
                let level = WindowLevel::new(first + width / 2.0, width);
                (
                    level.unwrap_or_else(|_| auto_window(frame, attributes)),
                    VoiFunction::LinearExact,
                )
            }
            None => (auto_window(frame, attributes), VoiFunction::LinearExact),
        },
        VoiChoice::Auto => (auto_window(frame, attributes), VoiFunction::LinearExact),
    }
}
