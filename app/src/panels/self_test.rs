//! The self-test page: each rule of display with what its image must give and what it gives here.

use actor_messages::RuleResult;
use eframe::egui::{Align2, Context, Label, RichText, ScrollArea, Ui, Window};

use crate::action::Action;
use crate::self_test::SelfTestAction;
use crate::state::State;
use crate::texts::tr;
use crate::theme::{colours, parts};

/// Draws the page.
pub fn show(context: &Context, state: &State, actions: &mut Vec<Action>) {
    let mut open = true;
    let area = context.content_rect().size();
    Window::new("Self-test")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .fixed_size([760.0_f32.min(area.x - 60.0), 520.0_f32.min(area.y - 120.0)])
        .show(context, |ui| page(ui, state, actions));
    if !open {
        actions.push(Action::SelfTest(SelfTestAction::Toggle));
    }
}

fn page(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(report) = &state.self_test.report else {
        parts::quiet(ui, "Trying the rules of display");
        return;
    };
    let kept = report.rules.iter().filter(|rule| rule.kept).count();
    let (words, colour) = match report.rules.len() - kept {
        0 => (
            format!("All {kept} rules are kept on this machine"),
            colours::now().green,
        ),
        broken => (
            format!("{broken} rules are not kept here"),
            colours::now().red,
        ),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(words).strong().color(colour));
        let open = ui.button(tr("Open these images"));
        let hint = "Lists the synthetic images among the studies, to be looked at";
        if open.on_hover_text(hint).clicked() {
            actions.push(Action::SelfTest(SelfTestAction::OpenImages));
        }
        if ui.button(tr("Copy report")).clicked() {
            let lines = report.rules.iter().map(line);
            actions.push(Action::Copy(lines.collect::<Vec<_>>().join("\n")));
        }
    });
    parts::quiet(
        ui,
        "One image or series a rule, made by Clisonix, read and displayed as any other. The colours of your screen are not tried.",
    );
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            for rule in &report.rules {
                ui.horizontal(|ui| {
                    let colour = if rule.kept {
                        colours::now().green
                    } else {
                        colours::now().red
                    };
                    let word = if rule.kept { "kept" } else { "not kept" };
                    ui.label(RichText::new(word).color(colour));
                    ui.add(
                        Label::new(RichText::new(text(rule)).color(colours::now().text)).truncate(),
                    );
                });
            }
        });
}

fn text(rule: &RuleResult) -> String {
    let RuleResult {
        rule: number,
        title,
        expected,
        observed,
        kept,
    } = rule;
    match kept {
        true => format!("{number} · {title}: {expected}"),
        false => format!("{number} · {title}: expected {expected}, seen {observed}"),
    }
}

fn line(rule: &RuleResult) -> String {
    let word = if rule.kept { "kept" } else { "NOT kept" };
    format!("{word}: {}", text(rule))
}
