//! Opens the window: what the window system is told, and the engine that starts meanwhile.

use std::path::PathBuf;
use std::time::Instant;

use actor_engine::EngineOptions;
use actor_messages::AskBeforeSending;
use eframe::egui;

use crate::action::Action;
use crate::app::ClisonixApp;
use crate::backend::StartingEngine;
use crate::theme;
use crate::trace::TRACE_VARIABLE;

/// What the window is opened with.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// Keys, peers, journals, the recent list.
    pub home: PathBuf,
    /// Files and folders to open at once; none shows the welcome screen.
    pub paths: Vec<PathBuf>,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The window system refused, or there is none.
    #[error("The window could not be opened: {0}")]
    Open(String),
}

/// Opens the window and returns when it is closed.
pub fn run_window(options: WindowOptions) -> Result<(), WindowError> {
    let started = Instant::now();
    let viewport = egui::ViewportBuilder::default()
        .with_title("Clisonix")
        .with_app_id("clisonix")
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([960.0, 600.0])
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        dithering: false,
        persist_window: false,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        let context = creation.egui_ctx.clone();
        // The app gives the look that was chosen; until its first frame it is the one that ships.
        theme::apply(&context, theme::Shade::default());
        theme::fonts::load(&context);
        let wake = context.clone();
        let engine = EngineOptions {
            wake: Box::new(move || wake.request_repaint()),
            ask_before_sending: AskBeforeSending::First,
            ..EngineOptions::new(options.home.clone())
        };
        let engine = StartingEngine::start(engine, move || context.request_repaint());
        let mut app = ClisonixApp::new(engine, options.home);
        app.fill_screen();
        if std::env::var_os(TRACE_VARIABLE).is_some() {
            app.trace_from(started);
        }
        if !options.paths.is_empty() {
            app.act(Action::Open(options.paths));
        }
        Ok(Box::new(app))
    });
    eframe::run_native("Clisonix", native, create)
        .map_err(|error| WindowError::Open(error.to_string()))
}
