//! The self-test page: whether the rules of display are kept on this machine.

use std::sync::Arc;

use actor_messages::{Command, SelfTestReport};
use kernel_imaging::Severity;

use crate::action::Action;
use crate::state::State;

/// What the user wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTestAction {
    /// Opens the page and tries the rules, or closes it.
    Toggle,
    /// Opens the images of the set among the studies.
    OpenImages,
}

/// The page.
#[derive(Clone, Debug, Default)]
pub struct SelfTestPage {
    /// Whether it is seen.
    pub open: bool,
    /// How it went.
    pub report: Option<Arc<SelfTestReport>>,
}

/// What an action does.
pub fn update(state: &mut State, action: SelfTestAction) -> Vec<Command> {
    match action {
        SelfTestAction::Toggle => {
            let page = &mut state.self_test;
            page.open = !page.open;
            match page.open {
                true => {
                    page.report = None;
                    vec![Command::SelfTest { keep: None }]
                }
                false => Vec::new(),
            }
        }
        SelfTestAction::OpenImages => {
            let request = state.next_request();
            let name = format!("{}-{}", state.session, request.0);
            let keep = state.home.join("self-test").join(name);
            vec![Command::SelfTest { keep: Some(keep) }]
        }
    }
}

/// The rules were tried.
pub fn tried(state: &mut State, report: Result<Arc<SelfTestReport>, String>) -> Vec<Command> {
    match report {
        Ok(report) => {
            let folder = report.folder.clone();
            state.self_test.report = Some(report);
            match folder {
                Some(folder) => {
                    state.self_test.open = false;
                    crate::update::update(state, Action::Open(vec![folder]))
                }
                None => Vec::new(),
            }
        }
        Err(reason) => {
            state.self_test.open = false;
            state.say(
                Severity::Error,
                format!("The self-test did not run: {reason}"),
            );
            Vec::new()
        }
    }
}
