//! Where ONNX Runtime may lie: the library is the user's or the package's own, and the built-in engine serves without it.

use std::path::{Path, PathBuf};

use kernel_tasks::offer_onnx_runtime;

/// Names the library, or is `off`: then nothing is looked for.
pub const LIBRARY_VARIABLE: &str = "CLISONIX_ONNXRUNTIME";
/// What its file is called, here.
const FILE: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else if cfg!(windows) {
    "onnxruntime.dll"
} else {
    "libonnxruntime.so"
};
/// Entries of a folder that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// Offers ONNX Runtime to the engine, to be looked for when the first model is made ready: what [`LIBRARY_VARIABLE`] names, or else the first found in `lib` of the home,
/// beside the program, and where the system keeps its libraries.
pub fn offer_engines(home: &Path) {
    let home = home.to_owned();
    offer_onnx_runtime(move || find(&home));
}

fn find(home: &Path) -> Option<PathBuf> {
    match std::env::var_os(LIBRARY_VARIABLE) {
        Some(value) if value == "off" => None,
        Some(value) if !value.is_empty() => Some(PathBuf::from(value)),
        _ => folders(home)
            .into_iter()
            .find_map(|folder| library_in(&folder)),
    }
}

fn folders(home: &Path) -> Vec<PathBuf> {
    let mut folders = vec![home.join("lib")];
    let program = std::env::current_exe().ok();
    if let Some(beside) = program.as_deref().and_then(Path::parent) {
        folders.extend([
            beside.join("lib"),
            beside.join("../lib/clisonix"),
            beside.to_owned(),
        ]);
    }
    if cfg!(unix) {
        let processor = std::env::consts::ARCH;
        folders.push("/usr/local/lib".into());
        folders.push(format!("/usr/lib/{processor}-linux-gnu").into());
        folders.extend(["/usr/lib64".into(), "/usr/lib".into()]);
    }
    folders
}

/// The library in a folder: without a version behind its name, or else the one with the last name.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let plain = folder.join(FILE);
    if plain.is_file() {
        return Some(plain);
    }
    let versioned = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.strip_prefix(FILE))
            .is_some_and(|version| version.starts_with('.'))
            && path.is_file()
    };
    std::fs::read_dir(folder)
        .ok()?
        .take(ENTRIES_MAX)
        .flatten()
        .map(|entry| entry.path())
        .filter(versioned)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_a_folder_is_found_with_or_without_a_version() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(library_in(folder.path()), None);
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, b"").expect("it is written");
            path
        };
        file(&format!("{FILE}x"));
        assert_eq!(library_in(folder.path()), None, "another library");
        file(&format!("{FILE}.1.22.0"));
        let newer = file(&format!("{FILE}.1.32.0"));
        assert_eq!(library_in(folder.path()), Some(newer));
        let plain = file(FILE);
        assert_eq!(library_in(folder.path()), Some(plain));
    }
}
