//! Small files of the window: where the sample study lies, the list of recent studies, how text is read.

use std::path::{Path, PathBuf};

use kernel_imaging::TextRule;

/// Names the folder of the sample study.
pub const SAMPLE_VARIABLE: &str = "CLISONIX_SAMPLE";
/// Entries of the folder of shipped models that are looked at.
const MODELS_SHIPPED_MAX: usize = 64;
/// Bytes of one of the small files that are read at most.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The list of recent studies.
const RECENT_FILE: &str = "recent.json";
/// How text is read.
const TEXT_FILE: &str = "text.json";

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
    let path = home.join(TEXT_FILE);
    let small = std::fs::metadata(&path).is_ok_and(|facts| facts.len() <= FILE_BYTES_MAX);
    let text = small.then(|| std::fs::read_to_string(&path).unwrap_or_default());
    serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
}

/// Keeps how text is read.
pub fn write_text_rule(home: &Path, text: TextRule) -> std::io::Result<()> {
    write(home, TEXT_FILE, &serde_json::to_vec_pretty(&text)?)
}

/// The list of recent studies; empty when there is none, and when it cannot be read.
pub fn read_recent(home: &Path) -> Vec<PathBuf> {
    let path = home.join(RECENT_FILE);
    let small = std::fs::metadata(&path).is_ok_and(|facts| facts.len() <= FILE_BYTES_MAX);
    let text = if small {
        std::fs::read_to_string(&path).unwrap_or_default()
    } else {
        String::new()
    };
    serde_json::from_str(&text).unwrap_or_default()
}

/// Writes the list of recent studies beside its old version, then over it.
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
