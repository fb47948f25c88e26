//! Measurements of a report, onto the images that they lie on.

use std::collections::BTreeMap;
use std::path::Path;

use actor_messages::{Command, ObjectContent};
use kernel_imaging::{FrameReference, ReportedMark, Severity};

use super::{MEASUREMENTS_MAX, Measurement};
use crate::state::State;

/// Puts the measurements of a report that was read onto their images, each once, in one step that can be taken back.
pub(super) fn import(state: &mut State, path: &Path) -> Vec<Command> {
    let Some(ObjectContent::Report(report)) = state.attached.content(path) else {
        return Vec::new();
    };
    let marks = report.marks.clone();
    let mut frames: BTreeMap<(String, usize), FrameReference> = BTreeMap::new();
    for (_, _, series) in state.series() {
        for frame in &series.frames {
            let uid = frame.instance.sop_instance_uid.clone();
            frames.insert((uid, frame.frame), frame.clone());
        }
    }
    let before = state.measuring.list.clone();
    let (mut added, mut known, mut elsewhere) = (0_usize, 0_usize, 0_usize);
    for mark in marks {
        let frame = mark.image.frames.first().copied().unwrap_or(0);
        let place = (mark.image.sop_instance_uid.clone(), frame);
        let measuring = &mut state.measuring;
        match frames.get(&place) {
            None => elsewhere += 1,
            Some(frame) if measuring.list.iter().any(|one| same(one, &mark, frame)) => known += 1,
            Some(_) if measuring.list.len() >= MEASUREMENTS_MAX => elsewhere += 1,
            Some(frame) => {
                added += 1;
                measuring.last_id += 1;
                measuring.list.push(Measurement {
                    id: measuring.last_id,
                    kind: mark.kind,
                    points: mark.points,
                    frame: frame.clone(),
                    text: mark.text,
                    figures: mark.figures,
                });
            }
        }
    }
    if added > 0 {
        state.measuring.remember(before);
    }
    let mut words = format!("{added} measurements of the report are on their images");
    if known > 0 {
        words.push_str(&format!(", {known} were there already"));
    }
    if elsewhere > 0 {
        words.push_str(&format!(", {elsewhere} lie on images that are not open"));
    }
    let severity = match elsewhere {
        0 => Severity::Info,
        _ => Severity::Warning,
    };
    state.say(severity, words);
    Vec::new()
}

/// Points went through numbers of 32 bits.
fn same(one: &Measurement, mark: &ReportedMark, frame: &FrameReference) -> bool {
    const NEAR_PIXELS: f64 = 1e-3;
    let near = |(a, b): (&[f64; 2], &[f64; 2])| {
        (a[0] - b[0]).abs() <= NEAR_PIXELS && (a[1] - b[1]).abs() <= NEAR_PIXELS
    };
    one.kind == mark.kind
        && one.text == mark.text
        && crate::stack::same_frame(&one.frame, frame)
        && one.points.len() == mark.points.len()
        && one.points.iter().zip(&mark.points).all(near)
}
