//! Display shutters (PS3.3 C.7.6.11, C.7.6.15): the part of a picture that is to be seen.

use rayon::prelude::*;

use crate::cielab::srgb_from_cielab;
use crate::footprint::Footprint;
use crate::frame::Rgba8Image;
use crate::overlay::Overlay;
use crate::view::ViewTransform;

/// One shutter. Rows and columns are the standard's, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shutter {
    /// Seen from `left` to `right` and from `upper` to `lower`, edges included.
    Rectangular {
        /// Shutter Left Vertical Edge, a column.
        left: i64,
        /// Shutter Right Vertical Edge.
        right: i64,
        /// Shutter Upper Horizontal Edge, a row.
        upper: i64,
        /// Shutter Lower Horizontal Edge.
        lower: i64,
    },
    /// Seen within a circle, its edge included.
    Circular {
        /// Center of Circular Shutter: row, then column.
        center: [i64; 2],
        /// Radius, in pixels along a row.
        radius: i64,
    },
    /// Seen within a polygon.
    Polygonal {
        /// Vertices, each row, then column; at least three.
        vertices: Vec<[i64; 2]>,
    },
    /// Hidden where an overlay is set.
    Bitmap {
        /// Shutter Overlay Group, 6000 to 601E.
        group: u16,
    },
}

/// The shutters of a frame; a pixel is seen when all of them show it (rule 23).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shutters {
    /// In the file's order; empty means that nothing is hidden.
    pub shapes: Vec<Shutter>,
    /// Shutter Presentation Value (0018,1622): grey of what is hidden, 0 black to 65,535 white.
    pub presentation_value: u16,
    /// Shutter Presentation Color CIELab Value (0018,1624), which comes before the grey.
    pub presentation_cielab: Option<[u16; 3]>,
}

impl Shutters {
    /// What hidden pixels are drawn in.
    pub fn colour(&self) -> [u8; 3] {
        match self.presentation_cielab {
            Some(encoded) => srgb_from_cielab(encoded),
            None => [(self.presentation_value >> 8) as u8; 3],
        }
    }
}

impl Shutter {
    /// The stretches of a line that are seen: along image axis `running` (0 for x, 1 for y) where the
    /// other coordinate is `fixed`. Nothing for a bitmap.
    fn seen(&self, running: usize, fixed: f64, aspect: f64) -> Vec<[f64; 2]> {
        match self {
            Self::Rectangular {
                left,
                right,
                upper,
                lower,
            } => {
                let edges = [(*left, *right), (*upper, *lower)]
                    .map(|(first, last)| [first as f64 - 1.0, last as f64]);
                let [low, high] = edges[1 - running];
                if fixed >= low && fixed < high {
                    vec![edges[running]]
                } else {
                    Vec::new()
                }
            }
            Self::Circular { center, radius } => {
                let middle = [center[1] as f64 - 0.5, center[0] as f64 - 0.5];
                // The radius counts pixels along a row; down a column they are as high as the aspect.
                let heights = [1.0, aspect];
                let away = (fixed - middle[1 - running]) * heights[1 - running];
                let left = (*radius as f64) * (*radius as f64) - away * away;
                if left < 0.0 {
                    return Vec::new();
                }
                let half = left.sqrt() / heights[running];
                vec![[middle[running] - half, middle[running] + half]]
            }
            Self::Polygonal { vertices } => crossings(vertices, running, fixed),
            Self::Bitmap { .. } => Vec::new(),
        }
    }

    /// True where both ends of a stretch belong to it; elsewhere the end is the edge of the next pixel.
    fn is_round(&self) -> bool {
        matches!(self, Self::Circular { .. })
    }

    /// True for a shutter that cannot be applied and is ignored.
    fn is_void(&self) -> bool {
        match self {
            Self::Polygonal { vertices } => vertices.len() < 3,
            Self::Circular { radius, .. } => *radius <= 0,
            Self::Rectangular {
                left,
                right,
                upper,
                lower,
            } => left > right || upper > lower,
            Self::Bitmap { .. } => true,
        }
    }
}

/// Where a line lies within a polygon, by the even-odd rule; vertices are pixel centres.
fn crossings(vertices: &[[i64; 2]], running: usize, fixed: f64) -> Vec<[f64; 2]> {
    let point = |vertex: &[i64; 2]| [vertex[1] as f64 - 0.5, vertex[0] as f64 - 0.5];
    let mut places: Vec<f64> = Vec::new();
    let next = vertices.iter().cycle().skip(1);
    for (from, to) in vertices.iter().zip(next) {
        let (from, to) = (point(from), point(to));
        let (low, high) = (from[1 - running], to[1 - running]);
        if (low <= fixed) != (high <= fixed) {
            let share = (fixed - low) / (high - low);
            places.push(from[running] + (to[running] - from[running]) * share);
        }
    }
    places.sort_by(f64::total_cmp);
    places.as_chunks::<2>().0.to_vec()
}

/// Hides what the shutters do not show, in a view that [`crate::present_viewport`] made.
///
/// `overlays` are the frame's, for a bitmap shutter. Shutters that cannot be applied (a polygon of
/// fewer than three vertices, a missing overlay, edges the wrong way round) are ignored.
pub fn apply_shutters(
    image: &mut Rgba8Image,
    shutters: &Shutters,
    overlays: &[Overlay],
    view: &ViewTransform,
    aspect: f64,
) {
    let shapes: Vec<&Shutter> = shutters
        .shapes
        .iter()
        .filter(|shape| !shape.is_void())
        .collect();
    let bitmaps: Vec<&Overlay> = shutters
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shutter::Bitmap { group } => overlays.iter().find(|overlay| overlay.group == *group),
            _ => None,
        })
        .collect();
    if (shapes.is_empty() && bitmaps.is_empty()) || image.width == 0 {
        return;
    }
    let colour = shutters.colour();
    let footprint = Footprint::new(view, aspect, [image.width, image.height]);
    let running = footprint.across.axis;
    let lines = image.pixels.par_chunks_mut(image.width * 4).enumerate();
    lines.for_each(|(y, line)| {
        let fixed = footprint.down.centre(y);
        let seen: Vec<(bool, Vec<[f64; 2]>)> = shapes
            .iter()
            .map(|shape| (shape.is_round(), shape.seen(running, fixed, aspect)))
            .collect();
        for (x, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let along = footprint.across.centre(x);
            let within = |(round, spans): &(bool, Vec<[f64; 2]>)| {
                spans
                    .iter()
                    .any(|[low, high]| along >= *low && (along < *high || *round && along == *high))
            };
            let hidden = !seen.iter().all(within)
                || bitmaps.iter().any(|overlay| {
                    let (x, y) = if running == 0 {
                        (along, fixed)
                    } else {
                        (fixed, along)
                    };
                    overlay.covers(x.floor() as i64, y.floor() as i64)
                });
            if hidden {
                pixel[..3].copy_from_slice(&colour);
            }
        }
    });
}
