//! The *Objects* panel: segmentations, contours, presentation states, reports and documents, with what they refer to.

use std::path::Path;

use actor_messages::ObjectContent;
use eframe::egui::{Label, RichText, Ui};
use kernel_imaging::{AttachedObject, EncapsulatedDocument, ObjectKind, Report};

use crate::action::Action;
use crate::measure::MeasureAction;
use crate::state::State;
use crate::texts::tr;
use crate::theme::{SPACE, SPACE_SMALL, colours, parts};

/// Lines of a report that are laid out at once; the rest is counted.
const REPORT_LINES_MAX: usize = 2_000;
/// Objects that are listed; the rest is counted.
const OBJECTS_MAX: usize = 500;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Objects");
    let objects = state.objects();
    if objects.is_empty() {
        parts::quiet(
            ui,
            "No segmentation, structure set, presentation state, report or document is open.",
        );
        return;
    }
    for object in objects.iter().take(OBJECTS_MAX) {
        one(ui, state, object, actions);
    }
    if objects.len() > OBJECTS_MAX {
        let words = format!("{} more are not listed", objects.len() - OBJECTS_MAX);
        parts::quiet(ui, words);
    }
    if let Some(path) = &state.attached.opened {
        parts::divide(ui);
        reading(ui, state, path, actions);
    }
}

fn one(ui: &mut Ui, state: &State, object: &AttachedObject, actions: &mut Vec<Action>) {
    let attached = &state.attached;
    let path = &object.path;
    let mut on = attached.is_on(path);
    parts::card(ui, |ui| {
        let description = object.description.reveal().trim();
        let name = sentence_case(&object.name);
        ui.add(Label::new(RichText::new(&name).color(colours::now().text_strong)).wrap());
        if !description.is_empty() {
            ui.add(Label::new(RichText::new(description).color(colours::now().text)).wrap());
        }
        parts::quiet(ui, refers_to(state, object));
        let verb = match object.kind {
            ObjectKind::Segmentation | ObjectKind::StructureSet => tr("Show over the images"),
            ObjectKind::PresentationState => tr("Look through it"),
            ObjectKind::Report => tr("Read"),
            _ => tr("Details"),
        };
        if ui
            .checkbox(&mut on, verb)
            .on_hover_text(format!("{verb}: {name}"))
            .changed()
        {
            actions.push(Action::ToggleObject(path.clone()));
        }
        if attached.asked.contains(path) {
            parts::quiet(ui, "Reading");
        }
        if let Some(Err(reason)) = attached.read.get(path) {
            parts::sentence(ui, reason.clone(), colours::now().red);
        }
        if on && object.kind == ObjectKind::PresentationState {
            let mut only = attached.graphics_only;
            if ui.checkbox(&mut only, tr("Only its graphics")).changed() {
                actions.push(Action::SetGraphicsOnly(only));
            }
        }
        if let (true, Some(ObjectContent::Report(report))) = (on, attached.content(path))
            && !report.marks.is_empty()
        {
            let words = format!("Show {} measurements on the images", report.marks.len());
            if ui.button(words).clicked() {
                actions.push(Action::Measure(MeasureAction::Import(path.clone())));
            }
        }
        if on {
            key(ui, attached.content(path));
        }
    });
    ui.add_space(SPACE_SMALL);
}

/// The names of segments and regions beside their colours.
fn key(ui: &mut Ui, content: Option<&ObjectContent>) {
    let rows: Vec<(String, [u8; 3])> = match content {
        Some(ObjectContent::Segmentation(segmentation)) => segmentation
            .segments
            .iter()
            .map(|segment| {
                let label = segment.label.reveal().trim();
                let words = [label, segment.property.as_str(), segment.algorithm.as_str()];
                let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
                let words = format!("{} {}", segment.number, words.join(" · "));
                (words, segment.colour)
            })
            .collect(),
        Some(ObjectContent::StructureSet(structures)) => structures
            .regions
            .iter()
            .map(|region| (region.name.reveal().trim().to_owned(), region.colour))
            .collect(),
        _ => return,
    };
    for (words, colour) in rows {
        ui.horizontal(|ui| {
            parts::dot(ui, colours::of_file(colour));
            ui.add(Label::new(RichText::new(words).small()).truncate());
        });
    }
}

/// Which series and how many images it is about, as far as they are open.
fn refers_to(state: &State, object: &AttachedObject) -> String {
    if object.references.is_empty() {
        return "It names no image".to_owned();
    }
    let images: usize = object.references.iter().map(|it| it.instances.len()).sum();
    let open: Vec<String> = state
        .series()
        .filter(|(_, _, series)| {
            let named = |frame: &kernel_imaging::FrameReference| {
                object.refers_to(&series.uid, &frame.instance.sop_instance_uid)
            };
            series.frames.first().is_some_and(named)
        })
        .map(|(_, _, series)| match series.number {
            Some(number) => format!("{} series {number}", series.modality),
            None => format!("{} series", series.modality),
        })
        .collect();
    let what = match images {
        0 => "Refers to a whole series".to_owned(),
        1 => "Refers to 1 image".to_owned(),
        images => format!("Refers to {images} images"),
    };
    match open.is_empty() {
        true => format!("{what}, not open here"),
        false => format!("{what}: {}", open.join(", ")),
    }
}

fn reading(ui: &mut Ui, state: &State, path: &Path, actions: &mut Vec<Action>) {
    match state.attached.content(path) {
        Some(ObjectContent::Report(text)) => report(ui, text, actions),
        Some(ObjectContent::Document(document)) => named(ui, document),
        _ => {}
    }
}

fn report(ui: &mut Ui, report: &Report, actions: &mut Vec<Action>) {
    parts::heading(
        ui,
        if report.title.is_empty() {
            "Report"
        } else {
            &report.title
        },
    );
    let flags = [report.completion.as_str(), report.verification.as_str()];
    let flags: Vec<&str> = flags.into_iter().filter(|flag| !flag.is_empty()).collect();
    if !flags.is_empty() {
        parts::quiet(ui, flags.join(", "));
    }
    if ui.small_button(tr("Copy report")).clicked() {
        let lines = report.lines.iter().map(|line| {
            let indent = "  ".repeat(line.depth);
            format!("{indent}{}: {}", line.concept, line.value.reveal())
        });
        actions.push(Action::Copy(lines.collect::<Vec<_>>().join("\n")));
    }
    for line in report.lines.iter().take(REPORT_LINES_MAX) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_SMALL;
            ui.add_space(SPACE * line.depth.min(12) as f32);
            ui.label(RichText::new(&line.concept).color(colours::now().text_quiet));
            ui.label(RichText::new(line.value.reveal()).color(colours::now().text));
        });
    }
    if report.is_cut || report.lines.len() > REPORT_LINES_MAX {
        parts::sentence(ui, "The report is longer than this", colours::now().amber);
    }
}

fn named(ui: &mut Ui, document: &EncapsulatedDocument) {
    parts::heading(ui, "Document");
    parts::pair(ui, "Title", document.title.reveal().clone());
    parts::pair(ui, "Kind", document.mime_type.clone());
    parts::pair(ui, "Size", parts::bytes(document.length_bytes));
    parts::quiet(ui, "Documents are named here and not opened.");
}

/// `a segmentation (SEG)` as `Segmentation (SEG)`.
fn sentence_case(name: &str) -> String {
    let name = name
        .strip_prefix("an ")
        .or_else(|| name.strip_prefix("a "))
        .unwrap_or(name);
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
