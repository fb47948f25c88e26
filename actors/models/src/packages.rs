//! Packages of the registry in memory, a few at once: each is read when it is first wanted and believed only with its digest.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actor_messages::model_path;
use kernel_tasks::Digest;

/// Packages kept in memory.
const PACKAGES_MAX: usize = 4;

/// Packages by digest.
pub struct Packages {
    home: PathBuf,
    kept: Mutex<VecDeque<(Digest, Arc<[u8]>)>>,
}

impl Packages {
    /// Those of a home; nothing is read yet.
    pub fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            kept: Mutex::default(),
        }
    }

    /// The bytes of a model, or a sentence why they are not here.
    pub fn get(&self, model: Digest) -> Result<Arc<[u8]>, String> {
        if let Some((_, bytes)) = self.lock().iter().find(|(known, _)| *known == model) {
            return Ok(Arc::clone(bytes));
        }
        // Read without the lock: whoever wants another package does not wait for the disk.
        let bytes = read(&self.home, model)?;
        let mut kept = self.lock();
        if kept.iter().all(|(known, _)| *known != model) {
            if kept.len() == PACKAGES_MAX {
                kept.pop_front();
            }
            kept.push_back((model, Arc::clone(&bytes)));
        }
        Ok(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Digest, Arc<[u8]>)>> {
        // Each change is whole before the guard drops.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The package of a model of a home, checked against its digest.
pub fn read(home: &Path, model: Digest) -> Result<Arc<[u8]>, String> {
    std::fs::read(model_path(home, &model))
        .ok()
        .filter(|bytes| Digest::of(bytes) == model)
        .map(Into::into)
        .ok_or_else(|| {
            format!(
                "Model {} is not in this workstation's registry",
                model.short()
            )
        })
}
