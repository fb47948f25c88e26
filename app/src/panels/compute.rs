//! The *Compute* panel: an operation, its parameters, over what, who helps; then the runs and their results.

use actor_messages::{OutputKind, operations};
use eframe::egui::{ComboBox, RichText, Ui};

use crate::action::{Action, hover_text};
use crate::job::Scope;
use crate::panels::{job_card, parameters, sharing, sharing_flags};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{colours, parts};

/// Runs listed under the form.
const RUNS_LISTED: usize = 6;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    sharing::leaving(ui, state, actions);
    parts::heading(ui, "Operation");
    let form = &state.form;
    let Some(spec) = form.spec() else {
        parts::sentence(
            ui,
            format!("Unknown operation `{}`", form.operation),
            colours::now().red,
        );
        return;
    };
    let width = ui.available_width();
    ComboBox::from_id_salt("operation")
        .selected_text(spec.label)
        .width(width)
        .show_ui(ui, |ui| {
            // Models are chosen in their own panel.
            for offered in operations()
                .iter()
                .filter(|offered| offered.output != OutputKind::Model)
            {
                let chosen = offered.name == spec.name;
                let label = ui
                    .selectable_label(chosen, offered.label)
                    .on_hover_text(offered.summary);
                if label.clicked() {
                    actions.push(Action::ChooseOperation(offered.name.to_owned()));
                }
            }
        });
    parts::quiet(ui, format!("{}.", spec.summary));
    let image = state
        .view
        .wanted()
        .map(|frame| [frame.instance.columns, frame.instance.rows]);
    let problems = form.problems(image);
    parameters::show(ui, form, spec, &problems, actions);
    scope(ui, state, actions);
    options(ui, state, actions);
    let open = !state.view.is_empty();
    let text = match (form.scope, state.view.len()) {
        (_, 0) => "Run".to_owned(),
        (Scope::Slice, _) => "Run on this slice".to_owned(),
        (Scope::Series, 1) => "Run on 1 slice".to_owned(),
        (Scope::Series, count) => format!("Run on {count} slices"),
    };
    let run = parts::primary(ui, &text, open && problems.is_empty());
    let why = if open {
        "Mend the field in red first"
    } else {
        "Open a study first"
    };
    if run.on_disabled_hover_text(why).clicked() {
        actions.push(Action::Run);
    }
    let level = if spec.exact {
        "Strict: the same bits on every machine, whoever computes them."
    } else {
        "Strict: only workstations that give the same bits take part."
    };
    parts::quiet(ui, level);
    runs(ui, state, actions);
}

fn scope(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(tr("Over"));
        let count = state.view.len();
        let series = if count > 0 {
            format!("Series ({count})")
        } else {
            "Series".to_owned()
        };
        for (scope, words) in [
            (Scope::Slice, tr("This slice").to_owned()),
            (Scope::Series, series),
        ] {
            if ui.radio(state.form.scope == scope, words).clicked() {
                actions.push(Action::SetScope(scope));
            }
        }
    });
}

fn options(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut mesh = state.form.mesh;
    if ui
        .checkbox(&mut mesh, tr("Use nearby workstations"))
        .changed()
    {
        actions.push(Action::SetJobMesh(mesh));
    }
    let peers = state.mesh.as_ref().map(|mesh| {
        use actor_messages::PeerState::{Ready, Working};
        let ready = mesh
            .peers
            .iter()
            .filter(|peer| matches!(peer.state, Ready | Working))
            .count();
        (mesh.sharing, ready)
    });
    if mesh {
        let words = match peers {
            Some((true, 0)) => "None is connected now: this workstation does it alone.".to_owned(),
            Some((true, 1)) => "1 workstation is ready to help.".to_owned(),
            Some((true, ready)) => format!("{ready} workstations are ready to help."),
            _ => "Sharing is off: this workstation does it alone.".to_owned(),
        };
        parts::quiet(ui, words);
        sharing_flags::flags(ui, state);
    }
    let mut keep = state.form.keep;
    if ui
        .checkbox(&mut keep, tr("Write results with receipts"))
        .changed()
    {
        actions.push(Action::SetKeep(keep));
    }
}

fn runs(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::divide(ui);
    if state.jobs.is_empty() {
        let hint = hover_text(&Action::CompressSeries);
        let key = hint.lines().next().unwrap_or_default().to_owned();
        parts::heading(ui, "Runs");
        parts::quiet(
            ui,
            format!("None yet. {key} compresses the open series and shows the loss."),
        );
        return;
    }
    ui.label(
        RichText::new(tr("Runs"))
            .heading()
            .color(colours::now().text_strong),
    );
    for job in state.jobs.iter().rev().take(RUNS_LISTED) {
        job_card::show(ui, state, job, actions);
    }
}
