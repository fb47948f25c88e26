//! The figures of a comparison, and the value under the pointer.

use eframe::egui::{
    Align2, FontId, Frame, Layout, Margin, Painter, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2,
};
use kernel_imaging::{ErrorFigures, ModalityLut};

use super::overlay::{Corners, Line, Tone, marks};
use super::paint;
use super::picture::Subject;
use crate::action::Action;
use crate::stack::StackView;
use crate::state::{Annotations, State};
use crate::texts::tr;
use crate::theme::parts::{self, number};
use crate::theme::{SPACE, colours};

/// What stands in a pane whose result is not there yet.
pub fn waiting(state: &State) -> String {
    let Some(comparison) = &state.comparison else {
        return String::new();
    };
    let Some(job) = state.compared_job() else {
        return "This result is no longer kept".to_owned();
    };
    match (&job.failure, comparison.slice) {
        (Some(reason), _) => reason.clone(),
        (None, None) => "Not computed for this image".to_owned(),
        (None, Some(_)) if job.is_running() => job.progress().1,
        (None, Some(_)) if job.outcome.is_none() => job.progress().1,
        (None, Some(slice)) => format!("Reading result {}", slice + 1),
    }
}

/// The unit of the image's values, or a word for none.
pub fn unit(state: &State) -> String {
    unit_of(&state.view)
}

/// The unit of the values of a view's image, or a word for none.
pub fn unit_of(view: &StackView) -> String {
    let unit = view
        .shown
        .as_ref()
        .map(|shown| shown.reference.attributes().rescale_unit.clone());
    match unit.unwrap_or_default() {
        unit if unit.is_empty() || unit == "US" => String::new(),
        unit => format!(" {unit}"),
    }
}

/// Words on the result: the marks are the original's, and it is derived.
pub fn result_corners(state: &State) -> Corners {
    let mut corners = common(state);
    corners
        .bottom_right
        .insert(0, line("Derived, not an original", Tone::Mark));
    corners
}

/// Words on the difference: what its colours reach.
pub fn difference_corners(state: &State, full: Option<f64>) -> Corners {
    let mut corners = common(state);
    if let Some(full) = full {
        let words = format!("Black 0, white {}{} and more", number(full), unit(state));
        corners.bottom_left.insert(0, line(words, Tone::Plain));
    }
    corners
}

fn common(state: &State) -> Corners {
    let mut corners = Corners::default();
    let Some(shown) = &state.view.shown else {
        return corners;
    };
    if state.annotations != Annotations::None {
        let words = format!("Image {} of {}", shown.index + 1, state.view.len());
        corners.bottom_left.push(line(words, Tone::Plain));
    }
    corners.bottom_right = marks(&shown.reference);
    corners
}

fn line(text: impl Into<String>, tone: Tone) -> Line {
    Line {
        text: text.into(),
        tone,
    }
}

/// The stored, the modality and the displayed value of the pixel under the pointer, beneath the top centre letter.
pub fn probe(
    painter: &Painter,
    pane: Rect,
    subject: &Subject,
    point: [f64; 2],
    displayed: Option<[u8; 3]>,
    font: &FontId,
) {
    let inside = point[0] >= 0.0 && point[1] >= 0.0;
    let (column, row) = (point[0] as usize, point[1] as usize);
    let Some(stored) = subject
        .frame
        .stored_value(row, column, 0)
        .filter(|_| inside)
    else {
        return;
    };
    let attributes = &subject.attributes;
    let unit = match attributes.rescale_unit.as_str() {
        "" | "US" => String::new(),
        unit => format!(" {unit}"),
    };
    let words = if subject.frame.samples_per_pixel > 1 {
        let sample = |at| {
            subject
                .frame
                .stored_value(row, column, at)
                .unwrap_or_default()
        };
        format!(
            "({column}, {row})  {} {} {}",
            sample(0),
            sample(1),
            sample(2)
        )
    } else if attributes.is_padding(stored) {
        format!("({column}, {row})  padding")
    } else if attributes.modality_lut == ModalityLut::IDENTITY {
        format!("({column}, {row})  {}{unit}", number(stored))
    } else {
        let value = attributes.modality_lut.modality_value(stored);
        format!(
            "({column}, {row})  {}{unit}, stored {}",
            number(value),
            number(stored)
        )
    };
    let value = attributes.modality_lut.modality_value(stored);
    let one = subject.frame.samples_per_pixel == 1 && !attributes.is_padding(stored);
    let suv = crate::fusion::suv_words(attributes, value).filter(|_| one);
    let words = words + &suv.unwrap_or_default();
    let displayed = match displayed {
        Some([red, green, blue]) if red == green && green == blue => format!(", displayed {red}"),
        Some([red, green, blue]) => format!(", displayed {red} {green} {blue}"),
        None => String::new(),
    };
    let words = words + &displayed;
    let at = pane.center_top() + vec2(0.0, SPACE + font.size * 3.4);
    paint::text(
        painter,
        at,
        Align2::CENTER_TOP,
        &words,
        font,
        colours::OVERLAY,
    );
}

/// How high the card with the figures is beneath panes in a row, points.
pub(super) const FIGURES_HEIGHT: f32 = 116.0;

/// The card with the figures of the slice on screen and of the whole job.
pub fn show(ui: &mut Ui, state: &State, place: Rect, actions: &mut Vec<Action>) {
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .layout(Layout::top_down_justified(eframe::egui::Align::Min)),
    );
    Frame::new()
        .fill(colours::WINDOW)
        .inner_margin(Margin::same(10))
        .show(&mut child, |ui| {
            ui.set_min_size(ui.available_size());
            ScrollArea::vertical()
                .id_salt("figures")
                .auto_shrink(false)
                .show(ui, |ui| {
                    contents(ui, state, place.width() > 900.0, actions);
                });
        });
}

fn contents(ui: &mut Ui, state: &State, wide: bool, actions: &mut Vec<Action>) {
    let Some(job) = state.compared_job() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(&job.title)
                .strong()
                .color(colours::TEXT_STRONG),
        );
        ui.with_layout(Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            if ui.small_button(tr("Close comparison")).clicked() {
                actions.push(Action::ToggleComparison);
            }
        });
    });
    let current = state
        .comparison
        .as_ref()
        .and_then(|comparison| comparison.current());
    let rows = match current {
        Some(slice) => {
            let mut rows = slice
                .figures
                .map(|figures| figure_rows(&figures, &unit(state)));
            if let Some(rows) = &mut rows
                && job.output() != Some(actor_messages::OutputKind::LowRank)
            {
                rows.clear();
            }
            let mut rows = rows.unwrap_or_default();
            rows.extend(job_rows(state));
            if !slice.summary.is_empty() {
                parts::quiet(ui, slice.summary.clone());
            }
            rows
        }
        None => {
            parts::quiet(ui, waiting(state));
            job_rows(state)
        }
    };
    if wide {
        let columns = rows.len().div_ceil(3).clamp(1, 4);
        ui.columns(columns, |columns| {
            for (at, (name, value)) in rows.iter().enumerate() {
                parts::pair(&mut columns[at / 3], name, value.clone());
            }
        });
    } else {
        for (name, value) in &rows {
            parts::pair(ui, name, value.clone());
        }
    }
}

/// Names and values of the error figures of a slice.
pub fn figure_rows(figures: &ErrorFigures, unit: &str) -> Vec<(&'static str, String)> {
    vec![
        (
            "Relative error (Frobenius)",
            percent(figures.relative_frobenius),
        ),
        (
            "Greatest error",
            format!("{}{unit}", number(figures.max_abs)),
        ),
        (
            "Root mean square error",
            format!("{}{unit}", number(figures.rmse)),
        ),
        ("PSNR", format!("{} dB", number(figures.psnr_db))),
        ("Structural similarity", format!("{:.4}", figures.ssim)),
    ]
}

/// Names and values of a finished job as a whole.
pub fn job_rows(state: &State) -> Vec<(&'static str, String)> {
    state.compared_job().map(outcome_rows).unwrap_or_default()
}

/// Names and values of a job's outcome.
pub fn outcome_rows(job: &crate::job::JobView) -> Vec<(&'static str, String)> {
    let Some(outcome) = &job.outcome else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    if outcome.input_bytes > 0 {
        let kept = outcome.result_bytes as f64 / outcome.input_bytes as f64;
        let words = format!(
            "{} of {} ({})",
            parts::bytes(outcome.result_bytes),
            parts::bytes(outcome.input_bytes),
            percent(kept)
        );
        rows.push(("Bytes kept", words));
    }
    if let Some(error) = outcome.max_relative_error {
        rows.push(("Worst slice, relative error", percent(error)));
    }
    if let Some(volume_ml) = outcome.volume_ml {
        rows.push(("Volume", format!("{} ml", number(volume_ml))));
    }
    rows
}

fn percent(part: f64) -> String {
    match part * 100.0 {
        percent if percent == 0.0 || percent >= 0.1 => format!("{percent:.1} %"),
        percent => format!("{percent:.4} %"),
    }
}
