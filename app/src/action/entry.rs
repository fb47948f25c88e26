//! What a row of the table of actions holds: a name, what is done, words for it, keys and a place on the sheet.

use eframe::egui::Key;

use super::Action;

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The key, by what it means.
    pub key: Key,
    /// Ctrl, or Command on a Mac.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// How the key sheet writes it.
    pub text: &'static str,
}

pub(crate) const fn key(key: Key, text: &'static str) -> Shortcut {
    Shortcut {
        key,
        ctrl: false,
        shift: false,
        text,
    }
}

pub(crate) const fn ctrl(key: Key, text: &'static str) -> Shortcut {
    Shortcut {
        key,
        ctrl: true,
        shift: false,
        text,
    }
}

pub(crate) const fn shift(key: Key, text: &'static str) -> Shortcut {
    Shortcut {
        key,
        ctrl: false,
        shift: true,
        text,
    }
}

/// Where the key sheet lists an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Opening and closing.
    Files,
    /// Images and series.
    Images,
    /// What a drag does.
    Tools,
    /// Measurements.
    Measure,
    /// How the image lies.
    View,
    /// Greys.
    Window,
    /// Operations.
    Compute,
    /// Panels.
    Panels,
}

impl Group {
    /// All, in the order of the key sheet.
    pub const ALL: [Self; 8] = [
        Self::Files,
        Self::Images,
        Self::Tools,
        Self::Measure,
        Self::View,
        Self::Window,
        Self::Compute,
        Self::Panels,
    ];

    /// Its heading.
    pub fn label(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Images => "Images",
            Self::Tools => "Left drag",
            Self::Measure => "Measure",
            Self::View => "View",
            Self::Window => "Window",
            Self::Compute => "Compute",
            Self::Panels => "Panels",
        }
    }
}

/// One row of the table.
pub struct Entry {
    /// A stable name.
    pub id: &'static str,
    /// What happens.
    pub action: Action,
    /// On buttons and in menus.
    pub label: &'static str,
    /// One sentence.
    pub tooltip: &'static str,
    /// The keys that do it; the first is shown.
    pub shortcuts: &'static [Shortcut],
    /// Where the key sheet lists it.
    pub group: Group,
}

macro_rules! table {
    ($name:ident; $($group:ident $id:literal $action:expr, $label:literal, $tooltip:literal, [$($shortcut:expr),*];)*) => {
        /// Rows of the table of actions.
        pub static $name: &[$crate::action::Entry] = &[$($crate::action::Entry {
            id: $id,
            action: $action,
            label: $label,
            tooltip: $tooltip,
            shortcuts: &[$($shortcut),*],
            group: $crate::action::Group::$group,
        }),*];
    };
}
pub(crate) use table;
