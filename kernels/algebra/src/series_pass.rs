//! A whole series in one pass and in bounded memory: smoothed, written as factors, marked, opened, joined to components with their
//! figures, some slices at a time.
//!
//! Every slice of every result has the bits that the kernels give on the whole volume: a block carries the slices that the next one
//! reads too, and what is added is added in the order of the voxels.

use ndarray::{Array3, ArrayView2, ArrayView3};
use rayon::prelude::*;

use crate::filters::gaussian_taps;
use crate::mask::word_count;
use crate::series_components::{RunSums, SeriesComponents, sums_of_runs};
use crate::svd::SvdMemory;
use crate::taps::Taps;
use crate::{AlgebraError, BinaryAlgebra, BitMask, Border, Extension, LowRank, Neighbours};

/// Slices that are worked on together, so that threads have something to share out.
const BLOCK_SLICES: usize = 8;

/// What a pass does to a series, in this order. What is left out is not done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesPlan {
    /// Standard deviations of a Gaussian in voxels, along slices, rows and columns; zeros leave the series as it is.
    pub sigma_voxels: [f64; 3],
    /// How many singular values of each smoothed slice are kept as factors.
    pub rank: Option<usize>,
    /// The least and the greatest smoothed value that is marked.
    pub limits: Option<(f32, f32)>,
    /// Radius of the ball that the marks are opened with, and the distance of slices, rows and columns in the same unit.
    pub opening: Option<(f64, [f64; 3])>,
    /// Which marked voxels are joined to a component.
    pub neighbours: Neighbours,
}

/// The factors of one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceFactors {
    /// Which slice, from 0.
    pub slice: usize,
    /// The factors.
    pub factors: LowRank,
    /// The sum of the squares of the slice, in f64.
    pub square: f64,
}

/// A series on its way through a [`SeriesPlan`].
pub struct SeriesPass {
    algebra: BinaryAlgebra,
    plan: SeriesPlan,
    taps: [Taps; 3],
    shape: [usize; 2],
    /// The slices that were taken and are still read, and the number of the first of them.
    taken: Vec<f32>,
    first_taken: usize,
    count: usize,
    /// How many slices were smoothed.
    smoothed_count: usize,
    /// The smoothed slices whose marks are not opened yet, and the number of the first of them.
    smoothed: Vec<f32>,
    /// The marks that are still read, from slice `first_marked` on.
    marked: Vec<u64>,
    first_marked: usize,
    /// The marks as they stay, of as many slices as are done.
    opened: Vec<u64>,
    opened_count: usize,
    sums: Vec<RunSums>,
}

impl SeriesPass {
    /// A pass over slices of `[rows, columns]`.
    ///
    /// # Errors
    /// A slice without rows or columns or with too many, a deviation that [`BinaryAlgebra::gaussian`] refuses, a rank that
    /// [`BinaryAlgebra::svd_compress`] refuses, limits that [`BitMask::threshold`] refuses, a radius or spacing that [`BitMask::open_mm`]
    /// refuses.
    pub fn new(
        algebra: BinaryAlgebra,
        plan: SeriesPlan,
        shape: [usize; 2],
    ) -> Result<Self, AlgebraError> {
        let [rows, columns] = shape;
        word_count([1, rows, columns])?;
        let [z, y, x] = plan.sigma_voxels.map(gaussian_taps);
        let most = rows.min(columns);
        if let Some(rank) = plan.rank.filter(|rank| !(1..=most).contains(rank)) {
            let rule = format!("from 1 to {most}, the smaller side of a {rows} × {columns} slice");
            return Err(AlgebraError::parameter("rank", rank, rule));
        }
        let pass = Self {
            algebra,
            plan,
            taps: [z?, y?, x?],
            shape,
            taken: Vec::new(),
            first_taken: 0,
            count: 0,
            smoothed_count: 0,
            smoothed: Vec::new(),
            marked: Vec::new(),
            first_marked: 0,
            opened: Vec::new(),
            opened_count: 0,
            sums: Vec::new(),
        };
        // What is refused is refused before the first slice is read.
        let one = Array3::<f32>::zeros((1, 1, 1));
        if let Some((low, high)) = plan.limits {
            let mask = BitMask::threshold(one.view(), low, high)?;
            if let Some((radius, spacing)) = plan.opening {
                mask.open_mm(radius, spacing, Border::Empty)?;
            }
        }
        Ok(pass)
    }

    /// Slices beyond an opened one whose marks it depends on.
    fn opening_reach(&self) -> usize {
        // Once for the erosion and once for the dilation. A radius that equals a distance but for rounding counts as equal.
        self.plan.opening.map_or(0, |(radius, [slice, ..])| {
            2 * ((radius / slice) * (1.0 + 1e-6)).floor().max(0.0) as usize
        })
    }

    /// Takes the values `[rows, columns]` of the next slice and gives the factors that are ready, in the order of the slices.
    ///
    /// # Errors
    /// Another shape than that of the pass; NaN or infinite values; whatever a kernel refuses.
    pub fn push(&mut self, slice: ArrayView2<'_, f32>) -> Result<Vec<SliceFactors>, AlgebraError> {
        if slice.shape() != self.shape {
            let [rows, columns] = self.shape;
            let found = format!("{} × {}", slice.nrows(), slice.ncols());
            let rule = format!("{rows} × {columns}, as those before");
            return Err(AlgebraError::parameter("shape of the slice", found, rule));
        }
        match slice.as_slice() {
            Some(values) => self.taken.extend_from_slice(values),
            None => self.taken.extend(slice.iter()),
        }
        self.count += 1;
        if self.count < self.smoothed_count + BLOCK_SLICES + self.taps[0].radius() {
            return Ok(Vec::new());
        }
        let ready = self.count - self.taps[0].radius();
        self.advance(ready, false)
    }

    /// Ends the series: the factors of its last slices, and the components of its marks if the plan has limits.
    ///
    /// # Errors
    /// A series without a slice; whatever a kernel refuses.
    pub fn finish(mut self) -> Result<(Vec<SliceFactors>, Option<SeriesComponents>), AlgebraError> {
        let [rows, columns] = self.shape;
        if self.count == 0 {
            return Err(AlgebraError::Empty {
                argument: "series",
                shape: vec![0, rows, columns],
            });
        }
        let factors = self.advance(self.count, true)?;
        if self.plan.limits.is_none() {
            return Ok((factors, None));
        }
        // What is not read any more makes room for the components.
        (self.taken, self.smoothed, self.marked) = (Vec::new(), Vec::new(), Vec::new());
        let mask = BitMask::from_words([self.count, rows, columns], self.opened)?;
        let components = mask.components(self.plan.neighbours)?;
        let found = SeriesComponents::new(mask, components, &self.sums)?;
        Ok((factors, Some(found)))
    }

    /// Smooths the slices before `ready` that are not smoothed yet, and does with them what the plan says.
    fn advance(&mut self, ready: usize, last: bool) -> Result<Vec<SliceFactors>, AlgebraError> {
        let [rows, columns] = self.shape;
        let plane = rows * columns;
        let radius = self.taps[0].radius();
        let shape = (self.count - self.first_taken, rows, columns);
        let taken = ArrayView3::from_shape(shape, &self.taken).map_err(shape_error)?;
        let wanted = self.smoothed_count - self.first_taken..ready - self.first_taken;
        let blocks = self
            .algebra
            .separable_slices(taken, &self.taps, Extension::Reflect, wanted);
        let block = blocks.map_err(|error| self.in_series(error))?;
        let first = self.smoothed_count;
        let factors = self.factors(&block, first)?;
        self.smoothed_count = ready;
        let unread = ready.saturating_sub(radius);
        self.taken.drain(..(unread - self.first_taken) * plane);
        self.first_taken = unread;
        if let Some((low, high)) = self.plan.limits {
            let marks = BitMask::threshold(block.view(), low, high)?;
            self.marked.extend_from_slice(marks.words());
            self.smoothed.extend(block.iter());
            self.open(ready, last)?;
        }
        Ok(factors)
    }

    /// The slice of an error as it is counted in the series.
    fn in_series(&self, error: AlgebraError) -> AlgebraError {
        match error {
            AlgebraError::VoxelNotFinite {
                argument,
                at: [slice, row, column],
                value,
            } => AlgebraError::VoxelNotFinite {
                argument,
                at: [slice + self.first_taken, row, column],
                value,
            },
            error => error,
        }
    }

    fn factors(
        &self,
        block: &Array3<f32>,
        first: usize,
    ) -> Result<Vec<SliceFactors>, AlgebraError> {
        let Some(rank) = self.plan.rank else {
            return Ok(Vec::new());
        };
        let one = |memory: &mut SvdMemory, (index, slice): (usize, ArrayView2<'_, f32>)| {
            let factors = self
                .algebra
                .svd_compress_with(slice, rank, &|| false, memory)?;
            Ok(SliceFactors {
                slice: first + index,
                factors,
                square: self.algebra.square(&slice),
            })
        };
        let slices: Vec<(usize, ArrayView2<'_, f32>)> = block.outer_iter().enumerate().collect();
        if crate::threads::one_thread() {
            let mut memory = SvdMemory::default();
            let factors = slices.into_iter().map(|slice| one(&mut memory, slice));
            return factors.collect();
        }
        let factors = slices.into_par_iter().map_init(SvdMemory::default, one);
        factors.collect()
    }

    /// Opens the marks that have all their neighbours, and adds up the values below them.
    fn open(&mut self, ready: usize, last: bool) -> Result<(), AlgebraError> {
        let [rows, columns] = self.shape;
        let reach = self.opening_reach();
        let until = if last {
            ready
        } else {
            ready.saturating_sub(reach)
        };
        if until <= self.opened_count {
            return Ok(());
        }
        let (plane, plane_words) = (rows * columns, word_count([1, rows, columns])?);
        let window = [ready - self.first_marked, rows, columns];
        let marked = BitMask::from_words(window, self.marked.clone())?;
        let opened = match self.plan.opening {
            Some((radius, spacing)) => marked.open_mm(radius, spacing, Border::Empty)?,
            None => marked,
        };
        let from = self.opened_count - self.first_marked;
        let to = until - self.first_marked;
        let words = &opened.words()[from * plane_words..to * plane_words];
        let done = until - self.opened_count;
        let sums = sums_of_runs(words, self.shape, &self.smoothed[..done * plane]);
        self.sums.extend(sums);
        self.opened.extend_from_slice(words);
        self.smoothed.drain(..done * plane);
        self.opened_count = until;
        let unread = until.saturating_sub(reach);
        self.marked
            .drain(..(unread - self.first_marked) * plane_words);
        self.first_marked = unread;
        Ok(())
    }
}

fn shape_error(error: ndarray::ShapeError) -> AlgebraError {
    AlgebraError::parameter("slices", error, "of one shape")
}
