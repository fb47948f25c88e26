//! Fairness between jobs that share a machine: who may put the next task into a common window.

use serde::{Deserialize, Serialize};

/// How much a job gets of what several jobs share. No priority starves another: each step is four times the share of the one below.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Priority {
    /// A quarter of the usual share.
    Low,
    /// The usual share.
    #[default]
    Normal,
    /// Four times the usual share.
    High,
}

impl Priority {
    /// Parts of what is shared.
    pub fn weight(self) -> u64 {
        match self {
            Self::Low => 1,
            Self::Normal => 4,
            Self::High => 16,
        }
    }
}

/// A job as it waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Its priority.
    pub priority: Priority,
    /// What it was given so far, in tasks or in work units, as long as all jobs count alike.
    pub given: u64,
    /// Whether it has something to send.
    pub wants: bool,
}

/// The job whose turn it is: of those that want, the one with the least given for its weight; of equals the first.
/// A weighted round robin by virtual time (J. Nagle, RFC 970; A. Demers, S. Keshav, S. Shenker, "Analysis and simulation of a fair
/// queueing algorithm", SIGCOMM 1989), in whole numbers.
pub fn next_turn(turns: &[Turn]) -> Option<usize> {
    let wanting = turns.iter().enumerate().filter(|(_, turn)| turn.wants);
    let key = |turn: &Turn| {
        // Weights divide 16, so the quotient is whole.
        (u128::from(turn.given) + 1) * u128::from(Priority::High.weight() / turn.priority.weight())
    };
    wanting
        .min_by_key(|(index, turn)| (key(turn), *index))
        .map(|(index, _)| index)
}
