//! A view looked up once and drawn through one window after the other, as a drag of the window asks for.

use rayon::prelude::*;

use crate::attributes::FrameAttributes;
use crate::display_lut::{DisplayLut, Stages};
use crate::footprint::Footprint;
use crate::frame::{Frame, Rgba8Image, with_samples};
use crate::grey::BLACK;
use crate::reduce::{NO_ENTRY, is_by_entry, is_reduced, sample_reduced};
use crate::stored::Stored;
use crate::view::{Interpolation, ViewTransform};
use crate::viewport::{BAND_ROWS, Line, Sampling};

/// What each screen pixel of a view is drawn with, found once: a window that changes costs only a new
/// table, and the picture is that of [`crate::present_viewport`], pixel by pixel.
#[derive(Clone, Debug)]
pub struct SampledView {
    size: [usize; 2],
    /// Entries of a table of stored values, or `NO_ENTRY`.
    entries: Vec<u32>,
    /// Length of that table, and the entries that count as padding.
    table: usize,
    padding: Option<(u32, u32)>,
}

impl SampledView {
    /// Looks the view up; `None` where [`crate::present_viewport`] draws by more than one table entry a pixel:
    /// colour, palettes, samples beyond 16 bits, and smooth views of eight bits.
    pub fn new(
        frame: &Frame,
        attributes: &FrameAttributes,
        lut: &DisplayLut,
        view: &ViewTransform,
        out_size: [usize; 2],
    ) -> Option<Self> {
        let (table, padding) = Self::key(frame, lut)?;
        let [width, height] = out_size;
        let mut sampled = Self {
            size: out_size,
            entries: vec![NO_ENTRY; width * height],
            table,
            padding,
        };
        let Stages::Grey(grey) = &lut.stages else {
            return None;
        };
        if sampled.entries.is_empty() || frame.checked().is_err() {
            return None;
        }
        let entries = sampled.entries.as_mut_slice();
        let linear = view.interpolation == Interpolation::Linear;
        let footprint = Footprint::new(view, attributes.aspect(), out_size);
        if linear && is_reduced(&footprint) {
            with_samples!(&frame.samples, values => {
                sample_reduced(values, frame, grey, table, &footprint, out_size, entries);
            });
            return Some(sampled);
        }
        let sampling = Sampling::new(frame, view, attributes.aspect(), out_size);
        with_samples!(&frame.samples, values => {
            entries.par_chunks_mut(width).enumerate().for_each(|(row, entries)| {
                let Some(down) = sampling.down.at(row) else {
                    return;
                };
                let line = Line { values, down, across: &sampling.across.between };
                let entries = &mut entries[sampling.across.start..];
                if linear {
                    line.fill_entries(grey, table, entries, |entry| entry);
                } else {
                    line.fill(entries, |across| values[down.nearest + across.nearest].index() as u32);
                }
            });
        });
        Some(sampled)
    }

    /// The length of the table and its padding, where one entry a pixel is enough.
    fn key(frame: &Frame, lut: &DisplayLut) -> Option<(usize, Option<(u32, u32)>)> {
        let Stages::Grey(grey) = &lut.stages else {
            return None;
        };
        let (table, first) = with_samples!(&frame.samples, values => lut.table_of(values))?;
        let simple = is_by_entry(grey, table) && !grey.has_supplement() && lut.is_for(frame);
        simple.then(|| (table, grey.padding_entries(first, table)))
    }

    /// Draws the view of `frame`, the one that was looked up, through another table.
    ///
    /// `None` when `lut` draws otherwise than by one entry a pixel, or shows other values as padding.
    pub fn draw(&self, frame: &Frame, lut: &DisplayLut) -> Option<Rgba8Image> {
        if Self::key(frame, lut)? != (self.table, self.padding) {
            return None;
        }
        let table = with_samples!(&frame.samples, values => lut.colours_of(values))?;
        let [width, height] = self.size;
        let mut pixels = vec![0_u8; width * height * 4];
        let bands = pixels.par_chunks_mut(width * 4 * BAND_ROWS);
        let entries = self.entries.par_chunks(width * BAND_ROWS);
        bands.zip(entries).for_each(|(band, entries)| {
            for (pixel, entry) in band.as_chunks_mut::<4>().0.iter_mut().zip(entries) {
                *pixel = table.get(*entry as usize).copied().unwrap_or(BLACK);
            }
        });
        Some(Rgba8Image {
            width,
            height,
            pixels,
        })
    }
}
