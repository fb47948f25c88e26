//! Formula and pipeline parameters: text as typed, or a TOML file, as a document with a content address.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use kernel_tasks::{PIPELINE_TEXT_BYTES_MAX, Pipeline, TaskError, formula_blob};

use crate::error::LaborActorError;
use crate::matrix::{self, MatrixError};
use crate::storage::reason;

/// Where a document comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentSource {
    /// The text of a formula.
    Formula(String),
    /// A TOML file with the steps of a pipeline.
    Pipeline(PathBuf),
}

/// The canonical bytes of a document. `columns` is the column count of the slices, for matrices of a pipeline; files that the pipeline
/// names are looked for beside it.
pub fn load(
    name: &str,
    source: &DocumentSource,
    columns: usize,
) -> Result<Vec<u8>, LaborActorError> {
    match source {
        DocumentSource::Formula(text) => Ok(formula_blob(text)?),
        DocumentSource::Pipeline(path) => {
            let unreadable = |reason| MatrixError::Pipeline {
                name: name.to_owned(),
                file: file_name(path),
                reason,
            };
            let text = read(path).map_err(unreadable)?;
            let folder = path.parent().unwrap_or(Path::new(""));
            let mut matrix = |name: &str, text: &str| {
                let source = match matrix::parse(name, text).map_err(|error| error.to_string())? {
                    matrix::MatrixSource::File(file) => {
                        matrix::MatrixSource::File(folder.join(file))
                    }
                    other => other,
                };
                matrix::load(name, &source, columns).map_err(|error| error.to_string())
            };
            let pipeline = Pipeline::parse(&text, &mut matrix)?;
            Ok(pipeline.encode()?)
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| reason(&error))?;
    let mut text = String::new();
    file.take(PIPELINE_TEXT_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| reason(&error))?;
    if text.len() > PIPELINE_TEXT_BYTES_MAX {
        let limit = PIPELINE_TEXT_BYTES_MAX;
        return Err(TaskError::Pipeline {
            reason: format!("its text is longer than {limit} bytes"),
        }
        .to_string());
    }
    Ok(text)
}

/// Name of a file without its folders.
fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
