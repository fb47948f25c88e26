//! Overlay planes (60xx, PS3.3 C.9): bits over an image, at an origin of their own, drawn into a view.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::footprint::Footprint;
use crate::frame::Rgba8Image;
use crate::phi::Phi;
use crate::view::ViewTransform;

/// One bit for each pixel of a matrix, row by row, the first in the lowest bit of a byte.
#[derive(Clone, PartialEq, Eq)]
pub struct BitPlane {
    rows: usize,
    columns: usize,
    bytes: Arc<[u8]>,
    first_bit: usize,
}

impl BitPlane {
    /// A plane that begins at bit `first_bit` of `bytes`; `None` when the bytes do not reach its end.
    pub fn new(rows: usize, columns: usize, bytes: Arc<[u8]>, first_bit: usize) -> Option<Self> {
        let end = rows.checked_mul(columns)?.checked_add(first_bit)?;
        (end <= bytes.len().checked_mul(8)?).then_some(Self {
            rows,
            columns,
            bytes,
            first_bit,
        })
    }

    /// A plane out of one truth value a pixel; values that are missing are not set.
    pub fn from_pixels(rows: usize, columns: usize, set: impl IntoIterator<Item = bool>) -> Self {
        let mut bytes = vec![0_u8; (rows * columns).div_ceil(8)];
        for (pixel, set) in set.into_iter().take(rows * columns).enumerate() {
            bytes[pixel / 8] |= u8::from(set) << (pixel % 8);
        }
        Self {
            rows,
            columns,
            bytes: bytes.into(),
            first_bit: 0,
        }
    }

    /// Rows of the plane.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the plane.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The bit of a pixel; `false` outside of the plane.
    pub fn is_set(&self, row: usize, column: usize) -> bool {
        row < self.rows && column < self.columns && self.bit(row * self.columns + column)
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        (0..self.rows * self.columns)
            .filter(|pixel| self.bit(*pixel))
            .count()
    }

    fn bit(&self, pixel: usize) -> bool {
        let bit = self.first_bit + pixel;
        self.bytes[bit / 8] >> (bit % 8) & 1 == 1
    }

    /// True when any pixel of the box is set; the box lies within the plane.
    fn any(&self, rows: &Range<usize>, columns: &Range<usize>) -> bool {
        rows.clone()
            .any(|row| (columns.clone()).any(|column| self.bit(row * self.columns + column)))
    }
}

impl fmt::Debug for BitPlane {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BitPlane {} x {}", self.rows, self.columns)
    }
}

/// Overlay Type (60xx,0040).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverlayKind {
    /// `G`: text and drawings.
    #[default]
    Graphics,
    /// `R`: the pixels that a region of interest is made of.
    Roi,
}

/// Where the bits of an overlay are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverlayBits {
    /// Here.
    Plane(BitPlane),
    /// In an unused bit of the pixel data (retired); they are read with the frame.
    Embedded {
        /// Overlay Bit Position (60xx,0102).
        bit: u16,
    },
}

/// One overlay plane of one frame (rule 22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// The group it stands in, 6000 to 601E: what it is toggled and referenced by.
    pub group: u16,
    /// Rows of the plane.
    pub rows: usize,
    /// Columns of the plane.
    pub columns: usize,
    /// Image pixel `[x, y]`, from 0, that the plane's first pixel lies on; it may be outside.
    pub origin: [i64; 2],
    /// One bit a pixel, or where they are.
    pub bits: OverlayBits,
    /// Graphics or region of interest.
    pub kind: OverlayKind,
    /// Overlay Label (60xx,1500), else Overlay Description (60xx,0022).
    pub label: Phi<String>,
}

impl Overlay {
    /// The plane, when its bits are here.
    pub const fn plane(&self) -> Option<&BitPlane> {
        match &self.bits {
            OverlayBits::Plane(plane) => Some(plane),
            OverlayBits::Embedded { .. } => None,
        }
    }

    /// True when an image pixel, from 0, is set in the plane.
    pub fn covers(&self, x: i64, y: i64) -> bool {
        let place = |at: i64, origin: i64| usize::try_from(at.checked_sub(origin)?).ok();
        match (place(x, self.origin[0]), place(y, self.origin[1])) {
            (Some(column), Some(row)) => {
                self.plane().is_some_and(|plane| plane.is_set(row, column))
            }
            _ => false,
        }
    }
}

/// Draws overlay planes in one colour over a view that [`crate::present_viewport`] made.
///
/// `view` and `aspect` are those of the image below. A reduced view shows a pixel as set when any
/// overlay pixel under it is, so that thin letters stay. Overlays whose bits are embedded are left out.
pub fn draw_overlays<'a>(
    image: &mut Rgba8Image,
    overlays: impl IntoIterator<Item = &'a Overlay>,
    colour: [u8; 3],
    view: &ViewTransform,
    aspect: f64,
) {
    let footprint = Footprint::new(view, aspect, [image.width, image.height]);
    for overlay in overlays {
        if let Some(plane) = overlay.plane() {
            let origin = overlay.origin.map(|place| place as f64);
            let size = [plane.columns, plane.rows];
            paint(image, &footprint, origin, size, |rows, columns, pixel| {
                if plane.any(rows, columns) {
                    pixel[..3].copy_from_slice(&colour);
                }
            });
        }
    }
}

/// Calls `draw` with the plane's rows and columns under each screen pixel.
pub(crate) fn paint(
    image: &mut Rgba8Image,
    footprint: &Footprint,
    origin: [f64; 2],
    size: [usize; 2],
    draw: impl Fn(&Range<usize>, &Range<usize>, &mut [u8; 4]) + Sync,
) {
    let width = image.width;
    if width == 0 {
        return;
    }
    let map = footprint.across;
    let across: Vec<Option<Range<usize>>> = (0..width)
        .map(|x| map.pixels(x, origin[map.axis], size[map.axis]))
        .collect();
    let down = footprint.down;
    let lines = image.pixels.par_chunks_mut(width * 4).enumerate();
    lines.for_each(|(y, line)| {
        let Some(down_range) = down.pixels(y, origin[down.axis], size[down.axis]) else {
            return;
        };
        for (pixel, across_range) in line.as_chunks_mut::<4>().0.iter_mut().zip(&across) {
            let Some(across_range) = across_range else {
                continue;
            };
            if map.axis == 0 {
                draw(&down_range, across_range, pixel);
            } else {
                draw(across_range, &down_range, pixel);
            }
        }
    });
}
