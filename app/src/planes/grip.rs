//! Where a hand takes hold of the crosshair, and where its lines lie on a pane.

use kernel_imaging::ImagePlane;

use super::{Cut, Grip, PlaneKind};
use crate::measure::to_image;
use crate::stack::StackView;
use crate::state::State;

/// How near to the centre a hand takes hold of it, in screen pixels.
const CENTRE_PIXELS: f64 = 14.0;
/// How near to a line, in screen pixels.
const LINE_PIXELS: f64 = 7.0;

/// The plane of the image that a view shows.
pub(super) fn plane_of(view: &StackView) -> Option<&ImagePlane> {
    let shown = view.shown.as_ref()?;
    shown.reference.attributes().plane.as_ref()
}

/// The patient coordinate under a screen pixel of a pane, mm.
pub(super) fn lps_under(cut: &Cut, view: &StackView, at: [f64; 2]) -> Option<[f64; 3]> {
    let point = to_image(view, at)?;
    Some(cut.at(plane_of(view)?, point))
}

/// What a press at a screen pixel of a pane takes hold of; `turns` asks for turning where a line is.
pub fn grip_at(state: &State, slot: usize, at: [f64; 2], turns: bool) -> Option<Grip> {
    if state.planes.crosshair_hidden {
        return None;
    }
    let cut = state.planes.cut.as_deref()?;
    let view = state.layout.view(slot, &state.view);
    let own = view.plane.as_ref()?.kind;
    let plane = plane_of(view)?;
    let (image, aspect) = view.image()?;
    let transform = view.transform_for(image, aspect, view.size);
    let on_screen = |point| transform.view_from_image(point, aspect, view.size);
    let centre = cut.on(plane);
    let middle = on_screen(centre);
    let offset = [at[0] - middle[0], at[1] - middle[1]];
    if offset[0].hypot(offset[1]) <= CENTRE_PIXELS {
        return Some(Grip::Centre);
    }
    PlaneKind::ALL
        .into_iter()
        .filter(|kind| *kind != own)
        .find(|kind| {
            let Some(along) = plane.cut_direction(cut.normal(*kind)) else {
                return false;
            };
            let end = on_screen([centre[0] + along[0], centre[1] + along[1]]);
            let way = [end[0] - middle[0], end[1] - middle[1]];
            let length = way[0].hypot(way[1]);
            let beside = (way[0] * offset[1] - way[1] * offset[0]).abs() / length;
            length > 0.0 && beside <= LINE_PIXELS
        })
        .map(|kind| match turns {
            true => Grip::Turn(at),
            false => Grip::Line(kind),
        })
}
