//! How long requests took lately.

use std::collections::VecDeque;
use std::time::Duration;

use actor_messages::{LatencyParts, LiveLatency};

/// Requests remembered.
const REQUESTS_KEPT: usize = 256;

/// The last requests' times, microseconds.
#[derive(Default)]
pub struct Latency(VecDeque<u64>);

impl Latency {
    /// Remembers one request and gives median and 99th percentile of those remembered.
    pub fn record(&mut self, took: Duration) -> (u64, u64) {
        self.record_us(microseconds(took))
    }

    /// The same for a duration in microseconds.
    pub fn record_us(&mut self, took_us: u64) -> (u64, u64) {
        if self.0.len() == REQUESTS_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(took_us);
        self.percentiles()
    }

    /// Median and 99th percentile of those remembered; 0 where there are none.
    pub fn percentiles(&self) -> (u64, u64) {
        let mut sorted: Vec<u64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let last = sorted.len().saturating_sub(1);
            sorted.get(last * percent / 100).copied().unwrap_or(0)
        };
        (at(50), at(99))
    }
}

/// The last requests, whole and in parts.
#[derive(Default)]
pub struct Latencies {
    whole: Latency,
    queue: Latency,
    pre: Latency,
    run: Latency,
    post: Latency,
}

impl Latencies {
    /// Remembers a request, and fills in the percentiles of those remembered. Of an answer that was there already, only the
    /// wait counts: it had no other part.
    pub fn record(&mut self, took: Duration, latency: &mut LiveLatency) {
        (latency.p50_us, latency.p99_us) = self.whole.record(took);
        let parts = [
            (&mut self.queue, latency.queue_us, true),
            (&mut self.pre, latency.pre_us, !latency.cached),
            (&mut self.run, latency.run_us, !latency.cached),
            (&mut self.post, latency.post_us, true),
        ];
        let [queue, pre, run, post] = parts.map(|(known, part_us, counts)| {
            if counts {
                known.record_us(part_us)
            } else {
                known.percentiles()
            }
        });
        latency.p50_parts = LatencyParts {
            queue_us: queue.0,
            pre_us: pre.0,
            run_us: run.0,
            post_us: post.0,
        };
        latency.p99_parts = LatencyParts {
            queue_us: queue.1,
            pre_us: pre.1,
            run_us: run.1,
            post_us: post.1,
        };
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

    #[test]
    fn an_answer_that_was_there_already_does_not_make_the_model_look_faster() {
        let mut latencies = Latencies::default();
        let run = LiveLatency {
            run_us: 9_000,
            ..LiveLatency::default()
        };
        latencies.record(Duration::from_millis(10), &mut run.clone());
        let mut cached = LiveLatency {
            cached: true,
            ..LiveLatency::default()
        };
        for _ in 0..200 {
            latencies.record(Duration::from_micros(50), &mut cached);
        }
        assert_eq!((cached.p50_us, cached.p50_parts.run_us), (50, 9_000));
    }
}
