//! What can go wrong with the registry, as sentences for its user.

use std::path::PathBuf;

use kernel_tasks::TaskError;

/// Every failure of this actor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelsError {
    /// A file of the model to add cannot be read.
    #[error("The model at `{path}` cannot be read: {reason}")]
    Source {
        /// The file or folder.
        path: PathBuf,
        /// In words.
        reason: String,
    },
    /// The model is refused.
    #[error("The model at `{path}` was not added: {reason}")]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// In words.
        reason: TaskError,
    },
    /// The kind of model is understood, and not run yet.
    #[error("The model {model} was not added: {reason}")]
    Unsupported {
        /// `NAME@VERSION`.
        model: String,
        /// In words.
        reason: &'static str,
    },
    /// The version is taken.
    #[error(
        "There is a model {model} already, with other contents; give the new one another version, or remove the old one"
    )]
    VersionTaken {
        /// `NAME@VERSION`.
        model: String,
    },
    /// The registry is full.
    #[error(
        "With this model the registry would hold {wanted_bytes} bytes, and {bytes_max} are allowed; remove a model first"
    )]
    Full {
        /// Bytes that it would hold.
        wanted_bytes: u64,
        /// Bytes that it may hold.
        bytes_max: u64,
    },
    /// Too many models.
    #[error("The registry holds {count} models already, as many as it may")]
    TooMany {
        /// Models held.
        count: usize,
    },
    /// Nothing of that name.
    #[error("There is no model `{name}`; there are {known}")]
    Unknown {
        /// As typed.
        name: String,
        /// Names there are, with commas.
        known: String,
    },
    /// There is no way back.
    #[error("There is no version before {model}: none was used before, or it was removed")]
    NothingBefore {
        /// `NAME@VERSION`, the one in use.
        model: String,
    },
    /// It is still wanted.
    #[error("The model {model} is {by}; release that before it is removed")]
    Held {
        /// `NAME@VERSION`.
        model: String,
        /// Pinned, or the alias.
        by: String,
    },
    /// An alias that could be taken for something else.
    #[error(
        "`{0}` is no alias; an alias is up to 30 lower case letters, digits and hyphens, with a letter first"
    )]
    Alias(String),
    /// The registry's own files.
    #[error("The registry in `{folder}` cannot be {doing}: {reason}")]
    Registry {
        /// Its folder.
        folder: PathBuf,
        /// Read or written.
        doing: &'static str,
        /// In words.
        reason: String,
    },
}

/// What an operating system error means, in words.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        std::io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        std::io::ErrorKind::PermissionDenied => "there is no permission".to_owned(),
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        _ => {
            let text = error.to_string();
            text.split_once(" (os error")
                .map_or(text.clone(), |(words, _)| words.to_lowercase())
        }
    }
}
