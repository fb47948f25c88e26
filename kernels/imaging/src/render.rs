//! Volume rendering on the processor: rays cast in parallel through the volume, front to back.
//!
//! Each pixel is made by itself, its samples in their order, so that its bits depend on no thread count.
//! Trilinear in `f32`; light comes from the eye. A ray leaps over blocks in which nothing can be seen, by whole
//! steps, so that leaping changes no sample; it ends where less than a hundredth of the light is left.

use rayon::prelude::*;

use crate::frame::{Frame, PhotometricInterpretation, Samples, with_samples};
use crate::occupancy::Occupancy;
use crate::rays::Scene;
use crate::transfer::{TransferFunction, absorbed};
use crate::volume::Volume;

/// Entries of the table over all values.
const TABLE: usize = 4_096;
/// Rows that one task makes.
const BAND_ROWS: usize = 4;
/// The width of the image in longest edges of the volume: corners of the box, which are air as a rule, may lie
/// beyond the image while it is turned, so that what lies inside is as large as it can be.
const MARGIN: f64 = 1.1;
/// Pixels of a side at most.
pub const RENDER_SIDE_MAX: usize = 2_048;

/// From where, how finely and which part of a volume is seen; a parallel projection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The way rows of the image run in the patient, a unit vector.
    pub row_direction_lps: [f64; 3],
    /// The way columns run, a unit vector across the rows; the eye looks along row × column.
    pub column_direction_lps: [f64; 3],
    /// What lies in the middle of the image, mm.
    pub centre_lps_mm: [f64; 3],
    /// Rows and columns of the image.
    pub size: [usize; 2],
    /// Between pixels, mm.
    pub pixel_mm: f64,
    /// Between samples of a ray, mm.
    pub step_mm: f64,
    /// The part that is seen: from and to along columns, rows, slices, in parts of the volume, 0 to 1.
    pub crop: [[f64; 2]; 3],
}

impl Camera {
    /// The whole volume from a direction in an image of `side` × `side`, one sample per smallest edge of a voxel.
    pub fn around(volume: &Volume, [row, column]: [[f64; 3]; 2], side: usize) -> Self {
        let length = |vector: [f64; 3]| vector.iter().map(|part| part * part).sum::<f64>().sqrt();
        let edges = volume.steps_lps_mm.map(length);
        let [slices, rows, columns] = volume.size.map(|count| count as f64);
        let longest_mm = (edges[0] * columns)
            .max(edges[1] * rows)
            .max(edges[2] * slices);
        let side = side.clamp(1, RENDER_SIDE_MAX);
        Self {
            row_direction_lps: row,
            column_direction_lps: column,
            centre_lps_mm: volume.centre_lps_mm(),
            size: [side; 2],
            pixel_mm: longest_mm * MARGIN / side as f64,
            step_mm: edges.into_iter().fold(f64::INFINITY, f64::min).max(1e-3),
            crop: [[0.0, 1.0]; 3],
        }
    }

    /// The same with half the rows and columns and steps twice as long: for while the hand turns it.
    pub fn coarse(mut self) -> Self {
        self.size = self.size.map(|side| (side / 2).max(1));
        self.pixel_mm *= 2.0;
        self.step_mm *= 2.0;
        self
    }
}

/// What rays become.
#[derive(Clone, Debug, PartialEq)]
pub enum Rendering {
    /// Colours and opacities with light on them; the image is RGB.
    Shaded(TransferFunction),
    /// The greatest value of each ray, as a stored value; NaN beside the volume.
    Maximum,
}

/// The volume as the camera sees it, or nothing once `stop` says so.
///
/// `Shaded` gives RGB of 8 bits on black; `Maximum` gives interpolated stored values (`F32`), to which the tables
/// of the volume apply.
pub fn render_volume(
    volume: &Volume,
    occupancy: &Occupancy,
    camera: &Camera,
    rendering: &Rendering,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Frame> {
    let [rows, columns] = camera.size.map(|side| side.clamp(1, RENDER_SIDE_MAX));
    let scene = Scene::new(volume, occupancy, camera, [rows, columns]);
    let (samples, channels, photometric) = match rendering {
        Rendering::Maximum => {
            let mut values = vec![f32::NAN; rows * columns];
            with_samples!(&volume.samples, stored => {
                each_row(&mut values, columns, stop, |row, column, out| {
                    out[0] = scene.greatest(stored, row, column);
                });
            });
            (Samples::F32(values), 1, volume.photometric.clone())
        }
        Rendering::Shaded(transfer) => {
            let shades = Shades::new(volume, occupancy, transfer, camera.step_mm);
            let mut values = vec![0_u8; rows * columns * 3];
            with_samples!(&volume.samples, stored => {
                each_row(&mut values, columns * 3, stop, |row, at, out| {
                    out.copy_from_slice(&scene.shaded(stored, &shades, row, at));
                });
            });
            (Samples::U8(values), 3, PhotometricInterpretation::Rgb)
        }
    };
    (!stop()).then_some(Frame {
        rows,
        columns,
        samples_per_pixel: channels,
        samples,
        photometric,
    })
}

/// Makes pixel after pixel; `width` values a row. Bands that begin after the stop stay as they are.
fn each_row<V: Send>(
    values: &mut [V],
    width: usize,
    stop: &(dyn Fn() -> bool + Sync),
    make: impl Fn(usize, usize, &mut [V]) + Sync,
) {
    let channels = if std::mem::size_of::<V>() == 1 { 3 } else { 1 };
    let tasks = values.par_chunks_mut(width * BAND_ROWS).enumerate();
    tasks.for_each(|(band, lines)| {
        for (row, line) in lines.chunks_mut(width).enumerate() {
            if stop() {
                return;
            }
            for (column, pixel) in line.chunks_mut(channels).enumerate() {
                make(band * BAND_ROWS + row, column, pixel);
            }
        }
    });
}

/// Colour and absorption for every value, as a table over the volume's range, and which blocks are seen at all.
pub(crate) struct Shades {
    table: Vec<[f32; 4]>,
    low: f32,
    per_value: f32,
    /// Of each block.
    pub(crate) seen: Vec<bool>,
}

impl Shades {
    fn new(
        volume: &Volume,
        occupancy: &Occupancy,
        transfer: &TransferFunction,
        step_mm: f64,
    ) -> Self {
        let [low, high] = occupancy.range;
        let per_value = match high > low {
            true => (TABLE - 1) as f32 / (high - low),
            false => 0.0,
        };
        let table: Vec<[f32; 4]> = (0..TABLE)
            .map(|at| {
                let stored = low + (high - low) * at as f32 / (TABLE - 1) as f32;
                let value = volume
                    .attributes
                    .modality_lut
                    .modality_value(f64::from(stored));
                let ([red, green, blue], opacity) = transfer.at(value as f32);
                [red, green, blue, absorbed(opacity, step_mm as f32)]
            })
            .collect();
        // How many entries before each are seen: a block is, where there is one between its ends.
        let mut before = vec![0_u32; TABLE + 1];
        for (at, entry) in table.iter().enumerate() {
            before[at + 1] = before[at] + u32::from(entry[3] > 0.0);
        }
        let place = |value: f32| ((value - low) * per_value) as usize;
        let seen = occupancy.ranges.iter().map(|[least, greatest]| {
            let (from, to) = (place(*least), (place(*greatest) + 2).min(TABLE));
            before[to] > before[from.min(to)]
        });
        Self {
            seen: seen.collect(),
            table,
            low,
            per_value,
        }
    }

    #[inline(always)]
    pub(crate) fn at(&self, value: f32) -> [f32; 4] {
        let place = ((value - self.low) * self.per_value + 0.5) as usize;
        self.table[place.min(TABLE - 1)]
    }
}
