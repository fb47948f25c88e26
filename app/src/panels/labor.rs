//! The *Labor array* panel: every task a square, coloured by the member that has it, as it happens.

use std::fmt::Write as _;

use actor_messages::{JobControl, JobSnapshot, JobState, Priority, TaskState};
use eframe::egui::{
    Align, Color32, ComboBox, Label, Layout, Mesh, Pos2, Rect, RichText, Sense, Shape, Ui, Vec2,
    WidgetInfo, WidgetType, pos2,
};

use crate::action::Action;
use crate::job::JobView;
use crate::panels::{schedule, timeline};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{SPACE, colours, parts};

/// The grid grows to this height, in points; more tasks make smaller squares.
const GRID_HEIGHT_MAX: f32 = 300.0;
/// Squares are no larger than this, in points.
const SQUARE_MAX: f32 = 18.0;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Labor array");
    schedule::interrupted(ui, state, actions);
    let job = state.compared_job().or(state.newest_job());
    let Some((job, snapshot)) = job.and_then(|job| Some((job, job.snapshot.as_ref()?))) else {
        parts::quiet(
            ui,
            "No run yet. A run is split into one task a slice; every workstation computes the same \
             assignment of tasks, and this shows who has which.",
        );
        return;
    };
    if state.jobs.len() > 1 {
        chooser(ui, state, job, actions);
    } else {
        ui.add(Label::new(RichText::new(&job.title).color(colours::now().text)).wrap());
    }
    standing(ui, job, snapshot);
    controls(ui, job, snapshot, actions);
    ui.add_space(SPACE / 2.0);
    grid(ui, snapshot);
    key(ui);
    parts::divide(ui);
    timeline::show(ui, snapshot);
    parts::divide(ui);
    members(ui, snapshot);
    parts::divide(ui);
    digests(ui, job, snapshot, actions);
}

fn chooser(ui: &mut Ui, state: &State, job: &JobView, actions: &mut Vec<Action>) {
    let width = ui.available_width();
    ComboBox::from_id_salt("job")
        .selected_text(&job.title)
        .width(width)
        .truncate()
        .show_ui(ui, |ui| {
            for offered in state.jobs.iter().rev() {
                let words = format!("{}. {}", offered.request.0, offered.title);
                if ui
                    .selectable_label(offered.request == job.request, words)
                    .clicked()
                {
                    actions.push(Action::Compare(offered.request));
                }
            }
        });
}

fn standing(ui: &mut Ui, job: &JobView, snapshot: &JobSnapshot) {
    let (words, colour) = match &snapshot.state {
        JobState::Running if snapshot.paused => ("Paused", colours::now().amber),
        JobState::Preparing => ("Reading images", colours::now().accent),
        JobState::Running => ("Running", colours::now().accent),
        JobState::Writing => ("Writing results", colours::now().accent),
        JobState::Completed => ("Completed", colours::now().green),
        JobState::Cancelled => ("Cancelled", colours::now().amber),
        JobState::Failed(_) => ("Failed", colours::now().red),
    };
    ui.horizontal(|ui| {
        parts::dot(ui, colour);
        ui.label(RichText::new(words).color(colour));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let words = format!(
                "{} of {} tasks, {:.1} s",
                snapshot.done,
                snapshot.tasks.len().max(job.frames.len()),
                snapshot.elapsed_ms as f64 / 1_000.0
            );
            ui.label(RichText::new(words).color(colours::now().text));
        });
    });
}

/// Pause or go on, priority, stop: while tasks are computed.
fn controls(ui: &mut Ui, job: &JobView, snapshot: &JobSnapshot, actions: &mut Vec<Action>) {
    if snapshot.state != JobState::Running {
        return;
    }
    ui.horizontal(|ui| {
        let (words, control) = if snapshot.paused {
            (tr("Resume"), JobControl::Resume)
        } else {
            (tr("Pause"), JobControl::Pause)
        };
        if ui
            .button(words)
            .on_hover_text(tr(
                "A paused run starts nothing new; what is under way may end",
            ))
            .clicked()
        {
            actions.push(Action::ControlJob(job.request, control));
        }
        if ui.button(tr("Cancel run")).clicked() {
            actions.push(Action::CancelJob(job.request));
        }
        for (words, priority) in [
            (tr("Low"), Priority::Low),
            (tr("Normal"), Priority::Normal),
            (tr("High"), Priority::High),
        ] {
            let chosen = snapshot.priority == priority;
            let choice = ui
                .selectable_label(chosen, words)
                .on_hover_text(tr("The share of this workstation among several runs"));
            if choice.clicked() && !chosen {
                let control = JobControl::Prioritise(priority);
                actions.push(Action::ControlJob(job.request, control));
            }
        }
    });
}

/// Columns and the side of a square for `count` squares in this width.
pub fn arrangement(count: usize, width: f32) -> (usize, f32) {
    let count = count.max(1);
    let by_area = (width * GRID_HEIGHT_MAX / count as f32).sqrt();
    let mut side = by_area.clamp(1.0, SQUARE_MAX);
    loop {
        let columns = ((width / side).floor() as usize).max(1);
        let rows = count.div_ceil(columns);
        if rows as f32 * side <= GRID_HEIGHT_MAX || side <= 1.0 {
            return (columns, side);
        }
        side = (side * 0.97).max(1.0);
    }
}

/// All squares in one mesh: ten thousand tasks cost one shape.
fn grid(ui: &mut Ui, snapshot: &JobSnapshot) {
    let count = snapshot.tasks.len();
    if count == 0 {
        parts::quiet(ui, "The tasks are assigned once the images are read.");
        return;
    }
    let (columns, side) = arrangement(count, ui.available_width());
    let rows = count.div_ceil(columns);
    let size = Vec2::new(ui.available_width(), rows as f32 * side);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let label = format!("Tasks, {} of {count} done", snapshot.done);
        WidgetInfo::labeled(WidgetType::Other, true, label)
    });
    // Gaps thinner than a pixel would be seen as a pattern that is not there.
    let inset = if side >= 6.0 { 1.0 } else { 0.0 };
    let mut mesh = Mesh::default();
    for (at, task) in snapshot.tasks.iter().enumerate() {
        let corner = rect.min + Vec2::new((at % columns) as f32, (at / columns) as f32) * side;
        let square = Rect::from_min_size(corner, Vec2::splat(side)).shrink(inset);
        let colour = colours::member(usize::from(task.member));
        match task.state {
            TaskState::Waiting => mesh.add_colored_rect(square, faint(colour)),
            TaskState::Running => {
                mesh.add_colored_rect(square, colour);
                let line = if side >= 8.0 { 2.0 } else { side * 0.2 };
                mesh.add_colored_rect(square.shrink(line), colours::now().field);
            }
            TaskState::Done => mesh.add_colored_rect(square, colour),
        }
        if task.reassigned {
            corner_mark(&mut mesh, square);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    let under = response
        .hover_pos()
        .and_then(|at| task_at(at, rect, columns, side, count));
    if let Some(at) = under {
        response.on_hover_text_at_pointer(describe(snapshot, at));
    }
}

fn task_at(at: Pos2, rect: Rect, columns: usize, side: f32, count: usize) -> Option<usize> {
    let offset = at - rect.min;
    let column = (offset.x / side) as usize;
    let task = (offset.y / side) as usize * columns + column;
    (column < columns && task < count).then_some(task)
}

/// One sentence on a task.
pub fn describe(snapshot: &JobSnapshot, at: usize) -> String {
    let Some(task) = snapshot.tasks.get(at) else {
        return String::new();
    };
    let member = snapshot.members.get(usize::from(task.member));
    let member = member.map_or("nobody", |member| member.name.as_str());
    let state = match task.state {
        TaskState::Waiting => "waits for",
        TaskState::Running => "is with",
        TaskState::Done => "was done by",
    };
    let moved = if task.reassigned {
        ", taken over from a lost member"
    } else {
        ""
    };
    format!("Slice {} {state} {member}{moved}", at + 1)
}

/// A light corner on what was taken over.
fn corner_mark(mesh: &mut Mesh, square: Rect) {
    let side = (square.width() * 0.45).max(1.0);
    let first = mesh.vertices.len() as u32;
    for at in [
        square.right_top(),
        pos2(square.right() - side, square.top()),
        pos2(square.right(), square.top() + side),
    ] {
        mesh.colored_vertex(at, colours::now().text_strong);
    }
    mesh.add_triangle(first, first + 1, first + 2);
}

fn faint(colour: Color32) -> Color32 {
    colour.gamma_multiply(0.25)
}

/// What the squares mean.
fn key(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let colour = colours::member(0);
        for (words, state, reassigned) in [
            ("waiting", TaskState::Waiting, false),
            ("running", TaskState::Running, false),
            ("done", TaskState::Done, false),
            ("taken over", TaskState::Done, true),
        ] {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
            let square = rect.shrink(1.0);
            let painter = ui.painter();
            match state {
                TaskState::Waiting => painter.rect_filled(square, 0.0, faint(colour)),
                TaskState::Running => {
                    painter.rect_filled(square, 0.0, colour);
                    painter.rect_filled(square.shrink(2.0), 0.0, colours::now().field)
                }
                TaskState::Done => painter.rect_filled(square, 0.0, colour),
            };
            if reassigned {
                let mut mesh = Mesh::default();
                corner_mark(&mut mesh, square);
                painter.add(Shape::mesh(mesh));
            }
            ui.label(
                RichText::new(words)
                    .small()
                    .color(colours::now().text_quiet),
            );
            ui.add_space(4.0);
        }
    });
}

fn members(ui: &mut Ui, snapshot: &JobSnapshot) {
    ui.label(
        RichText::new(tr("Members"))
            .heading()
            .color(colours::now().text_strong),
    );
    let mut held = vec![0_usize; snapshot.members.len()];
    for task in &snapshot.tasks {
        if let Some(count) = held.get_mut(usize::from(task.member)) {
            *count += 1;
        }
    }
    for (at, member) in snapshot.members.iter().enumerate() {
        ui.horizontal(|ui| {
            parts::dot(ui, colours::member(at));
            let colour = if member.lost {
                colours::now().text_quiet
            } else {
                colours::now().text
            };
            let name = RichText::new(&member.name).color(colour);
            ui.label(if member.lost {
                name.strikethrough()
            } else {
                name
            })
            .on_hover_text(&member.peer);
            if member.lost {
                ui.label(RichText::new(tr("lost")).small().color(colours::now().amber));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let held = held.get(at).copied().unwrap_or_default();
                let words = format!("{} of {held}", member.done);
                let mut hover = "Tasks done of those that it has".to_owned();
                if let Some(deadline_ms) = member.deadline_ms {
                    let seconds = deadline_ms as f64 / 1_000.0;
                    let _ = write!(
                        hover,
                        ". Others are asked too when its next answer takes longer than {seconds:.0} s"
                    );
                }
                ui.label(RichText::new(words).color(colours::now().text_strong))
                    .on_hover_text(hover);
                let weight = format!("capacity {}", member.capacity);
                ui.label(RichText::new(weight).small().color(colours::now().text_quiet));
            });
        });
    }
}

fn digests(ui: &mut Ui, job: &JobView, snapshot: &JobSnapshot, actions: &mut Vec<Action>) {
    parts::pair(ui, "Epoch", snapshot.epoch.to_string());
    if snapshot.spot_checked > 0 {
        parts::pair(ui, "Computed twice", snapshot.spot_checked.to_string());
    }
    if let Some(digest) = &snapshot.assignment_digest {
        digest_row(ui, "Assignment", &digest.to_string(), actions);
    }
    if let Some(outcome) = &job.outcome {
        digest_row(
            ui,
            "Membership",
            &outcome.membership_digest.to_string(),
            actions,
        );
        digest_row(ui, "Output", &outcome.output_digest.to_string(), actions);
    }
    schedule::check(ui, job, actions);
    if let JobState::Failed(reason) = &snapshot.state {
        parts::sentence(ui, reason, colours::now().red);
    }
}

fn digest_row(ui: &mut Ui, name: &str, digest: &str, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(colours::now().text_quiet));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let copy = ui.small_button(tr("Copy"));
            copy.widget_info(|| {
                let label = format!("Copy {} digest", name.to_lowercase());
                WidgetInfo::labeled(WidgetType::Button, true, label)
            });
            if copy.clicked() {
                actions.push(Action::Copy(digest.to_owned()));
            }
            let short: String = digest.chars().take(16).collect();
            let text = RichText::new(short)
                .monospace()
                .color(colours::now().text_strong);
            ui.label(text).on_hover_text(digest);
        });
    });
}
