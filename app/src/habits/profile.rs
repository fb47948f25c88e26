//! Sets of habits that are named after other viewers: their keys, and what their mouse buttons do.

use serde::{Deserialize, Serialize};

use super::Bindings;
use crate::tools::Tool;

/// What a drag with a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drag {
    /// Width and level.
    WindowLevel,
    /// Larger and smaller.
    Zoom,
    /// Moves the image.
    Pan,
    /// Through the images.
    Scroll,
}

impl Drag {
    /// The tool that does it.
    pub fn tool(self) -> Tool {
        match self {
            Self::WindowLevel => Tool::WindowLevel,
            Self::Zoom => Tool::Zoom,
            Self::Pan => Tool::Pan,
            Self::Scroll => Tool::Scroll,
        }
    }
}

/// What the buttons do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mouse {
    /// At the start, until another tool is chosen.
    pub left: Drag,
    /// Always.
    pub middle: Drag,
    /// Always.
    pub right: Drag,
}

impl Default for Mouse {
    fn default() -> Self {
        Self {
            left: Drag::WindowLevel,
            middle: Drag::Pan,
            right: Drag::Zoom,
        }
    }
}

/// A set of habits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// In the list of profiles, and in the file of habits.
    pub name: String,
    /// What the buttons do.
    #[serde(default)]
    pub mouse: Mouse,
    /// Keys that differ from the table's.
    #[serde(default)]
    pub keys: Bindings,
}

/// Those that ship, from `assets/keys`.
const SHIPPED: [&str; 5] = [
    include_str!("../../../assets/keys/ohif.toml"),
    include_str!("../../../assets/keys/weasis.toml"),
    include_str!("../../../assets/keys/horos.toml"),
    include_str!("../../../assets/keys/slicer.toml"),
    include_str!("../../../assets/keys/left-scrolls.toml"),
];

/// The profiles that ship; the table itself is none of them.
pub fn shipped() -> &'static [Profile] {
    static PROFILES: std::sync::LazyLock<Vec<Profile>> = std::sync::LazyLock::new(|| {
        // What does not read is left out; a test says that each one does.
        let read = SHIPPED.iter().map(|text| toml::from_str(text));
        read.filter_map(Result::ok).collect()
    });
    &PROFILES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::Keymap;

    #[test]
    fn each_profile_that_ships_can_be_used_whole() {
        assert_eq!(shipped().len(), SHIPPED.len());
        for profile in shipped() {
            let (_, problems) = Keymap::with(&[&profile.keys]);
            assert_eq!(problems, Vec::<String>::new(), "{}", profile.name);
        }
    }
}
