//! The ALDA Labor Array: which member computes which task, as a pure function that every node can compute again.
//!
//! [`assign`] places tasks on members by integers alone; [`LaborArray`] is the state machine that follows a job through lost,
//! late and contradicting members, and is a function of its log: [`LaborArray::replay`] of the same inputs gives the same
//! states, the same placements and the same digests. Nothing here waits, sends, or looks at a clock.

mod answer;
mod array;
mod assign;
mod catalogue;
mod checking;
mod decide;
mod doubt;
mod error;
mod fairness;
mod field;
mod hash;
mod helping;
mod idle;
mod log;
mod member;
mod pace;
mod placing;
mod report;
mod station;
mod step;
mod task;
mod work;

pub use array::LaborArray;
pub use assign::{Assignment, assign};
pub use error::LaborError;
pub use fairness::{Priority, window_shares};
pub use log::{ArrayState, Conflict, Decision, Epoch, Input, Opening, Suspension};
pub use member::{MEMBERS_MAX, Member, Membership, PEER_BYTES_MAX};
pub use task::{Id, LaborTask, TASK_INPUTS_MAX, TASKS_MAX};
