//! What happens to an array, and what it decides: the words of its log.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::hex;
use crate::{Id, LaborError, LaborTask, Member, Membership, Priority};

/// What a job starts with: epoch 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The digest of the job, which the array only carries.
    pub job: Id,
    /// Its tasks, in any order.
    pub tasks: Vec<LaborTask>,
    /// Its members, fixed by the node that submits it.
    pub membership: Membership,
    /// Whether two different answers to one task suspend the job; in other jobs the first answer stands.
    pub strict: bool,
    /// One task in so many is computed by a second peer as well, in a strict job; 0 for none.
    pub spot_check_one_in: u32,
}

/// One entry of the log. A journal stores these; a replay needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// The first entry of every log.
    Open(Opening),
    /// A member came, or came back after a restart with a higher incarnation.
    Up(Member),
    /// A member was lost. Ignored when a later incarnation is already here.
    Down {
        /// The peer.
        peer: String,
        /// Which start of its program.
        incarnation: u64,
    },
    /// A peer answered, and its output was verified against its digest. Late and repeated answers are welcome.
    Done {
        /// The peer that computed it.
        peer: String,
        /// The task.
        task: Id,
        /// The digest of the output.
        digest: Id,
    },
    /// A peer will never compute this task: it has not the memory, or failed at it. When everybody refuses, the job has failed.
    Refused {
        /// The peer.
        peer: String,
        /// The task.
        task: Id,
    },
    /// A deadline passed: somebody else computes the task too, and the first answer stands. A spot check is taken from the late
    /// member; where nobody else can make it, the job does without.
    Late {
        /// The peer that is late.
        peer: String,
        /// The task.
        task: Id,
    },
    /// The user stopped the job for good.
    Cancel,
    /// The user stopped the job for now.
    Pause,
    /// The user lets it go on; after a [`Conflict`] this starts the third computation.
    Resume,
    /// A member with nothing to do computes an unfinished task as well, whoever has it; whoever answers first stands.
    Helps {
        /// The member that helps.
        peer: String,
        /// The task.
        task: Id,
    },
    /// The user gives the job more or less of what several jobs share.
    Prioritise(Priority),
}

/// Two different answers to one task of a strict job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The task.
    pub task: Id,
    /// The peer whose answer was committed.
    pub first_peer: String,
    /// Its digest.
    pub first_digest: Id,
    /// The peer that answered otherwise.
    pub second_peer: String,
    /// Its digest.
    pub second_digest: Id,
}

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (&self.first_peer, &self.second_peer);
        write!(
            out,
            "Peers {first} and {second} gave different answers to task {}: ",
            hex(&self.task)
        )?;
        write!(
            out,
            "{} and {}",
            hex(&self.first_digest),
            hex(&self.second_digest)
        )
    }
}

/// Why a job stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspension {
    /// Two peers contradict each other; [`Input::Resume`] asks a third.
    Conflict(Conflict),
    /// The user paused it.
    Paused,
    /// Nobody who is here can compute what is left; the next [`Input::Up`] may.
    Waiting(LaborError),
}

impl fmt::Display for Suspension {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => conflict.fmt(out),
            Self::Paused => out.write_str("Paused"),
            Self::Waiting(error) => error.fmt(out),
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayState {
    /// Nothing was opened yet.
    Idle,
    /// Tasks are placed, and no answer is here.
    Active,
    /// Some answers are here.
    Processing,
    /// Every task is committed.
    Completed,
    /// It cannot be done, for this reason.
    Failed(LaborError),
    /// It stands still, for this reason.
    Suspended(Suspension),
    /// The user stopped it for good.
    Cancelled,
}

/// One membership and the schedule it began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// 0 at the opening; one more for every member lost or come.
    pub number: u32,
    /// The digest of the members.
    pub membership_digest: Id,
    /// Epoch 0: the digest of the [`Assignment`](crate::Assignment). Later: a digest of the one before, the members, and the tasks moved.
    pub assignment_digest: Id,
}

/// What the array asks its actor to do, or tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Give these tasks to this peer, in this order. Each placement is told once.
    Send {
        /// The peer.
        peer: String,
        /// Its new tasks, longest first.
        tasks: Vec<Id>,
    },
    /// This peer need not compute these any more; an answer that is under way is still welcome.
    Withdraw {
        /// The peer.
        peer: String,
        /// The tasks.
        tasks: Vec<Id>,
    },
    /// The answer to a task stands. Told once a task, except for tasks that a conflict opened again.
    Committed {
        /// The task.
        task: Id,
        /// The digest of its output.
        digest: Id,
        /// The peer that gave it.
        peer: String,
    },
    /// A third computation ended a conflict. The peers that had answered otherwise are treated as lost, and what else they computed is
    /// computed again.
    Settled {
        /// The task.
        task: Id,
        /// The answer that stands.
        digest: Id,
        /// The peers that were wrong.
        outvoted: Vec<String>,
        /// Other tasks whose only answer was theirs, now open again.
        reopened: Vec<Id>,
    },
    /// The members changed, or the job began.
    Epoch(Epoch),
    /// Start nothing new until [`Decision::Resumed`]; what runs may end.
    Suspended(Suspension),
    /// The job goes on.
    Resumed,
    /// Every task is committed.
    Finished {
        /// Over (task, output) in task order: equal to `kernel_tasks::job_digest`.
        result_digest: Id,
    },
    /// The job cannot be done.
    Failed(LaborError),
    /// The job was stopped for good.
    Cancelled,
    /// The input changed nothing, and why.
    Ignored {
        /// A sentence.
        reason: String,
    },
}
