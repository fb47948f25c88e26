//! Masks of a user as a DICOM segmentation over the images that they were drawn on.

use std::path::Path;

use actor_messages::{Digest, MaskToSave, SaveReport};
use actor_study::{
    Derivation, LabelsToWrite, SegmentToWrite, SegmentationToWrite, save_segmentation,
};
use kernel_imaging::{BitPlane, FrameReference};

use super::identity::{now_unix_s, uid};
use super::segmentation::names;
use crate::error::EngineError;

/// Writes the file.
pub fn save(
    frames: &[FrameReference],
    masks: &[MaskToSave],
    out: &Path,
    application: &str,
) -> Result<SaveReport, EngineError> {
    let segments: Vec<SegmentToWrite> = masks
        .iter()
        .map(|mask| SegmentToWrite {
            label: mask.name.clone(),
            colour: mask.colour,
            code: None,
        })
        .collect();
    let planes: Vec<&[Option<BitPlane>]> =
        masks.iter().map(|mask| mask.planes.as_slice()).collect();
    // Equal masks on equal images are the same object, whenever they are saved.
    let mut content = names(frames).into_bytes();
    for mask in masks {
        content.extend_from_slice(mask.name.as_bytes());
        for plane in mask.planes.iter() {
            content.push(u8::from(plane.is_some()));
            if let Some(plane) = plane {
                let (rows, columns) = (plane.rows(), plane.columns());
                let bits = (0..rows * columns).map(|at| plane.is_set(at / columns, at % columns));
                content.extend(bits.map(u8::from));
            }
        }
    }
    let content = Digest::of(&content);
    save_segmentation(
        out,
        &SegmentationToWrite {
            frames,
            labels: LabelsToWrite::Planes(&planes),
            segments: &segments,
            statements: &[],
        },
        &Derivation {
            application,
            description: "Masks drawn in Clisonix",
            algorithm: "Clisonix mask tools",
            uid: &|part| uid(&format!("masks {content} {part}")),
            made_unix_s: now_unix_s(),
        },
    )
    .map_err(EngineError::Save)?;
    Ok(SaveReport {
        out: out.to_owned(),
        files: 1,
        words: format!("{} masks are saved as a DICOM segmentation", masks.len()),
        ..SaveReport::default()
    })
}
