//! Histograms and what is read off them: percentiles, Otsu's threshold, local contrast.

use ndarray::{Array3, ArrayView3, Axis};
use rayon::prelude::*;

use crate::separable::{check_volume, first_not_finite};
use crate::{AlgebraError, BinaryAlgebra};

/// Most bins of a histogram.
pub const BINS_MAX: usize = 1 << 20;
/// Levels of a local histogram.
const LEVELS: usize = 256;
/// Most parts of a side.
const TILES_MAX: usize = 256;

impl BinaryAlgebra {
    /// How many voxels lie in each of `bins` bins of equal width from `low` to `high`; a bin has its lower edge, the last one both.
    /// Voxels beyond are not counted. As `numpy.histogram`, in f64.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, limits that are not finite or not in order, no bins or more than 2²⁰.
    pub fn histogram(
        &self,
        view: ArrayView3<'_, f32>,
        low: f64,
        high: f64,
        bins: usize,
    ) -> Result<Vec<u64>, AlgebraError> {
        check_volume("view", &view)?;
        if bins == 0 || bins > BINS_MAX {
            let rule = format!("from 1 to {BINS_MAX}");
            return Err(AlgebraError::parameter("bins", bins, rule));
        }
        if !(low.is_finite() && high.is_finite() && low < high) {
            let value = format!("{low} to {high}");
            return Err(AlgebraError::parameter(
                "low, high",
                value,
                "finite and in order",
            ));
        }
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        // Whole numbers: whoever counts first changes nothing.
        Ok((0..view.dim().0)
            .into_par_iter()
            .map(|slice| {
                let mut counts = vec![0u64; bins];
                for value in view.index_axis(Axis(0), slice) {
                    if let Some(bin) = bin_of(f64::from(*value), low, high, bins) {
                        counts[bin] += 1;
                    }
                }
                counts
            })
            .reduce(
                || vec![0; bins],
                |a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect(),
            ))
    }

    /// The value below which `percent` of the voxels lie, in proportion between the two nearest ones, as `numpy.percentile`.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, a percentage outside 0 to 100.
    pub fn percentile(&self, view: ArrayView3<'_, f32>, percent: f64) -> Result<f64, AlgebraError> {
        check_volume("view", &view)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(AlgebraError::parameter("percent", percent, "from 0 to 100"));
        }
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        let mut values: Vec<f32> = view.iter().copied().collect();
        let place = percent / 100.0 * (values.len() - 1) as f64;
        let (below, part) = (place.floor() as usize, place - place.floor());
        let (_, at, above) = values.select_nth_unstable_by(below, f32::total_cmp);
        let here = f64::from(*at);
        let next = above.iter().copied().min_by(f32::total_cmp);
        let next = next.map_or(here, f64::from);
        Ok(part.mul_add(next - here, here))
    }

    /// Otsu's threshold (1979): the middle of the bin after which two classes differ most, for `bins` bins between the least and the
    /// greatest value; voxels above it are the brighter class. As `skimage.filters.threshold_otsu`. A constant image gives its value.
    ///
    /// # Errors
    /// As [`Self::histogram`].
    pub fn otsu(&self, view: ArrayView3<'_, f32>, bins: usize) -> Result<f32, AlgebraError> {
        check_volume("view", &view)?;
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        let (low, high) = range(view.iter());
        if low == high {
            return Ok(low);
        }
        let (low, high) = (f64::from(low), f64::from(high));
        let counts = self.histogram(view, low, high, bins)?;
        let width = (high - low) / bins as f64;
        let middle = |bin: usize| (bin as f64 + 0.5).mul_add(width, low);
        let total: f64 = counts.iter().map(|count| *count as f64).sum();
        let whole = counts
            .iter()
            .enumerate()
            .fold(0.0, |sum: f64, (bin, count)| {
                (*count as f64).mul_add(middle(bin), sum)
            });
        let (mut below, mut moment, mut best) = (0.0f64, 0.0f64, (f64::NEG_INFINITY, 0));
        for (bin, count) in counts.iter().enumerate().take(bins.saturating_sub(1)) {
            below += *count as f64;
            moment = (*count as f64).mul_add(middle(bin), moment);
            let above = total - below;
            if below == 0.0 || above == 0.0 {
                continue;
            }
            let apart = moment / below - (whole - moment) / above;
            let between = below * above * apart * apart;
            if between > best.0 {
                best = (between, bin);
            }
        }
        Ok(middle(best.1) as f32)
    }

    /// Contrast-limited adaptive equalisation of each slice (Zuiderveld 1994): `tiles` by `tiles` parts, each with a histogram of 256
    /// levels between the least and the greatest value of the slice, cut off at `limit` times its mean and what is cut off shared out;
    /// between the middles of parts their curves are mixed in proportion. Values keep the range of the slice.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, no parts or more than rows, columns or 256, a limit below 1 or not finite.
    pub fn clahe(
        &self,
        view: ArrayView3<'_, f32>,
        tiles: usize,
        limit: f64,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_volume("view", &view)?;
        let (_, rows, columns) = view.dim();
        let most = rows.min(columns).min(TILES_MAX);
        if tiles == 0 || tiles > most {
            let rule = format!("from 1 to {most}");
            return Err(AlgebraError::parameter("tiles", tiles, rule));
        }
        if !(limit >= 1.0 && limit.is_finite()) {
            return Err(AlgebraError::parameter("limit", limit, "1 or more"));
        }
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        let mut out = view.to_owned();
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .for_each(|mut slice| {
                let (low, high) = range(slice.iter());
                if low == high {
                    return;
                }
                let curves = curves(&slice.view(), tiles, limit, low, high);
                let span = high - low;
                for ((row, column), value) in slice.indexed_iter_mut() {
                    let level = level_of(*value, low, high);
                    let (top, down) = between(row, rows, tiles);
                    let (left, right) = between(column, columns, tiles);
                    let at = |row: usize, column: usize| curves[row * tiles + column][level];
                    let upper = right.mul_add(
                        at(top, (left + 1).min(tiles - 1)) - at(top, left),
                        at(top, left),
                    );
                    let under = (top + 1).min(tiles - 1);
                    let lower = right.mul_add(
                        at(under, (left + 1).min(tiles - 1)) - at(under, left),
                        at(under, left),
                    );
                    *value = down.mul_add(lower - upper, upper).mul_add(span, low);
                }
            });
        Ok(out)
    }
}

fn bin_of(value: f64, low: f64, high: f64, bins: usize) -> Option<usize> {
    if !(low..=high).contains(&value) {
        return None;
    }
    let bin = ((value - low) / (high - low) * bins as f64) as usize;
    let edge = |bin: usize| (bin as f64).mul_add((high - low) / bins as f64, low);
    let mut bin = bin.min(bins - 1);
    // The division may have rounded across an edge.
    if value < edge(bin) {
        bin = bin.saturating_sub(1);
    } else if bin + 1 < bins && value >= edge(bin + 1) {
        bin += 1;
    }
    Some(bin)
}

fn range<'a>(values: impl Iterator<Item = &'a f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(*value), high.max(*value))
    })
}

fn level_of(value: f32, low: f32, high: f32) -> usize {
    (((value - low) / (high - low) * LEVELS as f32) as usize).min(LEVELS - 1)
}

/// The part whose middle lies at or before a place, and how far the place is on the way to the next one, from 0 to 1.
fn between(at: usize, length: usize, tiles: usize) -> (usize, f32) {
    let place = (at as f32 + 0.5) * tiles as f32 / length as f32 - 0.5;
    let first = place.floor().clamp(0.0, (tiles - 1) as f32);
    (first as usize, (place - first).clamp(0.0, 1.0))
}

/// For each part, what each level becomes, from 0 to 1.
fn curves(
    slice: &ndarray::ArrayView2<'_, f32>,
    tiles: usize,
    limit: f64,
    low: f32,
    high: f32,
) -> Vec<[f32; LEVELS]> {
    let (rows, columns) = slice.dim();
    (0..tiles * tiles)
        .map(|tile| {
            let edge = |index: usize, length: usize| index * length / tiles;
            let (row, column) = (tile / tiles, tile % tiles);
            let part = slice.slice(ndarray::s![
                edge(row, rows)..edge(row + 1, rows),
                edge(column, columns)..edge(column + 1, columns)
            ]);
            let mut counts = [0u64; LEVELS];
            for value in &part {
                counts[level_of(*value, low, high)] += 1;
            }
            let most = (limit * part.len() as f64 / LEVELS as f64).max(1.0) as u64;
            let cut: u64 = counts.iter().map(|count| count.saturating_sub(most)).sum();
            let (share, rest) = (cut / LEVELS as u64, cut % LEVELS as u64);
            let mut sum = 0u64;
            let mut curve = [0f32; LEVELS];
            for (level, count) in counts.iter().enumerate() {
                sum += (*count).min(most) + share + u64::from((level as u64) < rest);
                curve[level] = (sum as f64 / part.len() as f64) as f32;
            }
            curve
        })
        .collect()
}
