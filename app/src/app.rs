//! The window's two doors: `logic` takes in events, `draw` reads the hands, draws, and lets `update` decide.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use eframe::egui::{Context, Ui, ViewportCommand};
use kernel_imaging::{Notice, Severity};

use crate::action::Action;
use crate::backend::{self, Backend};
use crate::habits::{HabitWriter, Habits, first_tool, show_keys};
use crate::hanging::Hanging;
use crate::models::ModelsView;
use crate::panels::{self, studies::Pictures};
use crate::picker::FilePicker;
use crate::saving::SavingAction;
use crate::session::{self, Keeper, Sessions};
use crate::share::ShareAction;
use crate::state::State;
use crate::theme::Shade;
use crate::tools::look::{LookAction, wait_s};
use crate::trace::Trace;
use crate::update::{receive, update};
use crate::viewport::Viewport;
use crate::{export, home, keys, texts, theme};

/// How often the mesh is told that somebody is here, s.
const USE_TOLD_EVERY_S: f64 = 10.0;

/// Sentences of threads that wait to be said at most.
const FAILED_MAX: usize = 16;

/// What the window is made of.
pub struct ClisonixApp {
    engine: Box<dyn Backend>,
    state: State,
    viewport: Viewport,
    pictures: Pictures,
    picker: FilePicker,
    /// The look and the size that the window was given last.
    styled: Option<(Shade, u16)>,
    fill_screen: bool,
    trace: Option<Trace>,
    /// When the mesh was last told that somebody is here.
    told_use_s: Option<f64>,
    keeper: Keeper,
    /// Writes the habits.
    habit_writer: HabitWriter,
    /// Sentences of threads that could not write.
    failed: (SyncSender<String>, Receiver<String>),
}

impl ClisonixApp {
    /// A window on an engine. Needs no window system: tests drive `logic` and `draw` by themselves.
    pub fn new(engine: impl Backend + 'static, home: PathBuf) -> Self {
        let sample = home::find_sample();
        let (own, unread) = home::read_hanging(&home);
        let (mut hanging, mut notices) = Hanging::new(&own);
        let saved = home::read_layouts(&home);
        if let Some(Err(reason)) = saved.map(|text| hanging.read_saved(&text?)) {
            let text = format!("The saved layouts cannot be used: {reason}");
            notices.push(Notice::new(Severity::Warning, text));
        }
        let unread = unread.into_iter();
        notices.extend(unread.map(|text| Notice::new(Severity::Warning, text)));
        let (left, broken) = session::left(&home);
        notices.extend(broken.map(|text| Notice::new(Severity::Warning, text)));
        let kept = home::read_habits(&home).unwrap_or_else(|reason| {
            let text = format!("The settings in `habits.toml` cannot be used: {reason}");
            notices.push(Notice::new(Severity::Warning, text));
            Default::default()
        });
        let (habits, problems) = Habits::new(kept);
        notices.extend(problems.into_iter().map(|reason| {
            let text = format!("The settings in `habits.toml` hold an error: {reason}");
            Notice::new(Severity::Warning, text)
        }));
        let name = session_name();
        let keeper = Keeper::new(&home, &format!("{name}-{}", std::process::id()));
        let mut state = State {
            hanging,
            sessions: Sessions {
                left,
                ..Sessions::default()
            },
            models: ModelsView {
                shipped: home::find_models(sample.as_deref()),
                ..ModelsView::default()
            },
            tool: first_tool(&habits),
            habits,
            sample,
            recent: home::read_recent(&home),
            text: home::read_text_rule(&home),
            session: name,
            home,
            ..State::default()
        };
        for notice in notices {
            state.notify(notice);
        }
        Self {
            engine: Box::new(engine),
            state,
            viewport: Viewport::default(),
            pictures: Pictures::default(),
            picker: FilePicker::default(),
            styled: None,
            fill_screen: false,
            trace: None,
            told_use_s: None,
            failed: sync_channel(FAILED_MAX),
            keeper,
            habit_writer: HabitWriter::default(),
        }
    }

    /// Says times on standard error, counted from `started`.
    pub fn trace_from(&mut self, started: Instant) {
        self.trace = Some(Trace::new(started));
    }

    /// Lets the window fill the screen once it is there; a size asked for earlier could reach beyond it.
    pub fn fill_screen(&mut self) {
        self.fill_screen = true;
    }

    /// What the window knows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Does what a user would do through a panel.
    pub fn act(&mut self, action: Action) {
        if let (Some(trace), Action::Open(_) | Action::OpenSample) = (&mut self.trace, &action) {
            trace.opens();
        }
        let commands = update(&mut self.state, action);
        self.keeper.touch();
        self.send(commands);
    }

    /// Waits until the habits lie in the home.
    pub fn wait_for_habits(&mut self) {
        self.habit_writer.wait();
    }

    /// Takes in what the engine has to say. May not draw.
    pub fn logic(&mut self, context: &Context) {
        for reason in self.failed.1.try_iter() {
            self.state.say(Severity::Error, reason);
        }
        let events = self.engine.drain();
        if events.is_empty() {
            return;
        }
        for event in events {
            let commands = receive(&mut self.state, event);
            self.send(commands);
        }
        self.keeper.touch();
        context.request_repaint();
    }

    /// Reads the hands, draws everything, and does what was wanted.
    pub fn draw(&mut self, ui: &mut Ui) {
        let context = ui.ctx().clone();
        let kept = &self.state.habits.kept;
        theme::colours::draw_with(kept.shade);
        texts::speak(kept.language);
        show_keys(&self.state.habits);
        let look = (kept.shade, kept.scale_percent);
        if self.styled != Some(look) {
            theme::apply(&context, kept.shade);
            context.set_zoom_factor(self.state.habits.scale());
            // The style of this very frame was chosen before; it is set anew for the next.
            ui.set_style(context.global_style());
            self.styled = Some(look);
        }
        // Hands first, so that a drag is seen in the frame that it happens in.
        for action in self.hands(&context) {
            self.act(action);
        }
        let mut actions = panels::show(ui, &self.state, &mut self.viewport, &mut self.pictures);
        actions.extend(self.picker.show(&context, &self.state));
        if !actions.is_empty() {
            context.request_repaint();
        }
        for action in actions {
            self.act(action);
        }
        if std::mem::take(&mut self.fill_screen) {
            context.send_viewport_cmd(ViewportCommand::Maximized(true));
        }
        self.grant(&context);
        let now_s = context.input(|input| input.time);
        if let Some(wait_s) = self.keeper.keep(&self.state, now_s) {
            context.request_repaint_after(Duration::from_secs_f64(wait_s.max(0.004)));
        }
        if let Some(trace) = &mut self.trace {
            trace.end(&context, self.state.view.shown.is_some());
        }
    }

    /// Dropped files, keys, and what the mouse does on the images.
    fn hands(&mut self, context: &Context) -> Vec<Action> {
        let dropped: Vec<PathBuf> = context.input(|input| {
            input
                .raw
                .dropped_files
                .iter()
                .filter_map(|file| file.path.clone())
                .collect()
        });
        let mut actions = Vec::new();
        if !dropped.is_empty() {
            actions.push(Action::Open(dropped));
        }
        if !self.picker.is_open() {
            actions.extend(keys::pressed(
                context,
                &self.state.habits,
                self.viewport.has_focus(),
            ));
            actions.extend(self.viewport.read_hands(context, &self.state));
        }
        self.beat(context, &mut actions);
        self.tell_use(context, &mut actions);
        actions
    }

    /// Who shares only an idle workstation wants its own hands to count.
    fn tell_use(&mut self, context: &Context, actions: &mut Vec<Action>) {
        let matters = |mesh: &std::sync::Arc<actor_messages::MeshSnapshot>| mesh.limits.only_idle;
        if !self.state.mesh.as_ref().is_some_and(matters) {
            return;
        }
        let (used, now_s) = context.input(|input| (!input.events.is_empty(), input.time));
        if used
            && self
                .told_use_s
                .is_none_or(|told| now_s - told > USE_TOLD_EVERY_S)
        {
            self.told_use_s = Some(now_s);
            actions.push(Action::Share(ShareAction::InUse));
        }
    }

    /// A loop that plays hears the clock, and the window is drawn again when its next image is due.
    fn beat(&self, context: &Context, actions: &mut Vec<Action>) {
        let now_s = context.input(|input| input.time);
        if let Some(wait_s) = wait_s(&self.state.looking, now_s) {
            actions.push(Action::Look(LookAction::CineTick(now_s)));
            context.request_repaint_after(Duration::from_secs_f64(wait_s.max(0.004)));
        }
    }

    fn send(&mut self, commands: Vec<actor_messages::Command>) {
        for command in commands {
            let refused = backend::refused(&command);
            if let Err(reason) = self.engine.send(command) {
                // What waits for the command must not wait for ever.
                match refused(reason) {
                    Ok(event) => drop(receive(&mut self.state, event)),
                    Err(reason) => self.state.say(Severity::Error, reason),
                }
            }
        }
    }

    /// Does for the state what only the window can.
    fn grant(&mut self, context: &Context) {
        self.state.tags.wants_focus = false;
        let wishes = std::mem::take(&mut self.state.wishes);
        if let Some(picker) = wishes.picker {
            self.picker.open(picker, &self.state, context);
            context.request_repaint();
        }
        if let Some((subject, out, identity)) = wishes.picture {
            let extent = self.viewport.extent();
            let scale = context.pixels_per_point();
            match export::picture(&mut self.state, extent, scale, identity) {
                Ok((image, marks)) => {
                    let drawn = SavingAction::Drawn(subject, out, Arc::new(image), marks);
                    self.act(Action::Saving(drawn));
                }
                Err(reason) => {
                    let words = format!("Nothing is saved: {reason}");
                    self.state.say(Severity::Error, words);
                }
            }
        }
        if let Some(text) = wishes.copy {
            context.copy_text(text);
        }
        if let Some(full) = wishes.full_screen {
            context.send_viewport_cmd(ViewportCommand::Fullscreen(full));
        }
        if let Some(file) = wishes.forget_session {
            session::forget(&file);
        }
        if let Some(file) = wishes.replace_session {
            self.keeper.replaces(file);
        }
        if wishes.save_layouts {
            let (home, text) = (self.state.home.clone(), self.state.hanging.saved_text());
            let thread = std::thread::Builder::new().name("clisonix-layouts".to_owned());
            let wake = context.clone();
            let inbox = self.failed.0.clone();
            let spawned = thread.spawn(move || {
                let written = text
                    .map_err(std::io::Error::from)
                    .and_then(|text| home::write_layouts(&home, &text));
                if let Err(error) = written {
                    // A window that has gone needs no answer.
                    let _ = inbox.try_send(format!("The layouts cannot be saved: {error}"));
                    wake.request_repaint();
                }
            });
            if let Err(error) = spawned {
                let text = format!("The layouts cannot be saved: {error}");
                self.state.say(Severity::Error, text);
            }
        }
        if wishes.save_recent {
            let (home, recent) = (self.state.home.clone(), self.state.recent.clone());
            // A list that cannot be kept costs a convenience; the folder's own error is said by the engine.
            let thread = std::thread::Builder::new().name("clisonix-recent".to_owned());
            let _ = thread.spawn(move || home::write_recent(&home, &recent));
        }
        if wishes.save_habits {
            let (wake, inbox) = (context.clone(), self.failed.0.clone());
            let habits = &self.state.habits;
            self.habit_writer
                .write(&self.state.home, habits, move |reason| {
                    let _ = inbox.try_send(reason);
                    wake.request_repaint();
                });
        }
        if wishes.save_text {
            let (home, text) = (self.state.home.clone(), self.state.text);
            let thread = std::thread::Builder::new().name("clisonix-text".to_owned());
            let _ = thread.spawn(move || home::write_text_rule(&home, text));
        }
    }
}

impl eframe::App for ClisonixApp {
    fn logic(&mut self, context: &Context, frame: &mut eframe::Frame) {
        if let Some(trace) = &mut self.trace {
            trace.painted(frame.info().cpu_usage);
            trace.begin();
        }
        Self::logic(self, context);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.keeper.close();
        self.wait_for_habits();
        if let Some(trace) = &self.trace {
            eprintln!("{}", trace.summary());
        }
    }

    fn clear_color(&self, _visuals: &eframe::egui::Visuals) -> [f32; 4] {
        theme::colours::VIEWPORT.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

/// Names this run in the names of result folders: seconds since 1970. It is in no result.
fn session_name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |time| time.as_secs()).to_string()
}
