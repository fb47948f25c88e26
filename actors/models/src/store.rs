//! The registry of models in a home folder: packages by content, and a list that is replaced as a whole.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use actor_messages::{ModelCard, model_path};
use kernel_tasks::{
    Digest, ModelFacts, ModelPackage, OutputKindSpec, RunCost, model_facts, run_cost,
};

use crate::error::{ModelsError, reason};
use crate::index::{Entry, INDEX_SCHEMA, Index};
use crate::source::read_package;

/// Bytes of all packages of a home.
pub const MODELS_BYTES_MAX: u64 = 4 << 30;
/// Models of a home.
pub const MODELS_MAX: usize = 1_000;
/// Bytes of the list that is read.
const INDEX_BYTES_MAX: u64 = 64 << 20;

/// The registry of one home. Several programs may use it at once: whoever changes it holds its lock.
#[derive(Clone, Debug)]
pub struct ModelStore {
    home: PathBuf,
    bytes_max: u64,
}

impl ModelStore {
    /// The registry of a home; nothing is read or written yet.
    pub fn new(home: &Path) -> Self {
        Self::with_budget(home, MODELS_BYTES_MAX)
    }

    /// The same with another bound for all packages together.
    pub fn with_budget(home: &Path, bytes_max: u64) -> Self {
        Self {
            home: home.to_owned(),
            bytes_max,
        }
    }

    /// Every model, by name and then by age.
    pub fn list(&self) -> Result<Vec<ModelCard>, ModelsError> {
        Ok(self.read()?.cards())
    }

    /// The model that a text means: see [`Index::find`].
    pub fn find(&self, text: &str) -> Result<ModelCard, ModelsError> {
        let index = self.read()?;
        let entry = index.find(text)?;
        Ok(index.card(entry))
    }

    /// Adds the model of a folder or an ONNX file: checked, its test case answered rightly, written, and only then listed.
    /// One that is there already stays as it is, and is no error.
    pub fn add(&self, path: &Path) -> Result<ModelCard, ModelsError> {
        let refused = |reason| ModelsError::Refused {
            path: path.to_owned(),
            reason,
        };
        let read = read_package(path)?;
        let package = read.encode().map_err(|error| {
            refused(kernel_tasks::TaskError::Kernel {
                operation: "reading".to_owned(),
                reason: error.to_string(),
            })
        })?;
        let digest = Digest::of(&package);
        let facts = model_facts(digest, &package).map_err(refused)?;
        runs_here(&facts)?;
        let cost = run_cost(&read.onnx, &facts.manifest.check.input_shape).ok();
        self.keep(digest, &package, facts, cost, false)
    }

    /// Keeps a package that another workstation sent: checked and tried like one that is added, and no name stands for another
    /// version afterwards than before.
    pub fn keep_beside(&self, digest: Digest, package: &[u8]) -> Result<ModelCard, ModelsError> {
        let sent = || PathBuf::from(format!("{}.model", digest.short()));
        let refused = |reason| ModelsError::Refused {
            path: sent(),
            reason,
        };
        let facts = model_facts(digest, package).map_err(refused)?;
        runs_here(&facts)?;
        let onnx = ModelPackage::decode(package).map(|package| package.onnx);
        let cost = onnx.and_then(|onnx| run_cost(&onnx, &facts.manifest.check.input_shape));
        self.keep(digest, package, facts, cost.ok(), true)
    }

    /// Where it lies.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    fn keep(
        &self,
        digest: Digest,
        package: &[u8],
        facts: ModelFacts,
        cost: Option<RunCost>,
        beside: bool,
    ) -> Result<ModelCard, ModelsError> {
        let _held = self.lock()?;
        let mut index = self.read()?;
        let (name, version) = (&facts.manifest.name, &facts.manifest.version);
        if let Some(known) = index.version(name, version) {
            if known.digest != digest {
                return Err(ModelsError::VersionTaken {
                    model: known.manifest.full_name(),
                });
            }
            // Its file may have been lost or damaged since, and other engines may be there.
            self.write(&model_path(&self.home, &digest), package)?;
            let entry = entry(digest, package, facts, cost);
            let card = index.card(&entry);
            index
                .models
                .iter_mut()
                .filter(|known| known.digest == digest)
                .for_each(|known| *known = entry.clone());
            self.write_index(&index)?;
            return Ok(card);
        }
        let wanted_bytes = index.bytes().saturating_add(package.len() as u64);
        if wanted_bytes > self.bytes_max {
            return Err(ModelsError::Full {
                wanted_bytes,
                bytes_max: self.bytes_max,
            });
        }
        if index.models.len() >= MODELS_MAX {
            return Err(ModelsError::TooMany {
                count: index.models.len(),
            });
        }
        self.write(&model_path(&self.home, &digest), package)?;
        let added = entry(digest, package, facts, cost);
        let name = added.manifest.name.clone();
        let before = index
            .current(&name)
            .map(|entry| entry.manifest.version.clone());
        match before {
            // Nobody far away decides what a name stands for here.
            Some(before) if beside => {
                index.models.push(added);
                index.pins.entry(name).or_insert(before);
            }
            _ => index.changing_current(&name, |index| index.models.push(added)),
        }
        self.write_index(&index)?;
        self.collect(&index);
        let added = index.models.last().map(|entry| index.card(entry));
        added.ok_or_else(|| self.failed("read", "the list is empty".to_owned()))
    }

    /// Removes a model; its package goes with it. Refused while it is pinned or has an alias.
    pub fn remove(&self, text: &str) -> Result<ModelCard, ModelsError> {
        let _held = self.lock()?;
        let mut index = self.read()?;
        let entry = index.find(text)?.clone();
        let card = index.card(&entry);
        let by = match (card.pinned, card.aliases.first()) {
            (true, _) => Some("pinned".to_owned()),
            (false, Some(alias)) => Some(format!("what {alias} stands for")),
            (false, None) => None,
        };
        if let Some(by) = by {
            return Err(ModelsError::Held {
                model: card.full_name,
                by,
            });
        }
        index.models.retain(|other| other.digest != entry.digest);
        self.write_index(&index)?;
        self.collect(&index);
        Ok(card)
    }

    /// Makes the bare name, or `NAME@ALIAS`, stand for this model whatever is added later; without `on` takes that back.
    pub fn pin(&self, text: &str, alias: Option<&str>, on: bool) -> Result<ModelCard, ModelsError> {
        let _held = self.lock()?;
        let mut index = self.read()?;
        let entry = index.find(text)?.clone();
        let (name, version) = (&entry.manifest.name, &entry.manifest.version);
        match alias {
            None => index.changing_current(name, |index| {
                if on {
                    index.pins.insert(name.clone(), version.clone());
                } else {
                    index.pins.remove(name);
                }
            }),
            Some(alias) => {
                let key = format!("{name}@{}", checked_alias(alias)?);
                if on {
                    index.aliases.insert(key, version.clone());
                } else {
                    index.aliases.remove(&key);
                }
            }
        }
        self.write_index(&index)?;
        Ok(index.card(&entry))
    }

    /// Lets the bare name stand again for the version that it stood for before; a second time takes that back.
    pub fn back(&self, name: &str) -> Result<ModelCard, ModelsError> {
        let _held = self.lock()?;
        let mut index = self.read()?;
        let current = index.find(name)?.manifest.clone();
        let before = index.before(&current.name).cloned();
        let before = before.ok_or_else(|| ModelsError::NothingBefore {
            model: current.full_name(),
        })?;
        let version = before.manifest.version.clone();
        index.changing_current(&current.name, |index| {
            index.pins.insert(current.name.clone(), version);
        });
        self.write_index(&index)?;
        Ok(index.card(&before))
    }

    /// Changes whenever the list does; none while there is no list.
    pub fn stamp(&self) -> Option<(std::time::SystemTime, u64)> {
        let metadata = fs::metadata(self.folder().join("index.json")).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    }

    /// Deletes packages that no list names: left behind by a program that was stopped in between, or just removed.
    fn collect(&self, index: &Index) {
        let Ok(files) = fs::read_dir(self.folder()) else {
            return;
        };
        for path in files.flatten().map(|file| file.path()) {
            let digest = path.file_name().and_then(|name| {
                name.to_str()?
                    .strip_suffix(".model")?
                    .parse::<Digest>()
                    .ok()
            });
            let listed = |digest: &Digest| index.models.iter().any(|entry| entry.digest == *digest);
            let left = path
                .extension()
                .is_some_and(|extension| extension == "part");
            if left || digest.is_some_and(|digest| !listed(&digest)) {
                // What cannot be deleted now is tried again at the next change.
                let _ = fs::remove_file(path);
            }
        }
    }

    fn folder(&self) -> PathBuf {
        self.home.join("models")
    }

    fn read(&self) -> Result<Index, ModelsError> {
        let file = match File::open(self.folder().join("index.json")) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Index::default()),
            Err(error) => return Err(self.failed("read", reason(&error))),
        };
        let mut bytes = Vec::new();
        file.take(INDEX_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed("read", reason(&error)))?;
        let index: Index = serde_json::from_slice(&bytes)
            .map_err(|error| self.failed("read", format!("its list is damaged: {error}")))?;
        if index.schema != INDEX_SCHEMA {
            return Err(self.failed(
                "read",
                format!(
                    "its list has version {}, and {INDEX_SCHEMA} is read",
                    index.schema
                ),
            ));
        }
        Ok(index)
    }

    fn write_index(&self, index: &Index) -> Result<(), ModelsError> {
        let bytes = serde_json::to_vec_pretty(index)
            .map_err(|error| self.failed("written", error.to_string()))?;
        self.write(&self.folder().join("index.json"), &bytes)
    }

    /// Writes a file under a temporary name, syncs it and gives it its own: it is there as a whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), ModelsError> {
        let failed = |error: io::Error| self.failed("written", reason(&error));
        let folder = self.folder();
        let mut file = tempfile::Builder::new()
            .suffix(".part")
            .tempfile_in(&folder)
            .map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        if cfg!(unix) {
            File::open(&folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Held by whoever changes the registry; it is free again when the file is closed.
    fn lock(&self) -> Result<File, ModelsError> {
        let failed = |error: io::Error| self.failed("written", reason(&error));
        fs::create_dir_all(self.folder()).map_err(failed)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder().join("lock"))
            .map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    fn failed(&self, doing: &'static str, reason: String) -> ModelsError {
        ModelsError::Registry {
            folder: self.folder(),
            doing,
            reason,
        }
    }
}

fn entry(digest: Digest, package: &[u8], facts: ModelFacts, cost: Option<RunCost>) -> Entry {
    Entry {
        digest,
        bytes: package.len() as u64,
        weights: facts.weights,
        engine: facts.engine.to_owned(),
        class: facts.class,
        check_difference: facts.check_difference,
        cost,
        passed_over: facts.passed_over,
        manifest: facts.manifest,
    }
}

fn runs_here(facts: &ModelFacts) -> Result<(), ModelsError> {
    let manifest = &facts.manifest;
    if manifest.input.dimensions == 3 && manifest.output.kind == OutputKindSpec::Image {
        return Err(ModelsError::Unsupported {
            model: manifest.full_name(),
            reason: "3-D models that give an image are not run yet; labelmaps are",
        });
    }
    Ok(())
}

fn checked_alias(alias: &str) -> Result<&str, ModelsError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=30).contains(&alias.len())
        && alias.starts_with(|c: char| c.is_ascii_lowercase())
        && alias.chars().all(plain);
    fits.then_some(alias)
        .ok_or_else(|| ModelsError::Alias(alias.chars().take(40).collect()))
}
