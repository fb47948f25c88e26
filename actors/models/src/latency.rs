//! How long requests took lately.

use std::collections::VecDeque;
use std::time::Duration;

/// Requests remembered.
const REQUESTS_KEPT: usize = 256;

/// The last requests' times, microseconds.
#[derive(Default)]
pub struct Latency(VecDeque<u64>);

impl Latency {
    /// Remembers one request and gives median and 99th percentile of those remembered.
    pub fn record(&mut self, took: Duration) -> (u64, u64) {
        if self.0.len() == REQUESTS_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(microseconds(took));
        let mut sorted: Vec<u64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len() - 1;
        (sorted[last / 2], sorted[last * 99 / 100])
    }
}

/// A duration as it is told.
pub fn microseconds(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_last_requests() {
        let mut latency = Latency::default();
        for number in 1..=1_000 {
            latency.record(Duration::from_micros(number));
        }
        assert_eq!(latency.record(Duration::from_micros(1_001)), (873, 998));
    }
}
