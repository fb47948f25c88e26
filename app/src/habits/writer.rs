//! Writes habits beside the window, one after the other, so that the last choice is the one that stays.

use std::path::Path;
use std::thread::JoinHandle;

use super::Habits;
use crate::home;

/// The thread that writes, while it does.
#[derive(Default)]
pub struct HabitWriter(Option<JoinHandle<()>>);

impl HabitWriter {
    /// Writes habits into a home; `failed` is given a sentence where that does not work.
    pub fn write(
        &mut self,
        home: &Path,
        habits: &Habits,
        failed: impl Fn(String) + Clone + Send + 'static,
    ) {
        let (home, kept, before) = (home.to_owned(), habits.kept.clone(), self.0.take());
        let said = failed.clone();
        let thread = std::thread::Builder::new().name("clisonix-habits".to_owned());
        let spawned = thread.spawn(move || {
            if let Some(before) = before {
                // What a thread before could not write, it has said itself.
                let _ = before.join();
            }
            if let Err(error) = home::write_habits(&home, &kept) {
                said(format!("The settings cannot be saved: {error}"));
            }
        });
        match spawned {
            Ok(writer) => self.0 = Some(writer),
            Err(error) => failed(format!("The settings cannot be saved: {error}")),
        }
    }

    /// Waits until everything is written.
    pub fn wait(&mut self) {
        if let Some(writer) = self.0.take() {
            // What it could not write, it has said itself.
            let _ = writer.join();
        }
    }
}
