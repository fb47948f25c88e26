//! The study list: patient, study, series with a small picture; the scan as it goes on; what could not be read.

use std::collections::BTreeMap;

use eframe::egui::{
    self, Align, Align2, Color32, ColorImage, Layout, Rect, RichText, ScrollArea, Sense, Stroke,
    StrokeKind, TextureHandle, TextureOptions, Ui, Vec2, pos2,
};
use kernel_imaging::{Series, Severity, Study};

use crate::action::Action;
use crate::layout::SeriesInHand;
use crate::state::{RequestIdOrNone, Scan, State};
use crate::texts::tr;
use crate::theme::{SPACE, SPACE_SMALL, colours, parts};
use crate::viewport::overlay::{date, person};

/// Height of a series in the list, in points.
const ROW_HEIGHT: f32 = 64.0;
/// Side of a small picture, in points.
const PICTURE: f32 = 54.0;
/// Textures of small pictures kept at once.
const PICTURES_MAX: usize = 256;

/// Textures of the small pictures, by `Series::key`.
#[derive(Default)]
pub struct Pictures(BTreeMap<String, TextureHandle>);

impl Pictures {
    fn texture(&mut self, ui: &Ui, state: &State, key: &str) -> Option<&TextureHandle> {
        if !self.0.contains_key(key) {
            let image = state.thumbnails.get(key)?;
            if self.0.len() >= PICTURES_MAX {
                self.0.clear();
            }
            let pixels =
                ColorImage::from_rgba_premultiplied([image.width, image.height], &image.pixels);
            let texture = ui.ctx().load_texture(key, pixels, TextureOptions::LINEAR);
            self.0.insert(key.to_owned(), texture);
        }
        self.0.get(key)
    }

    /// Forgets pictures that the state has forgotten.
    pub fn keep(&mut self, state: &State) {
        self.0.retain(|key, _| state.thumbnails.contains_key(key));
    }
}

/// Draws the list.
pub fn show(ui: &mut Ui, state: &State, pictures: &mut Pictures, actions: &mut Vec<Action>) {
    pictures.keep(state);
    egui::Frame::new()
        .inner_margin(egui::Margin {
            left: 10,
            right: 6,
            top: 6,
            bottom: 6,
        })
        .show(ui, |ui| {
            ScrollArea::vertical()
                .id_salt("studies")
                .auto_shrink(false)
                .show(ui, |ui| {
                    ui.set_max_width(ui.available_width() - 4.0);
                    for scan in &state.scans {
                        progress(ui, scan, actions);
                        for study in scan.studies.iter() {
                            study_card(ui, state, scan.request, study, pictures, actions);
                        }
                        problems(ui, state, scan, actions);
                    }
                });
        });
}

fn progress(ui: &mut Ui, scan: &Scan, actions: &mut Vec<Action>) {
    if scan.finished {
        if scan.cancelled {
            parts::sentence(
                ui,
                "Search cancelled; what was found is listed",
                colours::now().amber,
            );
        }
        return;
    }
    let fraction = match scan.files_seen {
        0 => 0.0,
        seen => scan.files_read as f32 / seen as f32,
    };
    let words = format!(
        "Reading headers, {} of {} files",
        scan.files_read, scan.files_seen
    );
    parts::progress(ui, "Search for images", fraction, &words);
    if ui.button(tr("Cancel search")).clicked() {
        actions.push(Action::CancelOpen);
    }
    ui.add_space(SPACE_SMALL);
}

fn study_card(
    ui: &mut Ui,
    state: &State,
    scan: RequestIdOrNone,
    study: &Study,
    pictures: &mut Pictures,
    actions: &mut Vec<Action>,
) {
    ui.add_space(SPACE_SMALL);
    let name = person(study.patient.name.reveal());
    let id = study.patient.id.reveal().trim();
    let name = match (name.is_empty(), id.is_empty()) {
        (false, _) => name,
        (true, false) => id.to_owned(),
        (true, true) => "No name".to_owned(),
    };
    let name = RichText::new(name)
        .strong()
        .color(colours::now().text_strong);
    ui.add(egui::Label::new(name).truncate());
    let day = date(study.header.date.reveal());
    let description = study.header.description.reveal().trim();
    let words: Vec<&str> = [day.as_str(), description]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let words = if words.is_empty() {
        "Study without date".to_owned()
    } else {
        words.join(" · ")
    };
    ui.add(
        egui::Label::new(
            RichText::new(words)
                .small()
                .color(colours::now().text_quiet),
        )
        .truncate(),
    );
    for series in &study.series {
        series_row(ui, state, scan, series, pictures, actions);
        for warning in &series.warnings {
            let text = RichText::new(&warning.text)
                .small()
                .color(colours::now().amber);
            let files = warning.files.iter().filter(|file| !file.is_empty());
            let files: Vec<&str> = files.map(String::as_str).collect();
            let label = ui.add(egui::Label::new(text).wrap());
            if !files.is_empty() {
                label.on_hover_text(files.join("\n"));
            }
        }
    }
    ui.add_space(SPACE_SMALL);
}

fn series_row(
    ui: &mut Ui,
    state: &State,
    scan: RequestIdOrNone,
    series: &Series,
    pictures: &mut Pictures,
    actions: &mut Vec<Action>,
) {
    let chosen = state
        .view
        .stack
        .as_ref()
        .is_some_and(|stack| stack.scan == scan && stack.key == series.key);
    let (rect, response) = ui.allocate_exact_size(
        Vec2::new(ui.available_width(), ROW_HEIGHT),
        Sense::click_and_drag(),
    );
    response.dnd_set_drag_payload(SeriesInHand {
        scan,
        key: series.key.clone(),
    });
    let head = head(series);
    let description = series.description.reveal().trim().to_owned();
    response.widget_info(|| {
        let label = format!("{head}, {}", images(series.frames.len()));
        egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, chosen, label)
    });
    if ui.is_rect_visible(rect) {
        let ground = match (chosen, response.hovered()) {
            (true, _) => colours::now().accent_wash,
            (false, true) => colours::now().card,
            (false, false) => Color32::TRANSPARENT,
        };
        ui.painter()
            .rect_filled(rect, f32::from(crate::theme::CORNER), ground);
        if chosen || response.has_focus() {
            let stroke = Stroke::new(
                1.0,
                if chosen {
                    colours::now().accent
                } else {
                    colours::now().line_strong
                },
            );
            let corner = f32::from(crate::theme::CORNER);
            ui.painter()
                .rect_stroke(rect, corner, stroke, StrokeKind::Inside);
        }
        let square = Rect::from_min_size(rect.min + Vec2::splat(5.0), Vec2::splat(PICTURE));
        picture(ui, state, series, pictures, square);
        let text = Rect::from_min_max(
            pos2(square.right() + SPACE, rect.top()),
            rect.max - Vec2::new(6.0, 0.0),
        );
        let painter = ui.painter_at(text);
        let body = egui::TextStyle::Body.resolve(ui.style());
        let small = egui::TextStyle::Small.resolve(ui.style());
        let at = |row: f32| pos2(text.left(), rect.top() + row);
        painter.text(
            at(8.0),
            Align2::LEFT_TOP,
            &head,
            body,
            colours::now().text_strong,
        );
        painter.text(
            at(27.0),
            Align2::LEFT_TOP,
            description,
            small.clone(),
            colours::now().text,
        );
        painter.text(
            at(43.0),
            Align2::LEFT_TOP,
            facts(series),
            small,
            colours::now().text_quiet,
        );
    }
    let hover = format!("{}\n{}", series.description.reveal(), facts(series));
    if response.on_hover_text(hover.trim()).clicked() && !series.frames.is_empty() {
        actions.push(Action::ShowSeries(scan, series.key.clone()));
    }
}

fn picture(ui: &Ui, state: &State, series: &Series, pictures: &mut Pictures, square: Rect) {
    ui.painter().rect_filled(square, 2.0, colours::VIEWPORT);
    let Some(texture) = pictures.texture(ui, state, &series.key) else {
        return;
    };
    let [width, height] = texture.size().map(|side| side.max(1) as f32);
    let scale = square.width() / width.max(height);
    let inner = Rect::from_center_size(square.center(), Vec2::new(width, height) * scale);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter()
        .image(texture.id(), inner, whole, Color32::WHITE);
}

fn head(series: &Series) -> String {
    match series.number {
        Some(number) => format!("{} · Series {number}", series.modality),
        None => series.modality.clone(),
    }
}

fn images(count: usize) -> String {
    if count == 1 {
        "1 image".to_owned()
    } else {
        format!("{count} images")
    }
}

fn facts(series: &Series) -> String {
    let mut parts = vec![images(series.frames.len())];
    if let Some(first) = series.frames.first() {
        parts.push(format!(
            "{}×{}",
            first.instance.columns, first.instance.rows
        ));
    }
    if let Some([slice_mm, ..]) = series.voxel_mm {
        parts.push(format!("{slice_mm:.2} mm"));
    }
    parts.join(" · ")
}

/// Broken files, with the reasons in the drawer.
fn problems(ui: &mut Ui, state: &State, scan: &Scan, actions: &mut Vec<Action>) {
    let errors = scan
        .notices
        .iter()
        .filter(|notice| notice.severity == Severity::Error)
        .count();
    let warnings = scan
        .notices
        .iter()
        .filter(|notice| notice.severity == Severity::Warning)
        .count();
    if errors + warnings == 0 {
        return;
    }
    let plural = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let mut words = Vec::new();
    if errors > 0 {
        words.push(plural(errors, "file not read", "files not read"));
    }
    if warnings > 0 {
        words.push(plural(warnings, "warning", "warnings"));
    }
    ui.horizontal_wrapped(|ui| {
        let colour = if errors > 0 {
            colours::now().red
        } else {
            colours::now().amber
        };
        ui.label(RichText::new(words.join(", ")).small().color(colour));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let shown = if state.panels.notices {
                "Hide reasons"
            } else {
                "Show reasons"
            };
            if ui.link(RichText::new(shown).small()).clicked() {
                actions.push(Action::ToggleNotices);
            }
        });
    });
    ui.add_space(SPACE);
}
