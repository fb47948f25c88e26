//! Fairness between jobs that share a machine: how many tasks of each may be in flight.

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

/// How many tasks of each job may be in flight together in a common window: in proportion to their weights, at least one each, and
/// what does not divide goes to the first of the highest priority. A worker that takes tasks in their order then serves jobs in
/// these proportions.
pub fn window_shares(window: usize, jobs: &[Priority]) -> Vec<usize> {
    let weights: u64 = jobs.iter().map(|job| job.weight()).sum();
    let share = |job: &Priority| {
        let part = window as u128 * u128::from(job.weight()) / u128::from(weights.max(1));
        usize::try_from(part).unwrap_or(window).max(1)
    };
    let mut shares: Vec<usize> = jobs.iter().map(share).collect();
    let left = window.saturating_sub(shares.iter().sum());
    let highest = jobs.iter().max();
    if let Some(first) = jobs.iter().position(|job| Some(job) == highest) {
        shares[first] += left;
    }
    shares
}
