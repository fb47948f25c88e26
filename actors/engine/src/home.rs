//! Where Clisonix keeps its own files.

use std::path::PathBuf;

/// The platform's data directory for this program, or `clisonix-home` in the current folder where the platform names none.
pub fn default_home() -> PathBuf {
    directories::ProjectDirs::from("", "", "clisonix").map_or_else(
        || PathBuf::from("clisonix-home"),
        |dirs| dirs.data_dir().to_owned(),
    )
}
