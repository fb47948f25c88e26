//! What is saved of the images on screen: values, cines, copies of their files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{CineToSave, CopyKind, MaskToSave, SaveWish};
use kernel_imaging::{Presentation, VoiChoice};

use crate::caption;
use crate::state::State;
use crate::tools::look::frame_time_s;

const NOTHING: &str = "there is no image on screen";

/// The values of the image on screen.
pub(super) fn values(state: &State) -> Result<SaveWish, String> {
    let shown = state.view.shown.as_ref().ok_or(NOTHING)?;
    Ok(SaveWish::Values {
        marks: caption::marks(&shown.reference),
        frame: shown.reference.clone(),
    })
}

/// The series on screen with the window that it has now, at its own rate.
pub(super) fn cine(state: &State) -> Result<SaveWish, String> {
    let view = &state.view;
    let (Some(stack), Some(shown)) = (&view.stack, &view.shown) else {
        return Err(NOTHING.to_owned());
    };
    let marks = caption::marks(&shown.reference);
    // A window found anew for each image would flicker.
    let voi = match (view.presentation.voi, view.window()) {
        (VoiChoice::Auto, Some((level, function))) => VoiChoice::Manual(level, function),
        (voi, _) => voi,
    };
    Ok(SaveWish::Cine(Box::new(CineToSave {
        frames: Arc::clone(&stack.frames),
        presentation: Presentation {
            voi,
            ..view.presentation
        },
        frame_time_s: frame_time_s(&shown.reference).0,
        strip: caption::strip(shown.reference.instance.columns, &marks),
        marks,
    })))
}

/// The files of the study on screen, by series, and of the objects beside them, each once.
pub(super) fn copies(state: &State, kind: CopyKind) -> Result<SaveWish, String> {
    let shown = state.view.wanted().ok_or(NOTHING)?;
    let uid = &shown.instance.study_uid;
    let studies = state.scans.iter().flat_map(|scan| scan.studies.iter());
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut all: Vec<Vec<PathBuf>> = Vec::new();
    for study in studies.filter(|study| study.uid == *uid) {
        let series = study.series.iter().map(|series| {
            let frames = series.frames.iter();
            frames.map(|frame| frame.instance.path.clone()).collect()
        });
        let objects = study.objects.iter().map(|object| object.path.clone());
        let lists: Vec<Vec<PathBuf>> = series.chain([objects.collect()]).collect();
        for paths in lists {
            let fresh: Vec<PathBuf> = paths
                .into_iter()
                .filter(|path| seen.insert(path.clone()))
                .collect();
            if !fresh.is_empty() {
                all.push(fresh);
            }
        }
    }
    if all.is_empty() {
        return Err("the study on screen has no files".to_owned());
    }
    Ok(SaveWish::Copies { series: all, kind })
}

/// The masks of the series on screen that mark anything.
pub(super) fn masks(state: &State) -> Result<SaveWish, String> {
    let stack = state.view.stack.as_ref().ok_or(NOTHING)?;
    let drawn = state.masks_here();
    let masks: Vec<MaskToSave> = drawn
        .filter(|mask| mask.planes.iter().any(Option::is_some))
        .map(|mask| MaskToSave {
            name: mask.name.clone(),
            colour: mask.colour,
            planes: Arc::clone(&mask.planes),
        })
        .collect();
    if masks.is_empty() {
        return Err("no mask of this series marks anything".to_owned());
    }
    Ok(SaveWish::Masks {
        frames: Arc::clone(&stack.frames),
        masks,
    })
}
