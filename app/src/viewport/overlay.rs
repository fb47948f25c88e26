//! The words on the image: who, what, where in the series, how it is shown, and the marks that are never hidden.

use kernel_imaging::{
    CALIBRATION_NOTE, FrameReference, Interpolation, Phi, SpacingCalibration, VoiChoice,
};

use crate::stack::StackView;
use crate::state::{Annotations, State};
use crate::tools::look;
use crate::tools::table::interpolation_name;

/// How loudly a line speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// To be read.
    Plain,
    /// For completeness.
    Quiet,
    /// With reservation.
    Mark,
}

/// One line of a corner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The words.
    pub text: String,
    /// How loudly.
    pub tone: Tone,
}

/// The lines of the four corners, from top to bottom each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corners {
    /// Who.
    pub top_left: Vec<Line>,
    /// Which study.
    pub top_right: Vec<Line>,
    /// Which image.
    pub bottom_left: Vec<Line>,
    /// How it is shown.
    pub bottom_right: Vec<Line>,
}

/// Said in place of the identity when that is hidden (rule 25).
pub const IDENTITY_HIDDEN: &str = "Identity hidden";

/// Said on every plane that was not acquired as it is shown.
pub const REFORMATTED: &str = "Reformatted, interpolated";
/// Said on a volume as a whole.
const RENDERED: &str = "Rendered, not to measure on";

/// The corners of the frame on screen, shown at `zoom` screen pixels a pixel.
/// In a `small` pane only the first lines of each corner are there; the marks always are.
pub fn corners(view: &StackView, annotations: Annotations, zoom: f64, small: bool) -> Corners {
    let (Some(shown), Some(stack)) = (&view.shown, &view.stack) else {
        return Corners::default();
    };
    let reference = &shown.reference;
    let full = annotations == Annotations::Full;
    let mut corners = Corners::default();
    if full {
        corners.top_left = who(reference, small);
        corners.top_right = study(reference, small);
    } else {
        corners.top_left.push(line(IDENTITY_HIDDEN, Tone::Mark));
    }
    if annotations != Annotations::None {
        if full && !small {
            corners
                .bottom_left
                .extend(series(reference, stack.number, &stack.description));
        }
        let count = match &view.plane {
            Some(plane) => plane.words(),
            None if view.solid => "Volume".to_owned(),
            None => format!("Image {} of {}", shown.index + 1, stack.frames.len()),
        };
        corners.bottom_left.push(line(count, Tone::Plain));
        if full && (!small || reference.instance.modality == "MG") {
            corners.bottom_left.extend(place(reference));
        }
        corners.bottom_right.extend(greys(view));
        let turned = view.transform.quarter_turns % 4;
        let words = match turned {
            0 => format!("Zoom {:.0} %", zoom * 100.0),
            turns => format!(
                "Zoom {:.0} %, turned {}°",
                zoom * 100.0,
                u32::from(turns) * 90
            ),
        };
        corners.bottom_right.push(line(words, Tone::Plain));
    }
    if let Some(plane) = &view.plane {
        // Never hidden: the values were interpolated, and a slab is no slice (rules 20 and 34).
        let slab = plane.slab_words();
        corners
            .bottom_left
            .extend(slab.map(|it| line(it, Tone::Mark)));
        corners.bottom_right.push(line(REFORMATTED, Tone::Mark));
    }
    if view.solid {
        // Never hidden: nothing of it is an image of a scanner, and nothing can be measured on it (rule 20).
        corners.bottom_right.push(line(RENDERED, Tone::Mark));
    }
    corners.bottom_right.extend(marks(reference));
    corners
        .bottom_right
        .push(line(CALIBRATION_NOTE, Tone::Quiet));
    corners
}

/// Lines on a cine that plays, a key image, and pixels that are not smoothed.
pub fn looking(state: &State, view: &StackView) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(shown) = &view.shown
        && look::is_key_image(&state.looking, &shown.reference)
    {
        lines.push(line("Key image", Tone::Mark));
    }
    if view.id == state.view.id {
        lines.extend(look::cine_words(&state.looking, view).map(|it| line(it, Tone::Plain)));
    }
    if state.layout.is_grid() && state.annotations == Annotations::Full {
        lines.extend(state.linking.words().map(|it| line(it, Tone::Quiet)));
    }
    let interpolation = view.transform.interpolation;
    if interpolation != Interpolation::default() && state.annotations == Annotations::Full {
        lines.push(line(
            capital(interpolation_name(interpolation)),
            Tone::Quiet,
        ));
    }
    lines
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Marks that are on every pane whatever is hidden (rules 24 and 31).
pub fn marks(reference: &FrameReference) -> Vec<Line> {
    let mut marks = Vec::new();
    if let Some(lossy) = &reference.instance.lossy {
        let ratio = lossy
            .ratio
            .map(|ratio| format!(" {ratio:.0}:1"))
            .unwrap_or_default();
        marks.push(line(
            format!("Lossy{ratio} {}", lossy.method).trim_end(),
            Tone::Mark,
        ));
    }
    if reference.instance.recognizable_features == Some(true) {
        marks.push(line("Recognizable features", Tone::Mark));
    }
    if reference.instance.burned_in {
        marks.push(line("Burned-in annotation", Tone::Mark));
    }
    marks
}

fn who(reference: &FrameReference, small: bool) -> Vec<Line> {
    let patient = &reference.instance.patient;
    let name = person(patient.name.reveal());
    let mut lines = vec![line(
        if name.is_empty() {
            "No name".to_owned()
        } else {
            name
        },
        Tone::Plain,
    )];
    if let Some(id) = given(&patient.id) {
        lines.push(line(format!("ID {id}"), Tone::Plain));
    }
    let birth = given(&patient.birth_date).map(|born| format!("born {}", date(&born)));
    let about: Vec<String> = [birth, given(&patient.sex)].into_iter().flatten().collect();
    if !about.is_empty() && !small {
        lines.push(line(about.join(", "), Tone::Quiet));
    }
    lines
}

fn study(reference: &FrameReference, small: bool) -> Vec<Line> {
    let header = &reference.instance.study;
    let when = given(&header.date).map(|day| {
        let time = given(&header.time)
            .map(|time| format!(" {}", clock(&time)))
            .unwrap_or_default();
        format!("{}{time}", date(&day))
    });
    let mut lines: Vec<Line> = when
        .map(|text| line(text, Tone::Plain))
        .into_iter()
        .collect();
    if !small {
        let accession = given(&header.accession).map(|text| format!("Acc {text}"));
        lines.extend(given(&header.description).map(|text| line(text, Tone::Plain)));
        lines.extend(accession.map(|text| line(text, Tone::Quiet)));
        lines.extend(given(&header.institution).map(|text| line(text, Tone::Quiet)));
        if reference.instance.identity_removed == Some(true) {
            lines.push(line("Marked as de-identified", Tone::Quiet));
        }
    }
    lines
}

fn series(reference: &FrameReference, number: Option<i64>, description: &Phi<String>) -> Vec<Line> {
    let number = number.map(|number| format!("Series {number}"));
    let modality = &reference.instance.modality;
    let head = [Some(modality.clone()), number]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    let mut lines = vec![line(head, Tone::Plain)];
    lines.extend(given(description).map(|text| line(text, Tone::Plain)));
    lines
}

fn place(reference: &FrameReference) -> Vec<Line> {
    let attributes = reference.attributes();
    let mut parts = Vec::new();
    if let Some(plane) = &attributes.plane {
        parts.push(format!(
            "Position {:.1} mm",
            plane.distance_along_normal_mm()
        ));
    }
    if let Some(thickness_mm) = attributes.slice_thickness_mm {
        parts.push(format!("slice {thickness_mm:.2} mm"));
    }
    let side = match attributes.laterality.as_str() {
        "R" => Some("Right"),
        "L" => Some("Left"),
        "B" => Some("Both sides"),
        _ => None,
    };
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(line(parts.join(", "), Tone::Quiet));
    }
    // Of a mammogram, `Right MLO`.
    let view = reference.instance.view_position.trim();
    let parts: Vec<&str> = side.into_iter().chain([view]).collect();
    let words = parts.join(" ");
    if !words.trim().is_empty() {
        lines.push(line(words.trim(), Tone::Plain));
    }
    lines
}

fn greys(view: &StackView) -> Vec<Line> {
    let Some((level, _)) = view.window() else {
        return vec![line("Colour", Tone::Plain)];
    };
    let Some(shown) = &view.shown else {
        return Vec::new();
    };
    let attributes = shown.reference.attributes();
    let how = match view.presentation.voi {
        VoiChoice::Auto => " auto".to_owned(),
        VoiChoice::File(index) => {
            match attributes.voi.get(index).map(kernel_imaging::VoiLut::title) {
                Some(title) if !title.starts_with("C ") => format!(" {title}"),
                _ => String::new(),
            }
        }
        VoiChoice::Manual(..) => String::new(),
    };
    let unit = &attributes.rescale_unit;
    let unit = if unit.is_empty() || unit == "US" {
        String::new()
    } else {
        format!(" {unit}")
    };
    let digits = |value: f64| match value.abs() {
        size if size >= 10.0 || size.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    };
    let words = format!(
        "W {} L {}{unit}{how}",
        digits(level.width()),
        digits(level.center())
    );
    let mut lines = vec![line(words, Tone::Plain)];
    if view.presentation.invert {
        lines.insert(0, line("Inverted", Tone::Mark));
    }
    lines
}

/// What a length on this frame means, for the scale bar.
pub fn scale_note(calibration: &SpacingCalibration) -> String {
    match calibration {
        // A reformatted plane says on its own what it is.
        SpacingCalibration::Patient | SpacingCalibration::Reformatted => String::new(),
        other => format!(" {}", other.label()),
    }
}

/// A person's name as it is said: the first group of components, and the ideographic one behind it.
pub fn person(name: &str) -> String {
    let is_given = |group: &&str| !group.trim_matches(['^', ' ']).is_empty();
    let groups: Vec<&str> = name.split('=').collect();
    let first = groups.iter().copied().find(is_given).unwrap_or_default();
    let ideographic = groups.get(1).copied().filter(is_given);
    match ideographic.filter(|group| *group != first) {
        Some(group) => format!("{} ({})", person_group(first), person_group(group)),
        None => person_group(first),
    }
}

/// One group of components, family name first.
fn person_group(group: &str) -> String {
    let mut parts = group.split('^').map(str::trim);
    let family = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    match (family.is_empty(), rest.is_empty()) {
        (_, true) => family.to_owned(),
        (true, false) => rest.join(" "),
        (false, false) => format!("{family}, {}", rest.join(" ")),
    }
}

/// `20240131` as `2024-01-31`; anything else as it is.
pub fn date(text: &str) -> String {
    let text = text.trim();
    match (text.len(), text.bytes().all(|byte| byte.is_ascii_digit())) {
        (8, true) => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
        _ => text.to_owned(),
    }
}

/// `134501.25` as `13:45`; anything else as it is.
fn clock(text: &str) -> String {
    let text = text.trim();
    match text.get(..4) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{}:{}", &digits[..2], &digits[2..])
        }
        _ => text.to_owned(),
    }
}

fn given(text: &Phi<String>) -> Option<String> {
    let text = text.reveal().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn line(text: impl Into<String>, tone: Tone) -> Line {
    Line {
        text: text.into(),
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_dates_and_times_read_as_people_say_them() {
        assert_eq!(person("Roe^Jane^Q"), "Roe, Jane Q");
        assert_eq!(person("=山田^太郎"), "山田, 太郎");
        assert_eq!(
            person("Yamada^Tarou=山田^太郎=やまだ^たろう"),
            "Yamada, Tarou (山田, 太郎)"
        );
        assert_eq!(person("^^"), "");
        assert_eq!(date("20240131"), "2024-01-31");
        assert_eq!(date("2024"), "2024");
        assert_eq!(clock("134501.25"), "13:45");
    }
}
