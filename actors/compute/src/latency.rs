//! How long screen requests took lately, for the status bar.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Requests remembered.
const REQUESTS_KEPT: usize = 256;

/// The last requests' times.
#[derive(Default)]
pub struct Latency(Mutex<VecDeque<u64>>);

impl Latency {
    /// Remembers one request.
    pub fn record(&self, took: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() == REQUESTS_KEPT {
            times.pop_front();
        }
        times.push_back(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Median and 99th percentile, microseconds; zeros before the first request.
    pub fn p50_p99_us(&self) -> (u64, u64) {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<u64> = times.iter().copied().collect();
        drop(times);
        sorted.sort_unstable();
        match sorted.len() {
            0 => (0, 0),
            count => (sorted[(count - 1) / 2], sorted[(count - 1) * 99 / 100]),
        }
    }
}
