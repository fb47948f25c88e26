//! Masks that a user draws and combines over a series: formulas with names, holes, parts; planes in, planes out.

use kernel_algebra::{BitMask, FormulaSource, MaskFormula, Neighbours};
use kernel_imaging::BitPlane;
use ndarray::ArrayView3;

use crate::TaskError;
use crate::execute::refused;
use crate::table_filters::HALO_SLICES_MAX;

/// The name that a formula has for the values of the series.
const IMAGE: &str = "image";

/// What is made of masks.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskWork {
    /// A formula over named masks and the image, such as `A and not dilate(B, 2 mm)`.
    Formula(String),
    /// The first mask without its holes, in the volume.
    FillHoles,
    /// The largest parts of the first mask, in the volume.
    KeepLargest(u32),
}

impl MaskWork {
    /// Whether the values of the image are needed.
    ///
    /// # Errors
    /// [`TaskError::Formula`] for a formula that cannot be read.
    pub fn needs_image(&self) -> Result<bool, TaskError> {
        Ok(match self {
            Self::Formula(text) => parsed(text)?.names().any(|name| name == IMAGE),
            Self::FillHoles | Self::KeepLargest(_) => false,
        })
    }

    /// Slices on either side that each slice of the result depends on; `None` for all of them.
    ///
    /// # Errors
    /// [`TaskError::Formula`]; more than 96 slices.
    pub fn halo_slices(&self, slice_mm: Option<f64>) -> Result<Option<usize>, TaskError> {
        let Self::Formula(text) = self else {
            return Ok(None);
        };
        let slices = parsed(text)?.halo_slices(slice_mm).map_err(reason)?;
        if slices as u64 > HALO_SLICES_MAX as u64 {
            return Err(TaskError::TooMany {
                what: "Slices that a formula reads beyond its result",
                count: slices as u64,
                limit: HALO_SLICES_MAX as u64,
            });
        }
        Ok(Some(slices))
    }
}

fn reason(error: kernel_algebra::AlgebraError) -> TaskError {
    TaskError::Formula {
        reason: error.to_string(),
    }
}

fn parsed(text: &str) -> Result<MaskFormula, TaskError> {
    MaskFormula::parse(text).map_err(reason)
}

/// A mask by its name: a plane a slice, none where nothing is marked.
pub type NamedPlanes<'a> = (&'a str, &'a [Option<BitPlane>]);

/// Makes a mask of masks of some neighbouring slices of one shape `[slices, rows, columns]`; `image` has the modality values where
/// the work needs them, and `voxel_mm` the distances of slices, rows and columns where they are known.
///
/// # Errors
/// [`TaskError::Formula`] for names that are not known and for what a formula cannot do.
pub fn make_mask(
    work: &MaskWork,
    shape: [usize; 3],
    image: Option<ArrayView3<'_, f32>>,
    masks: &[NamedPlanes<'_>],
    voxel_mm: Option<[f64; 3]>,
) -> Result<Vec<Option<BitPlane>>, TaskError> {
    let packed = masks
        .iter()
        .map(|(name, planes)| Ok((*name, packed(shape, planes)?)))
        .collect::<Result<Vec<_>, TaskError>>()?;
    let first = || match packed.first() {
        Some((_, mask)) => Ok(mask),
        None => Err(TaskError::Formula {
            reason: "there is no mask".to_owned(),
        }),
    };
    let made = match work {
        MaskWork::Formula(text) => {
            let mut sources: Vec<(&str, FormulaSource<'_>)> = packed
                .iter()
                .map(|(name, mask)| (*name, FormulaSource::Mask(mask)))
                .collect();
            if let Some(image) = image {
                sources.push((IMAGE, FormulaSource::Image(image)));
            }
            parsed(text)?.evaluate(&sources, voxel_mm).map_err(reason)?
        }
        MaskWork::FillHoles => first()?
            .fill_holes(Neighbours::Six)
            .map_err(refused("fill-holes"))?,
        MaskWork::KeepLargest(count) => first()?
            .components(Neighbours::TwentySix)
            .and_then(|parts| parts.largest(*count as usize))
            .map_err(refused("keep-largest"))?,
    };
    Ok(unpacked(&made))
}

/// Planes as one mask; a plane of another shape is refused.
fn packed(shape: [usize; 3], planes: &[Option<BitPlane>]) -> Result<BitMask, TaskError> {
    let [slices, rows, columns] = shape;
    let fits = |plane: &BitPlane| plane.rows() == rows && plane.columns() == columns;
    if planes.len() != slices || !planes.iter().flatten().all(fits) {
        return Err(TaskError::Formula {
            reason: format!("a mask is not of {slices} slices of {rows} x {columns}"),
        });
    }
    let row_words = columns.div_ceil(64);
    let mut words = vec![0_u64; slices * rows * row_words];
    for (slice, plane) in planes.iter().enumerate() {
        let Some(plane) = plane else { continue };
        for row in 0..rows {
            let start = (slice * rows + row) * row_words;
            for column in (0..columns).filter(|column| plane.is_set(row, *column)) {
                words[start + column / 64] |= 1 << (column % 64);
            }
        }
    }
    BitMask::from_words(shape, words).map_err(reason)
}

fn unpacked(mask: &BitMask) -> Vec<Option<BitPlane>> {
    let [slices, rows, columns] = mask.shape();
    let row_words = mask.row_words();
    (0..slices)
        .map(|slice| {
            let words = &mask.words()[slice * rows * row_words..(slice + 1) * rows * row_words];
            if words.iter().all(|word| *word == 0) {
                return None;
            }
            let set = words.chunks_exact(row_words).flat_map(|row| {
                (0..columns).map(|column| row[column / 64] >> (column % 64) & 1 == 1)
            });
            Some(BitPlane::from_pixels(rows, columns, set))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    const SHAPE: [usize; 3] = [3, 4, 70];

    fn plane(set: &[(usize, usize)]) -> Option<BitPlane> {
        let pixels = (0..4 * 70).map(|at| set.contains(&(at / 70, at % 70)));
        Some(BitPlane::from_pixels(4, 70, pixels))
    }

    fn marked(planes: &[Option<BitPlane>]) -> Vec<[usize; 3]> {
        let mut all = Vec::new();
        for (slice, plane) in planes.iter().enumerate() {
            for row in 0..4 {
                let set = |column: &usize| plane.as_ref().is_some_and(|it| it.is_set(row, *column));
                all.extend((0..70).filter(set).map(|column| [slice, row, column]));
            }
        }
        all
    }

    #[test]
    fn a_formula_over_named_masks_and_the_image_marks_what_it_says() {
        let a = [plane(&[(1, 65), (2, 3)]), plane(&[(0, 0)]), None];
        let b = [None, plane(&[(2, 3)]), None];
        let work = MaskWork::Formula("A and not dilate(B, 2.5 mm)".to_owned());
        let masks: [NamedPlanes<'_>; 2] = [("A", &a), ("B", &b)];
        assert_eq!(work.halo_slices(Some(2.0)).expect("known"), Some(2));
        assert!(!work.needs_image().expect("read"));
        let made = make_mask(&work, SHAPE, None, &masks, Some([2.0, 1.0, 1.0]));
        // The voxel of A a slice below that of B is 2 mm away.
        assert_eq!(marked(&made.expect("made")), [[0, 1, 65], [1, 0, 0]]);
        let image = Array3::from_shape_fn((3, 4, 70), |(slice, _, column)| {
            (slice * 100 + column) as f32
        });
        let work = MaskWork::Formula("image >= 267".to_owned());
        assert!(work.needs_image().expect("read"));
        let made = make_mask(&work, SHAPE, Some(image.view()), &[], None).expect("made");
        assert_eq!(marked(&made).len(), 3 * 4);
    }

    #[test]
    fn holes_and_parts_are_those_of_the_volume() {
        let ring = [(0, 1), (1, 0), (1, 2), (2, 1)];
        let whole = [(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)];
        let a = [plane(&whole), plane(&ring), plane(&whole)];
        let masks: [NamedPlanes<'_>; 1] = [("A", &a)];
        let made = make_mask(&MaskWork::FillHoles, SHAPE, None, &masks, None).expect("made");
        assert!(marked(&made).contains(&[1, 1, 1]));
        let a = [plane(&[(0, 0), (3, 69)]), plane(&[(0, 0)]), None];
        let masks: [NamedPlanes<'_>; 1] = [("A", &a)];
        let made = make_mask(&MaskWork::KeepLargest(1), SHAPE, None, &masks, None).expect("made");
        assert_eq!(marked(&made), [[0, 0, 0], [1, 0, 0]]);
        assert!(made[2].is_none());
    }

    #[test]
    fn what_a_formula_cannot_do_is_said() {
        let work = MaskWork::Formula("A and C".to_owned());
        let a = [None, None, None];
        let masks: [NamedPlanes<'_>; 1] = [("A", &a)];
        let refused = make_mask(&work, SHAPE, None, &masks, None).expect_err("refused");
        assert!(refused.to_string().contains('C'), "{refused}");
        let short = [None];
        let masks: [NamedPlanes<'_>; 1] = [("A", &short)];
        assert!(make_mask(&work, SHAPE, None, &masks, None).is_err());
        assert!(MaskWork::Formula("A and".to_owned()).needs_image().is_err());
        assert!(make_mask(&MaskWork::FillHoles, SHAPE, None, &[], None).is_err());
    }
}
