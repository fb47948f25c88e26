//! A series through the steps of a pass, from its files to what is kept, some slices in memory at a time.

use actor_messages::CancelFlag;
use kernel_imaging::FrameReference;
use kernel_tasks::{PixelBlock, SeriesComponents, SeriesPipeline, SliceFactors, slice_values};
use rayon::prelude::*;

use crate::error::EngineError;

/// Slices that are decoded together.
const DECODED_SLICES: usize = 8;

/// What a series is put through.
pub struct SeriesPassRequest<'a> {
    /// The slices in their order.
    pub frames: &'a [FrameReference],
    /// Distance of the slices, where it is known.
    pub slice_mm: Option<f64>,
    /// The steps, as TOML.
    pub text: &'a str,
    /// Threads; all cores where none are named. No result depends on it.
    pub threads: Option<usize>,
    /// Asked between slices.
    pub cancelled: &'a CancelFlag,
}

/// What a pass found in a series beside its factors.
pub struct PassedSeries {
    /// Rows and columns of a slice.
    pub shape: [usize; 2],
    /// Size of a voxel along slices, rows and columns, where it is known.
    pub voxel_mm: Option<[f64; 3]>,
    /// Components with fewer voxels have a label and no figures.
    pub voxels_min: u64,
    /// The components; none where the steps have no threshold.
    pub components: Option<SeriesComponents>,
}

/// Puts a series through a pass. `keep` is given the number of slices, then the factors of each slice in their order.
///
/// # Errors
/// What is wrong with the steps, a slice that cannot be read or is unlike the first, what a kernel refuses, a Ctrl-C, what `keep` says.
pub fn series_pass(
    request: &SeriesPassRequest<'_>,
    keep: &mut (dyn FnMut(SliceFactors) -> Result<(), String> + Send),
) -> Result<PassedSeries, EngineError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads.unwrap_or(0));
    let pool = pool
        .build()
        .map_err(|error| EngineError::Start(error.to_string()))?;
    pool.install(|| passed(request, keep))
        .map_err(EngineError::Pass)
}

fn passed(
    request: &SeriesPassRequest<'_>,
    keep: &mut (dyn FnMut(SliceFactors) -> Result<(), String> + Send),
) -> Result<PassedSeries, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let pipeline = SeriesPipeline::parse(request.text).map_err(|error| said(&error))?;
    let mut begun = None;
    for (chunk, frames) in request.frames.chunks(DECODED_SLICES).enumerate() {
        if request.cancelled.is_cancelled() {
            return Err("The pass was interrupted; nothing of it is kept".to_owned());
        }
        let block = |reference| actor_compute::pixel_block(reference, request.slice_mm);
        let blocks: Vec<Result<PixelBlock, String>> = match frames {
            [one] => vec![block(one)],
            several => several.par_iter().map(block).collect(),
        };
        for (at, block) in blocks.into_iter().enumerate() {
            let slice = chunk * DECODED_SLICES + at + 1;
            let of_slice = |reason: &dyn std::fmt::Display| format!("Slice {slice}: {reason}");
            let block = block.map_err(|reason| of_slice(&reason))?;
            if begun.is_none() {
                let pass = pipeline.begin(&block).map_err(|error| said(&error))?;
                begun = Some((pass, block.voxel_mm, [block.rows, block.columns]));
            }
            let Some((pass, ..)) = &mut begun else {
                continue;
            };
            let values = slice_values(&block).map_err(|error| of_slice(&error))?;
            let factors = pass.push(values.view()).map_err(|error| of_slice(&error))?;
            factors.into_iter().try_for_each(&mut *keep)?;
        }
    }
    let (pass, voxel_mm, shape) = begun.ok_or("The series has no slice")?;
    let (factors, components) = pass.finish().map_err(|error| said(&error))?;
    factors.into_iter().try_for_each(&mut *keep)?;
    Ok(PassedSeries {
        shape: shape.map(|side| side as usize),
        voxel_mm,
        voxels_min: pipeline.voxels_min,
        components,
    })
}
