//! `clisonix models`: the registry of models of this home.

use std::path::PathBuf;

use actor_engine::ModelStore;
use actor_messages::{ModelCard, OutputKindSpec};

use super::deploy::Deploy;
use super::failure::Failure;
use super::session::Session;

/// Adds, lists, shows, removes and pins models. ONNX Runtime runs them where CLISONIX_ONNXRUNTIME names its library (`off`: never) or it is found
/// beside the program, in HOME/lib or in the system; the built-in engine runs them otherwise.
#[derive(clap::Args)]
pub struct Models {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Checks a model, runs its test case, and keeps it.
    Add {
        /// Folders with an ONNX file, model.toml and a test case, or the ONNX file in one.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Lists the models there are.
    List,
    /// Shows everything about a model.
    Show {
        /// NAME, NAME@VERSION, NAME@ALIAS, or the first digits of a digest.
        name: String,
    },
    /// Removes a model.
    Remove {
        /// As for show.
        name: String,
    },
    /// Lets a name stand for this version, whatever is added later.
    Pin {
        /// As for show.
        name: String,
        /// Another name than the bare one: NAME@ALIAS then stands for this version.
        #[arg(long = "as", value_name = "ALIAS")]
        alias: Option<String>,
        /// Takes it back.
        #[arg(long)]
        off: bool,
    },
    Deploy(Deploy),
    /// Lets a name stand again for the version before. Windows of this home take it over while they run, as they do after pin and add.
    Back {
        /// NAME.
        name: String,
    },
}

impl Models {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let store = ModelStore::new(session.home());
        match self.command {
            Command::Add { paths } => {
                let added: Vec<ModelCard> = paths
                    .iter()
                    .map(|path| store.add(path).map_err(Failure::failed))
                    .collect::<Result<_, _>>()?;
                session.answer(&added, || lines(&added))
            }
            Command::List => {
                let models = store.list().map_err(Failure::failed)?;
                session.answer(&models, || {
                    if models.is_empty() {
                        "No models yet; clisonix models add PATH adds one".to_owned()
                    } else {
                        lines(&models)
                    }
                })
            }
            Command::Show { name } => {
                let card = store.find(&name).map_err(Failure::failed)?;
                session.answer(&card, || about(&card))
            }
            Command::Remove { name } => {
                let card = store.remove(&name).map_err(Failure::failed)?;
                session.answer(&card, || format!("{} was removed", card.full_name))
            }
            Command::Pin { name, alias, off } => {
                let card = store
                    .pin(&name, alias.as_deref(), !off)
                    .map_err(Failure::failed)?;
                session.answer(&card, || line(&card))
            }
            Command::Deploy(deploy) => deploy.execute(session),
            Command::Back { name } => {
                let card = store.back(&name).map_err(Failure::failed)?;
                session.answer(&card, || line(&card))
            }
        }
    }
}

fn lines(models: &[ModelCard]) -> String {
    models.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(card: &ModelCard) -> String {
    let mut marks = Vec::new();
    if card.pinned {
        marks.push("pinned".to_owned());
    } else if card.current {
        marks.push("current".to_owned());
    }
    marks.extend(card.aliases.iter().cloned());
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!(" [{}]", marks.join(", "))
    };
    format!(
        "{} {}{marks}: {} ({} KiB)",
        card.digest.short(),
        card.full_name,
        card.manifest.summary,
        card.bytes.div_ceil(1024)
    )
}

fn about(card: &ModelCard) -> String {
    let manifest = &card.manifest;
    let modalities = if manifest.modalities.is_empty() {
        "any".to_owned()
    } else {
        manifest.modalities.join(", ")
    };
    let gives = match manifest.output.kind {
        OutputKindSpec::Image => "an image".to_owned(),
        OutputKindSpec::Labelmap => {
            let names: Vec<&str> = manifest
                .output
                .labels
                .iter()
                .map(|label| label.name.as_str())
                .collect();
            format!("labels: {}", names.join(", "))
        }
    };
    let mut lines = vec![
        line(card),
        format!("intended use  {}", manifest.intended_use),
        format!("licence       {}", manifest.licence),
        format!("source        {}", manifest.source),
        format!("modalities    {modalities}"),
        format!("takes         {}-D images", manifest.input.dimensions),
        format!("gives         {gives}"),
        format!("weights       {}", card.weights),
        format!("engine        {}", card.engine),
        format!("a run         {}", cost(card)),
        format!(
            "test case     differs by {} from {}",
            card.check_difference, manifest.check.reference
        ),
        format!("class         {}", card.class),
        format!("digest        {}", card.digest),
    ];
    lines.extend(
        card.passed_over
            .iter()
            .map(|reason| format!("not used      {reason}")),
    );
    lines.join("\n")
}

/// What one run of the test case costs, as far as that can be told.
fn cost(card: &ModelCard) -> String {
    let shape = &card.manifest.check.input_shape;
    match &card.cost {
        Some(cost) => format!(
            "{:.2} thousand million multiply-adds and {} MiB beside the weights for {shape:?}",
            cost.multiply_adds as f64 / 1e9,
            cost.memory_bytes.div_ceil(1 << 20)
        ),
        None => format!("what {shape:?} costs cannot be told ahead"),
    }
}
