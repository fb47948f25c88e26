//! The images: one pane, or original, result and difference side by side with one zoom, pan and window.

mod cross;
mod derived;
pub mod figures;
mod fused;
mod graphics;
mod grid;
mod hands;
mod labels;
mod lens;
mod live;
mod marks;
mod menu;
pub mod overlay;
mod paint;
mod pane;
mod picture;
mod reference_lines;
pub(crate) mod swipe;

use std::sync::Arc;

use actor_messages::OutputKind;
use eframe::egui::{Context, Id, Rect, Sense, Ui, Vec2, pos2};
use kernel_imaging::{Presentation, VoiChoice};

use crate::action::Action;
use crate::layers::Over;
use crate::layout::LayoutAction;
use crate::measure::MeasureAction;
use crate::planes::PlanesAction;
use crate::stack::StackView;
use crate::state::State;
use crate::theme::colours;
use derived::Derived;
use figures::FIGURES_HEIGHT;
use labels::Overlay;
use live::Live;
use overlay::Corners;
use pane::absent;
use picture::{Picture, Subject};

pub use menu::{colours_menu, layout_menu, measure_menu, planes_menu, window_menu};

/// Between panes, in points.
const GAP: f32 = 2.0;

/// Textures and what they were made of; everything that may be thrown away and made again.
#[derive(Default)]
pub struct Viewport {
    original: Picture,
    result: Picture,
    difference: Picture,
    lens: Picture,
    /// Pictures of the views of a grid, by slot.
    slots: Vec<Picture>,
    /// The user's masks over the views, by slot, and their pictures.
    marked: Vec<(live::Laid, labels::LabelPicture)>,
    /// What is laid over the views, by slot.
    fused: Vec<Picture>,
    derived: Option<Derived>,
    live: Live,
    carried: f32,
    /// Where panes were drawn last, so that hands are read before the next picture is made.
    panes: Vec<(Id, Rect, usize)>,
    focused: bool,
    /// Size of all of it as drawn last, points.
    extent: Vec2,
}

/// One pane as it is to be drawn.
struct Pane<'a> {
    name: &'a str,
    view: &'a StackView,
    slot: usize,
    rect: Rect,
    subject: Option<Subject>,
    over: Over,
    presentation: Presentation,
    corners: Corners,
    absent: String,
    letters: bool,
    /// Labels over the image.
    overlay: Option<Overlay>,
    /// What the image is, where it is not the file's own.
    note: Option<String>,
}

impl Viewport {
    /// What the hands do on the panes as last drawn. Read first, a drag is on screen in the same frame.
    pub fn read_hands(&mut self, context: &Context, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        if state.is_empty() {
            return actions;
        }
        for (id, rect, slot) in &self.panes {
            let mut wanted = Vec::new();
            if let Some(response) = context.read_response(*id) {
                hands::read(
                    context,
                    &response,
                    *rect,
                    state,
                    *slot,
                    &mut self.carried,
                    &mut wanted,
                );
            }
            if *slot != state.layout.active {
                // A hand that only passes over another view changes nothing there.
                wanted.retain(|action| !matches!(action, Action::Measure(MeasureAction::Hover(_))));
                let follows =
                    |action: &Action| matches!(action, Action::Planes(PlanesAction::Follow(..)));
                if !wanted.iter().all(follows) {
                    actions.push(Action::Layout(LayoutAction::Activate(*slot)));
                }
            }
            actions.append(&mut wanted);
        }
        actions
    }

    /// Size of all of it as drawn last, points.
    pub fn extent(&self) -> Vec2 {
        self.extent
    }

    /// Whether the focus lies on a pane.
    pub fn has_focus(&self) -> bool {
        self.focused
    }

    /// Draws the images into the whole of `ui` and says what the hands want.
    pub fn show(&mut self, ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
        self.panes.clear();
        self.focused = false;
        let area = ui.available_rect_before_wrap();
        self.extent = area.size();
        ui.allocate_rect(area, Sense::hover());
        ui.painter().rect_filled(area, 0.0, colours::VIEWPORT);
        let view = &state.view;
        let original = view
            .shown
            .as_ref()
            .map(|shown| Subject::of(&shown.reference, &shown.frame));
        let comparing = state
            .comparison
            .as_ref()
            .is_some_and(|comparison| comparison.visible);
        if !comparing {
            self.forget_comparison();
            if state.layout.is_grid() {
                self.grid(ui, state, area, actions);
                return;
            }
            let (subject, overlay, note) = self.live.over(state, original);
            let name = pane::plane_name(view).unwrap_or("Image");
            let pane = Pane {
                name,
                view,
                slot: state.layout.active,
                rect: area,
                subject,
                over: over(state),
                overlay,
                note,
                presentation: view.presentation,
                corners: Corners::default(),
                absent: absent(view),
                letters: true,
            };
            self.pane(ui, state, pane, Which::Original, true, actions);
            return;
        }
        self.derive(state, original.as_ref());
        let masks = state.compared_job().and_then(|job| job.output());
        let differs = masks == Some(OutputKind::LowRank);
        let swipe = state.comparison.as_ref().and_then(|it| it.swipe);
        let places = match swipe {
            Some(_) => swipe::places(area),
            None => places(area, differs),
        };
        ui.painter().rect_filled(area, 0.0, colours::LINE);
        let panes = self.panes(state, original, &places, differs);
        for (which, pane) in panes {
            let leads = which == Which::Original;
            match swipe {
                Some(part) => {
                    let mut half = swipe::half(ui, &pane, which, part);
                    self.pane(&mut half, state, pane, which, leads, actions);
                }
                None => self.pane(ui, state, pane, which, leads, actions),
            }
        }
        if let Some(part) = swipe {
            swipe::divider(ui, places.original, part, actions);
        }
        figures::show(ui, state, places.figures, actions);
    }

    fn panes<'a>(
        &self,
        state: &'a State,
        original: Option<Subject>,
        places: &Places,
        differs: bool,
    ) -> Vec<(Which, Pane<'a>)> {
        let view = &state.view;
        let waiting = figures::waiting(state);
        let derived = self.derived.as_ref();
        let mut panes = vec![(
            Which::Original,
            Pane {
                name: "Original",
                overlay: None,
                note: None,
                view,
                slot: state.layout.active,
                rect: places.original,
                subject: original,
                over: over(state),
                presentation: view.presentation,
                corners: Corners::default(),
                absent: absent(view),
                letters: true,
            },
        )];
        panes.push((
            Which::Result,
            Pane {
                name: "Result",
                overlay: derived.and_then(|derived| live::of_result(state, derived)),
                note: None,
                view,
                slot: state.layout.active,
                rect: places.result,
                subject: derived.map(|derived| derived.result.clone()),
                over: Over::nothing(),
                presentation: derived.map_or(view.presentation, |derived| {
                    derived.presentation(&linked(view))
                }),
                corners: figures::result_corners(state),
                absent: waiting.clone(),
                letters: derived.is_some_and(|derived| {
                    !matches!(derived.output, OutputKind::Image | OutputKind::Steps)
                }),
            },
        ));
        if let (true, Some(rect)) = (differs, places.difference) {
            let difference = derived.and_then(|derived| derived.difference.as_ref());
            panes.push((
                Which::Difference,
                Pane {
                    name: "Difference",
                    overlay: None,
                    note: None,
                    view,
                    slot: state.layout.active,
                    rect,
                    subject: difference.map(|difference| difference.subject.clone()),
                    over: Over::nothing(),
                    presentation: difference
                        .map_or(view.presentation, |difference| difference.presentation),
                    corners: figures::difference_corners(
                        state,
                        difference.map(|difference| difference.full),
                    ),
                    absent: waiting,
                    letters: true,
                },
            ));
        }
        panes
    }

    /// Frames of the newest result, made once.
    fn derive(&mut self, state: &State, original: Option<&Subject>) {
        if !state.view.is_current() && self.derived.is_some() {
            // The image before the one wanted is still on screen, and so is its result.
            return;
        }
        let current = state
            .comparison
            .as_ref()
            .and_then(|comparison| comparison.current());
        let output = state.compared_job().and_then(|job| job.output());
        // The result is of the image wanted; it waits for that image to be on screen.
        let (Some(slice), Some(original), Some(output), true) =
            (current, original, output, state.view.is_current())
        else {
            self.derived = None;
            return;
        };
        let known = self
            .derived
            .as_ref()
            .is_some_and(|derived| Arc::ptr_eq(&derived.slice, slice));
        if !known {
            self.derived = Some(Derived::new(slice.clone(), output, original));
        }
    }

    fn forget_comparison(&mut self) {
        if self.derived.take().is_some() {
            self.result.clear();
            self.difference.clear();
        }
    }
}

/// What lies over the image on screen.
fn over(state: &State) -> Over {
    Over {
        shown: state.over,
        layers: state.view.layers_here().cloned(),
    }
}

/// The original's greys for another frame: the window it has now, also when that was found automatically.
fn linked(view: &StackView) -> Presentation {
    match (view.presentation.voi, view.window()) {
        (VoiChoice::Auto, Some((level, function))) => Presentation {
            voi: VoiChoice::Manual(level, function),
            ..view.presentation
        },
        _ => view.presentation,
    }
}

/// Which of the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Original,
    Result,
    Difference,
    /// A view of a grid.
    Slot(usize),
}

/// Where the panes of a comparison lie.
struct Places {
    original: Rect,
    result: Rect,
    difference: Option<Rect>,
    figures: Rect,
}

/// Two by two where that gives larger panes, else in a row with the figures beneath.
fn places(area: Rect, differs: bool) -> Places {
    let wide = area.width() > area.height() * 1.75;
    if differs && !wide {
        let (left, right) = area.split_left_right_at_fraction(0.5);
        let ((top_left, bottom_left), (top_right, bottom_right)) = (
            left.split_top_bottom_at_fraction(0.5),
            right.split_top_bottom_at_fraction(0.5),
        );
        let inset = GAP / 2.0;
        return Places {
            original: top_left.shrink(inset),
            result: top_right.shrink(inset),
            difference: Some(bottom_left.shrink(inset)),
            figures: bottom_right.shrink(inset),
        };
    }
    let (above, figures) = area.split_top_bottom_at_y(area.bottom() - FIGURES_HEIGHT);
    let count = if differs { 3 } else { 2 };
    let width = above.width() / count as f32;
    let column = |at: usize| {
        let left = above.left() + width * at as f32;
        Rect::from_min_max(pos2(left, above.top()), pos2(left + width, above.bottom()))
            .shrink(GAP / 2.0)
    };
    Places {
        original: column(0),
        result: column(1),
        difference: differs.then(|| column(2)),
        figures: figures.shrink(GAP / 2.0),
    }
}
