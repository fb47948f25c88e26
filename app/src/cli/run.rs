//! `clisonix run`: one operation over a series, with results, receipts and a journal.

use std::collections::BTreeMap;
use std::path::PathBuf;

use actor_engine::{EngineOptions, ModelStore};
use actor_messages::{
    AskBeforeSending, Command, Determinism, Digest, JobOutcome, JobRequest, LabelFigure,
    MODEL_SLICE, MODEL_VOLUME, ParameterKind, Parameters, RequestId, formula_blob, operation,
};
use kernel_imaging::sharing_flags;
use serde::Serialize;

use super::failure::Failure;
use super::leaving::Leaving;
use super::session::Session;
use super::{images, interrupt, job, save};

/// Threads beyond this are a slip of the finger.
pub const THREADS_MAX: u64 = 1024;

/// Runs one operation over a series; writes results and receipts.
#[derive(clap::Args)]
pub struct Run {
    /// Which operation; `clisonix operations` lists them. `model` runs a model the way it is made for.
    operation: String,
    /// A parameter of the operation, as name=value; a matrix is a .npy file, or dct:P; a model is its name.
    #[arg(long = "param", value_name = "K=V", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Files and folders that hold the series.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    input: Vec<PathBuf>,
    /// Which series, by key, UID or number, where there are several.
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// The folder for results and receipts.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Lets paired workstations help.
    #[arg(long)]
    mesh: bool,
    /// Connects to this paired node first, as host:port, where multicast is off.
    #[arg(long, value_name = "ADDR", requires = "mesh")]
    dial: Vec<String>,
    /// Writes what would leave with the job to this file before anything of it leaves.
    #[arg(long, value_name = "FILE", requires = "mesh")]
    manifest: Option<PathBuf>,
    /// Shows what would leave with the job, and lets it leave only after a yes on standard input.
    #[arg(long, requires = "mesh")]
    ask: bool,
    /// Keeps a copy of every byte that leaves, before it is encrypted, in this folder; it holds pixels.
    #[arg(long, value_name = "DIR", requires = "mesh")]
    record_outgoing: Option<PathBuf>,
    /// Bit-identical wherever it is computed; this is the default.
    #[arg(long, group = "level")]
    strict: bool,
    /// Equal within the operation's tolerance.
    #[arg(long, group = "level")]
    relaxed: bool,
    /// Random, but the same for the same seed.
    #[arg(long, value_name = "N", group = "level")]
    seed: Option<u64>,
    /// Threads that compute here; all cores unless given. No result depends on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX))]
    threads: Option<u64>,
}

/// Splits `k=32`.
fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!(
            "`{text}` is no parameter; write name=value, such as k=32"
        )),
    }
}

/// A job that is over, as `run --json` prints it.
#[derive(Serialize)]
pub struct JobRecord {
    job: String,
    operation: String,
    parameters: BTreeMap<String, String>,
    /// Over all results in `TaskId` order.
    pub output_digest: Digest,
    assignment_digest: Digest,
    membership_digest: Digest,
    /// In slice order.
    pub receipts: Vec<PathBuf>,
    results: Vec<PathBuf>,
    journal: Option<PathBuf>,
    /// Who did how many tasks.
    pub members: Vec<MemberRecord>,
    tasks: usize,
    /// Tasks that an earlier process had done, taken up and not computed again.
    taken_up: usize,
    epochs: u32,
    /// Tasks that a second member computed too, with the same answer.
    spot_checked: usize,
    /// Wall time of the job.
    pub elapsed_ms: u64,
    /// Of it, from the assignment of the tasks to the last answer.
    tasks_ms: u32,
    peak_memory_bytes: u64,
    max_abs_error: Option<f64>,
    max_relative_error: Option<f64>,
    volume_ml: Option<f64>,
    /// Voxels and volume of each label, where there are labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<LabelFigure>,
    input_bytes: u64,
    result_bytes: u64,
}

/// One member of a job.
#[derive(Serialize)]
pub struct MemberRecord {
    peer: String,
    pub name: String,
    capacity: u32,
    pub done: usize,
    pub lost: bool,
}

impl JobRecord {
    pub fn new(outcome: &JobOutcome, parameters: &[(String, String)]) -> Self {
        let snapshot = &outcome.snapshot;
        let members = snapshot.members.iter().map(|member| MemberRecord {
            peer: member.peer.clone(),
            name: member.name.clone(),
            capacity: member.capacity,
            done: member.done,
            lost: member.lost,
        });
        Self {
            job: snapshot.job.0.clone(),
            operation: snapshot.operation.clone(),
            parameters: parameters.iter().cloned().collect(),
            output_digest: outcome.output_digest,
            assignment_digest: outcome.assignment_digest,
            membership_digest: outcome.membership_digest,
            receipts: outcome.receipts.clone(),
            results: outcome.results.clone(),
            journal: outcome.journal.clone(),
            members: members.collect(),
            tasks: snapshot.tasks.len(),
            taken_up: outcome.taken_up,
            epochs: snapshot.epoch + 1,
            spot_checked: snapshot.spot_checked,
            elapsed_ms: snapshot.elapsed_ms,
            tasks_ms: snapshot.timeline.elapsed_ms,
            peak_memory_bytes: outcome.peak_memory_bytes,
            max_abs_error: outcome.max_abs_error,
            max_relative_error: outcome.max_relative_error,
            volume_ml: outcome.volume_ml,
            labels: outcome.labels.clone(),
            input_bytes: outcome.input_bytes,
            result_bytes: outcome.result_bytes,
        }
    }

    /// Gives a member a name that tells it from others of the same machine.
    pub fn rename(&mut self, peer: &str, name: String) {
        if let Some(member) = self.members.iter_mut().find(|member| member.peer == peer) {
            member.name = name;
        }
    }

    pub fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "{} over {} slices in {} ms",
                self.operation, self.tasks, self.elapsed_ms
            ),
            format!("output digest      {}", self.output_digest),
            format!("assignment digest  {}", self.assignment_digest),
        ];
        if self.taken_up > 0 {
            lines.push(format!(
                "taken up           {} of {} tasks from the earlier run",
                self.taken_up, self.tasks
            ));
        }
        for member in &self.members {
            let lost = if member.lost { ", lost on the way" } else { "" };
            lines.push(format!("{}: {} tasks{lost}", member.name, member.done));
        }
        if let Some(error) = self.max_abs_error {
            lines.push(format!("largest error      {error}"));
        }
        if let Some(error) = self.max_relative_error {
            lines.push(format!("largest relative   {error}"));
        }
        if let Some(volume_ml) = self.volume_ml {
            lines.push(format!("volume             {volume_ml} ml"));
        }
        for figure in &self.labels {
            let volume = figure
                .volume_ml
                .map_or(String::new(), |volume_ml| format!(", {volume_ml:.3} ml"));
            lines.push(format!(
                "label {:<3}          {}: {} voxels{volume}",
                figure.label, figure.name, figure.voxels
            ));
        }
        lines.push(format!(
            "bytes              {} in, {} out",
            self.input_bytes, self.result_bytes
        ));
        if let Some(receipt) = self.receipts.first() {
            let folder = receipt.parent().unwrap_or(receipt);
            lines.push(format!(
                "{} receipts in {}",
                self.receipts.len(),
                folder.display()
            ));
        }
        lines.join("\n")
    }
}

impl Run {
    pub fn execute(mut self, session: &Session) -> Result<(), Failure> {
        self.name_model(session)?;
        self.check_parameters()?;
        let series = images::one_series(session, &self.input, self.series.as_deref())?;
        save::folder(&self.out)?;
        if self.mesh {
            for flag in sharing_flags(&series.frames) {
                session.note(format_args!("Before sharing: {flag}"));
            }
        }
        let interrupted = interrupt::listen()?;
        let threads = self
            .threads
            .and_then(|threads| usize::try_from(threads).ok());
        let mut leaving = Leaving::new(self.manifest.clone(), self.ask);
        let engine = session.engine(|options| EngineOptions {
            threads,
            share: self.mesh,
            ask_before_sending: match leaving.waits() {
                true => AskBeforeSending::Always,
                false => AskBeforeSending::Never,
            },
            record_outgoing: self.record_outgoing.clone(),
            ..options
        })?;
        for address in &self.dial {
            engine
                .send(Command::Dial(address.clone()))
                .map_err(Failure::failed)?;
        }
        let level = match self.seed {
            Some(seed) => Determinism::Stochastic(seed),
            None if self.relaxed => Determinism::Relaxed,
            None => Determinism::Strict,
        };
        let request = JobRequest {
            request: RequestId(1),
            operation: self.operation.clone(),
            parameters: self.parameters.clone(),
            slice_mm: series.voxel_mm.map(|[slice_mm, ..]| slice_mm),
            frames: series.frames,
            level,
            mesh: self.mesh,
            out: Some(self.out.clone()),
        };
        let outcome = job::run(session, &engine, request, &mut leaving, &interrupted)?;
        engine.stop();
        leaving.say_what_stayed(session);
        let record = JobRecord::new(&outcome, &self.parameters);
        session.answer(&record, || record.text())
    }

    /// Puts the digest of a model in the place of its name, and the operation that runs it in the place of `model`.
    fn name_model(&mut self, session: &Session) -> Result<(), Failure> {
        let any = self.operation == "model";
        let named = self.parameters.iter_mut().find(|(name, _)| name == "model");
        let Some((_, text)) = named else {
            return if any {
                Err(Failure::usage(
                    "Which model? Write --param model=NAME; clisonix models list names them",
                ))
            } else {
                Ok(())
            };
        };
        if !any && ![MODEL_SLICE, MODEL_VOLUME].contains(&self.operation.as_str()) {
            return Ok(());
        }
        let card = ModelStore::new(session.home())
            .find(text)
            .map_err(Failure::failed)?;
        *text = card.digest.to_string();
        if any {
            let volume = card.manifest.input.dimensions == 3;
            self.operation = if volume { MODEL_VOLUME } else { MODEL_SLICE }.to_owned();
        }
        Ok(())
    }

    /// What can be said to be wrong before any image is read.
    fn check_parameters(&self) -> Result<(), Failure> {
        let spec = operation(&self.operation).map_err(Failure::usage)?;
        // A class is told by the engine, which knows who computes.
        if spec
            .parameters
            .iter()
            .any(|p| p.kind == ParameterKind::Class)
        {
            return Ok(());
        }
        for (name, text) in &self.parameters {
            let kind = spec.parameter(name).map(|parameter| parameter.kind);
            if kind == Some(ParameterKind::Formula) {
                formula_blob(text).map_err(Failure::usage)?;
            }
        }
        // A matrix is a file name here and a digest later: the engine reads and checks it.
        let named = |name: &str| {
            let mut specs = spec.parameters.iter();
            specs.any(|p| {
                let read = [
                    ParameterKind::Matrix,
                    ParameterKind::Formula,
                    ParameterKind::Pipeline,
                ];
                p.name == name && read.contains(&p.kind)
            })
        };
        let parameters: Vec<_> = self
            .parameters
            .iter()
            .map(|(name, value)| match named(name) {
                true => (name.clone(), Digest::of(value.as_bytes()).to_string()),
                false => (name.clone(), value.clone()),
            })
            .collect();
        Parameters::parse(spec, &parameters).map_err(Failure::usage)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_split_at_the_first_equals_sign() {
        assert_eq!(parameter("k=32"), Ok(("k".to_owned(), "32".to_owned())));
        assert_eq!(
            parameter("w=a=b.npy"),
            Ok(("w".to_owned(), "a=b.npy".to_owned()))
        );
        assert!(parameter("k").is_err());
        assert!(parameter("=3").is_err());
    }
}
