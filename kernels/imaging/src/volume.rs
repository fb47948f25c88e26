//! Slices stacked into a volume, in their stored type, with the map between voxels and the patient.

use crate::attributes::FrameAttributes;
use crate::frame::{Frame, PhotometricInterpretation, Samples, with_samples};
use crate::lut::ModalityLut;
use crate::plane::ImagePlane;
use crate::stored::Stored;

/// How far, in parts of the distance between slices, a slice may lie from its place on an even grid.
const UNEVEN_MAX: f64 = 0.05;
/// How far directions and spacings of slices may differ, as parts of one.
const UNLIKE_MAX: f64 = 1e-3;
/// Samples of one volume at most: 2 GiB of 16 bits.
pub const VOLUME_SAMPLES_MAX: usize = 1 << 30;

/// Why slices make no volume, in a sentence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VolumeError {
    /// One slice, or none.
    #[error("A volume needs two slices or more, found `{0}`")]
    TooFew(usize),
    /// Colour, or different matrices or sample types.
    #[error("Slice {0} has another matrix or another kind of values than the first")]
    Unlike(usize),
    /// No Image Position and Orientation.
    #[error("Slice {0} has no position in the patient")]
    NoPlane(usize),
    /// Turned or scaled against the first.
    #[error("Slice {0} lies at another angle or has another pixel size than the first")]
    NotParallel(usize),
    /// Gaps that differ.
    #[error("Slice {slice} lies {by_mm:.2} mm from its place on an even grid")]
    Uneven {
        /// Counted from 1.
        slice: usize,
        /// How far, mm.
        by_mm: f64,
    },
    /// All slices at one place.
    #[error("The slices do not follow one another")]
    Flat,
    /// Slices whose modality tables differ, and one of them is no rescale.
    #[error("Slice {0} has another modality table than the first")]
    OtherTable(usize),
    /// Larger than the bound.
    #[error("The volume has more than {VOLUME_SAMPLES_MAX} voxels")]
    TooLarge,
}

/// `[slices, rows, columns]` stored values on an even grid, which may be sheared (a tilted gantry).
#[derive(Clone, Debug)]
pub struct Volume {
    /// Slices, rows, columns.
    pub size: [usize; 3],
    /// Column runs fastest, then row, then slice; the stored type of the slices (rule 35).
    pub samples: Samples,
    /// Tables, unit and windows of the first slice; its plane is where the first slice lies.
    pub attributes: FrameAttributes,
    /// How the samples are seen.
    pub photometric: PhotometricInterpretation,
    /// Centre of the first voxel, mm.
    pub origin_lps_mm: [f64; 3],
    /// Step along a row (column index), down a column (row index), to the next slice, mm each.
    pub steps_lps_mm: [[f64; 3]; 3],
    voxel_from_lps: [[f64; 3]; 3],
}

macro_rules! joined {
    ($frames:expr, $first:expr; $($kind:ident),*) => {
        match $first {
            $(Samples::$kind(_) => {
                let mut all = Vec::with_capacity($frames.len() * $first.len());
                for (slice, frame) in $frames.iter().enumerate() {
                    match &frame.samples {
                        Samples::$kind(values) => all.extend_from_slice(values),
                        _ => return Err(VolumeError::Unlike(slice + 1)),
                    }
                }
                Samples::$kind(all)
            })*
        }
    };
}

impl Volume {
    /// Stacks slices in their order. Tilted stacks (the step is not along the normal) are kept as they
    /// are; uneven ones are refused, because interpolation would invent anatomy (rule 20).
    pub fn from_slices<F: AsRef<Frame>>(
        slices: &[(F, &FrameAttributes)],
    ) -> Result<Self, VolumeError> {
        let frames: Vec<&Frame> = slices.iter().map(|(frame, _)| frame.as_ref()).collect();
        let (Some(first), Some((_, attributes))) = (frames.first(), slices.first()) else {
            return Err(VolumeError::TooFew(0));
        };
        let count = frames.len();
        if count < 2 {
            return Err(VolumeError::TooFew(count));
        }
        let voxels = first.samples.len().checked_mul(count);
        if voxels.is_none_or(|voxels| voxels > VOLUME_SAMPLES_MAX) {
            return Err(VolumeError::TooLarge);
        }
        for (slice, frame) in frames.iter().enumerate() {
            let alike = frame.rows == first.rows
                && frame.columns == first.columns
                && frame.samples_per_pixel == 1
                && frame.photometric == first.photometric
                && frame.photometric.is_monochrome()
                && frame.checked().is_ok();
            if !alike {
                return Err(VolumeError::Unlike(slice + 1));
            }
        }
        let one_table = tables(slices.iter().map(|(_, of_slice)| *of_slice))?;
        let planes = planes_of(slices)?;
        let step_mm = even_step(&planes)?;
        let plane = planes[0];
        let along_row = plane
            .row_direction_lps
            .map(|part| part * plane.spacing_mm[1]);
        let down_column = plane
            .column_direction_lps
            .map(|part| part * plane.spacing_mm[0]);
        let steps_lps_mm = [along_row, down_column, step_mm];
        let voxel_from_lps = inverse(steps_lps_mm).ok_or(VolumeError::Flat)?;
        let (samples, attributes) = if one_table {
            let samples = joined!(frames, &first.samples; U8, I8, U16, I16, U32, I32, F32, F64);
            (samples, (*attributes).clone())
        } else {
            in_modality_units(&frames, slices)
        };
        let mut attributes = attributes;
        // A factor that differs from slice to slice holds for none of the values in between.
        let factor = attributes.suv_factor;
        if slices.iter().any(|(_, slice)| slice.suv_factor != factor) {
            attributes.suv_factor = None;
        }
        Ok(Self {
            size: [count, first.rows, first.columns],
            samples,
            attributes,
            photometric: first.photometric.clone(),
            origin_lps_mm: plane.position_lps_mm,
            steps_lps_mm,
            voxel_from_lps,
        })
    }

    /// The voxel coordinate `[column, row, slice]` of a patient coordinate; whole numbers are centres.
    pub fn voxel_from_lps(&self, lps_mm: [f64; 3]) -> [f64; 3] {
        let offset = std::array::from_fn(|axis| lps_mm[axis] - self.origin_lps_mm[axis]);
        self.voxel_direction(offset)
    }

    /// The patient coordinate (mm) of a voxel coordinate `[column, row, slice]`.
    pub fn lps_from_voxel(&self, voxel: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| {
            self.origin_lps_mm[axis]
                + self.steps_lps_mm[0][axis] * voxel[0]
                + self.steps_lps_mm[1][axis] * voxel[1]
                + self.steps_lps_mm[2][axis] * voxel[2]
        })
    }

    /// The patient coordinate in the middle of the volume, mm.
    pub fn centre_lps_mm(&self) -> [f64; 3] {
        let [slices, rows, columns] = self.size.map(|length| (length as f64 - 1.0) / 2.0);
        self.lps_from_voxel([columns, rows, slices])
    }

    /// Memory the samples take, in bytes.
    pub fn bytes(&self) -> usize {
        self.samples.bytes()
    }

    /// A direction in the patient as a direction in voxels.
    pub(crate) fn voxel_direction(&self, lps_mm: [f64; 3]) -> [f64; 3] {
        self.voxel_from_lps
            .map(|row| row[0] * lps_mm[0] + row[1] * lps_mm[1] + row[2] * lps_mm[2])
    }
}

/// Whether slices with these attributes can make a volume, before any of them is decoded: the same
/// sentences as [`Volume::from_slices`] for what headers can tell.
pub fn check_volume<'a>(
    slices: impl IntoIterator<Item = &'a FrameAttributes>,
) -> Result<(), VolumeError> {
    let slices: Vec<((), &FrameAttributes)> = slices.into_iter().map(|one| ((), one)).collect();
    if slices.len() < 2 {
        return Err(VolumeError::TooFew(slices.len()));
    }
    tables(slices.iter().map(|(_, of_slice)| *of_slice))?;
    even_step(&planes_of(&slices)?).map(|_| ())
}

/// Whether all slices have one modality table. Rescales may differ from slice to slice, as they do in
/// positron emission tomography; tables may not.
fn tables<'a>(slices: impl Iterator<Item = &'a FrameAttributes>) -> Result<bool, VolumeError> {
    let mut first: Option<&ModalityLut> = None;
    let mut one = true;
    for (slice, attributes) in slices.enumerate() {
        let lut = &attributes.modality_lut;
        let known = *first.get_or_insert(lut);
        if known == lut {
            continue;
        }
        let is_table = |lut: &ModalityLut| matches!(lut, ModalityLut::Table(_));
        if is_table(known) || is_table(lut) {
            return Err(VolumeError::OtherTable(slice + 1));
        }
        one = false;
    }
    Ok(one)
}

/// Slices of differing rescales in the unit that all of them share, each value rounded once to single
/// precision; padding is nothing, as the space beside the volume is.
fn in_modality_units<F>(
    frames: &[&Frame],
    slices: &[(F, &FrameAttributes)],
) -> (Samples, FrameAttributes) {
    let mut values = Vec::with_capacity(frames.iter().map(|frame| frame.samples.len()).sum());
    for (frame, (_, attributes)) in frames.iter().zip(slices) {
        let padding = attributes.padding_range(frame.samples.is_float());
        let measured = |stored: f64| match padding {
            Some((low, high)) if stored >= low && stored <= high => f32::NAN,
            _ => attributes.modality_lut.modality_value(stored) as f32,
        };
        with_samples!(&frame.samples, samples => {
            values.extend(samples.iter().map(|sample| measured(sample.value())));
        });
    }
    let attributes = FrameAttributes {
        modality_lut: ModalityLut::IDENTITY,
        padding: None,
        float_padding: None,
        bits_stored: 0,
        ..slices
            .first()
            .map(|(_, first)| (*first).clone())
            .unwrap_or_default()
    };
    (Samples::F32(values), attributes)
}

fn planes_of<F>(slices: &[(F, &FrameAttributes)]) -> Result<Vec<ImagePlane>, VolumeError> {
    let mut planes = Vec::with_capacity(slices.len());
    for (slice, (_, attributes)) in slices.iter().enumerate() {
        let plane = attributes.plane.ok_or(VolumeError::NoPlane(slice + 1))?;
        let first: &ImagePlane = planes.first().unwrap_or(&plane);
        let near = |one: &[f64], other: &[f64]| {
            let far = |(one, other): (&f64, &f64)| (one - other).abs() > UNLIKE_MAX;
            !one.iter().zip(other).any(far)
        };
        let parallel = near(&plane.row_direction_lps, &first.row_direction_lps)
            && near(&plane.column_direction_lps, &first.column_direction_lps)
            && near(&plane.spacing_mm, &first.spacing_mm);
        if !parallel {
            return Err(VolumeError::NotParallel(slice + 1));
        }
        planes.push(plane);
    }
    Ok(planes)
}

/// The step from each slice to the next, mm, when all of them lie on it.
fn even_step(planes: &[ImagePlane]) -> Result<[f64; 3], VolumeError> {
    let (first, last) = (planes[0], planes[planes.len() - 1]);
    let steps = (planes.len() - 1) as f64;
    let step: [f64; 3] = std::array::from_fn(|axis| {
        (last.position_lps_mm[axis] - first.position_lps_mm[axis]) / steps
    });
    let length = |vector: [f64; 3]| {
        (vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]).sqrt()
    };
    let gap_mm = length(step);
    if !(gap_mm.is_finite() && gap_mm > 0.0) {
        return Err(VolumeError::Flat);
    }
    for (slice, plane) in planes.iter().enumerate() {
        let off = length(std::array::from_fn(|axis| {
            let place = first.position_lps_mm[axis] + step[axis] * slice as f64;
            plane.position_lps_mm[axis] - place
        }));
        if off > gap_mm * UNEVEN_MAX {
            return Err(VolumeError::Uneven {
                slice: slice + 1,
                by_mm: off,
            });
        }
    }
    Ok(step)
}

/// Rows of the inverse of the matrix whose columns are the three steps; `None` when they lie in a plane.
fn inverse(steps: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let cross = |one: [f64; 3], other: [f64; 3]| {
        [
            one[1] * other[2] - one[2] * other[1],
            one[2] * other[0] - one[0] * other[2],
            one[0] * other[1] - one[1] * other[0],
        ]
    };
    let [across, down, through] = steps;
    let rows = [
        cross(down, through),
        cross(through, across),
        cross(across, down),
    ];
    let determinant = rows[0][0] * across[0] + rows[0][1] * across[1] + rows[0][2] * across[2];
    let usable = determinant.is_finite() && determinant.abs() > 1e-9;
    usable.then(|| rows.map(|row| row.map(|part| part / determinant)))
}
