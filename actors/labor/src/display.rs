//! The display thread: decodes the result of one slice beside its original, so that the actor answers tasks meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use actor_messages::{Event, EventInbox, JobId, SliceResult, TaskOutput};
use kernel_imaging::{Notice, Severity, difference};
use kernel_tasks::{PixelBlock, TaskError};
use ndarray::Array2;

use crate::error::LaborActorError;
use crate::limits::SHOW_QUEUE_MAX;
use crate::storage::reason;

/// One slice to show.
pub struct SliceToShow {
    /// The job.
    pub job: JobId,
    /// Index into the job's frames.
    pub slice: usize,
    /// Which slice of the output it is, from 0, where a 3-D model computed several together.
    pub plane: usize,
    /// The encoded block.
    pub block: Arc<[u8]>,
    /// The canonical output.
    pub output: Arc<[u8]>,
}

/// The way to the thread. Dropping it ends the thread.
pub struct Display {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    slices: VecDeque<SliceToShow>,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole before the guard drops.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<SliceToShow> {
        let waiting = self.lock();
        let idle = |waiting: &mut Waiting| waiting.slices.is_empty() && !waiting.closed;
        let mut waiting = self
            .arrived
            .wait_while(waiting, idle)
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            None
        } else {
            waiting.slices.pop_front()
        }
    }
}

impl Display {
    /// Starts the thread; its answers go to `inbox`.
    pub fn start(inbox: Arc<EventInbox>) -> Result<Self, LaborActorError> {
        let queue = Arc::<Queue>::default();
        let waiting = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("clisonix-labor-display".to_owned())
            .spawn(move || {
                while let Some(slice) = waiting.next() {
                    inbox.push(show(&slice));
                }
            })
            .map_err(|error| LaborActorError::Thread {
                name: "display",
                reason: reason(&error),
            })?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Asks for a slice. When too many wait, the oldest is dropped: who scrolls wants the newest.
    pub fn ask(&self, slice: SliceToShow) {
        let mut waiting = self.queue.lock();
        if waiting.slices.len() == SHOW_QUEUE_MAX {
            waiting.slices.pop_front();
        }
        waiting.slices.push_back(slice);
        drop(waiting);
        self.queue.arrived.notify_one();
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.arrived.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told by the panic hook; nothing more can be done with it here.
            let _ = thread.join();
        }
    }
}

fn show(slice: &SliceToShow) -> Event {
    match slice_result(slice) {
        Ok(result) => Event::SliceReady(Arc::new(result)),
        Err(error) => {
            let text = format!(
                "The result of slice {} cannot be shown: {error}",
                slice.slice + 1
            );
            Event::Notice(Notice {
                severity: Severity::Warning,
                text,
                path: None,
            })
        }
    }
}

/// The result beside its original. Figures are given where the result stands for the original: same shape, and no mask.
pub fn slice_result(slice: &SliceToShow) -> Result<SliceResult, TaskError> {
    let original = PixelBlock::decode(&slice.block)?.modality_values()?;
    let whole = TaskOutput::decode(&slice.output)?;
    // Where a stretch of the series comes again, one task is for several stretches.
    let plane = slice.plane % (whole.slices().max(1) as usize);
    let output = match &whole {
        TaskOutput::Slab(_) => whole.slice(plane).cloned().unwrap_or(whole),
        _ => whole,
    };
    let labels = output.labels(plane);
    let result = match labels {
        Some(labels) => {
            let values = labels.iter().map(|label| f32::from(*label)).collect();
            Array2::from_shape_vec(original.dim(), values).map_err(|error| {
                TaskError::Malformed {
                    what: "labelmap",
                    reason: error.to_string(),
                }
            })?
        }
        None => output.image()?,
    };
    let marks = matches!(output, TaskOutput::Mask { .. } | TaskOutput::Labels { .. });
    let comparable = original.dim() == result.dim() && !marks;
    // Values that are no numbers have no figures; the pictures are shown all the same.
    let figures = comparable
        .then(|| difference(original.view(), result.view()).ok())
        .flatten();
    Ok(SliceResult {
        job: slice.job.clone(),
        slice: slice.slice,
        summary: summary(&output, slice.output.len(), slice.block.len()),
        original: Arc::new(original),
        result: Arc::new(result),
        labels: labels.map(Arc::from),
        figures,
    })
}

fn summary(output: &TaskOutput, output_bytes: usize, block_bytes: usize) -> String {
    let kib = |bytes: usize| (bytes as f64 / 1024.0).round();
    match output {
        TaskOutput::LowRank { k, max_abs, .. } => format!(
            "Rank {k}, {} KiB instead of {} KiB, largest error {max_abs}",
            kib(output_bytes),
            kib(block_bytes)
        ),
        TaskOutput::Slab(parts) => format!("{} slices", parts.len()),
        TaskOutput::Image { rows, columns, .. } => {
            format!("{rows} x {columns} values, {} KiB", kib(output_bytes))
        }
        TaskOutput::Labels { slices, counts, .. } => {
            let marked: u64 = counts.iter().skip(1).sum();
            let slices = if *slices > 1 {
                format!(" on {slices} slices")
            } else {
                String::new()
            };
            match output.label_volumes_ml() {
                Some(volumes_ml) => {
                    let volume_ml: f64 = volumes_ml.iter().skip(1).sum();
                    format!("{marked} voxels labelled{slices}, {volume_ml:.3} ml")
                }
                None => format!("{marked} voxels labelled{slices}"),
            }
        }
        TaskOutput::Mask {
            count,
            volume_ml: Some(volume_ml),
            ..
        } => {
            format!("{count} pixels marked, {volume_ml:.3} ml")
        }
        TaskOutput::Mask {
            count,
            volume_ml: None,
            ..
        } => {
            format!("{count} pixels marked; the voxel size is not known, so there is no volume")
        }
    }
}
