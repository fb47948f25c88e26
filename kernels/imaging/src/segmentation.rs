//! Segmentations (SEG, PS3.3 C.8.20): which of its frames lie over an image, and their masks on its pixels.

use std::sync::Arc;

use rayon::prelude::*;

use crate::footprint::Footprint;
use crate::frame::{Frame, Rgba8Image};
use crate::object::ImageReference;
use crate::overlay::paint;
use crate::phi::Phi;
use crate::plane::ImagePlane;
use crate::study::{FrameReference, Instance};
use crate::view::ViewTransform;

/// Cosine above which two planes count as parallel.
const PARALLEL_COSINE: f64 = 0.9999;
/// Share of the slice distance within which a segment's plane belongs to an image.
const SAME_PLANE_SHARE: f64 = 0.5;
/// Distance that counts as the same plane when no slice distance is known, mm.
const SAME_PLANE_MM: f64 = 0.5;

/// Segmentation Type (0062,0001).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SegmentationKind {
    /// One segment a frame, each pixel in or out.
    #[default]
    Binary,
    /// One segment a frame, each pixel a share of Maximum Fractional Value (0062,000E).
    Fractional {
        /// The value that means all.
        maximum: u32,
    },
    /// All segments in one frame, each pixel a segment number.
    Labelmap,
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Segment Number.
    pub number: u32,
    /// Segment Label.
    pub label: Phi<String>,
    /// Meaning of the Segmented Property Type, or empty.
    pub property: String,
    /// From Recommended Display CIELab Value, else from a fixed list by number.
    pub colour: [u8; 3],
    /// Segment Algorithm Type and Name, for example `AUTOMATIC nnU-Net`.
    pub algorithm: String,
}

/// One frame of a segmentation.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentFrame {
    /// The segment it is of; `None` in a labelmap.
    pub segment: Option<u32>,
    /// The images it was made from.
    pub references: Vec<ImageReference>,
}

/// A SEG file without its pixels: they are decoded like those of any image.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// The file's header: its frames' planes, and what `decode_frame` takes.
    pub instance: Arc<Instance>,
    /// How pixels are meant.
    pub kind: SegmentationKind,
    /// In the file's order.
    pub segments: Vec<Segment>,
    /// One for each frame of the file.
    pub frames: Vec<SegmentFrame>,
}

/// One segment on the pixels of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentMask {
    /// Segment Number.
    pub number: u32,
    /// Colour to draw it in.
    pub colour: [u8; 3],
    /// Rows of the image.
    pub rows: usize,
    /// Columns of the image.
    pub columns: usize,
    /// `[rows, columns]`, 0 outside to 255 wholly inside.
    pub levels: Arc<[u8]>,
}

impl Segmentation {
    /// The segment of this number.
    pub fn segment(&self, number: u32) -> Option<&Segment> {
        self.segments
            .iter()
            .find(|segment| segment.number == number)
    }

    /// Frames (from 0) that lie over an image: those that name it, and those whose plane is the
    /// image's in the same frame of reference. `slice_mm` is the distance between its neighbours.
    pub fn frames_over(&self, target: &FrameReference, slice_mm: Option<f64>) -> Vec<usize> {
        let reach_mm = slice_mm
            .filter(|mm| mm.is_finite() && *mm > 0.0)
            .map_or(SAME_PLANE_MM, |mm| mm * SAME_PLANE_SHARE);
        (0..self.frames.len())
            .filter(|index| self.lies_over(*index, target, reach_mm))
            .collect()
    }

    fn lies_over(&self, index: usize, target: &FrameReference, reach_mm: f64) -> bool {
        let frame = &self.frames[index];
        let named = frame.references.iter().any(|image| image.names(target));
        let planes = (self.plane(index), target.attributes().plane);
        let (Some(own), Some(other)) = planes else {
            let same_matrix = self.instance.rows == target.instance.rows
                && self.instance.columns == target.instance.columns;
            return named && same_matrix;
        };
        let (normal, other_normal) = (own.normal(), other.normal());
        let cosine: f64 = (0..3).map(|axis| normal[axis] * other_normal[axis]).sum();
        if cosine.abs() < PARALLEL_COSINE {
            return false;
        }
        let uid = &self.instance.frame_of_reference_uid;
        let same_space = !uid.is_empty() && *uid == target.instance.frame_of_reference_uid;
        let (_, distance_mm) = other.image_from_lps(own.position_lps_mm);
        // A frame that lists its sources names several images when it was resampled: the nearest wins.
        (named || same_space) && distance_mm.abs() <= reach_mm
    }

    fn plane(&self, index: usize) -> Option<ImagePlane> {
        self.instance
            .frames
            .get(index)
            .and_then(|frame| frame.plane)
    }

    /// The masks that one decoded frame of the segmentation gives on the pixels of an image, by the
    /// nearest pixel; segments without any pixel there are left out.
    pub fn masks(
        &self,
        index: usize,
        decoded: &Frame,
        target: &FrameReference,
    ) -> Vec<SegmentMask> {
        let Some(frame) = self.frames.get(index) else {
            return Vec::new();
        };
        if decoded.checked().is_err() || decoded.samples_per_pixel != 1 {
            return Vec::new();
        }
        let (rows, columns) = (target.instance.rows, target.instance.columns);
        let values = self.resampled(index, decoded, target, rows, columns);
        let mask = |number: u32, level: &(dyn Fn(u32) -> u8 + Sync)| {
            let levels: Vec<u8> = values.iter().map(|value| level(*value)).collect();
            let colour = self
                .segment(number)
                .map_or_else(|| segment_colour(number), |segment| segment.colour);
            levels.iter().any(|level| *level > 0).then(|| SegmentMask {
                number,
                colour,
                rows,
                columns,
                levels: levels.into(),
            })
        };
        match (self.kind, frame.segment) {
            (SegmentationKind::Binary, Some(number)) => {
                mask(number, &|value| if value > 0 { 255 } else { 0 })
            }
            (SegmentationKind::Fractional { maximum }, Some(number)) => {
                let full = u64::from(maximum.max(1));
                mask(number, &|value| {
                    ((u64::from(value) * 255 + full / 2) / full).min(255) as u8
                })
            }
            _ => {
                let numbers = self.segments.iter().map(|segment| segment.number);
                return numbers
                    .filter(|number| *number != 0)
                    .filter_map(|number| mask(number, &|value| u8::from(value == number) * 255))
                    .collect();
            }
        }
        .into_iter()
        .collect()
    }

    /// The segmentation's stored value at each pixel of an image; 0 beside it.
    fn resampled(
        &self,
        index: usize,
        decoded: &Frame,
        target: &FrameReference,
        rows: usize,
        columns: usize,
    ) -> Vec<u32> {
        let stored = |x: f64, y: f64| {
            if x < 0.0 || y < 0.0 {
                return 0;
            }
            let value = decoded.stored_value(y as usize, x as usize, 0);
            value.unwrap_or(0.0).clamp(0.0, f64::from(u32::MAX)) as u32
        };
        let planes = self.plane(index).zip(target.attributes().plane);
        let pixel = |row: usize, column: usize| {
            let point = [column as f64 + 0.5, row as f64 + 0.5];
            match &planes {
                Some((own, other)) => {
                    let ([x, y], _) = own.image_from_lps(other.lps_from_image(point));
                    stored(x, y)
                }
                None => stored(point[0], point[1]),
            }
        };
        (0..rows)
            .into_par_iter()
            .flat_map_iter(|row| (0..columns).map(move |column| pixel(row, column)))
            .collect()
    }
}

/// A colour for a segment or region without one, by its number: ten that can be told apart.
pub fn segment_colour(number: u32) -> [u8; 3] {
    const COLOURS: [[u8; 3]; 10] = [
        [230, 159, 0],
        [86, 180, 233],
        [0, 158, 115],
        [240, 228, 66],
        [213, 94, 0],
        [204, 121, 167],
        [148, 103, 189],
        [140, 211, 110],
        [255, 152, 150],
        [23, 190, 207],
    ];
    COLOURS[number.wrapping_sub(1) as usize % COLOURS.len()]
}

/// Lays masks over a view that [`crate::present_viewport`] made of the image they are for.
///
/// `opacity` from 0 to 1 is that of a pixel wholly inside; later masks lie over earlier ones.
pub fn draw_masks<'a>(
    image: &mut Rgba8Image,
    masks: impl IntoIterator<Item = &'a SegmentMask>,
    opacity: f64,
    view: &ViewTransform,
    aspect: f64,
) {
    let opacity = if opacity.is_finite() {
        (opacity.clamp(0.0, 1.0) * 256.0) as u32
    } else {
        0
    };
    let footprint = Footprint::new(view, aspect, [image.width, image.height]);
    for mask in masks {
        if mask.levels.len() != mask.rows * mask.columns {
            continue;
        }
        let size = [mask.columns, mask.rows];
        paint(image, &footprint, [0.0; 2], size, |rows, columns, pixel| {
            let levels = rows.clone().flat_map(|row| {
                let start = row * mask.columns;
                mask.levels[start + columns.start..start + columns.end].iter()
            });
            let sum: u32 = levels.map(|level| u32::from(*level)).sum();
            let share = sum * opacity / (255 * (rows.len() * columns.len()) as u32);
            for (channel, colour) in pixel.iter_mut().zip(mask.colour) {
                let blended = u32::from(*channel) * (256 - share) + u32::from(colour) * share;
                *channel = ((blended + 128) >> 8) as u8;
            }
        });
    }
}
