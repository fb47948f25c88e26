//! What the result of each slice must be: known before anything is computed, so that memory is kept for it and a peer's bytes are measured by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel_tasks::{OutputKind, Task, TaskId, TaskOutput, operation, split};

use crate::request::CheckedJob;

/// Bytes of an encoded output besides its numbers: version, shape, lengths and figures; more than it ever is.
const OVERHEAD_BYTES: u64 = 256;

/// Kind and size of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedOutput {
    /// Its kind.
    pub kind: OutputKind,
    /// Rows.
    pub rows: u32,
    /// Columns; those of a transform are the rows of its matrix.
    pub columns: u32,
    /// Singular values kept, where it has any.
    pub rank: u32,
    /// Slices: 1 but for a 3-D model.
    pub slices: u32,
}

impl ExpectedOutput {
    /// The most bytes that it has when encoded; saturating.
    pub fn bytes_max(&self) -> u64 {
        let (rows, columns) = (u64::from(self.rows), u64::from(self.columns));
        let numbers = match self.kind {
            OutputKind::LowRank => rows
                .saturating_add(columns)
                .saturating_add(1)
                .saturating_mul(u64::from(self.rank) * 4),
            OutputKind::Image | OutputKind::Steps => rows
                .saturating_mul(columns)
                .saturating_mul(4)
                .saturating_add(OVERHEAD_BYTES)
                .saturating_mul(u64::from(self.slices)),
            OutputKind::Mask => (rows * columns.div_ceil(64) * 8)
                .saturating_add(OVERHEAD_BYTES)
                .saturating_mul(u64::from(self.slices)),
            // An image at four bytes a pixel, or labels at one a voxel and their counts.
            OutputKind::Model => rows
                .saturating_mul(columns)
                .saturating_mul(u64::from(self.slices).max(4))
                .saturating_add(256 * 8),
        };
        numbers.saturating_add(OVERHEAD_BYTES)
    }

    /// A peer's bytes are its own: they must at least be a result of this kind and size.
    pub fn accept(&self, bytes: Arc<[u8]>) -> Result<Arc<[u8]>, String> {
        let output = TaskOutput::decode(&bytes).map_err(|error| error.to_string())?;
        let rank = match &output {
            TaskOutput::LowRank { k, .. } => *k,
            _ => 0,
        };
        let image = matches!(output, TaskOutput::Image { .. }) && self.slices == 1;
        let step = self.kind == OutputKind::Steps
            && matches!(output.kind(), OutputKind::Image | OutputKind::Mask);
        if (output.kind() == self.kind || self.kind == OutputKind::Model && image || step)
            && output.slices() == self.slices
            && output.shape() == [self.rows, self.columns]
            && rank == self.rank
        {
            Ok(bytes)
        } else {
            Err("its result is of another kind or size".to_owned())
        }
    }
}

impl CheckedJob {
    /// What the task must give; `None` for one whose slices the job does not have.
    pub fn expected(&self, task: &Task) -> Option<ExpectedOutput> {
        let shape = self.shapes.get(task.inputs.first()?)?;
        let kind = operation(&self.job.operation).ok()?.output;
        let matrix = self.job.parameters.matrix("weights").ok();
        let columns = match (kind, matrix) {
            (OutputKind::Image, Some(matrix)) => self.shapes.get(&matrix)?.rows,
            _ => shape.columns,
        };
        let rank = match kind {
            OutputKind::LowRank => u32::try_from(self.job.parameters.integer("k").ok()?).ok()?,
            OutputKind::Image | OutputKind::Mask | OutputKind::Model | OutputKind::Steps => 0,
        };
        Some(ExpectedOutput {
            kind,
            rows: shape.rows,
            columns,
            rank,
            slices: u32::try_from(task.result_slices().ok()?.len()).ok()?,
        })
    }

    /// The most bytes that all outputs have together; slices with equal pixels share theirs. Saturating.
    pub fn output_bytes_max(&self) -> u64 {
        let tasks: BTreeMap<TaskId, Task> = split(&self.job)
            .unwrap_or_default()
            .into_iter()
            .map(|task| (task.id(), task))
            .collect();
        tasks
            .values()
            .filter_map(|task| self.expected(task))
            .fold(0, |sum, output| sum.saturating_add(output.bytes_max()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(output: &TaskOutput) -> Arc<[u8]> {
        output.encode().expect("a result").into()
    }

    fn low_rank(k: u32) -> TaskOutput {
        let kept = k as usize;
        TaskOutput::LowRank {
            rows: 5,
            columns: 4,
            k,
            u: vec![1.0; 5 * kept],
            s: vec![1.0; kept],
            vt: vec![1.0; 4 * kept],
            relative_frobenius: 0.5,
            max_abs: 1.0,
            psnr_db: 9.0,
        }
    }

    #[test]
    fn a_result_of_another_rank_or_width_is_refused_and_none_is_larger_than_told() {
        let expected = ExpectedOutput {
            kind: OutputKind::LowRank,
            rows: 5,
            columns: 4,
            rank: 2,
            slices: 1,
        };
        let bytes = encoded(&low_rank(2));
        assert!(bytes.len() as u64 <= expected.bytes_max());
        assert!(expected.accept(bytes).is_ok());
        assert!(expected.accept(encoded(&low_rank(3))).is_err());
        let image = |columns: u32| TaskOutput::Image {
            rows: 5,
            columns,
            values: vec![1.0; 5 * columns as usize],
        };
        assert!(expected.accept(encoded(&image(4))).is_err());
        let expected = ExpectedOutput {
            kind: OutputKind::Image,
            rank: 0,
            ..expected
        };
        let bytes = encoded(&image(4));
        assert!(bytes.len() as u64 <= expected.bytes_max());
        assert!(expected.accept(bytes).is_ok());
        assert!(expected.accept(encoded(&image(5))).is_err());
    }
}
