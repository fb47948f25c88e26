//! Distances between the slices of a stack: spacing from positions, and what is uneven (rule 20).

use kernel_imaging::{FrameReference, GeometryWarning};

use crate::arrange::file_name;
use crate::series::{along, dot};

/// Positions nearer than this are the same position, mm.
pub(crate) const SAME_POSITION_MM: f64 = 0.001;

/// Share of the spacing that a gap may differ from it; positions are written with few digits.
const UNEVEN_SHARE: f64 = 0.02;

/// Difference of a gap from the spacing that is always forgiven, mm.
const UNEVEN_MM: f64 = 0.01;

/// Angle between the normal and the line through the slices that counts as a tilt, degrees.
const TILT_DEGREES: f64 = 0.5;

/// Most warnings of one kind for one series.
const WARNINGS_MAX: usize = 8;

/// Voxel size (slice, row, column, mm) and warnings of frames sorted along `normal`.
///
/// The slice distance is measured along the normal, so that the product of the three is the voxel's
/// volume under a tilted gantry too. There is no voxel size when gaps are uneven or positions repeat.
pub(crate) fn measure(
    frames: &[FrameReference],
    normal: Option<[f64; 3]>,
) -> (Option<[f64; 3]>, Vec<GeometryWarning>) {
    let mut warnings = Vec::new();
    let Some(normal) = normal else {
        return (None, warnings);
    };
    if frames.len() < 2 {
        return (None, warnings);
    }
    let gaps: Vec<f64> = frames
        .windows(2)
        .map(|pair| along(normal, &pair[1]) - along(normal, &pair[0]))
        .collect();
    let mut sorted: Vec<f64> = gaps
        .iter()
        .copied()
        .filter(|gap| *gap >= SAME_POSITION_MM)
        .collect();
    sorted.sort_by(f64::total_cmp);
    let Some(spacing) = sorted.get(sorted.len() / 2).copied() else {
        return (None, warnings);
    };
    let mut even = true;
    let mut warn = |text: String, pair: &[FrameReference]| {
        even = false;
        if warnings.len() < WARNINGS_MAX {
            warnings.push(GeometryWarning {
                text,
                files: [file_name(&pair[0]), file_name(&pair[1])],
            });
        }
    };
    for (gap, pair) in gaps.iter().zip(frames.windows(2)) {
        if *gap < SAME_POSITION_MM {
            warn("Two images lie at the same position".to_owned(), pair);
        } else if (gap - spacing).abs() > (spacing * UNEVEN_SHARE).max(UNEVEN_MM) {
            let missing = (gap / spacing).round() - 1.0;
            let whole =
                (gap - (missing + 1.0) * spacing).abs() <= (spacing * UNEVEN_SHARE).max(UNEVEN_MM);
            let images = if missing > 1.0 { "images" } else { "image" };
            let text = if whole && missing >= 1.0 {
                format!(
                    "A gap of {gap:.3} mm where others are {spacing:.3} mm: {missing} {images} may be missing between"
                )
            } else {
                format!(
                    "Uneven distance between images: {gap:.3} mm where others are {spacing:.3} mm"
                )
            };
            warn(text, pair);
        }
    }
    if let Some(warning) = tilt(frames, normal) {
        warnings.push(warning);
    }
    let pixel_mm = frames[0].attributes().plane.map(|plane| plane.spacing_mm);
    let same_pixels = frames
        .iter()
        .all(|frame| frame.attributes().plane.map(|plane| plane.spacing_mm) == pixel_mm);
    let voxel_mm = match pixel_mm {
        Some([rows_mm, columns_mm]) if even && same_pixels => Some([spacing, rows_mm, columns_mm]),
        _ => None,
    };
    (voxel_mm, warnings)
}

/// A warning when the slices are shifted against each other, as by a tilted gantry.
fn tilt(frames: &[FrameReference], normal: [f64; 3]) -> Option<GeometryWarning> {
    let (first, last) = (frames.first()?, frames.last()?);
    let (from, to) = (
        first.attributes().plane?.position_lps_mm,
        last.attributes().plane?.position_lps_mm,
    );
    let line: [f64; 3] = std::array::from_fn(|axis| to[axis] - from[axis]);
    let length_mm = dot(line, line).sqrt();
    if length_mm < SAME_POSITION_MM {
        return None;
    }
    let degrees = (dot(normal, line) / length_mm)
        .clamp(-1.0, 1.0)
        .acos()
        .to_degrees();
    (degrees > TILT_DEGREES).then(|| GeometryWarning {
        text: format!(
            "The slices are tilted by {degrees:.1} degrees against the line through them"
        ),
        files: [file_name(first), file_name(last)],
    })
}
