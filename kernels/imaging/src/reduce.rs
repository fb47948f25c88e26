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
    let lengths = [frame.columns, frame.rows];
    let ranges = |map: AxisMap, screen: usize| -> Vec<Option<Range<usize>>> {
        (0..screen)
            .map(|place| map.pixels(place, 0.0, lengths[map.axis]))
            .collect()
    };
    let across = ranges(footprint.across, image.width);
    let down = ranges(footprint.down, image.height);
    let is_turned = footprint.across.axis == 1;
    let boxes = if is_turned {
        Boxes {
            columns: down,
            rows: across,
        }
    } else {
        Boxes {
            columns: across,
            rows: down,
        }
    };
    if !is_turned {
        let (pixels, _) = image.pixels.as_chunks_mut::<4>();
        draw_grid(values, frame, lut, &boxes, pixels);
        return;
    }
    // Drawn along image rows, then laid on its side.
    let mut grid = vec![BLACK; image.width * image.height];
    draw_grid(values, frame, lut, &boxes, &mut grid);
    let (width, height) = (image.width, image.height);
    let lines = image.pixels.par_chunks_mut(width * 4).enumerate();
    lines.for_each(|(y, line)| {
        for (x, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
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
        let by_entry = table.len() > 256 || !grey.is_smooth();
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
            *pixel = if count * 2 < whole || count == 0 {
                BLACK
            } else if by_entry {
                table[((total + count / 2) / count) as usize]
            } else {
                grey.shown(self.first + total as f64 / count as f64)
            };
        }
    }
}
