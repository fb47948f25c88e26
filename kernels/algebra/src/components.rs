//! Connected components of a mask, from runs joined by union-find, with their statistics; and holes.

use ndarray::{Array3, Axis};

use crate::memory::zero_volume;
use crate::runs::{Run, Runs, set_run};
use crate::union::join_runs;
use crate::{AlgebraError, BitMask, Neighbours};

/// One connected component.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Component {
    /// Its number, from 1: components are numbered by their first voxel in the order of the volume.
    pub label: u32,
    /// Number of voxels.
    pub voxels: u64,
    /// The first voxel, `[slice, row, column]`.
    pub first: [usize; 3],
    /// The least slice, row and column.
    pub least: [usize; 3],
    /// The greatest slice, row and column.
    pub greatest: [usize; 3],
    /// Mean slice, row and column of the voxels.
    pub centroid: [f64; 3],
}

impl Component {
    /// Volume in ml, of voxels of `voxel_mm3` cubic millimetres each.
    pub fn volume_ml(&self, voxel_mm3: f64) -> f64 {
        self.voxels as f64 * voxel_mm3 / 1000.0
    }
}

/// The connected components of a mask.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    runs: Runs,
    /// The component of each run, from zero.
    of_run: Vec<u32>,
    components: Vec<Component>,
}

impl BitMask {
    /// The connected components, numbered by their first voxel. With four or eight neighbours each slice is by itself.
    ///
    /// # Errors
    /// A mask of more than 2³⁰ runs.
    pub fn components(&self, neighbours: Neighbours) -> Result<Components, AlgebraError> {
        let runs = Runs::of(self)?;
        let (of_run, count) = join_runs(&runs, neighbours);
        let components = statistics(&runs, &of_run, count);
        Ok(Components {
            runs,
            of_run,
            components,
        })
    }

    /// The largest component; of equally large ones the first. Empty if the mask is.
    ///
    /// # Errors
    /// As [`Self::components`].
    pub fn keep_largest(&self, neighbours: Neighbours) -> Result<Self, AlgebraError> {
        self.components(neighbours)?.largest(1)
    }

    /// The mask with its holes: the components of what is not in the mask, joined by `background` neighbours, that do
    /// not reach an edge of the volume. With four or eight neighbours holes are looked for in each slice by itself.
    ///
    /// # Errors
    /// As [`Self::components`].
    pub fn fill_holes(&self, background: Neighbours) -> Result<Self, AlgebraError> {
        let components = self.not().components(background)?;
        let flat = matches!(background, Neighbours::Four | Neighbours::Eight);
        let last = self.shape().map(|length| length - 1);
        let holes = components.keep(|component| {
            (usize::from(flat)..3)
                .all(|axis| component.least[axis] > 0 && component.greatest[axis] < last[axis])
        });
        self.or(&holes?)
    }
}

impl Components {
    /// Number of components.
    pub fn len(&self) -> usize {
        self.components.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// The components in the order of their labels.
    pub fn statistics(&self) -> &[Component] {
        &self.components
    }

    /// The voxels of all components that `wanted` accepts.
    ///
    /// # Errors
    /// None for components of a mask; the shape is checked again.
    pub fn keep(&self, wanted: impl Fn(&Component) -> bool) -> Result<BitMask, AlgebraError> {
        let kept: Vec<bool> = self.components.iter().map(wanted).collect();
        let mut mask = BitMask::empty(self.runs.shape)?;
        let row_words = mask.row_words();
        for (row, words) in mask.words_mut().chunks_mut(row_words).enumerate() {
            for run in self.runs.of_row(row) {
                if kept[self.of_run[run] as usize] {
                    set_run(words, self.runs.runs[run]);
                }
            }
        }
        Ok(mask)
    }

    /// The `count` largest components; of equally large ones those that come first.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn largest(&self, count: usize) -> Result<BitMask, AlgebraError> {
        let mut order: Vec<&Component> = self.components.iter().collect();
        order.sort_by_key(|component| (std::cmp::Reverse(component.voxels), component.label));
        let mut kept = vec![false; self.components.len()];
        for component in order.iter().take(count) {
            kept[component.label as usize - 1] = true;
        }
        self.keep(|component| kept[component.label as usize - 1])
    }

    /// The label of every voxel, `[slices, rows, columns]`; 0 outside the mask.
    pub fn labels(&self) -> Array3<u32> {
        let [slices, rows, columns] = self.runs.shape;
        let mut labels = zero_volume((slices, rows, columns));
        for (slice, mut plane) in labels.axis_iter_mut(Axis(0)).enumerate() {
            if let Some(out) = plane.as_slice_mut() {
                self.write_labels(slice, out);
            }
        }
        labels
    }

    /// The labels of one slice, `[rows, columns]` in C order.
    ///
    /// # Errors
    /// A slice that is not in the mask, room for another number of voxels.
    pub fn labels_of_slice(&self, slice: usize, out: &mut [u32]) -> Result<(), AlgebraError> {
        let [slices, rows, columns] = self.runs.shape;
        if slice >= slices {
            let rule = format!("below {slices}");
            return Err(AlgebraError::parameter("slice", slice, rule));
        }
        if out.len() != rows * columns {
            return Err(AlgebraError::Length {
                argument: "labels",
                length: out.len(),
                shape: vec![rows, columns],
                needed: rows * columns,
            });
        }
        out.fill(0);
        self.write_labels(slice, out);
        Ok(())
    }

    /// Writes the labels of a slice over zeros.
    fn write_labels(&self, slice: usize, out: &mut [u32]) {
        let [_, rows, columns] = self.runs.shape;
        for (row, out) in out.chunks_mut(columns).enumerate() {
            for run in self.runs.of_row(slice * rows + row) {
                let Run { start, end } = self.runs.runs[run];
                out[start as usize..end as usize].fill(self.of_run[run] + 1);
            }
        }
    }

    /// The component of each run, from zero, in the order of the runs.
    pub(crate) fn of_runs(&self) -> &[u32] {
        &self.of_run
    }
}

/// Sums of a component while its runs pass by.
#[derive(Clone)]
struct Sums {
    voxels: u64,
    first: [usize; 3],
    least: [usize; 3],
    greatest: [usize; 3],
    /// Sums of slice, row and twice the column, exact.
    moments: [u128; 3],
}

fn statistics(runs: &Runs, of_run: &[u32], count: usize) -> Vec<Component> {
    let [slices, rows, _] = runs.shape;
    let mut sums: Vec<Option<Sums>> = vec![None; count];
    for row in 0..slices * rows {
        let (slice, row_in_slice) = (row / rows, row % rows);
        for run in runs.of_row(row) {
            let Run { start, end } = runs.runs[run];
            let (start, last) = (start as usize, end as usize - 1);
            let length = last - start + 1;
            let sums = sums[of_run[run] as usize].get_or_insert(Sums {
                voxels: 0,
                first: [slice, row_in_slice, start],
                least: [slice, row_in_slice, start],
                greatest: [slice, row_in_slice, last],
                moments: [0; 3],
            });
            sums.voxels += length as u64;
            let terms = [
                slice * length,
                row_in_slice * length,
                (start + last) * length,
            ];
            for (sum, term) in sums.moments.iter_mut().zip(terms) {
                *sum += term as u128;
            }
            for (axis, least, greatest) in [
                (0, slice, slice),
                (1, row_in_slice, row_in_slice),
                (2, start, last),
            ] {
                sums.least[axis] = sums.least[axis].min(least);
                sums.greatest[axis] = sums.greatest[axis].max(greatest);
            }
        }
    }
    let each = sums.into_iter().flatten().enumerate();
    each.map(|(index, sums)| {
        let mean = |sum: u128, parts: u64| sum as f64 / (sums.voxels * parts) as f64;
        let [slice, row, column] = sums.moments;
        Component {
            label: index as u32 + 1,
            voxels: sums.voxels,
            first: sums.first,
            least: sums.least,
            greatest: sums.greatest,
            centroid: [mean(slice, 1), mean(row, 1), mean(column, 2)],
        }
    })
    .collect()
}
