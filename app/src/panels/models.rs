//! The *Models* panel: what there is, what runs on the image, what can be added.

use actor_messages::{ModelCard, OutputKindSpec};
use eframe::egui::{self, RichText, Slider, TextEdit, Ui};

use super::{deployments, job_card, trial};
use crate::action::Action;
use crate::models::LivePicture;
use crate::state::State;
use crate::texts::tr;
use crate::theme::{colours, parts};
use crate::update::models::runs_live;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Models");
    parts::quiet(
        ui,
        "For research. A model's answer is not a finding: look at the image itself.",
    );
    let models = &state.models;
    if models.snapshot.is_some() && models.cards().is_empty() {
        parts::quiet(ui, "None yet. Those that ship are listed below.");
    }
    for card in models.cards() {
        model(ui, state, card, actions);
    }
    on_image(ui, state, actions);
    add(ui, state, actions);
}

fn model(ui: &mut Ui, state: &State, card: &ModelCard, actions: &mut Vec<Action>) {
    let live = state.models.live == Some(card.digest);
    let open = !state.view.is_empty();
    parts::card(ui, |ui| {
        ui.label(RichText::new(&card.full_name).strong())
            .on_hover_text(format!("Digest {}", card.digest));
        parts::quiet(ui, card.manifest.summary.clone());
        if state.models.warming == Some(card.digest) {
            parts::quiet(
                ui,
                "Becomes ready; the version in use goes on answering meanwhile",
            );
        }
        ui.horizontal_wrapped(|ui| {
            if runs_live(card) {
                let mut on = live;
                let name = format!("On the image: {}", card.manifest.name);
                let box_ = ui.add_enabled(open, egui::Checkbox::new(&mut on, "On the image"));
                box_.widget_info(|| {
                    egui::WidgetInfo::selected(egui::WidgetType::Checkbox, open, on, &name)
                });
                if box_.changed() {
                    actions.push(Action::SetLive(on.then_some(card.digest)));
                }
            }
            let run = ui.add_enabled(open, egui::Button::new(tr("Run on the series")));
            if run
                .on_disabled_hover_text(tr("Open a study first"))
                .clicked()
            {
                actions.push(Action::RunModel(card.digest));
            }
            versions(ui, card, actions);
            trial::button(ui, state, card, actions);
            deployments::button(ui, state, card, actions);
            let remove = ui
                .button("Remove")
                .on_hover_text(tr("Take it out of this workstation's registry"));
            if remove.clicked() {
                actions.push(Action::RemoveModel(card.digest));
            }
        });
        trial::figures(ui, state, card);
        deployments::lines(ui, state, card);
        egui::CollapsingHeader::new("About")
            .id_salt(card.digest.to_string())
            .show(ui, |ui| about(ui, card));
    });
}

/// Which version the name stands for, changed by one click and taken back by another.
fn versions(ui: &mut Ui, card: &ModelCard, actions: &mut Vec<Action>) {
    let name = &card.manifest.name;
    if !card.current {
        let use_it = ui.button(format!("Use version {}", card.manifest.version));
        let tip =
            format!("Let {name} stand for this version; it becomes ready beside the one in use");
        if use_it.on_hover_text(tip).clicked() {
            actions.push(Action::UseModel(card.digest));
        }
    }
    if let Some(before) = &card.before {
        let back = ui.button(format!("Back to {before}"));
        let tip = format!("Let {name} stand for version {before} again");
        if back.on_hover_text(tip).clicked() {
            actions.push(Action::UseModelBefore(name.clone()));
        }
    }
}

fn about(ui: &mut Ui, card: &ModelCard) {
    let manifest = &card.manifest;
    parts::quiet(ui, manifest.intended_use.clone());
    parts::pair(ui, "Licence", manifest.licence.clone());
    let modalities = if manifest.modalities.is_empty() {
        "any".to_owned()
    } else {
        manifest.modalities.join(", ")
    };
    parts::pair(ui, "Modalities", modalities);
    parts::pair(
        ui,
        "Takes",
        format!("{}-D images", manifest.input.dimensions),
    );
    let gives = match manifest.output.kind {
        OutputKindSpec::Image => "an image".to_owned(),
        OutputKindSpec::Labelmap => format!("{} labels", manifest.output.labels.len()),
    };
    parts::pair(ui, "Gives", gives);
    parts::pair(ui, "Size", parts::bytes(card.bytes));
    parts::pair(ui, "Engine", card.engine.clone());
    for reason in &card.passed_over {
        parts::quiet(ui, reason.clone());
    }
    if let Some(cost) = &card.cost {
        let words = format!("{:.2}", cost.multiply_adds as f64 / 1e9);
        parts::pair(ui, "10⁹ multiply-adds a run", words);
        parts::pair(ui, "Memory of a run", parts::bytes(cost.memory_bytes));
    }
    parts::pair(ui, "Class", card.class.short());
}

/// What the model made of the image on screen, and how labels lie over it.
fn on_image(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let models = &state.models;
    let job_labels = state.compared_job().is_some_and(|job| job.model.is_some());
    if models.live.is_none() && !job_labels {
        return;
    }
    parts::divide(ui);
    parts::heading(ui, "On the image");
    if let Some(reason) = &models.failure {
        parts::sentence(ui, reason.clone(), colours::now().red);
    }
    let mut opacity = models.opacity;
    let slider = Slider::new(&mut opacity, 0.0..=1.0).text("Opacity of labels");
    if ui.add(slider).changed() {
        actions.push(Action::SetOpacity(opacity));
    }
    if let Some(live) = &models.shown {
        if let Some(card) = models.card(&live.model) {
            let near = if live.of_near {
                " of a near image; this one's follow"
            } else {
                ""
            };
            parts::quiet(ui, format!("Made by {}{near}", card.full_name));
        }
        let labels = models
            .card(&live.model)
            .map(|card| &card.manifest.output.labels);
        if matches!(live.picture, LivePicture::Labels(_)) {
            for (label, count) in labels.into_iter().flatten().zip(&live.counts).skip(1) {
                swatch(ui, label.colour, &label.name, format!("{count} pixels"));
            }
        }
    }
    if let Some(latency) = &models.latency {
        let words = format!(
            "Last {} in the model; from asking to seeing p50 {}, p99 {}",
            if latency.cached {
                "nothing".to_owned()
            } else {
                parts::duration_us(latency.run_us)
            },
            parts::duration_us(latency.p50_us),
            parts::duration_us(latency.p99_us)
        );
        parts::quiet(ui, words);
    }
    volumes(ui, state, actions);
}

/// Volumes of the labels of the run whose results are on screen.
fn volumes(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(job) = state.compared_job() else {
        return;
    };
    let (Some(outcome), Some(model)) = (&job.outcome, &job.model) else {
        return;
    };
    let palette = state.models.colours(model);
    for figure in outcome.labels.iter().skip(1) {
        let colour = palette
            .get(usize::from(figure.label))
            .copied()
            .unwrap_or([128; 3]);
        let words = match figure.volume_ml {
            Some(volume_ml) => format!("{volume_ml:.1} ml"),
            None => format!("{} voxels", figure.voxels),
        };
        swatch(ui, colour, &figure.name, words);
    }
    job_card::save(ui, job, actions);
}

fn swatch(ui: &mut Ui, colour: [u8; 3], name: &str, words: String) {
    ui.horizontal(|ui| {
        parts::dot(ui, colours::of_sample(colour));
        parts::pair(ui, name, words);
    });
}

fn add(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::divide(ui);
    parts::heading(ui, "Add");
    let known = |name: &str| {
        state
            .models
            .cards()
            .iter()
            .any(|card| card.manifest.name == name)
    };
    for (name, path) in state.models.shipped.iter().filter(|(name, _)| !known(name)) {
        if ui
            .button(format!("Add {name}"))
            .on_hover_text(tr("Ships with Clisonix"))
            .clicked()
        {
            actions.push(Action::AddModel(path.clone()));
        }
    }
    let mut path = state.models.path.clone();
    ui.horizontal(|ui| {
        let label = ui.label(tr("Folder"));
        let edit = TextEdit::singleline(&mut path)
            .desired_width(140.0)
            .hint_text(tr("with model.toml and an ONNX file"));
        if ui.add(edit).labelled_by(label.id).changed() {
            actions.push(Action::SetModelPath(path.clone()));
        }
        let typed = !path.trim().is_empty();
        if ui
            .add_enabled(typed, egui::Button::new(tr("Add")))
            .clicked()
        {
            actions.push(Action::AddTypedModel);
        }
    });
}
