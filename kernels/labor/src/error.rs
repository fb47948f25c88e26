//! What makes an array impossible, with the task or the member it is about.

use crate::hash::hex;
use crate::{Id, MEMBERS_MAX, PEER_BYTES_MAX, TASK_INPUTS_MAX, TASKS_MAX};

/// Every refusal of this crate: what failed, then the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LaborError {
    /// Nothing to do.
    #[error("There are no tasks to assign")]
    NoTasks,
    /// Nobody to do it.
    #[error("There are no members to assign tasks to")]
    NoMembers,
    /// More tasks than an array holds.
    #[error("{count} tasks are more than the {TASKS_MAX} of one array")]
    TooManyTasks {
        /// How many were given.
        count: usize,
    },
    /// More members than a membership holds.
    #[error("{count} members are more than the {MEMBERS_MAX} of one array")]
    TooManyMembers {
        /// How many were given.
        count: usize,
    },
    /// More inputs than a task may read.
    #[error(
        "Task {} reads {count} inputs, more than the {TASK_INPUTS_MAX} allowed",
        hex(task)
    )]
    TooManyInputs {
        /// The task.
        task: Id,
        /// How many it reads.
        count: usize,
    },
    /// One id, two descriptions.
    #[error(
        "Task {} is listed twice with different costs, memory or inputs",
        hex(task)
    )]
    TaskTwice {
        /// The task.
        task: Id,
    },
    /// One content address, two sizes.
    #[error(
        "Input {} is listed with {first_bytes} bytes and with {second_bytes} bytes",
        hex(input)
    )]
    InputTwice {
        /// The input.
        input: Id,
        /// One size.
        first_bytes: u64,
        /// The other.
        second_bytes: u64,
    },
    /// Work that cannot be counted.
    #[error(
        "The costs of the tasks add up to {total}, more than {} can count",
        u64::MAX
    )]
    CostOverflow {
        /// The sum.
        total: u128,
    },
    /// Inputs that cannot be counted.
    #[error(
        "Input {} of {bytes} bytes makes the inputs too large to count",
        hex(input)
    )]
    BytesOverflow {
        /// The input at which the sum became too large.
        input: Id,
        /// Its size.
        bytes: u64,
    },
    /// Transfers that cannot be counted.
    #[error(
        "Member {peer} with link cost {link_cost} makes the work and the transfer of {bytes} bytes too large to count"
    )]
    TransferOverflow {
        /// The member.
        peer: String,
        /// Its link cost.
        link_cost: u32,
        /// All bytes of all inputs.
        bytes: u128,
    },
    /// A member that could never finish anything.
    #[error("Member {peer} has capacity 0")]
    CapacityZero {
        /// The member.
        peer: String,
    },
    /// A member without a name.
    #[error("A member has an empty peer id")]
    PeerEmpty,
    /// A name that is no name.
    #[error("A peer id of {length} bytes is longer than {PEER_BYTES_MAX}: it begins with {start}")]
    PeerTooLong {
        /// Its length in bytes.
        length: usize,
        /// Its first characters.
        start: String,
    },
    /// One peer, two members.
    #[error("Peer {peer} is in the membership twice")]
    PeerTwice {
        /// The peer.
        peer: String,
    },
    /// A peer that is not in the membership.
    #[error("Peer {peer} is not in the membership")]
    PeerUnknown {
        /// The peer.
        peer: String,
    },
    /// A member whose arithmetic may give other bits.
    #[error(
        "Member {peer} has numeric class {}, and the job asks for {}",
        hex(found),
        hex(required)
    )]
    ClassDiffers {
        /// The member.
        peer: String,
        /// Its class.
        found: Id,
        /// The class of the job.
        required: Id,
    },
    /// No member has the numeric class of the job.
    #[error(
        "No member has numeric class {}, which the job asks for",
        hex(required)
    )]
    ClassNowhere {
        /// The class of the job.
        required: Id,
    },
    /// No member has the memory.
    #[error(
        "Task {} fits nowhere: it needs {needs_bytes} bytes of memory and the largest member has {largest_bytes}",
        hex(task)
    )]
    MemoryNowhere {
        /// The task.
        task: Id,
        /// What it needs.
        needs_bytes: u64,
        /// The most that an eligible member has.
        largest_bytes: u64,
    },
    /// Everybody who could compute it has refused.
    #[error(
        "Task {} was refused by every member that could compute it, {count} in all",
        hex(task)
    )]
    RefusedEverywhere {
        /// The task.
        task: Id,
        /// How many members refused it.
        count: usize,
    },
    /// Two answers, and nobody else to ask.
    #[error(
        "Task {} has two different answers, and no third member is here to decide",
        hex(task)
    )]
    NoThird {
        /// The task.
        task: Id,
    },
    /// As many answers as members asked.
    #[error(
        "Task {} has {answers} different answers, so no member can be believed",
        hex(task)
    )]
    NoMajority {
        /// The task.
        task: Id,
        /// How many different answers there are.
        answers: usize,
    },
    /// An answer to another job's task.
    #[error("Task {} is not part of this job", hex(task))]
    TaskUnknown {
        /// The task.
        task: Id,
    },
}
