//! Masks of a user over a series: decodes what a formula looks at, slab by slab, and takes masks out of segmentations.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{
    Attachment, CancelFlag, ImportedMask, MaskImport, MaskPlanes, MaskRequest, MaskWanted,
    ObjectContent,
};
use kernel_imaging::{BitPlane, Frame, FrameReference, modality_values};
use kernel_tasks::{NamedPlanes, make_mask};
use ndarray::{Array3, Axis};

use crate::decode::decode;
use crate::layers::layers;

/// Slices of a result that are made at once.
const SLAB_SLICES: usize = 16;
/// Bytes of decoded values that are kept for the next slice.
const KEPT_BYTES_MAX: usize = 256 << 20;
/// Levels of a segmentation from this on are in the mask.
const LEVEL_MIN: u8 = 128;

/// Values of slices, the newest last.
#[derive(Default)]
pub struct KeptValues(VecDeque<(PathBuf, usize, Arc<Values>)>);

struct Values {
    values: ndarray::Array2<f32>,
    padding: Option<BitPlane>,
}

impl KeptValues {
    fn of(&mut self, reference: &FrameReference) -> Result<Arc<Values>, String> {
        let path = &reference.instance.path;
        let known = self
            .0
            .iter()
            .position(|(known, frame, _)| known == path && *frame == reference.frame);
        if let Some(entry) = known.and_then(|at| self.0.remove(at)) {
            let values = Arc::clone(&entry.2);
            self.0.push_back(entry);
            return Ok(values);
        }
        let frame = decode(reference)?;
        let attributes = reference.attributes();
        let values = modality_values(&frame, attributes).map_err(|error| error.to_string())?;
        let values = Arc::new(Values {
            padding: padding(&frame, reference),
            values,
        });
        let entry = (path.clone(), reference.frame, Arc::clone(&values));
        self.0.push_back(entry);
        let bytes = |kept: &VecDeque<(PathBuf, usize, Arc<Values>)>| -> usize {
            kept.iter().map(|(.., it)| it.values.len() * 4).sum()
        };
        while self.0.len() > 1 && bytes(&self.0) > KEPT_BYTES_MAX {
            self.0.pop_front();
        }
        Ok(values)
    }
}

/// Which pixels are padding, where the file has any.
fn padding(frame: &Frame, reference: &FrameReference) -> Option<BitPlane> {
    let attributes = reference.attributes();
    attributes.padding_range(frame.samples.is_float())?;
    let padded = (0..frame.rows * frame.columns).map(|at| {
        let stored = frame.samples.get(at * frame.samples_per_pixel);
        stored.is_some_and(|stored| attributes.is_padding(stored))
    });
    Some(BitPlane::from_pixels(frame.rows, frame.columns, padded))
}

/// Makes what is wished. Padding is never in what a formula finds in the image.
///
/// # Errors
/// One sentence: images of several sizes, a formula that cannot be evaluated, an image that cannot be read.
pub fn mask(
    request: &MaskRequest,
    kept: &mut KeptValues,
    told: &dyn Fn(usize, usize),
    cancelled: &CancelFlag,
) -> Result<MaskPlanes, String> {
    let text = |error: kernel_tasks::TaskError| error.to_string();
    let Some(first) = request.frames.first() else {
        return Err("The series has no images".to_owned());
    };
    let (rows, columns) = (first.instance.rows, first.instance.columns);
    let alike =
        |frame: &FrameReference| (frame.instance.rows, frame.instance.columns) == (rows, columns);
    if let Some(at) = request.frames.iter().position(|frame| !alike(frame)) {
        return Err(format!("Image {} has another size than the first", at + 1));
    }
    let voxel_mm = match (request.slice_mm, &first.attributes().plane) {
        (Some(slice_mm), Some(plane)) => Some([slice_mm, plane.spacing_mm[0], plane.spacing_mm[1]]),
        _ => None,
    };
    let needs_image = request.work.needs_image().map_err(text)?;
    let halo = request.work.halo_slices(request.slice_mm).map_err(text)?;
    let all = 0..request.frames.len();
    let wanted = match request.wanted {
        MaskWanted::Series => all.clone(),
        MaskWanted::Image(index) if index < all.end => index..index + 1,
        MaskWanted::Image(index) => return Err(format!("There is no image {}", index + 1)),
    };
    let step = match halo {
        Some(_) => SLAB_SLICES,
        None => all.end,
    };
    let mut planes = Vec::with_capacity(wanted.len());
    for start in wanted.clone().step_by(step) {
        if cancelled.is_cancelled() {
            return Err("The mask was cancelled".to_owned());
        }
        told(planes.len(), wanted.len());
        let end = (start + step).min(wanted.end);
        let read = match halo {
            Some(halo) => start.saturating_sub(halo)..(end + halo).min(all.end),
            None => all.clone(),
        };
        let shape = [read.len(), rows, columns];
        let mut padded = Vec::new();
        let image = match needs_image {
            true => {
                let mut image = Array3::zeros(shape);
                for (mut slice, frame) in image
                    .axis_iter_mut(Axis(0))
                    .zip(&request.frames[read.clone()])
                {
                    let values = kept.of(frame)?;
                    slice.assign(&values.values);
                    padded.push(values.padding.clone());
                }
                Some(image)
            }
            false => None,
        };
        let masks: Vec<NamedPlanes<'_>> = request
            .masks
            .iter()
            .filter_map(|(name, planes)| Some((name.as_str(), planes.get(read.clone())?)))
            .collect();
        let image = image.as_ref().map(|image| image.view());
        let made = make_mask(&request.work, shape, image, &masks, voxel_mm).map_err(text)?;
        let (from, count) = (start - read.start, end - start);
        for (at, plane) in made.into_iter().enumerate().skip(from).take(count) {
            planes.push(match padded.get(at) {
                Some(Some(padding)) => plane.map(|plane| without(&plane, padding)),
                _ => plane,
            });
        }
    }
    Ok(Arc::new(planes))
}

fn without(plane: &BitPlane, padding: &BitPlane) -> BitPlane {
    let (rows, columns) = (plane.rows(), plane.columns());
    let kept = (0..rows * columns).map(|at| {
        let (row, column) = (at / columns, at % columns);
        plane.is_set(row, column) && !padding.is_set(row, column)
    });
    BitPlane::from_pixels(rows, columns, kept)
}

/// Takes the segments of a segmentation as masks over the images of a series.
///
/// # Errors
/// One sentence when it is none, or lies over none of the images.
pub fn import(wish: &MaskImport, read: Attachment) -> Result<Vec<ImportedMask>, String> {
    let ObjectContent::Segmentation(segmentation) = &read.content else {
        return Err("The object is no segmentation".to_owned());
    };
    let mut masks: Vec<(u32, ImportedMask)> = segmentation
        .segments
        .iter()
        .map(|segment| {
            let name = segment.label.reveal().trim().to_owned();
            let mask = ImportedMask {
                name,
                colour: segment.colour,
                planes: MaskPlanes::default(),
            };
            (segment.number, mask)
        })
        .collect();
    let mut planes: Vec<Vec<Option<BitPlane>>> = vec![vec![None; wish.frames.len()]; masks.len()];
    let read = [Arc::new(read.clone())];
    let mut any = false;
    for (at, frame) in wish.frames.iter().enumerate() {
        let over = layers(frame, wish.slice_mm, &read);
        if let Some(problem) = over.problems.into_iter().next() {
            return Err(problem);
        }
        for found in over.masks {
            let Some(place) = masks.iter().position(|(number, _)| *number == found.number) else {
                continue;
            };
            any = true;
            let set = found.levels.iter().map(|level| *level >= LEVEL_MIN);
            planes[place][at] = Some(BitPlane::from_pixels(found.rows, found.columns, set));
        }
    }
    if !any {
        return Err("The segmentation lies over none of these images".to_owned());
    }
    for ((_, mask), planes) in masks.iter_mut().zip(planes) {
        mask.planes = Arc::new(planes);
    }
    Ok(masks.into_iter().map(|(_, mask)| mask).collect())
}
