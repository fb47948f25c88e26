//! Habits as they lie in the home, in `habits.toml`.

use serde::{Deserialize, Serialize};

use super::{Bindings, SCALES_PERCENT};
use crate::texts::Language;
use crate::theme::Shade;

/// What the file holds; what it leaves out is as it ships.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeptHabits {
    /// Of the window's words.
    pub language: Language,
    /// Light or dark.
    pub shade: Shade,
    /// How large things are, percent.
    pub scale_percent: u16,
    /// The profile of keys by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Keys that differ from the profile's, by the names of actions.
    pub keys: Bindings,
}

impl Default for KeptHabits {
    fn default() -> Self {
        Self {
            language: Language::default(),
            shade: Shade::default(),
            scale_percent: 100,
            profile: None,
            keys: Bindings::new(),
        }
    }
}

/// Reads the text of the file.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(text: &str) -> Result<KeptHabits, String> {
    let mut kept: KeptHabits = toml::from_str(text).map_err(|error| error.to_string())?;
    let [least, .., greatest] = SCALES_PERCENT;
    kept.scale_percent = kept.scale_percent.clamp(least, greatest);
    Ok(kept)
}

/// Writes the text of the file.
///
/// # Errors
/// What cannot be written.
pub fn write(kept: &KeptHabits) -> Result<String, String> {
    toml::to_string(kept).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_as_it_ships_and_a_wrong_one_is_told() {
        assert_eq!(read(""), Ok(KeptHabits::default()));
        let own = read("language = \"de\"\nshade = \"light\"\nscale_percent = 9000\n");
        let own = own.expect("it is read");
        assert_eq!(own.language, Language::German);
        assert_eq!(own.shade, Shade::Light);
        assert_eq!(own.scale_percent, 250);
        assert!(read("langage = \"de\"").is_err_and(|text| text.contains("langage")));
    }
}
