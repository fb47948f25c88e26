//! Fields for the parameters of an operation, made from its description: unit, range, what is wrong.

use std::collections::BTreeMap;

use actor_messages::{OperationSpec, ParameterKind, ParameterSpec};
use eframe::egui::{self, Align, ComboBox, Layout, RichText, TextEdit, Ui};

use crate::action::Action;
use crate::job::{ComputeForm, range_text};
use crate::texts::tr;
use crate::theme::{SPACE, colours, parts};

/// Draws the fields of an operation.
pub fn show(
    ui: &mut Ui,
    form: &ComputeForm,
    spec: &OperationSpec,
    problems: &BTreeMap<&'static str, String>,
    actions: &mut Vec<Action>,
) {
    for parameter in spec
        .parameters
        .iter()
        .filter(|parameter| !parameter.is_filled_in())
    {
        if parameter.kind == ParameterKind::Model {
            let words = match form.value(spec.name, parameter) {
                digest if digest.is_empty() => "Choose a model in the Models panel.".to_owned(),
                digest => format!("Model {}", digest.chars().take(8).collect::<String>()),
            };
            parts::quiet(ui, words);
            continue;
        }
        if let ParameterKind::Choice { words, .. } = parameter.kind {
            choice(ui, form, spec, parameter, words, actions);
            continue;
        }
        field(
            ui,
            form,
            spec,
            parameter,
            problems.get(parameter.name),
            actions,
        );
    }
}

/// A parameter that is one of some words.
fn choice(
    ui: &mut Ui,
    form: &ComputeForm,
    spec: &OperationSpec,
    parameter: &ParameterSpec,
    words: &[&str],
    actions: &mut Vec<Action>,
) {
    let value = form.value(spec.name, parameter);
    ui.horizontal(|ui| {
        let label = ui.label(parameter.label).on_hover_text(parameter.summary);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let chosen = ComboBox::from_id_salt((spec.name, parameter.name))
                .selected_text(value.as_str())
                .show_ui(ui, |ui| {
                    for word in words {
                        if ui.selectable_label(*word == value, *word).clicked() {
                            actions.push(Action::SetParameter(
                                spec.name.to_owned(),
                                parameter.name.to_owned(),
                                (*word).to_owned(),
                            ));
                        }
                    }
                });
            chosen.response.labelled_by(label.id);
        });
    });
    ui.add_space(SPACE / 2.0);
}

fn field(
    ui: &mut Ui,
    form: &ComputeForm,
    spec: &OperationSpec,
    parameter: &ParameterSpec,
    problem: Option<&String>,
    actions: &mut Vec<Action>,
) {
    let mut value = form.value(spec.name, parameter);
    let matrix = parameter.kind == ParameterKind::Matrix;
    let text = matches!(
        parameter.kind,
        ParameterKind::Formula | ParameterKind::Pipeline
    );
    let set = |value: String| {
        Action::SetParameter(spec.name.to_owned(), parameter.name.to_owned(), value)
    };
    ui.horizontal(|ui| {
        let label = ui.label(parameter.label).on_hover_text(parameter.summary);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if matrix && ui.button(tr("Browse…")).clicked() {
                actions.push(Action::PickMatrix);
            }
            if let ParameterKind::Integer { min, max, .. } = parameter.kind {
                step(ui, &value, min, max, parameter.label, &set, actions);
            }
            let width = match (matrix, text) {
                (true, _) => 110.0,
                // A formula needs what there is.
                (_, true) => ui.available_width() - SPACE,
                _ => 84.0,
            };
            let mut edit = TextEdit::singleline(&mut value).desired_width(width);
            if problem.is_some() {
                edit = edit.text_color(colours::now().red);
            }
            let edit = ui
                .add(edit)
                .labelled_by(label.id)
                .on_hover_text(parameter.summary);
            if edit.changed() {
                actions.push(set(value.clone()));
            }
        });
    });
    if let Some(problem) = problem {
        parts::sentence(ui, problem, colours::now().red);
        return;
    }
    let range = range_text(parameter);
    let about: Vec<&str> = [parameter.unit, range.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    if !about.is_empty() {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            ui.label(
                RichText::new(about.join(", "))
                    .small()
                    .color(colours::now().text_quiet),
            );
        });
    }
    ui.add_space(SPACE / 2.0);
}

/// Two buttons that halve and double a whole number, which is how one looks for a rank.
fn step(
    ui: &mut Ui,
    value: &str,
    min: i64,
    max: i64,
    label: &str,
    set: &dyn Fn(String) -> Action,
    actions: &mut Vec<Action>,
) {
    let Ok(current) = value.trim().parse::<i64>() else {
        return;
    };
    let doubled = current.saturating_mul(2).clamp(min, max);
    let halved = (current / 2).clamp(min, max);
    for (words, name, next) in [("×2", "Double", doubled), ("÷2", "Halve", halved)] {
        let enabled = next != current;
        let button = ui.add_enabled(enabled, egui::Button::new(words).small());
        button.widget_info(|| {
            let label = format!("{name} {label}");
            egui::WidgetInfo::labeled(egui::WidgetType::Button, enabled, label)
        });
        if button.clicked() {
            actions.push(set(next.to_string()));
        }
    }
}
