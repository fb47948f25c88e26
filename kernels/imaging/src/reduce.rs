//! Reduced views: each screen pixel is the mean of all pixels under it, so that nothing fine is skipped.

use std::ops::Range;

use rayon::prelude::*;

use crate::display_lut::{DisplayLut, Stages};
use crate::footprint::{AxisMap, Footprint};
use crate::frame::{Frame, Rgba8Image};
use crate::grey::{BLACK, GreyStages};
use crate::stored::Stored;

/// Image pixels for one screen pixel above which a smooth view is a mean; up to there, linear
/// interpolation skips none.
const REDUCTION_MIN: f64 = 2.0;

/// True when the view is reduced so far that interpolation would skip pixels.
pub(crate) fn is_reduced(footprint: &Footprint) -> bool {
    let (across, down) = (footprint.across.reduction(), footprint.down.reduction());
    across.max(down) > REDUCTION_MIN
}

/// A screen pixel that no table entry is drawn for: black.
pub(crate) const NO_ENTRY: u32 = u32::MAX;

/// Columns and rows of the image under each screen position.
struct Boxes {
    columns: Vec<Option<Range<usize>>>,
    rows: Vec<Option<Range<usize>>>,
}

/// Draws the whole view; what lies beside the image is left as it is.
pub(crate) fn draw_reduced<T: Stored>(
    values: &[T],
    frame: &Frame,
    lut: &DisplayLut,
    footprint: &Footprint,
    image: &mut Rgba8Image,
) {
    let size = [image.width, image.height];
    let (pixels, _) = image.pixels.as_chunks_mut::<4>();
    upright(frame, footprint, size, BLACK, pixels, |boxes, grid| {
        draw_grid(values, frame, lut, boxes, grid);
    });
}

/// The entry of `table` that each screen pixel is drawn with, where that is a mean rounded to one;
/// what is black whatever the table is left as it is.
pub(crate) fn sample_reduced<T: Stored>(
    values: &[T],
    frame: &Frame,
    grey: &GreyStages,
    table: usize,
    footprint: &Footprint,
    size: [usize; 2],
    entries: &mut [u32],
) {
    upright(
        frame,
        footprint,
        size,
        NO_ENTRY,
        entries,
        |boxes, grid: &mut [u32]| {
            let lines = grid.par_chunks_mut(boxes.columns.len()).zip(&boxes.rows);
            lines.for_each_init(
                || Sums::new(frame.columns),
                |sums, (line, rows)| {
                    let Some(rows) = rows else { return };
                    sums.add(values, frame.columns, rows.clone(), grey, table);
                    sums.each(&boxes.columns, rows.len(), line, |mean| {
                        mean.map_or(NO_ENTRY, Mean::rounded)
                    });
                },
            );
        },
    );
}

/// Has `draw` fill a grid along the rows of the image, and lays it on its side where the view is turned.
fn upright<P: Copy + Send + Sync>(
    frame: &Frame,
    footprint: &Footprint,
    size: [usize; 2],
    empty: P,
    pixels: &mut [P],
    draw: impl Fn(&Boxes, &mut [P]),
) {
    let lengths = [frame.columns, frame.rows];
    let ranges = |map: AxisMap, screen: usize| -> Vec<Option<Range<usize>>> {
        (0..screen)
            .map(|place| map.pixels(place, 0.0, lengths[map.axis]))
            .collect()
    };
    let [width, height] = size;
    let across = ranges(footprint.across, width);
    let down = ranges(footprint.down, height);
    if footprint.across.axis == 0 {
        let boxes = Boxes {
            columns: across,
            rows: down,
        };
        return draw(&boxes, pixels);
    }
    let boxes = Boxes {
        columns: down,
        rows: across,
    };
    let mut grid = vec![empty; pixels.len()];
    draw(&boxes, &mut grid);
    let lines = pixels.par_chunks_mut(width).enumerate();
    lines.for_each(|(y, line)| {
        for (x, pixel) in line.iter_mut().enumerate() {
            *pixel = grid[x * height + y];
        }
    });
}

/// One line of `grid` for each entry of `boxes.rows`.
fn draw_grid<T: Stored>(
    values: &[T],
    frame: &Frame,
    lut: &DisplayLut,
    boxes: &Boxes,
    grid: &mut [[u8; 4]],
) {
    let lines = grid.par_chunks_mut(boxes.columns.len()).zip(&boxes.rows);
    let columns = boxes.columns.as_slice();
    match (&lut.stages, lut.table_for::<T>()) {
        (Stages::Grey(grey), Some(table)) if !grey.has_supplement() => {
            lines.for_each_init(
                || Sums::new(frame.columns),
                |sums, (line, rows)| {
                    let Some(rows) = rows else { return };
                    sums.add(values, frame.columns, rows.clone(), grey, table.len());
                    sums.draw(columns, rows.len(), grey, table, line);
                },
            );
        }
        (Stages::Grey(grey), _) if !grey.has_supplement() => lines.for_each(|(line, rows)| {
            let counted = |pixel: usize| {
                let stored = values[pixel].value();
                (!grey.is_hidden(stored)).then_some([stored, 0.0, 0.0])
            };
            let shown = |[stored, ..]: [f64; 3]| grey.shown(stored);
            mean_line(frame.columns, columns, rows, line, counted, shown);
        }),
        (Stages::Colour(colour), _) => lines.for_each(|(line, rows)| {
            let counted = |pixel: usize| {
                Some(std::array::from_fn(|sample| {
                    values[pixel * 3 + sample].value()
                }))
            };
            mean_line(frame.columns, columns, rows, line, counted, |mean| {
                colour.rgba(mean)
            });
        }),
        (stages, table) => lines.for_each(|(line, rows)| {
            let counted = |pixel: usize| {
                let [red, green, blue, _] = match table {
                    Some(table) => table[values[pixel].index()],
                    None => stages.rgba(values[pixel].value()),
                };
                Some([red, green, blue].map(f64::from))
            };
            let shown = |mean: [f64; 3]| {
                let [red, green, blue] = mean.map(|channel| (channel + 0.5) as u8);
                [red, green, blue, 255]
            };
            mean_line(frame.columns, columns, rows, line, counted, shown);
        }),
    }
}

/// Means of what `counted` gives; a box of which less than half counts is black.
fn mean_line(
    stride: usize,
    columns: &[Option<Range<usize>>],
    rows: &Option<Range<usize>>,
    line: &mut [[u8; 4]],
    counted: impl Fn(usize) -> Option<[f64; 3]>,
    shown: impl Fn([f64; 3]) -> [u8; 4],
) {
    let Some(rows) = rows else { return };
    for (pixel, columns) in line.iter_mut().zip(columns) {
        let Some(columns) = columns else { continue };
        let (mut sums, mut count) = ([0.0; 3], 0_usize);
        for row in rows.clone() {
            for column in columns.clone() {
                if let Some(value) = counted(row * stride + column) {
                    sums = std::array::from_fn(|channel| sums[channel] + value[channel]);
                    count += 1;
                }
            }
        }
        *pixel = if count * 2 >= rows.len() * columns.len() && count > 0 {
            shown(sums.map(|sum| sum / count as f64))
        } else {
            BLACK
        };
    }
}

/// Sums of table entries down each column, and how many of them are no padding.
struct Sums {
    entries: Vec<u32>,
    counts: Vec<u32>,
    /// Entries that are padding; the first is above the last when there are none.
    padding: (u32, u32),
    /// The stored value of the table's first entry.
    first: f64,
}

impl Sums {
    fn new(columns: usize) -> Self {
        Self {
            entries: vec![0; columns],
            counts: vec![0; columns],
            padding: (1, 0),
            first: 0.0,
        }
    }

    /// At most 65,535 rows of at most 65,535 each: the sums just fit.
    fn add<T: Stored>(
        &mut self,
        values: &[T],
        columns: usize,
        rows: Range<usize>,
        grey: &GreyStages,
        table: usize,
    ) {
        let first = T::TABLE.map_or(0, |(first, _)| first);
        self.first = first as f64;
        self.padding = grey.padding_entries(first, table).unwrap_or((1, 0));
        let (low, high) = self.padding;
        self.entries.fill(0);
        self.counts.fill(0);
        for row in rows {
            let line = &values[row * columns..(row + 1) * columns];
            if low > high {
                for (sum, value) in self.entries.iter_mut().zip(line) {
                    *sum += value.index() as u32;
                }
                continue;
            }
            let sums = self.entries.iter_mut().zip(&mut self.counts);
            for ((sum, count), value) in sums.zip(line) {
                let entry = value.index() as u32;
                let counts = u32::from(!((entry >= low) & (entry <= high)));
                *sum += entry * counts;
                *count += counts;
            }
        }
    }

    fn draw(
        &self,
        columns: &[Option<Range<usize>>],
        rows: usize,
        grey: &GreyStages,
        table: &[[u8; 4]],
        line: &mut [[u8; 4]],
    ) {
        let by_entry = is_by_entry(grey, table.len());
        self.each(columns, rows, line, |mean| match mean {
            None => BLACK,
            Some(mean) if by_entry => table[mean.rounded() as usize],
            Some(mean) => grey.shown(self.first + mean.total as f64 / mean.count as f64),
        });
    }

    /// One pixel for the mean of each box; `None` for one of which less than half counts.
    #[inline(always)]
    fn each<P>(
        &self,
        columns: &[Option<Range<usize>>],
        rows: usize,
        line: &mut [P],
        shown: impl Fn(Option<Mean>) -> P,
    ) {
        for (pixel, columns) in line.iter_mut().zip(columns) {
            let Some(columns) = columns else { continue };
            let whole = (rows * columns.len()) as u64;
            let mut total = 0_u64;
            for sum in &self.entries[columns.clone()] {
                total += u64::from(*sum);
            }
            let mut count = whole;
            if self.padding.0 <= self.padding.1 {
                count = 0;
                for counted in &self.counts[columns.clone()] {
                    count += u64::from(*counted);
                }
            }
            let counts = count * 2 >= whole && count > 0;
            *pixel = shown(counts.then_some(Mean { total, count }));
        }
    }
}

/// A sum of table entries and how many they are, at least one.
#[derive(Clone, Copy)]
struct Mean {
    total: u64,
    count: u64,
}

impl Mean {
    /// The nearest entry: a mean of entries is none beyond them.
    fn rounded(self) -> u32 {
        ((self.total + self.count / 2) / self.count) as u32
    }
}

/// Whether a mean is drawn by the nearest table entry: eight bits are too coarse for a narrow window.
pub(crate) fn is_by_entry(grey: &GreyStages, table: usize) -> bool {
    table > 256 || !grey.is_smooth()
}
