//! What the journals tell in the *Labor array* panel: runs that can go on, and whether the schedule shown is the one computed again.

use eframe::egui::{RichText, Ui};

use crate::action::Action;
use crate::job::{JobView, Schedule};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{SPACE, colours, parts};

/// Runs that get a row.
const ROWS_MAX: usize = 8;

/// Runs of earlier processes that can go on.
pub fn interrupted(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    if state.interrupted.is_empty() {
        return;
    }
    ui.label(
        RichText::new(tr("Interrupted runs"))
            .heading()
            .color(colours::now().text_strong),
    );
    for run in state.interrupted.iter().take(ROWS_MAX) {
        ui.horizontal_wrapped(|ui| {
            let resume = ui
                .button(format!("Resume {}", run.operation))
                .on_hover_text(tr("Only the tasks that are not done are computed; results go where they were to go"));
            if resume.clicked() {
                actions.push(Action::ResumeJob(run.job.clone()));
            }
            let words = format!("{} of {} tasks are done and kept", run.committed, run.tasks);
            ui.label(RichText::new(words).color(colours::now().text));
        });
    }
    ui.add_space(SPACE);
}

/// The button, and what came out.
pub fn check(ui: &mut Ui, job: &JobView, actions: &mut Vec<Action>) {
    let known = job
        .snapshot
        .as_ref()
        .is_some_and(|snapshot| snapshot.assignment_digest.is_some());
    if !known {
        return;
    }
    let recompute = ui.button(tr("Recompute")).on_hover_text(tr(
        "Computes the schedule again from the run's journal and compares its digests",
    ));
    if recompute.clicked() {
        actions.push(Action::RecomputeSchedule(job.request));
    }
    match &job.schedule {
        Schedule::Unchecked => {}
        Schedule::Computing => {
            parts::quiet(ui, "Computing the schedule again");
        }
        Schedule::Checked(Err(reason)) => {
            parts::sentence(ui, reason, colours::now().amber);
        }
        Schedule::Checked(Ok(check)) => match &check.first_difference {
            None => {
                let words = format!(
                    "Equal: {} tasks in {} {} give the digests shown",
                    check.tasks,
                    check.epochs,
                    if check.epochs == 1 { "epoch" } else { "epochs" }
                );
                parts::sentence(ui, &words, colours::now().green);
            }
            Some(difference) => {
                parts::sentence(ui, difference, colours::now().red);
            }
        },
    }
}
