//! Small files of the window: where the sample study lies, and the list of recent studies.

use std::path::{Path, PathBuf};

/// Names the folder of the sample study.
pub const SAMPLE_VARIABLE: &str = "CLISONIX_SAMPLE";
/// Entries of the folder of shipped models that are looked at.
const MODELS_SHIPPED_MAX: usize = 64;
/// Bytes of `recent.json` that are read at most.
const RECENT_BYTES_MAX: u64 = 64 * 1024;

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

/// The list of recent studies; empty when there is none, and when it cannot be read.
pub fn read_recent(home: &Path) -> Vec<PathBuf> {
    let path = home.join("recent.json");
    let small = std::fs::metadata(&path).is_ok_and(|facts| facts.len() <= RECENT_BYTES_MAX);
    let text = if small {
        std::fs::read_to_string(&path).unwrap_or_default()
    } else {
        String::new()
    };
    serde_json::from_str(&text).unwrap_or_default()
}

/// Writes the list of recent studies beside its old version, then over it.
pub fn write_recent(home: &Path, recent: &[PathBuf]) -> std::io::Result<()> {
    std::fs::create_dir_all(home)?;
    let text = serde_json::to_vec_pretty(recent)?;
    // Two windows of one home may write at the same time.
    let fresh = home.join(format!("recent.json.{}.new", std::process::id()));
    let file = std::fs::File::create(&fresh)?;
    std::io::Write::write_all(&mut &file, &text)?;
    file.sync_all()?;
    std::fs::rename(&fresh, home.join("recent.json"))
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
        std::fs::write(home.path().join("recent.json"), "[").expect("written");
        assert!(read_recent(home.path()).is_empty());
    }
}
