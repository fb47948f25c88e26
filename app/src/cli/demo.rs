//! `clisonix demo`: the whole way without a window: open the sample, compress it alone and on two nodes, compare, say where.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actor_engine::{Engine, EngineOptions};
use actor_messages::{
    CancelFlag, Command, Determinism, Digest, Event, JobOutcome, JobRequest, RequestId, SliceResult,
};
use kernel_imaging::{
    Frame, FrameAttributes, PhotometricInterpretation, Presentation, Samples, Series, VoiChoice,
    VoiFunction, auto_window, difference_image, present,
};
use ndarray::Array2;
use serde::Serialize;

use super::failure::Failure;
use super::leaving::Leaving;
use super::local_node::LocalNode;
use super::run::JobRecord;
use super::session::Session;
use super::{images, interrupt, job, peers, save};
use crate::panels::welcome::RESEARCH_USE;

/// Nodes that help.
const NODES: usize = 2;
/// They are on this machine, so they answer soon or never.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// Compresses the sample study alone and on two nodes that it starts itself, and compares the digests.
#[derive(clap::Args)]
pub struct Demo {
    /// Another series than the sample study.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The folder for pictures, results and receipts.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Singular values that are kept.
    #[arg(long, value_name = "K", default_value_t = 32)]
    k: u32,
}

#[derive(Serialize)]
struct DemoRecord {
    input: Vec<PathBuf>,
    slices: usize,
    k: u32,
    equal: bool,
    alone_digest: Digest,
    shared_digest: Digest,
    alone: JobRecord,
    shared: JobRecord,
    /// Of the slice in the middle: before, after, difference.
    pictures: Vec<PathBuf>,
    max_abs_error: Option<f64>,
    relative_frobenius_error: Option<f64>,
}

impl Demo {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let paths = if self.paths.is_empty() {
            vec![sample()?]
        } else {
            self.paths.clone()
        };
        let series = images::one_series(session, &paths, None)?;
        save::folder(&self.out)?;
        let interrupted = interrupt::listen()?;
        let homes = TemporaryFolder::new()?;
        let here = Session::new(Some(homes.path.join("here")), false);

        session.note(format_args!(
            "Compressing {} slices here, k = {}",
            series.frames.len(),
            self.k
        ));
        let alone = self.alone(&here, &series, &interrupted)?;

        session.note(format_args!(
            "Starting and pairing {NODES} nodes on this machine"
        ));
        let nodes = (1..=NODES)
            .map(|number| LocalNode::start(&here, homes.path.join(format!("node-{number}"))))
            .collect::<Result<Vec<_>, _>>()?;
        session.note("Compressing the same slices together with them");
        let (shared, slice) = self.shared(&here, &series, &nodes, &interrupted)?;
        let mut shared_record = JobRecord::new(&shared, &self.parameters());
        for (number, node) in (1..).zip(&nodes) {
            shared_record.rename(node.peer(), format!("node {number}"));
        }
        drop(nodes);

        let pictures = self.write_pictures(&slice)?;
        let record = DemoRecord {
            input: paths,
            slices: series.frames.len(),
            k: self.k,
            equal: alone.output_digest == shared.output_digest,
            alone_digest: alone.output_digest,
            shared_digest: shared.output_digest,
            alone: JobRecord::new(&alone, &self.parameters()),
            shared: shared_record,
            pictures,
            max_abs_error: slice.figures.map(|figures| figures.max_abs),
            relative_frobenius_error: slice.figures.map(|figures| figures.relative_frobenius),
        };
        session.answer(&record, || record.text(&self.out))?;
        if record.equal {
            Ok(())
        } else {
            Err(Failure::failed(format!(
                "The digests are not equal: alone {}, together {}",
                record.alone_digest, record.shared_digest
            )))
        }
    }

    fn alone(
        &self,
        here: &Session,
        series: &Series,
        interrupted: &CancelFlag,
    ) -> Result<Arc<JobOutcome>, Failure> {
        let engine = here.engine(|options| options)?;
        let outcome = job::run(
            here,
            &engine,
            self.request(series, false),
            &mut Leaving::default(),
            interrupted,
        )?;
        engine.stop();
        Ok(outcome)
    }

    /// The outcome with the nodes' help, and its slice in the middle.
    fn shared(
        &self,
        here: &Session,
        series: &Series,
        nodes: &[LocalNode],
        interrupted: &CancelFlag,
    ) -> Result<(Arc<JobOutcome>, Arc<SliceResult>), Failure> {
        let engine = here.engine(|options| EngineOptions {
            share: true,
            listen: Some("127.0.0.1:0".to_owned()),
            ..options
        })?;
        for node in nodes {
            engine
                .send(Command::Dial(node.address().to_owned()))
                .map_err(Failure::failed)?;
        }
        wait_until_ready(here, &engine, nodes.len(), interrupted)?;
        let outcome = job::run(
            here,
            &engine,
            self.request(series, true),
            &mut Leaving::default(),
            interrupted,
        )?;
        let slice = job::slice(here, &engine, &outcome, series.frames.len() / 2)?;
        engine.stop();
        Ok((outcome, slice))
    }

    fn parameters(&self) -> Vec<(String, String)> {
        vec![("k".to_owned(), self.k.to_string())]
    }

    fn request(&self, series: &Series, mesh: bool) -> JobRequest {
        JobRequest {
            request: RequestId(1),
            operation: "svd-compress".to_owned(),
            parameters: self.parameters(),
            slice_mm: series.voxel_mm.map(|[slice_mm, ..]| slice_mm),
            frames: series.frames.clone(),
            level: Determinism::Strict,
            mesh,
            out: Some(self.out.join(if mesh { "shared" } else { "alone" })),
        }
    }

    fn write_pictures(&self, slice: &SliceResult) -> Result<Vec<PathBuf>, Failure> {
        let original = as_frame(&slice.original);
        let attributes = FrameAttributes::default();
        // Both are seen through the window of the original, so that what changed is the image.
        let level = auto_window(&original, &attributes);
        let presentation = Presentation {
            voi: VoiChoice::Manual(level, VoiFunction::LinearExact),
            ..Presentation::default()
        };
        let seen =
            |frame: &Frame| present(frame, &attributes, &presentation).map_err(Failure::failed);
        let difference = difference_image(slice.original.view(), slice.result.view())
            .map_err(Failure::failed)?;
        let pictures = [
            ("before.png", seen(&original)?),
            ("after.png", seen(&as_frame(&slice.result))?),
            ("difference.png", difference),
        ];
        let write = |(name, image)| {
            let path = self.out.join(name);
            save::png(&path, &image, &[RESEARCH_USE.to_owned()])?;
            Ok(path)
        };
        pictures.into_iter().map(write).collect()
    }
}

fn sample() -> Result<PathBuf, Failure> {
    crate::home::find_sample()
        .ok_or_else(|| Failure::failed("The sample study is not installed on this machine"))
}

fn as_frame(values: &Array2<f32>) -> Frame {
    let (rows, columns) = values.dim();
    Frame {
        rows,
        columns,
        samples_per_pixel: 1,
        samples: Samples::F32(values.iter().copied().collect()),
        photometric: PhotometricInterpretation::Monochrome2,
    }
}

fn wait_until_ready(
    here: &Session,
    engine: &Engine,
    count: usize,
    interrupted: &CancelFlag,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut ready = 0;
    while started.elapsed() < READY_WITHIN && !interrupted.is_cancelled() {
        for event in engine.inbox().drain_within(Duration::from_millis(100)) {
            match event {
                Event::Mesh(mesh) => ready = peers::ready(&mesh),
                Event::Notice(notice) => here.notice(&notice),
                _ => (),
            }
        }
        if ready >= count {
            return Ok(());
        }
    }
    Err(Failure::failed(format!(
        "{ready} of {count} nodes on this machine became ready"
    )))
}

impl DemoRecord {
    fn text(&self, out: &Path) -> String {
        let mut lines = vec![
            format!(
                "alone     {}  {} ms",
                self.alone_digest, self.alone.elapsed_ms
            ),
            format!(
                "together  {}  {} ms",
                self.shared_digest, self.shared.elapsed_ms
            ),
            format!(
                "digests   {}",
                if self.equal { "equal" } else { "NOT EQUAL" }
            ),
        ];
        for member in &self.shared.members {
            lines.push(format!(
                "{} did {} of {} slices",
                member.name, member.done, self.slices
            ));
        }
        if let (Some(max_abs), Some(relative)) = (self.max_abs_error, self.relative_frobenius_error)
        {
            lines.push(format!(
                "largest error {max_abs}, relative error {relative:.5}"
            ));
        }
        lines.extend(
            self.pictures
                .iter()
                .map(|path| format!("picture   {}", path.display())),
        );
        let receipts = self.alone.receipts.len() + self.shared.receipts.len();
        lines.push(format!("{receipts} receipts below {}", out.display()));
        if let Some(receipt) = self.shared.receipts.first() {
            let input: Vec<String> = self
                .input
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            lines.push(format!(
                "compute one again: clisonix verify {} --input {}",
                receipt.display(),
                input.join(" ")
            ));
        }
        lines.join("\n")
    }
}

/// A folder of our own that is gone when we are.
struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("clisonix-demo-{}", std::process::id()));
        save::folder(&path)?;
        Ok(Self { path })
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
