//! The file picker, drawn in the window itself: a native one may hang where no portal runs.

use std::path::{Path, PathBuf};

use actor_messages::ParameterKind;
use eframe::egui::{Align2, Context, Vec2};
use egui_file_dialog::{DialogState, FileDialog};

use crate::action::Action;
use crate::saving::SavingAction;
use crate::state::{Picker, State};

/// The dialog and what it is open for.
#[derive(Default)]
pub struct FilePicker {
    open: Option<(FileDialog, Picker)>,
    last_folder: Option<PathBuf>,
}

impl FilePicker {
    /// Opens the dialog where the user was last.
    pub fn open(&mut self, picker: Picker, state: &State, context: &Context) {
        let area = context.content_rect().size();
        let size = Vec2::new(860.0_f32.min(area.x - 60.0), 520.0_f32.min(area.y - 90.0));
        let title = match picker {
            Picker::Files => "Open files",
            Picker::Folder => "Open folder",
            Picker::Matrix => "Choose weights (.npy)",
            Picker::Save(subject) => subject.title(state),
        };
        let mut dialog = FileDialog::new()
            .title(title)
            .default_size(size)
            .min_size(Vec2::new(480.0, 300.0))
            .max_size(area - Vec2::splat(40.0))
            .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
            .show_new_folder_button(false)
            .show_working_directory_button(false);
        let recent = || {
            state
                .recent
                .first()
                .and_then(|path| path.parent())
                .map(Path::to_path_buf)
        };
        if let Some(folder) = self
            .last_folder
            .clone()
            .or_else(recent)
            .filter(|path| path.is_dir())
        {
            dialog = dialog.initial_directory(folder);
        }
        match picker {
            Picker::Files => dialog.pick_multiple(),
            Picker::Folder => dialog.pick_directory(),
            Picker::Save(subject) => {
                dialog = dialog
                    .default_file_name(&subject.name(state))
                    .allow_file_overwrite(false)
                    .show_new_folder_button(true);
                dialog.save_file();
            }
            Picker::Matrix => {
                dialog = dialog
                    .add_file_filter("NumPy arrays", npy())
                    .default_file_filter("NumPy arrays");
                dialog.pick_file();
            }
        }
        self.open = Some((dialog, picker));
    }

    /// Whether the dialog is on screen and has the keys.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Draws the dialog and says what was chosen.
    pub fn show(&mut self, context: &Context, state: &State) -> Vec<Action> {
        let Some((dialog, picker)) = &mut self.open else {
            return Vec::new();
        };
        dialog.update(context);
        let paths = match dialog.state() {
            DialogState::Open => {
                // Folders are listed on a thread that does not wake the window.
                context.request_repaint_after(std::time::Duration::from_millis(100));
                return Vec::new();
            }
            DialogState::Picked(path) => vec![path.clone()],
            DialogState::PickedMultiple(paths) => paths.clone(),
            DialogState::Closed | DialogState::Cancelled => Vec::new(),
        };
        let picker = *picker;
        self.open = None;
        let Some(first) = paths.first() else {
            return Vec::new();
        };
        self.last_folder = first.parent().map(Path::to_path_buf);
        match picker {
            Picker::Files | Picker::Folder => vec![Action::Open(paths)],
            Picker::Matrix => matrix(state, first),
            Picker::Save(subject) => {
                vec![Action::Saving(SavingAction::To(subject, first.clone()))]
            }
        }
    }
}

fn npy() -> egui_file_dialog::Filter<Path> {
    egui_file_dialog::Filter::new(|path: &Path| {
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
    })
}

/// The matrix parameter of the operation in the form takes the path.
fn matrix(state: &State, path: &Path) -> Vec<Action> {
    let Some(spec) = state.form.spec() else {
        return Vec::new();
    };
    let parameter = spec
        .parameters
        .iter()
        .find(|parameter| parameter.kind == ParameterKind::Matrix);
    let set = parameter.map(|parameter| {
        let path = path.display().to_string();
        Action::SetParameter(spec.name.to_owned(), parameter.name.to_owned(), path)
    });
    set.into_iter().collect()
}
