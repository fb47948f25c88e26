//! The one function that computes a task, the same on the machine of the person who asked and on a peer.

use std::sync::Arc;

use kernel_algebra::{AlgebraError, BinaryAlgebra, BitMask};
use ndarray::{Array2, Axis};

use crate::canonical::malformed;
use crate::operation::Reach;
use crate::operation::{MODEL_SLICE, MODEL_VOLUME, SVD_COMPRESS, THRESHOLD, TRANSFORM_MATRIX};
use crate::{
    Digest, MatrixBlock, Parameters, PixelBlock, Task, TaskError, TaskOutput, model, steps,
};

/// Where blobs are found by their content.
pub trait Blobs {
    /// The bytes with that digest, if they are here. Whoever implements this vouches that they have it.
    fn get(&self, digest: &Digest) -> Option<Arc<[u8]>>;
}

/// Computes a task: the canonical bytes of a [`TaskOutput`], whose [`Digest::of`] is the output digest.
/// Pure; asks `cancelled` between its steps and then gives [`TaskError::Cancelled`].
///
/// Errors name the operation or parameter that is not possible, the blob that is missing or malformed, or what the kernel refused.
pub fn execute(
    task: &Task,
    blobs: &dyn Blobs,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<u8>, TaskError> {
    let stop = || {
        if cancelled() {
            Err(TaskError::Cancelled)
        } else {
            Ok(())
        }
    };
    let spec = task.check()?;
    stop()?;
    let input = task.inputs.first().ok_or(TaskError::NoSlices)?;
    if task.operation == MODEL_VOLUME {
        let output = model::on_series(task, blobs, cancelled)?;
        stop()?;
        return output.encode();
    }
    if spec.reach == Reach::Slab {
        let output = steps::on_slab(task, blobs, &stop, cancelled)?;
        stop()?;
        return output.encode();
    }
    let block = PixelBlock::decode(&fetch(blobs, input)?)?;
    stop()?;
    let output = match task.operation.as_str() {
        SVD_COMPRESS => svd_compress(&block.modality_values()?, &task.parameters, cancelled)?,
        TRANSFORM_MATRIX => {
            let digest = task.parameters.matrix("weights")?;
            let weights = MatrixBlock::decode(&fetch(blobs, &digest)?)?;
            stop()?;
            transform_matrix(&block.modality_values()?, &weights, &stop)?
        }
        THRESHOLD => threshold(&block, &task.parameters)?,
        MODEL_SLICE => model::on_slice(task, &block, blobs, cancelled)?,
        // `check` found the operation in the table, so a name that comes here was added there and not here.
        other => {
            return Err(malformed(
                "task",
                format_args!("operation {other} has no kernel"),
            ));
        }
    };
    stop()?;
    output.encode()
}

pub(crate) fn fetch(blobs: &dyn Blobs, digest: &Digest) -> Result<Arc<[u8]>, TaskError> {
    blobs
        .get(digest)
        .ok_or(TaskError::MissingBlob { digest: *digest })
}

/// A kernel's refusal as an error of the operation.
pub(crate) fn refused(operation: &str) -> impl Fn(AlgebraError) -> TaskError {
    move |error| match error {
        AlgebraError::Stopped => TaskError::Cancelled,
        error => TaskError::Kernel {
            operation: operation.to_owned(),
            reason: error.to_string(),
        },
    }
}

/// Rows and columns, which came from a block and so fit.
fn sides(values: &Array2<f32>) -> (u32, u32) {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    (side(values.nrows()), side(values.ncols()))
}

pub(crate) fn svd_compress(
    values: &Array2<f32>,
    parameters: &Parameters,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let k = parameters.integer("k")?;
    let (rows, columns) = sides(values);
    let most = rows.min(columns);
    let kept =
        u32::try_from(k)
            .ok()
            .filter(|kept| *kept <= most)
            .ok_or(TaskError::RankTooLarge {
                k,
                slice: 1,
                rows,
                columns,
                most,
            })?;
    let factors = BinaryAlgebra::new()
        .svd_compress_until(values.view(), kept as usize, cancelled)
        .map_err(refused(SVD_COMPRESS))?;
    if cancelled() {
        return Err(TaskError::Cancelled);
    }
    let errors = factors
        .try_errors(values.view())
        .map_err(refused(SVD_COMPRESS))?;
    Ok(TaskOutput::LowRank {
        rows,
        columns,
        k: kept,
        u: factors.u.iter().copied().collect(),
        s: factors.s.to_vec(),
        vt: factors.vt.iter().copied().collect(),
        relative_frobenius: errors.relative_frobenius,
        max_abs: errors.max_abs,
        psnr_db: errors.psnr_db,
    })
}

pub(crate) fn transform_matrix(
    values: &Array2<f32>,
    weights: &MatrixBlock,
    stop: &dyn Fn() -> Result<(), TaskError>,
) -> Result<TaskOutput, TaskError> {
    let (rows, slice_columns) = sides(values);
    if weights.columns != slice_columns {
        return Err(TaskError::WeightsShape {
            weight_columns: weights.columns,
            slice: 1,
            columns: slice_columns,
        });
    }
    let columns = weights.rows;
    crate::canonical::pixel_count("result", rows, columns)?;
    let weights = weights.to_array()?;
    stop()?;
    let result = BinaryAlgebra::new()
        .transform_matrix(values.view(), weights.view())
        .map_err(refused(TRANSFORM_MATRIX))?;
    Ok(TaskOutput::Image {
        rows,
        columns,
        values: result.iter().copied().collect(),
    })
}

fn threshold(block: &PixelBlock, parameters: &Parameters) -> Result<TaskOutput, TaskError> {
    // The limits are rounded as the values are, so that a limit that equals a value in text equals it in the mask.
    let (low, high) = (
        parameters.real("low")? as f32,
        parameters.real("high")? as f32,
    );
    let values = block.modality_values()?;
    let mask = BitMask::threshold(values.view().insert_axis(Axis(0)), low, high)
        .map_err(refused(THRESHOLD))?;
    let mut words = mask.words().to_vec();
    let columns = block.columns as usize;
    if let Some(padded) = block.padded() {
        for (row, padded) in padded.chunks(columns).enumerate() {
            let row_words = &mut words[row * mask.row_words()..][..mask.row_words()];
            for (column, _) in padded.iter().enumerate().filter(|(_, padded)| **padded) {
                row_words[column / 64] &= !(1 << (column % 64));
            }
        }
    }
    let mask = BitMask::from_words(mask.shape(), words).map_err(refused(THRESHOLD))?;
    Ok(TaskOutput::Mask {
        rows: block.rows,
        columns: block.columns,
        words: mask.words().to_vec(),
        count: mask.count(),
        volume_ml: block.voxel_mm3().map(|voxel_mm3| mask.volume_ml(voxel_mm3)),
    })
}
