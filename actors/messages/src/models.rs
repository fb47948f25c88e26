//! Models as the registry tells of them, and where their packages lie.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel_imaging::FrameReference;
use kernel_tasks::{Digest, ModelManifest, RunCost, TaskOutput};
use serde::Serialize;

use crate::command::{Generation, ViewportId};

/// One model of the registry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelCard {
    /// Content address of its package.
    pub digest: Digest,
    /// `NAME@VERSION`.
    pub full_name: String,
    /// Whether it is the one that the bare name stands for.
    pub current: bool,
    /// Whether it stays the one when others are added.
    pub pinned: bool,
    /// Of the one that the bare name stands for: the version that it stood for before, where that is still here.
    pub before: Option<String>,
    /// Other names that stand for it, such as `lung@stable`.
    pub aliases: Vec<String>,
    /// Bytes of the package.
    pub bytes: u64,
    /// Weights of its graph.
    pub weights: u64,
    /// Name of the engine that runs it here.
    pub engine: String,
    /// Its numeric class on this machine.
    pub class: Digest,
    /// Largest difference of the answer to its test case from the expected one.
    pub check_difference: f32,
    /// What a run of its test case costs, where that can be told ahead.
    pub cost: Option<RunCost>,
    /// In sentences: engines that are not used for it since they failed or answered its test case wrongly.
    pub passed_over: Vec<String>,
    /// What it says of itself.
    pub manifest: ModelManifest,
}

/// The registry as it is now.
#[derive(Clone, Debug, Default)]
pub struct ModelsSnapshot {
    /// By name and then by age.
    pub models: Arc<Vec<ModelCard>>,
    /// What is wrong with the registry, if anything is.
    pub problem: Option<String>,
}

/// What a 2-D model makes of the image on screen.
#[derive(Clone, Debug)]
pub struct LiveResult {
    /// Who asked.
    pub viewport: ViewportId,
    /// Which request.
    pub generation: Generation,
    /// The image.
    pub reference: FrameReference,
    /// The version that was asked for.
    pub asked: Digest,
    /// The version that made it.
    pub model: Digest,
    /// An image or labels of one slice.
    pub output: Arc<TaskOutput>,
    /// Where the time went.
    pub latency: LiveLatency,
}

/// Where the time of a request went, microseconds. In no result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveLatency {
    /// Waiting for its turn.
    pub queue_us: u64,
    /// Decoding the image, and reading the model the first time.
    pub pre_us: u64,
    /// In the model, with the way to its input and back.
    pub run_us: u64,
    /// Keeping the result and telling it.
    pub post_us: u64,
    /// Whether the result was there already.
    pub cached: bool,
    /// Median of the last requests, from asking to telling.
    pub p50_us: u64,
    /// 99th percentile of the same.
    pub p99_us: u64,
    /// Medians of the parts.
    pub p50_parts: LatencyParts,
    /// 99th percentiles of the parts.
    pub p99_parts: LatencyParts,
}

/// The parts of the time of requests, microseconds; each percentile is of its own part. In no result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencyParts {
    /// Waiting for its turn.
    pub queue_us: u64,
    /// Decoding the image.
    pub pre_us: u64,
    /// In the model.
    pub run_us: u64,
    /// Keeping the result and telling it.
    pub post_us: u64,
}

/// What came out of a trial so far: a version that ran on a part of the requests beside the one that answered. In no result.
#[derive(Clone, Debug, PartialEq)]
pub struct CanaryFigures {
    /// The version that answers.
    pub from: Digest,
    /// The version that is tried.
    pub to: Digest,
    /// Share of the requests that both run on; 0 once the trial is over.
    pub percent: u32,
    /// Requests since the trial began.
    pub requests: u64,
    /// Answers compared.
    pub compared: u64,
    /// Requests that both should have run on, and that newer ones crowded out.
    pub skipped: u64,
    /// Requests that the version tried failed on.
    pub failed: u64,
    /// Why it failed last.
    pub failure: Option<String>,
    /// How far answers were alike in the mean, 0 to 1.
    pub alike_mean: f64,
    /// How far those were alike that were least so.
    pub alike_least: f64,
    /// Median of the runs of the version that answers, microseconds.
    pub from_run_us: u64,
    /// Median of the runs of the version that is tried, microseconds.
    pub to_run_us: u64,
}

/// `home/models/DIGEST.model`, where the package of a model lies.
pub fn model_path(home: &Path, digest: &Digest) -> PathBuf {
    home.join("models").join(format!("{digest}.model"))
}
