//! Only the pixels on screen: the frame resampled and coloured at the viewport's own size.

use rayon::prelude::*;

use crate::attributes::FrameAttributes;
use crate::display_lut::{DisplayLut, Stages};
use crate::footprint::Footprint;
use crate::frame::{Frame, Rgba8Image, with_samples};
use crate::grey::{BLACK, GreyStages};
use crate::reduce::{draw_reduced, is_by_entry, is_reduced};
use crate::stored::Stored;
use crate::view::{Interpolation, ViewTransform};

/// Screen rows that one task draws; constant, so that nothing depends on the number of threads.
pub(crate) const BAND_ROWS: usize = 16;

/// Draws what is on the screen: `out_size` is `[width, height]` in pixels, the frame's pixel aspect
/// is applied (rule 15), and whatever lies beside the image is black.
///
/// Linear interpolation of a view reduced to less than half its size is the mean of all pixels under a
/// screen pixel, so that no fine detail is skipped; padding does not count.
/// Otherwise it is between stored values, before any table, for grey images, and between
/// colours for the others. Next to padding the nearest pixel is taken, so that padding bleeds
/// nowhere. A frame that `lut` was not built for gives a black view.
pub fn present_viewport(
    frame: &Frame,
    attributes: &FrameAttributes,
    lut: &DisplayLut,
    view: &ViewTransform,
    out_size: [usize; 2],
) -> Rgba8Image {
    let [width, height] = out_size;
    let mut image = Rgba8Image {
        width,
        height,
        pixels: BLACK.repeat(width * height),
    };
    if image.pixels.is_empty() || frame.checked().is_err() || !lut.is_for(frame) {
        return image;
    }
    let footprint = Footprint::new(view, attributes.aspect(), out_size);
    if view.interpolation == Interpolation::Linear && is_reduced(&footprint) {
        with_samples!(&frame.samples, values => {
            draw_reduced(values, frame, lut, &footprint, &mut image);
        });
        return image;
    }
    let sampling = Sampling::new(frame, view, attributes.aspect(), out_size);
    let linear = view.interpolation == Interpolation::Linear;
    with_samples!(&frame.samples, values => {
        image.pixels.par_chunks_mut(width * 4 * BAND_ROWS).enumerate().for_each(|(band, pixels)| {
            for (row, pixels) in pixels.chunks_mut(width * 4).enumerate() {
                let Some(down) = sampling.down.at(band * BAND_ROWS + row) else {
                    continue;
                };
                let (pixels, _) = pixels[sampling.across.start * 4..].as_chunks_mut::<4>();
                let line = Line { values, down, across: &sampling.across.between };
                if linear { line.draw_linear(lut, pixels) } else { line.draw_nearest(lut, pixels) }
            }
        });
    });
    image
}

/// Which image pixels a screen column or row is made of; offsets count pixels from the first.
#[derive(Clone, Copy)]
pub(crate) struct Between {
    pub nearest: usize,
    low: usize,
    high: usize,
    /// Share of `high`, 0 up to 1.
    fraction: f64,
    /// The same in steps of 1/256.
    share: u32,
}

/// The screen columns (or rows) that show some of the image: from `start` on, one entry each.
pub(crate) struct Span {
    pub start: usize,
    pub between: Vec<Between>,
}

impl Span {
    fn new(screen: usize, place: impl Fn(usize) -> Option<Between>) -> Self {
        let start = (0..screen)
            .find(|position| place(*position).is_some())
            .unwrap_or(screen);
        Self {
            start,
            between: (start..screen).map_while(place).collect(),
        }
    }

    pub fn at(&self, position: usize) -> Option<Between> {
        self.between.get(position.checked_sub(self.start)?).copied()
    }
}

/// The image pixels under the screen's columns and rows.
pub(crate) struct Sampling {
    pub across: Span,
    pub down: Span,
}

impl Sampling {
    pub fn new(frame: &Frame, view: &ViewTransform, aspect: f64, out_size: [usize; 2]) -> Self {
        let middle = out_size.map(|length| length as f64 / 2.0);
        // A screen column moves along image columns, or along image rows when the image is turned.
        let (across_axis, down_axis) = if view.is_turned() { (1, 0) } else { (0, 1) };
        let lengths = [frame.columns, frame.rows];
        let strides = [1, frame.columns];
        let place = |point: [f64; 2], axis: usize| {
            let coordinate = view.image_from_view(point, aspect, out_size)[axis];
            between(coordinate, lengths[axis], strides[axis])
        };
        Self {
            across: Span::new(out_size[0], |x| {
                place([x as f64 + 0.5, middle[1]], across_axis)
            }),
            down: Span::new(out_size[1], |y| {
                place([middle[0], y as f64 + 0.5], down_axis)
            }),
        }
    }
}

/// The pixels around a coordinate on an axis of `length` pixels.
fn between(coordinate: f64, length: usize, stride: usize) -> Option<Between> {
    if !(coordinate >= 0.0 && coordinate < length as f64) {
        return None;
    }
    let last = length - 1;
    let nearest = (coordinate as usize).min(last);
    // From the centre of the pixel before; within half a pixel of an edge the edge pixel stands alone.
    let from_first_centre = (coordinate - 0.5).clamp(0.0, last as f64);
    let low = (from_first_centre as usize).min(last);
    let high = (low + 1).min(last);
    let fraction = from_first_centre - low as f64;
    Some(Between {
        nearest: nearest * stride,
        low: low * stride,
        high: high * stride,
        fraction,
        share: (fraction * 256.0 + 0.5) as u32,
    })
}

/// One screen row to be drawn.
pub(crate) struct Line<'a, T> {
    pub values: &'a [T],
    pub down: Between,
    pub across: &'a [Between],
}

impl<T: Stored> Line<'_, T> {
    fn draw_nearest(&self, lut: &DisplayLut, pixels: &mut [[u8; 4]]) {
        match (&lut.stages, lut.table_for::<T>()) {
            (Stages::Colour(_), _) => self.fill(pixels, |across| {
                self.colour(lut, self.down.nearest + across.nearest)
            }),
            (_, Some(table)) => self.fill(pixels, |across| {
                table[self.values[self.down.nearest + across.nearest].index()]
            }),
            (stages, None) => self.fill(pixels, |across| {
                stages.rgba(self.values[self.down.nearest + across.nearest].value())
            }),
        }
    }

    fn draw_linear(&self, lut: &DisplayLut, pixels: &mut [[u8; 4]]) {
        match (&lut.stages, lut.table_for::<T>()) {
            // Between 16-bit values the nearest one is close enough; eight bits are too coarse for a
            // narrow window, and are evaluated in between.
            (Stages::Grey(grey), Some(table))
                if is_by_entry(grey, table.len()) && !grey.has_supplement() =>
            {
                self.fill_entries(grey, table.len(), pixels, |entry| table[entry as usize]);
            }
            (Stages::Grey(grey), _) => self.fill_evaluated(grey, pixels),
            _ => self.fill(pixels, |across| {
                let corners = corners(&self.down, across).map(|offset| self.colour(lut, offset));
                std::array::from_fn(|channel| {
                    let around = corners.map(|colour| f64::from(colour[channel]));
                    (blend(around, across.fraction, self.down.fraction) + 0.5) as u8
                })
            }),
        }
    }

    /// Interpolates entries of a table in integers, with shares in steps of 1/256.
    #[inline(always)]
    pub fn fill_entries<P>(
        &self,
        grey: &GreyStages,
        table: usize,
        pixels: &mut [P],
        shown: impl Fn(u32) -> P,
    ) {
        let first = T::TABLE.map_or(0, |(first, _)| first);
        let padding = grey.padding_entries(first, table);
        let (upper, lower) = (
            &self.values[self.down.low..],
            &self.values[self.down.high..],
        );
        let nearest = &self.values[self.down.nearest..];
        let down = self.down.share;
        self.fill(pixels, |across| {
            let (low, high) = (across.low, across.high);
            let around = [upper[low], upper[high], lower[low], lower[high]]
                .map(|stored| stored.index() as u32);
            if let Some((low, high)) = padding {
                let padded = around.map(|entry| (entry >= low) & (entry <= high));
                if padded[0] | padded[1] | padded[2] | padded[3] {
                    return shown(nearest[across.nearest].index() as u32);
                }
            }
            // At most 65,535 x 256 x 256 and a half: it just fits.
            let across = across.share;
            let upper = around[0] * (256 - across) + around[1] * across;
            let lower = around[2] * (256 - across) + around[3] * across;
            shown((upper * (256 - down) + lower * down + 0x8000) >> 16)
        });
    }

    /// Interpolates stored values in doubles and evaluates the stages for each pixel.
    fn fill_evaluated(&self, grey: &GreyStages, pixels: &mut [[u8; 4]]) {
        let stored = |offset: usize| self.values[offset].value();
        self.fill(pixels, |across| {
            let around = corners(&self.down, across).map(stored);
            if around.iter().any(|stored| grey.is_apart(*stored)) {
                return grey.rgba(stored(self.down.nearest + across.nearest));
            }
            grey.shown(blend(around, across.fraction, self.down.fraction))
        });
    }

    /// The colour of the image pixel at an offset.
    fn colour(&self, lut: &DisplayLut, offset: usize) -> [u8; 4] {
        match &lut.stages {
            Stages::Colour(colour) => colour.rgba(std::array::from_fn(|sample| {
                self.values[offset * 3 + sample].value()
            })),
            stages => match lut.table_for::<T>() {
                Some(table) => table[self.values[offset].index()],
                None => stages.rgba(self.values[offset].value()),
            },
        }
    }

    #[inline(always)]
    pub fn fill<P>(&self, pixels: &mut [P], colour: impl Fn(&Between) -> P) {
        for (pixel, across) in pixels.iter_mut().zip(self.across) {
            *pixel = colour(across);
        }
    }
}

/// Offsets of the four pixels around a point: the two before it down, each low and high across.
#[inline(always)]
fn corners(down: &Between, across: &Between) -> [usize; 4] {
    [
        down.low + across.low,
        down.low + across.high,
        down.high + across.low,
        down.high + across.high,
    ]
}

/// Bilinear, exact at pixel centres: across first, then down.
#[inline(always)]
fn blend(around: [f64; 4], across: f64, down: f64) -> f64 {
    let upper = around[0] + (around[1] - around[0]) * across;
    let lower = around[2] + (around[3] - around[2]) * across;
    upper + (lower - upper) * down
}
