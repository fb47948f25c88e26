//! Model parameters: the package of a model in this home's registry, checked by its digest and made ready.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use actor_messages::model_path;
use kernel_tasks::{BlockShape, Digest, MODEL_BYTES_MAX, model_facts};

use crate::error::LaborActorError;
use crate::files::LoadedMatrix;
use crate::storage::reason;

/// Reads the package of a model; it has answered its test case rightly here when it is returned.
pub fn read_model(
    home: &Path,
    name: &str,
    digest: Digest,
) -> Result<LoadedMatrix, LaborActorError> {
    let refused = |reason: String| LaborActorError::Model {
        model: digest.short(),
        reason,
    };
    let file = File::open(model_path(home, &digest)).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused(
            "it is not in this workstation's registry; `clisonix models add` adds it".to_owned(),
        ),
        _ => refused(reason(&error)),
    })?;
    let mut bytes = Vec::new();
    file.take(MODEL_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(reason(&error)))?;
    if Digest::of(&bytes) != digest {
        return Err(refused(
            "its file has been damaged; remove it and add it again".to_owned(),
        ));
    }
    let model = model_facts(digest, &bytes).map_err(|error| refused(error.to_string()))?;
    Ok(LoadedMatrix {
        name: name.to_owned(),
        digest,
        bytes: bytes.into(),
        shape: BlockShape {
            rows: 1,
            columns: 1,
        },
        model: Some(model),
    })
}
