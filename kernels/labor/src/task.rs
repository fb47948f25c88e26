//! A task as the array sees it: an id, a cost, a need for memory and inputs; what it computes is somebody else's affair.

use serde::{Deserialize, Serialize};

/// 32 bytes of BLAKE3: a task id, an input or an output.
pub type Id = [u8; 32];

/// Most tasks of one array.
pub const TASKS_MAX: usize = 1 << 22;
/// Most inputs of one task.
pub const TASK_INPUTS_MAX: usize = 1024;

/// One task to be placed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LaborTask {
    /// Its identity; the same id listed twice is one task.
    pub id: Id,
    /// Work in units of its operation, such as multiply-adds; 0 counts as 1.
    pub cost: u64,
    /// Memory it needs while it runs: a hard limit.
    pub memory_bytes: u64,
    /// Content addresses of its inputs, with their sizes in bytes.
    pub inputs: Vec<(Id, u64)>,
}
