//! Zoom by dragging: upwards is larger, and the point under the press stays where it is.

use crate::stack::StackView;

/// Zoom doubles over about 140 screen pixels.
const RATE: f64 = 0.005;

/// Zooms about the press point.
pub(super) fn moved(view: &mut StackView, press: [f64; 2], by: [f64; 2]) {
    view.unfit();
    if let Some((_, aspect)) = view.image() {
        let factor = (-by[1] * RATE).exp();
        view.transform = view.transform.zoomed_at(press, factor, aspect, view.size);
    }
}
