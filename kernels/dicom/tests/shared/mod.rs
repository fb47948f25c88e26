//! Where the public files lie, how they are opened, and what to do when they are absent.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod build;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel_dicom::{DicomError, read_instance};
use kernel_imaging::{Instance, TextRule};
use serde_json::Value;

/// The folder of public files, or `None` after saying aloud which test is skipped.
///
/// With `CI` set in the environment an absent folder is a failure.
pub fn public(test: &str) -> Option<PathBuf> {
    let beside = || {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file());
        workspace.map(|folder| folder.join("../shared/data"))
    };
    let shared = std::env::var_os("CLISONIX_SHARED")
        .map(PathBuf::from)
        .or_else(beside);
    let root = shared.unwrap_or_default().join("public");
    if root.join("manifest.json").is_file() {
        return Some(root);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{test}: {} is absent",
        root.display()
    );
    eprintln!("SKIPPED {test}: {} is absent", root.display());
    None
}

/// The manifest of the public files.
pub fn manifest(root: &Path) -> Value {
    let bytes = std::fs::read(root.join("manifest.json")).expect("the manifest can be read");
    serde_json::from_slice(&bytes).expect("the manifest is JSON")
}

/// Paths of all public files, in the manifest's order.
pub fn paths(root: &Path) -> Vec<PathBuf> {
    let manifest = manifest(root);
    let files = manifest["files"].as_array().expect("it lists files");
    files
        .iter()
        .map(|entry| root.join(entry["path"].as_str().expect("a file has a path")))
        .collect()
}

/// The public file of this name.
pub fn find(root: &Path, name: &str) -> Option<PathBuf> {
    paths(root)
        .into_iter()
        .find(|path| path.file_name().is_some_and(|found| found == name))
}

/// Opens a file as the application does.
pub fn open(path: &Path) -> Result<(File, u64, Instance), DicomError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let instance = read_instance(&file, length, path, TextRule::default())?;
    Ok((file, length, instance))
}

/// The bytes of the public file of this name.
pub fn bytes_of(root: &Path, name: &str) -> Vec<u8> {
    let path = find(root, name).expect("the manifest lists the file");
    std::fs::read(path).expect("the file can be read")
}

/// Every public file below this folder that can be opened, in the manifest's order.
pub fn open_all(root: &Path, folder: &str) -> Vec<Arc<Instance>> {
    paths(root)
        .iter()
        .filter(|path| path.to_string_lossy().contains(folder))
        .filter_map(|path| open(path).ok())
        .map(|(_, _, instance)| Arc::new(instance))
        .collect()
}
