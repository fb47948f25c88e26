//! Window and level by dragging: to the right is wider, downwards is a higher level.

use kernel_imaging::VoiChoice;

use crate::stack::StackView;

/// Starts from the window on screen, whoever chose it, and makes it the user's own.
pub(super) fn moved(view: &mut StackView, by: [f64; 2]) {
    let Some((level, function)) = view.window() else {
        return;
    };
    let step = view.window_step();
    let moved = level.moved(by[1] * step, by[0] * step, function);
    view.presentation.voi = VoiChoice::Manual(moved, function);
}
