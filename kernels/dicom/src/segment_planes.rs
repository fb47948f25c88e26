//! Which pixels of which images are in which segment, checked against the images, and packed as the file wants them.

use kernel_imaging::{BitPlane, ImagePlane};

use crate::error::DicomError;
use crate::segmentation_writer::SegmentationToWrite;

/// Largest difference of a direction's components from slice to slice.
const DIRECTION_TOLERANCE: f64 = 1e-4;
/// Images and labels of one file: frames are counted in 16 bits by some readers.
const FRAMES_MAX: usize = 65_535;

/// Pixels of segments.
#[derive(Clone, Copy)]
pub enum LabelsToWrite<'a> {
    /// `[frames, rows, columns]` in C order: 0 for nothing, otherwise the number of a segment.
    Numbers(&'a [u8]),
    /// For each segment a plane an image, none where it has no pixel; segments may overlap. What is told so was made by a user's hand.
    Planes(&'a [&'a [Option<BitPlane>]]),
}

/// A segment (from 1) on an image (from 0).
pub(crate) type Place = (u8, usize);

fn refuse<T>(reason: String) -> Result<T, DicomError> {
    Err(DicomError::Unsupported(reason))
}

/// The plane of every image; refused unless all are parallel and of one size.
pub(crate) fn planes<'a>(
    segmentation: &'a SegmentationToWrite<'_>,
) -> Result<Vec<&'a ImagePlane>, DicomError> {
    let frames = segmentation.frames;
    let Some(first) = frames.first() else {
        return refuse("a segmentation of no image".to_owned());
    };
    let (rows, columns) = (first.instance.rows, first.instance.columns);
    match segmentation.labels {
        LabelsToWrite::Numbers(labels) if labels.len() != frames.len() * rows * columns => {
            return refuse(format!(
                "{} labels for {} images of {rows} x {columns} pixels",
                labels.len(),
                frames.len()
            ));
        }
        LabelsToWrite::Planes(segments) if !fit(segments, [frames.len(), rows, columns]) => {
            return refuse(format!(
                "masks that are not of {} images of {rows} x {columns} pixels",
                frames.len()
            ));
        }
        _ => {}
    }
    let mut planes: Vec<&ImagePlane> = Vec::with_capacity(frames.len());
    for (at, frame) in frames.iter().enumerate() {
        let Some(plane) = &frame.attributes().plane else {
            return refuse(format!(
                "a segmentation of images whose place is not known, such as image {}",
                at + 1
            ));
        };
        if (frame.instance.rows, frame.instance.columns) != (rows, columns) {
            return refuse(format!(
                "a segmentation of images of several sizes, such as image {}",
                at + 1
            ));
        }
        if let Some(like) = planes.first()
            && !parallel(like, plane)
        {
            return refuse(format!(
                "a segmentation of images that are not parallel, such as image {}",
                at + 1
            ));
        }
        planes.push(plane);
    }
    Ok(planes)
}

fn fit(segments: &[&[Option<BitPlane>]], [images, rows, columns]: [usize; 3]) -> bool {
    segments.iter().all(|planes| {
        let mut drawn = planes.iter().flatten();
        planes.len() == images && drawn.all(|it| it.rows() == rows && it.columns() == columns)
    })
}

fn parallel(one: &ImagePlane, other: &ImagePlane) -> bool {
    let near = |a: [f64; 3], b: [f64; 3]| {
        a.iter()
            .zip(b)
            .all(|(a, b)| (a - b).abs() <= DIRECTION_TOLERANCE)
    };
    near(one.row_direction_lps, other.row_direction_lps)
        && near(one.column_direction_lps, other.column_direction_lps)
        && one.spacing_mm == other.spacing_mm
}

/// Every segment on every image where it has a pixel, by segment and then by image.
pub(crate) fn marked(
    segmentation: &SegmentationToWrite<'_>,
    pixels: usize,
) -> Result<Vec<Place>, DicomError> {
    let count = segmentation.segments.len();
    let mut on_image = Vec::new();
    match segmentation.labels {
        LabelsToWrite::Numbers(labels) => {
            for (image, labels) in labels.chunks_exact(pixels).enumerate() {
                let mut found = [false; 256];
                labels
                    .iter()
                    .for_each(|label| found[usize::from(*label)] = true);
                for label in (1..=u8::MAX).filter(|label| found[usize::from(*label)]) {
                    if usize::from(label) > count {
                        return refuse(format!("label {label} where {count} are named"));
                    }
                    on_image.push((label, image));
                }
            }
        }
        LabelsToWrite::Planes(segments) => {
            if segments.len() != count || count > usize::from(u8::MAX) {
                return refuse(format!("{} masks where {count} are named", segments.len()));
            }
            for (label, planes) in (1..=u8::MAX).zip(segments.iter()) {
                let drawn = planes.iter().enumerate();
                let drawn =
                    drawn.filter(|(_, plane)| plane.as_ref().is_some_and(|it| it.count() > 0));
                on_image.extend(drawn.map(|(image, _)| (label, image)));
            }
        }
    }
    on_image.sort_unstable();
    if on_image.is_empty() {
        return refuse("a segmentation without a single labelled pixel".to_owned());
    }
    if on_image.len() > FRAMES_MAX {
        return Err(DicomError::OverLimit {
            what: "The number of frames of the segmentation",
            value: on_image.len() as u64,
            limit: FRAMES_MAX as u64,
        });
    }
    Ok(on_image)
}

/// One bit a pixel, the first in the lowest bit, frames without a gap between them (PS3.5 8.1.1), filled up to an even length.
pub(crate) fn bits(
    segmentation: &SegmentationToWrite<'_>,
    marked: &[Place],
    pixels: usize,
) -> Vec<u8> {
    let mut bytes = vec![0_u8; (marked.len() * pixels).div_ceil(8).next_multiple_of(2)];
    for (at, (label, image)) in marked.iter().enumerate() {
        let mut mark = |pixel: usize| {
            let bit = at * pixels + pixel;
            bytes[bit / 8] |= 1 << (bit % 8);
        };
        match segmentation.labels {
            LabelsToWrite::Numbers(labels) => {
                let labels = &labels[image * pixels..(image + 1) * pixels];
                let found = labels.iter().enumerate();
                found
                    .filter(|(_, found)| *found == label)
                    .for_each(|(pixel, _)| mark(pixel));
            }
            LabelsToWrite::Planes(segments) => {
                if let Some(plane) = &segments[usize::from(*label) - 1][*image] {
                    let columns = plane.columns();
                    (0..pixels)
                        .filter(|at| plane.is_set(at / columns, at % columns))
                        .for_each(&mut mark);
                }
            }
        }
    }
    bytes
}
