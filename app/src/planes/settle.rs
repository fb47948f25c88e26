//! After every action: all planes share one window, and each that lies elsewhere than asked for last is asked for.

use std::sync::Arc;

use actor_messages::{Command, Generation};
use kernel_imaging::{
    FrameAttributes, FrameReference, Instance, ReslicePlane, SlabProjection, SpacingCalibration,
    VoiChoice, slab_planes,
};

use super::{Cut, Slab, Wanted, solid};
use crate::stack::StackView;
use crate::state::State;

/// Planes nearer to each other than this are the same plane, mm.
const SAME_MM: f64 = 1e-6;

/// Brings all planes in line with the active one and asks for those that changed.
pub fn settle(state: &mut State) -> Vec<Command> {
    let Some(cut) = state.planes.cut.as_deref_mut() else {
        return Vec::new();
    };
    let lead = &mut state.view;
    if let (VoiChoice::Auto, Some((level, function))) = (lead.presentation.voi, lead.window()) {
        // Found anew on each plane, it would change while one scrolls.
        lead.presentation.voi = VoiChoice::Manual(level, function);
    }
    let (presentation, interpolation) = (lead.presentation, lead.transform.interpolation);
    let windows =
        (0..state.layout.count()).find_map(|slot| state.layout.view(slot, &state.view).window());
    let window = windows.map(|(level, _)| level);
    let mut commands = Vec::new();
    for slot in 0..state.layout.count() {
        let view = state.layout.view_mut(slot, &mut state.view);
        view.presentation = presentation;
        view.transform.interpolation = interpolation;
        commands.extend(request(cut, state.planes.slab, view));
        commands.extend(solid::request(cut, view, window));
    }
    commands
}

/// Asks for the plane of a view where it is not the one asked for last.
fn request(cut: &Cut, slab: Slab, view: &mut StackView) -> Option<Command> {
    let kind = view.plane.as_ref()?.kind;
    let [row, column] = cut.directions(kind);
    let plane = ReslicePlane::through(&cut.volume, row, column, cut.point_lps_mm);
    let normal = cut.normal(kind);
    let step_mm = cut.volume.step_along_mm(normal);
    let (planes, apart_mm) = slab_planes(slab.thickness_mm, step_mm);
    let slab = match planes {
        1 => (1, step_mm, SlabProjection::default()),
        planes => (planes, apart_mm, slab.projection),
    };
    let wanted = Wanted { plane, slab };
    view.index = cut.nearest_slice();
    let shown = view.plane.as_mut()?;
    if shown.wanted.is_some_and(|before| before.is(&wanted)) {
        return None;
    }
    let (low_mm, high_mm) = cut.volume.extent_along_mm(normal);
    let depth_mm = plane.plane.distance_along_normal_mm();
    let steps = |length_mm: f64| (length_mm / step_mm).round().max(0.0) as usize + 1;
    shown.place = [steps(depth_mm - low_mm), steps(high_mm - low_mm)];
    shown.oblique = cut.is_oblique(kind);
    shown.slab = (planes > 1).then_some((planes, apart_mm * planes as f64, slab.2));
    shown.wanted = Some(wanted);
    view.generation = Generation(view.generation.0 + 1);
    view.failure = None;
    Some(Command::ShowPlane {
        viewport: view.id,
        generation: view.generation,
        volume: Arc::clone(&cut.volume),
        plane,
        slab,
        reference: cut.reference(&wanted),
    })
}

impl Wanted {
    /// Whether rounding alone keeps both apart.
    fn is(&self, other: &Self) -> bool {
        let (one, two) = (&self.plane, &other.plane);
        let apart = |(a, b): (f64, f64)| (a - b).abs() > SAME_MM;
        let places = one.plane.position_lps_mm.into_iter();
        let same_place = !places.zip(two.plane.position_lps_mm).any(apart);
        let same_way = one.plane.row_direction_lps == two.plane.row_direction_lps
            && one.plane.column_direction_lps == two.plane.column_direction_lps;
        let same_size = one.rows == two.rows && one.columns == two.columns;
        same_place && same_way && same_size && self.slab == other.slab
    }
}

impl Cut {
    /// What a plane is shown as: an image of the same patient, study and series, on which lengths are approximate.
    fn reference(&self, wanted: &Wanted) -> FrameReference {
        let plane = wanted.plane.plane;
        let of_volume = &self.volume.attributes;
        let calibration = match of_volume.calibration.is_physical() {
            true => SpacingCalibration::Reformatted,
            false => of_volume.calibration.clone(),
        };
        let attributes = FrameAttributes {
            plane: Some(plane),
            spacing_mm: Some(plane.spacing_mm),
            calibration,
            regions: Vec::new(),
            pixel_aspect: [1.0, 1.0],
            voi: self.voi.clone(),
            overlays: Vec::new(),
            shutters: None,
            patient_orientation: None,
            frame_time_ms: None,
            slice_thickness_mm: None,
            stack_id: String::new(),
            in_stack_position: None,
            temporal_position: None,
            dimension_index: Vec::new(),
            ..of_volume.clone()
        };
        let instance = Instance {
            sop_instance_uid: self.name_of(wanted),
            rows: wanted.plane.rows,
            columns: wanted.plane.columns,
            frames: vec![Arc::new(attributes)],
            ..(*self.template).clone()
        };
        FrameReference {
            instance: Arc::new(instance),
            frame: 0,
        }
    }

    /// Says where a plane lies: measurements find their plane again by it, and so does a reader of their table.
    fn name_of(&self, wanted: &Wanted) -> String {
        let plane = &wanted.plane.plane;
        let three = |parts: [f64; 3], digits: usize| {
            // Minus zero is zero.
            let texts = parts.map(|part| format!("{:.digits$}", part + 0.0));
            texts.map(|text| match text.trim_start_matches(['-', '0', '.']) {
                "" => text.trim_start_matches('-').to_owned(),
                _ => text,
            })
        };
        let (planes, apart_mm, projection) = wanted.slab;
        let slab = match planes {
            1 => String::new(),
            _ => format!(
                " slab {:.3} {}",
                apart_mm * planes as f64,
                super::projection_name(projection)
            ),
        };
        format!(
            "{} plane at {} row {} column {}{slab}",
            self.template.series_uid,
            three(plane.position_lps_mm, 4).join("/"),
            three(plane.row_direction_lps, 6).join("/"),
            three(plane.column_direction_lps, 6).join("/"),
        )
    }
}
