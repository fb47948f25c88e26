//! Where a frame lies in the patient and what a length on it means (PS3.3 C.7.6.2, 10.7, C.8.5.5).

use dicom_dictionary_std::tags;
use kernel_imaging::{CalibratedRegion, ImagePlane, SpacingCalibration};

use crate::dataset::Dataset;
use crate::layers::Layers;

/// Largest error of a direction's length, and of the angle between the two, that is put right.
const DIRECTION_TOLERANCE: f64 = 0.02;

/// Modalities whose rays diverge: a spacing there is not a length in the patient by itself.
const PROJECTIONS: [&str; 10] = [
    "CR", "DX", "MG", "IO", "PX", "RG", "XA", "RF", "RTIMAGE", "XC",
];

/// Modalities that cut through the patient.
const CROSS_SECTIONS: [&str; 7] = ["CT", "MR", "PT", "NM", "RTDOSE", "OPT", "SM"];

/// Distance between rows, then columns, and what it means (rules 16 and 17).
pub(crate) fn spacing(
    layers: &Layers<'_>,
    modality: &str,
    has_plane: bool,
) -> (Option<[f64; 2]>, SpacingCalibration) {
    let usable = |pair: Option<[f64; 2]>| pair.filter(|pair| pair.iter().all(|mm| *mm > 0.0));
    let root = &layers.root;
    let measures = layers.group_or_root(tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING);
    let pixel = usable(measures.vector(tags::PIXEL_SPACING));
    let imager = usable(root.vector(tags::IMAGER_PIXEL_SPACING));
    if let Some(pixel) = pixel {
        let kind = root
            .code(tags::PIXEL_SPACING_CALIBRATION_TYPE)
            .to_ascii_uppercase();
        let words = root
            .text(tags::PIXEL_SPACING_CALIBRATION_DESCRIPTION)
            .unwrap_or_default();
        let meaning = if kind.starts_with("GEOMETRY") {
            SpacingCalibration::Magnified(if words.is_empty() {
                "geometry".to_owned()
            } else {
                words
            })
        } else if kind.starts_with("FIDUCIAL") {
            SpacingCalibration::Fiducial(words)
        } else if PROJECTIONS.contains(&modality) {
            match imager {
                Some(imager) if imager != pixel => {
                    SpacingCalibration::Magnified("method not stated".to_owned())
                }
                _ => SpacingCalibration::Detector,
            }
        } else if has_plane || CROSS_SECTIONS.contains(&modality) {
            SpacingCalibration::Patient
        } else {
            SpacingCalibration::AspectOnly
        };
        return (Some(pixel), meaning);
    }
    if let Some(imager) = imager {
        return (Some(imager), SpacingCalibration::Detector);
    }
    let nominal = usable(root.vector(tags::NOMINAL_SCANNED_PIXEL_SPACING));
    match nominal {
        Some(nominal) => (Some(nominal), SpacingCalibration::AspectOnly),
        None => (None, SpacingCalibration::Unknown),
    }
}

/// Ultrasound regions measured in centimetres on both axes.
pub(crate) fn ultrasound_regions(root: &Dataset<'_>) -> Vec<CalibratedRegion> {
    const CENTIMETRES: i64 = 3;
    let region = |item: &Dataset<'_>| {
        let units = [
            item.integer(tags::PHYSICAL_UNITS_X_DIRECTION)?,
            item.integer(tags::PHYSICAL_UNITS_Y_DIRECTION)?,
        ];
        if units != [CENTIMETRES; 2] {
            return None;
        }
        let corner = |tag| {
            item.integer(tag)
                .and_then(|value| u32::try_from(value).ok())
        };
        let spacing_mm = [
            item.number(tags::PHYSICAL_DELTA_Y)?.abs() * 10.0,
            item.number(tags::PHYSICAL_DELTA_X)?.abs() * 10.0,
        ];
        if spacing_mm.contains(&0.0) {
            return None;
        }
        Some(CalibratedRegion {
            first: [
                corner(tags::REGION_LOCATION_MIN_X0)?,
                corner(tags::REGION_LOCATION_MIN_Y0)?,
            ],
            last: [
                corner(tags::REGION_LOCATION_MAX_X1)?,
                corner(tags::REGION_LOCATION_MAX_Y1)?,
            ],
            spacing_mm,
        })
    };
    root.items(tags::SEQUENCE_OF_ULTRASOUND_REGIONS)
        .iter()
        .filter_map(region)
        .collect()
}

/// The plane of frame `index` of `frames`, or `None` when the file does not say it.
pub(crate) fn plane(
    layers: &Layers<'_>,
    index: usize,
    frames: usize,
    spacing_mm: Option<[f64; 2]>,
) -> Option<ImagePlane> {
    let spacing_mm = spacing_mm?;
    let root = &layers.root;
    let orientation = layers.group_or_root(
        tags::PLANE_ORIENTATION_SEQUENCE,
        tags::IMAGE_ORIENTATION_PATIENT,
    );
    let position =
        layers.group_or_root(tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT);
    let detector = root.item(tags::DETECTOR_INFORMATION_SEQUENCE);
    let detector_vector = |tag| {
        detector
            .as_ref()
            .and_then(|item| item.numbers(tag).first_chunk::<6>().copied())
    };
    let directions = orientation
        .vector::<6>(tags::IMAGE_ORIENTATION_PATIENT)
        .or_else(|| detector_vector(tags::IMAGE_ORIENTATION_PATIENT))?;
    let position_lps_mm = position
        .vector::<3>(tags::IMAGE_POSITION_PATIENT)
        .or_else(|| {
            detector
                .as_ref()
                .and_then(|item| item.vector::<3>(tags::IMAGE_POSITION_PATIENT))
        })?;
    let [row, column] = unit_directions(directions)?;
    let plane = ImagePlane {
        position_lps_mm,
        row_direction_lps: row,
        column_direction_lps: column,
        spacing_mm,
    };
    let own_position = layers
        .group(tags::PLANE_POSITION_SEQUENCE)
        .is_some_and(|item| item.has_value(tags::IMAGE_POSITION_PATIENT));
    if frames <= 1 || own_position {
        return Some(plane);
    }
    let along_normal_mm = offset_of_frame(root, index)?;
    let normal = plane.normal();
    Some(ImagePlane {
        position_lps_mm: std::array::from_fn(|axis| {
            position_lps_mm[axis] + along_normal_mm * normal[axis]
        }),
        ..plane
    })
}

/// How far frame `index` of a classic multi-frame volume lies from the first one, mm.
fn offset_of_frame(root: &Dataset<'_>, index: usize) -> Option<f64> {
    // RT Dose, PS3.3 C.8.8.3.2; offsets that do not begin at zero are positions, which are not read yet.
    let grid = root.numbers(tags::GRID_FRAME_OFFSET_VECTOR);
    if grid.first() == Some(&0.0) {
        return grid.get(index).copied();
    }
    // Reconstructed nuclear medicine, PS3.3 C.8.4.15: the sign of the spacing counts.
    if root
        .codes(tags::IMAGE_TYPE)
        .iter()
        .any(|value| value.starts_with("RECON"))
    {
        let spacing_mm = root.number(tags::SPACING_BETWEEN_SLICES)?;
        let slices = root.integers(tags::SLICE_VECTOR);
        let slice = match slices.get(index) {
            Some(slice) => *slice as f64 - 1.0,
            None => index as f64,
        };
        return Some(slice * spacing_mm);
    }
    None
}

/// Row and column directions as perpendicular unit vectors, or `None` when they are far from it.
fn unit_directions(six: [f64; 6]) -> Option<[[f64; 3]; 2]> {
    let row = [six[0], six[1], six[2]];
    let column = [six[3], six[4], six[5]];
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let (row_length, column_length) = (dot(row, row).sqrt(), dot(column, column).sqrt());
    let near_one = |length: f64| (length - 1.0).abs() <= DIRECTION_TOLERANCE;
    if !near_one(row_length)
        || !near_one(column_length)
        || dot(row, column).abs() > DIRECTION_TOLERANCE
    {
        return None;
    }
    Some([
        row.map(|part| part / row_length),
        column.map(|part| part / column_length),
    ])
}
