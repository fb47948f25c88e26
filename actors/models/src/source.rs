//! Reads a model to be added: a folder with one ONNX file, `model.toml` and the test case, or the ONNX file in such a folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use kernel_tasks::{MODEL_BYTES_MAX, ModelPackage};

use crate::error::{ModelsError, reason};

/// Files looked at in a folder.
const ENTRIES_MAX: usize = 1_000;

/// Reads the package; nothing outside of its folder is read, and no more bytes than a package may have.
pub fn read_package(path: &Path) -> Result<ModelPackage, ModelsError> {
    let (folder, onnx) = if path.is_dir() {
        (path.to_owned(), only_onnx(path)?)
    } else {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        (folder.unwrap_or(Path::new(".")).to_owned(), path.to_owned())
    };
    let mut left = MODEL_BYTES_MAX as u64;
    let mut read = |path: PathBuf| -> Result<Vec<u8>, ModelsError> {
        let failed = |reason: String| ModelsError::Source {
            path: path.clone(),
            reason,
        };
        let file = File::open(&path).map_err(|error| failed(reason(&error)))?;
        if !file.metadata().is_ok_and(|file| file.is_file()) {
            return Err(failed("it is no file".to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(left + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| failed(reason(&error)))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| failed(format!("a model has at most {MODEL_BYTES_MAX} bytes")))?;
        Ok(bytes)
    };
    let manifest = read(folder.join("model.toml"))?;
    Ok(ModelPackage {
        manifest: String::from_utf8(manifest).map_err(|_| ModelsError::Source {
            path: folder.join("model.toml"),
            reason: "it is no text".to_owned(),
        })?,
        onnx: read(onnx)?,
        check_input: read(folder.join("check-input.f32"))?,
        check_output: read(folder.join("check-output.f32"))?,
    })
}

fn only_onnx(folder: &Path) -> Result<PathBuf, ModelsError> {
    let failed = |reason: String| ModelsError::Source {
        path: folder.to_owned(),
        reason,
    };
    let entries = fs::read_dir(folder).map_err(|error| failed(reason(&error)))?;
    let mut found: Vec<PathBuf> = entries
        .take(ENTRIES_MAX)
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "onnx")
        })
        .collect();
    match (found.pop(), found.len()) {
        (Some(onnx), 0) => Ok(onnx),
        (None, _) => Err(failed("there is no ONNX file in it".to_owned())),
        (Some(_), more) => Err(failed(format!(
            "there are {} ONNX files in it; name one of them",
            more + 1
        ))),
    }
}
