//! The registry's list: which models there are, which one a bare name stands for, and what else they are called.

use std::collections::BTreeMap;

use actor_messages::ModelCard;
use kernel_tasks::{Digest, ModelManifest, RunCost};
use serde::{Deserialize, Serialize};

use crate::error::ModelsError;

/// The version of the form.
pub const INDEX_SCHEMA: u32 = 1;

/// One model, oldest first in [`Index::models`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Content address of the package.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: u64,
    /// Weights of its graph.
    pub weights: u64,
    /// The engine that answered its test case.
    pub engine: String,
    /// Its numeric class here.
    pub class: Digest,
    /// How far that answer was from the expected one.
    pub check_difference: f32,
    /// What a run of its test case costs, where that can be told ahead.
    #[serde(default)]
    pub cost: Option<RunCost>,
    /// Why faster engines are not used for it.
    #[serde(default)]
    pub passed_over: Vec<String>,
    /// What it says of itself.
    pub manifest: ModelManifest,
}

/// The list as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Version of this form.
    pub schema: u32,
    /// In the order they were added.
    pub models: Vec<Entry>,
    /// The version that a bare name stands for, where it is pinned.
    pub pins: BTreeMap<String, String>,
    /// `NAME@ALIAS` and the version that it stands for.
    pub aliases: BTreeMap<String, String>,
    /// The version that a bare name stood for before it was changed last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<String, String>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            schema: INDEX_SCHEMA,
            models: Vec::new(),
            pins: BTreeMap::new(),
            aliases: BTreeMap::new(),
            before: BTreeMap::new(),
        }
    }
}

impl Index {
    /// The model that a text means: a digest or its first eight digits or more, `NAME@VERSION`, `NAME@ALIAS`, or `NAME`:
    /// its pinned version, otherwise the one added last.
    pub fn find(&self, text: &str) -> Result<&Entry, ModelsError> {
        let text = text.trim();
        let is_digest = text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found = match text.split_once('@') {
            Some((name, version)) => {
                let version = self.aliases.get(text).map_or(version, String::as_str);
                self.version(name, version)
            }
            None => self.current(text).or_else(|| {
                let mut matching = self.models.iter().filter(|entry| {
                    is_digest
                        && entry
                            .digest
                            .to_string()
                            .starts_with(&text.to_ascii_lowercase())
                });
                matching.next().filter(|_| matching.next().is_none())
            }),
        };
        found.ok_or_else(|| ModelsError::Unknown {
            name: text.chars().take(80).collect(),
            known: self.known(),
        })
    }

    /// The model that the bare name stands for.
    pub fn current(&self, name: &str) -> Option<&Entry> {
        let pinned = self
            .pins
            .get(name)
            .and_then(|version| self.version(name, version));
        let last = || {
            self.models
                .iter()
                .rev()
                .find(|entry| entry.manifest.name == name)
        };
        pinned.or_else(last)
    }

    /// The version that the bare name stood for before, where it is another one that is still here.
    pub fn before(&self, name: &str) -> Option<&Entry> {
        let current = self.current(name)?;
        self.version(name, self.before.get(name)?)
            .filter(|before| before.digest != current.digest)
    }

    /// Changes what the bare name stands for by `change`, and remembers what it stood for.
    pub fn changing_current(&mut self, name: &str, change: impl FnOnce(&mut Self)) {
        let version = |index: &Self| Some(index.current(name)?.manifest.version.clone());
        let was = version(self);
        change(self);
        if let Some(was) = was
            && version(self).as_ref() != Some(&was)
        {
            self.before.insert(name.to_owned(), was);
        }
    }

    /// The model of that name and version.
    pub fn version(&self, name: &str, version: &str) -> Option<&Entry> {
        self.models
            .iter()
            .find(|entry| entry.manifest.name == name && entry.manifest.version == version)
    }

    /// Aliases of a model, sorted.
    pub fn aliases_of(&self, entry: &Entry) -> Vec<String> {
        let prefix = format!("{}@", entry.manifest.name);
        self.aliases
            .iter()
            .filter(|(alias, version)| {
                alias.starts_with(&prefix) && **version == entry.manifest.version
            })
            .map(|(alias, _)| alias.clone())
            .collect()
    }

    /// Whether the bare name is pinned to this one.
    pub fn is_pinned(&self, entry: &Entry) -> bool {
        self.pins.get(&entry.manifest.name) == Some(&entry.manifest.version)
    }

    /// All models as they are shown: by name, then by age.
    pub fn cards(&self) -> Vec<ModelCard> {
        let mut cards: Vec<ModelCard> = self.models.iter().map(|entry| self.card(entry)).collect();
        cards.sort_by(|one, other| one.manifest.name.cmp(&other.manifest.name));
        cards
    }

    /// One model as it is shown.
    pub fn card(&self, entry: &Entry) -> ModelCard {
        let current = self.current(&entry.manifest.name);
        ModelCard {
            digest: entry.digest,
            full_name: entry.manifest.full_name(),
            current: current.is_some_and(|current| current.digest == entry.digest),
            pinned: self.is_pinned(entry),
            before: current
                .filter(|current| current.digest == entry.digest)
                .and_then(|current| self.before(&current.manifest.name))
                .map(|before| before.manifest.version.clone()),
            aliases: self.aliases_of(entry),
            bytes: entry.bytes,
            weights: entry.weights,
            engine: entry.engine.clone(),
            class: entry.class,
            check_difference: entry.check_difference,
            cost: entry.cost,
            passed_over: entry.passed_over.clone(),
            manifest: entry.manifest.clone(),
        }
    }

    /// Bytes of all packages.
    pub fn bytes(&self) -> u64 {
        self.models
            .iter()
            .fold(0, |sum, entry| sum.saturating_add(entry.bytes))
    }

    fn known(&self) -> String {
        if self.models.is_empty() {
            return "none yet; `clisonix models add` adds one, such as a folder of assets/models"
                .to_owned();
        }
        let names: Vec<String> = self
            .models
            .iter()
            .map(|entry| entry.manifest.full_name())
            .collect();
        names.join(", ")
    }
}
