//! Every image on screen gets what lies over it: the second series cut along the image's own plane.

use std::sync::Arc;

use actor_messages::{Command, Generation, ViewportId};
use kernel_imaging::{
    FrameAttributes, FrameReference, Instance, PixelDataLocation, ReslicePlane, SlabProjection,
    SpacingCalibration,
};

use super::{Fused, OVER, Over};
use crate::stack::{StackView, same_frame};
use crate::state::State;

/// Asks for what lies over the images on screen, where that is not made or asked for yet.
pub fn settle(state: &mut State) -> Vec<Command> {
    let Some(over) = &mut state.fusion.over else {
        return Vec::new();
    };
    let shown: Vec<&StackView> = match state.layout.is_grid() {
        true => (0..state.layout.count())
            .map(|slot| state.layout.view(slot, &state.view))
            .collect(),
        false => vec![&state.view],
    };
    let names: Vec<ViewportId> = shown.iter().map(|view| view.id).collect();
    over.fused.retain(|id, _| names.contains(id));
    shown
        .into_iter()
        .filter_map(|view| request(over, view))
        .collect()
}

fn request(over: &mut Over, view: &StackView) -> Option<Command> {
    let shown = view.shown.as_ref()?;
    let base = &shown.reference;
    let plane = base.attributes().plane?;
    let first = over.stack.frames.first()?.clone();
    let (one, other) = (&base.instance, &first.instance);
    let together = one.frame_of_reference_uid == other.frame_of_reference_uid
        && one.patient == other.patient
        && one.series_uid != other.series_uid;
    if !together {
        return None;
    }
    let known = over.fused.get(&view.id);
    if known.is_some_and(|fused| same_frame(&fused.base, base)) {
        return None;
    }
    over.asked += 1;
    let generation = Generation(over.asked);
    let fused = Fused {
        base: base.clone(),
        generation,
        made: None,
    };
    over.fused.insert(view.id, fused);
    let wanted = ReslicePlane {
        plane,
        rows: shown.frame.rows,
        columns: shown.frame.columns,
    };
    Some(Command::ShowPlane {
        viewport: ViewportId(view.id.0 | OVER),
        generation,
        volume: Arc::clone(&over.volume),
        plane: wanted,
        slab: (1, 1.0, SlabProjection::default()),
        reference: reference(over, &first.instance, &wanted),
    })
}

/// What lies over an image is of the second series, and lies where the image does.
fn reference(over: &Over, first: &Instance, wanted: &ReslicePlane) -> FrameReference {
    let attributes = FrameAttributes {
        plane: Some(wanted.plane),
        spacing_mm: Some(wanted.plane.spacing_mm),
        calibration: SpacingCalibration::Reformatted,
        overlays: Vec::new(),
        shutters: None,
        ..over.volume.attributes.clone()
    };
    let instance = Instance {
        // No image of the series: measurements and marks never lie on it.
        sop_instance_uid: String::new(),
        frames: vec![Arc::new(attributes)],
        pixel_data: PixelDataLocation::Absent,
        rows: wanted.rows,
        columns: wanted.columns,
        problems: Vec::new(),
        references: Vec::new(),
        ..first.clone()
    };
    FrameReference {
        instance: Arc::new(instance),
        frame: 0,
    }
}
