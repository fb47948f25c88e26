//! From the state to what is kept of it.

use kernel_imaging::FrameReference;

use super::{KeptImage, KeptLook, KeptMeasurement, KeptView, SESSION_VERSION, Session};
use crate::measure::Kind;
use crate::planes;
use crate::stack::{Justify, StackView};
use crate::state::State;
use crate::tools::look::is_key_image;

/// What is kept of the state now; none while nothing is open.
pub fn capture(state: &State) -> Option<Session> {
    if state.scans.is_empty() {
        return None;
    }
    let (layout, active) = planes::before(state).unwrap_or((&state.layout, &state.view));
    let views = (0..layout.count()).map(|slot| view(state, layout.view(slot, active)));
    let of_files = state
        .measuring
        .list
        .iter()
        .filter(|one| !one.frame.instance.frames.is_empty() && !planes::is_plane(&one.frame));
    let measurements = of_files.filter_map(|one| {
        Some(KeptMeasurement {
            kind: Kind::ALL.iter().position(|kind| *kind == one.kind)?,
            points: one.points.clone(),
            image: image(&one.frame),
        })
    });
    let mut key_images: Vec<KeptImage> = match state.looking.key_images.is_empty() {
        true => Vec::new(),
        false => state
            .series()
            .flat_map(|(_, _, series)| &series.frames)
            .filter(|frame| is_key_image(&state.looking, frame))
            .map(image)
            .collect(),
    };
    key_images.sort();
    key_images.dedup();
    let linking = &state.linking;
    Some(Session {
        version: SESSION_VERSION,
        scans: state.scans.iter().map(|scan| scan.paths.clone()).collect(),
        grid: [layout.rows, layout.columns],
        active: layout.active,
        single: layout.single,
        views: views.collect(),
        planes: planes::pose(state),
        measurements: measurements.collect(),
        key_images,
        linked: [linking.scroll, linking.zoom, linking.window],
    })
}

fn image(frame: &FrameReference) -> KeptImage {
    KeptImage {
        file: frame.instance.path.clone(),
        frame: frame.frame,
    }
}

fn view(state: &State, view: &StackView) -> Option<KeptView> {
    let stack = view.stack.as_ref()?;
    let scan = state
        .scans
        .iter()
        .position(|scan| scan.request == stack.scan)?;
    Some(KeptView {
        image: image(view.wanted()?),
        scan,
        fitted: view.fitted,
        justify: match view.justify {
            Justify::Left => -1,
            Justify::Centre => 0,
            Justify::Right => 1,
        },
        transform: view.transform,
        look: KeptLook::of(&view.presentation),
    })
}
