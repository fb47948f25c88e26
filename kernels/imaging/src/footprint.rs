//! Which image pixels lie under each screen column and row: one to one, magnified or reduced.

use std::ops::Range;

use crate::view::ViewTransform;

/// An axis of the screen laid over the axis of the image it runs along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AxisMap {
    /// Axis of the image: 0 along rows (x), 1 down columns (y).
    pub axis: usize,
    /// Image coordinate under the edge before the first screen pixel.
    start: f64,
    /// Image pixels for one screen pixel; negative when flipped.
    step: f64,
}

impl AxisMap {
    /// Image pixels for one screen pixel, without sign.
    pub fn reduction(&self) -> f64 {
        self.step.abs()
    }

    /// The image coordinate under the centre of a screen pixel.
    pub fn centre(&self, position: usize) -> f64 {
        self.start + (position as f64 + 0.5) * self.step
    }

    /// The pixels under a screen pixel, on an axis of `length` pixels whose first pixel begins at
    /// `origin`; neighbouring screen pixels of a reduced view share none.
    pub fn pixels(&self, position: usize, origin: f64, length: usize) -> Option<Range<usize>> {
        let one = self.start + position as f64 * self.step - origin;
        let other = self.start + (position + 1) as f64 * self.step - origin;
        let (low, high) = (one.min(other), one.max(other));
        let inside = |value: f64| value.floor().clamp(0.0, length as f64) as usize;
        if high - low > 1.0 {
            let range = inside(low)..inside(high);
            if !range.is_empty() {
                return Some(range);
            }
        }
        let centre = (low + high) / 2.0;
        (centre >= 0.0 && centre < length as f64).then(|| {
            let pixel = centre as usize;
            pixel..pixel + 1
        })
    }
}

/// Both axes of a view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    /// Along a screen row.
    pub across: AxisMap,
    /// Down the screen.
    pub down: AxisMap,
}

impl Footprint {
    pub fn new(view: &ViewTransform, aspect: f64, out_size: [usize; 2]) -> Self {
        let (across_axis, down_axis) = if view.is_turned() { (1, 0) } else { (0, 1) };
        let at = |point: [f64; 2], axis: usize| view.image_from_view(point, aspect, out_size)[axis];
        let map = |axis: usize, from: [f64; 2], to: [f64; 2], length: usize| {
            let start = at(from, axis);
            AxisMap {
                axis,
                start,
                step: (at(to, axis) - start) / length.max(1) as f64,
            }
        };
        let [width, height] = out_size.map(|length| length as f64);
        Self {
            across: map(across_axis, [0.0, 0.0], [width, 0.0], out_size[0]),
            down: map(down_axis, [0.0, 0.0], [0.0, height], out_size[1]),
        }
    }
}
