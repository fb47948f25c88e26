//! Small files of the window: where the sample study lies, the list of recent studies, how text is read.

use std::path::{Path, PathBuf};

use crate::habits::{self, KeptHabits};
use crate::hanging::{PROTOCOL_BYTES_MAX, PROTOCOLS_MAX};
use kernel_imaging::TextRule;
use serde::de::DeserializeOwned;

/// Names the folder of the sample study.
pub const SAMPLE_VARIABLE: &str = "CLISONIX_SAMPLE";
/// Entries of the folder of shipped models that are looked at.
const MODELS_SHIPPED_MAX: usize = 64;
/// Bytes of one of the small files that are read at most.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The list of recent studies.
const RECENT_FILE: &str = "recent.json";
/// Keys, language, light or dark, size.
const HABITS_FILE: &str = "habits.toml";
/// How text is read.
const TEXT_FILE: &str = "text.json";
/// Bytes of `layouts.json` that are read at most.
const LAYOUTS_BYTES_MAX: u64 = 1024 * 1024;

/// The folder of the sample study: where the variable says, beside the program, or in the sources.
pub fn find_sample() -> Option<PathBuf> {
    let named = std::env::var_os(SAMPLE_VARIABLE).map(PathBuf::from);
    let program = std::env::current_exe().ok();
    let installed = program
        .as_deref()
        .and_then(Path::parent)
        .map(|folder| folder.join("../share/clisonix/sample"));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample");
    let found = [named, installed, Some(sources)]
        .into_iter()
        .flatten()
        .find(|path| path.exists())?;
    Some(found.canonicalize().unwrap_or(found))
}

/// The models that ship: beside the sample study, each in a folder of its name.
pub fn find_models(sample: Option<&Path>) -> Vec<(String, PathBuf)> {
    let folder = sample
        .and_then(Path::parent)
        .map(|assets| assets.join("models"));
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    let mut found: Vec<(String, PathBuf)> = entries
        .into_iter()
        .flatten()
        .take(MODELS_SHIPPED_MAX)
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            path.join("model.toml").is_file().then_some((name, path))
        })
        .collect();
    found.sort();
    found
}

/// How text is read; the default where nothing is kept, and where it cannot be read.
pub fn read_text_rule(home: &Path) -> TextRule {
    read(home, TEXT_FILE)
}

/// Keeps how text is read.
pub fn write_text_rule(home: &Path, text: TextRule) -> std::io::Result<()> {
    write(home, TEXT_FILE, &serde_json::to_vec_pretty(&text)?)
}

/// The habits as they were kept; an error where the file cannot be used.
pub fn read_habits(home: &Path) -> Result<KeptHabits, String> {
    let path = home.join(HABITS_FILE);
    match std::fs::metadata(&path) {
        Err(_) => Ok(KeptHabits::default()),
        Ok(facts) if facts.len() > FILE_BYTES_MAX => {
            Err(format!("the file has {} bytes", facts.len()))
        }
        Ok(_) => {
            let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
            habits::read(&text)
        }
    }
}

/// Keeps the habits.
pub fn write_habits(home: &Path, kept: &KeptHabits) -> std::io::Result<()> {
    let text = habits::write(kept).map_err(std::io::Error::other)?;
    write(home, HABITS_FILE, text.as_bytes())
}

/// The list of recent studies; empty when there is none, and when it cannot be read.
pub fn read_recent(home: &Path) -> Vec<PathBuf> {
    read(home, RECENT_FILE)
}

/// What a small file holds; the default where there is none, and where it cannot be read.
fn read<T: DeserializeOwned + Default>(home: &Path, name: &str) -> T {
    let path = home.join(name);
    let small = std::fs::metadata(&path).is_ok_and(|facts| facts.len() <= FILE_BYTES_MAX);
    let text = small.then(|| std::fs::read_to_string(&path).unwrap_or_default());
    serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
}

/// The user's own hanging protocols, by file name, in the home's `hanging/`; and what could not be read.
pub fn read_hanging(home: &Path) -> (Vec<(String, String)>, Vec<String>) {
    let entries = std::fs::read_dir(home.join("hanging"))
        .into_iter()
        .flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for path in files {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if read.len() == PROTOCOLS_MAX {
            problems.push(format!(
                "More than {PROTOCOLS_MAX} hanging protocols are not read"
            ));
            break;
        }
        let large = std::fs::metadata(&path).is_ok_and(|facts| facts.len() > PROTOCOL_BYTES_MAX);
        let text = match large {
            true => Err(format!("it is larger than {PROTOCOL_BYTES_MAX} bytes")),
            false => std::fs::read_to_string(&path).map_err(|error| error.to_string()),
        };
        match text {
            Ok(text) => read.push((name, text)),
            Err(reason) => problems.push(format!(
                "The hanging protocol `{name}` cannot be read: {reason}"
            )),
        }
    }
    (read, problems)
}

/// The text of the layouts that were saved; none when there are none.
pub fn read_layouts(home: &Path) -> Option<Result<String, String>> {
    let path = home.join("layouts.json");
    let facts = std::fs::metadata(&path).ok()?;
    if facts.len() > LAYOUTS_BYTES_MAX {
        return Some(Err(format!("the file has {} bytes", facts.len())));
    }
    Some(std::fs::read_to_string(&path).map_err(|error| error.to_string()))
}

/// Writes the layouts that were saved.
pub fn write_layouts(home: &Path, text: &[u8]) -> std::io::Result<()> {
    write(home, "layouts.json", text)
}

/// Writes the list of recent studies.
pub fn write_recent(home: &Path, recent: &[PathBuf]) -> std::io::Result<()> {
    write(home, RECENT_FILE, &serde_json::to_vec_pretty(recent)?)
}

/// Writes a small file beside its old version, then over it.
fn write(home: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(home)?;
    // Two windows of one home may write at the same time.
    let fresh = home.join(format!("{name}.{}.new", std::process::id()));
    let file = std::fs::File::create(&fresh)?;
    std::io::Write::write_all(&mut &file, bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, home.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hanging_protocols_are_read_in_the_order_of_their_names_and_large_ones_are_said() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(read_hanging(home.path()), (Vec::new(), Vec::new()));
        let folder = home.path().join("hanging");
        std::fs::create_dir(&folder).expect("a folder");
        for name in ["b.toml", "a.toml", "notes.txt"] {
            std::fs::write(folder.join(name), name).expect("written");
        }
        let large = vec![b'#'; PROTOCOL_BYTES_MAX as usize + 1];
        std::fs::write(folder.join("c.toml"), large).expect("written");
        let (read, problems) = read_hanging(home.path());
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.toml", "b.toml"]);
        assert!(problems[0].contains("`c.toml` cannot be read: it is larger than"));
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn the_recent_list_comes_back_and_a_broken_one_is_empty() {
        let home = tempfile::tempdir().expect("a folder");
        let recent = vec![PathBuf::from("/a/b"), PathBuf::from("/c")];
        write_recent(home.path(), &recent).expect("written");
        assert_eq!(read_recent(home.path()), recent);
        std::fs::write(home.path().join(RECENT_FILE), "[").expect("written");
        assert!(read_recent(home.path()).is_empty());
    }

    #[test]
    fn how_text_is_read_comes_back_and_a_broken_file_is_the_default() {
        let home = tempfile::tempdir().expect("a folder");
        let rule = TextRule {
            character_set: kernel_imaging::FallbackCharacterSet::Greek,
            overrides: true,
        };
        write_text_rule(home.path(), rule).expect("written");
        assert_eq!(read_text_rule(home.path()), rule);
        std::fs::write(home.path().join(TEXT_FILE), "{").expect("written");
        assert_eq!(read_text_rule(home.path()), TextRule::default());
    }
}
