//! Pan by dragging: the image point under the pointer stays under it.

use crate::stack::StackView;

/// Moves the image with the hand.
pub(super) fn moved(view: &mut StackView, by: [f64; 2]) {
    view.unfit();
    let Some((_, aspect)) = view.image() else {
        return;
    };
    let centre = [view.size[0] as f64 / 2.0, view.size[1] as f64 / 2.0];
    let moved = [centre[0] - by[0], centre[1] - by[1]];
    view.transform.pan = view.transform.image_from_view(moved, aspect, view.size);
}
