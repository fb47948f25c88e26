//! What a drag on the image does: one file a tool, one drag at a time, Esc gives back what was there.

pub mod look;
mod pan;
mod scroll;
pub mod table;
mod window_level;
mod zoom;

use kernel_imaging::{Presentation, ViewTransform};

use crate::masks::Hand;
use crate::measure::Kind;
use crate::stack::StackView;

/// What a left drag does; the middle button always pans and the right one always zooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Across: width; down: level.
    #[default]
    WindowLevel,
    /// Up is larger, about the press point.
    Zoom,
    /// Moves the image.
    Pan,
    /// Through the images.
    Scroll,
    /// A lens under the pointer.
    Magnifier,
    /// Draws a measurement.
    Measure(Kind),
    /// Marks pixels of the mask in hand, or unmarks them.
    Mask(Hand),
}

impl Tool {
    /// All, in the order of the tool bar.
    pub const ALL: [Self; 4] = [Self::WindowLevel, Self::Zoom, Self::Pan, Self::Scroll];
}

/// How much a movement counts: Ctrl makes it a quarter, Ctrl with Shift four times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As the hand moves.
    #[default]
    Normal,
    /// A quarter.
    Fine,
    /// Four times.
    Coarse,
}

impl Pace {
    /// What a movement is multiplied with.
    pub fn factor(self) -> f64 {
        match self {
            Self::Normal => 1.0,
            Self::Fine => 0.25,
            Self::Coarse => 4.0,
        }
    }
}

/// A drag under way.
#[derive(Clone, Debug)]
pub struct Drag {
    /// What it does.
    pub tool: Tool,
    /// Where it began, in screen pixels of the pane.
    pub press: [f64; 2],
    /// Movement that is not yet worth a step.
    carried: f64,
    before: Before,
}

/// What Esc gives back.
#[derive(Clone, Debug)]
struct Before {
    transform: ViewTransform,
    fitted: bool,
    presentation: Presentation,
    index: usize,
}

/// Starts a drag.
pub fn begin(view: &mut StackView, tool: Tool, press: [f64; 2]) {
    let before = Before {
        transform: view.transform,
        fitted: view.fitted,
        presentation: view.presentation,
        index: view.index,
    };
    view.drag = Some(Drag {
        tool,
        press,
        carried: 0.0,
        before,
    });
}

/// Moves a drag by screen pixels. Answers by how many images the stack should move.
pub fn moved(view: &mut StackView, by: [f64; 2], pace: Pace) -> i64 {
    let Some(mut drag) = view.drag.take() else {
        return 0;
    };
    let by = [by[0] * pace.factor(), by[1] * pace.factor()];
    let mut images = 0;
    match drag.tool {
        Tool::WindowLevel => window_level::moved(view, by),
        Tool::Zoom => zoom::moved(view, drag.press, by),
        Tool::Pan => pan::moved(view, by),
        // A lens follows the pointer; drawing has actions of its own.
        Tool::Magnifier | Tool::Measure(_) | Tool::Mask(_) => {}
        Tool::Scroll => images = scroll::moved(&mut drag.carried, by, view.len(), view.size),
    }
    view.drag = Some(drag);
    images
}

/// Ends a drag; what it did stays.
pub fn end(view: &mut StackView) {
    view.drag = None;
}

/// Ends a drag and takes back what it did. Answers with the image to go back to.
pub fn cancel(view: &mut StackView) -> Option<usize> {
    let before = view.drag.take()?.before;
    view.transform = before.transform;
    view.fitted = before.fitted;
    view.presentation = before.presentation;
    Some(before.index)
}
