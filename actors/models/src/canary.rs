//! A version that is tried beside the one that answers: on a part of the requests both run, and their answers are compared.

use actor_messages::CanaryFigures;
use kernel_tasks::{Digest, TaskOutput};

use crate::latency::Latency;

/// A trial under way.
pub(crate) struct Canary {
    figures: CanaryFigures,
    alike_sum: f64,
    from_run: Latency,
    to_run: Latency,
}

impl Canary {
    /// A trial of `to` on `percent` of the requests to `from`.
    pub(crate) fn new(from: Digest, to: Digest, percent: u32) -> Self {
        Self {
            figures: CanaryFigures {
                from,
                to,
                percent: percent.min(100),
                requests: 0,
                compared: 0,
                skipped: 0,
                failed: 0,
                failure: None,
                alike_mean: 0.0,
                alike_least: 1.0,
                from_run_us: 0,
                to_run_us: 0,
            },
            alike_sum: 0.0,
            from_run: Latency::default(),
            to_run: Latency::default(),
        }
    }

    /// The version that is tried.
    pub(crate) fn to(&self) -> Digest {
        self.figures.to
    }

    /// Counts a request; whether it is one of those that both versions run on. They are spread evenly.
    pub(crate) fn takes(&mut self) -> bool {
        let before = self.figures.requests * u64::from(self.figures.percent) / 100;
        self.figures.requests += 1;
        self.figures.requests * u64::from(self.figures.percent) / 100 > before
    }

    /// Counts a request that both should have run on, and that newer ones crowded out.
    pub(crate) fn skip(&mut self) {
        self.figures.skipped += 1;
    }

    /// Counts a request that the version tried failed on.
    pub(crate) fn fail(&mut self, reason: String) {
        self.figures.failed += 1;
        self.figures.failure = Some(reason);
    }

    /// Counts a comparison; times are those of runs, none where the answer was there already.
    pub(crate) fn compare(
        &mut self,
        (old, old_us): (&TaskOutput, Option<u64>),
        (new, new_us): (&TaskOutput, Option<u64>),
    ) {
        let alike = alike(old, new);
        self.figures.compared += 1;
        self.alike_sum += alike;
        self.figures.alike_mean = self.alike_sum / self.figures.compared as f64;
        self.figures.alike_least = self.figures.alike_least.min(alike);
        if let Some(old_us) = old_us {
            self.figures.from_run_us = self.from_run.record_us(old_us).0;
        }
        if let Some(new_us) = new_us {
            self.figures.to_run_us = self.to_run.record_us(new_us).0;
        }
    }

    /// What has come out so far.
    pub(crate) fn figures(&self) -> CanaryFigures {
        self.figures.clone()
    }
}

/// How far two answers are alike, 0 to 1. Labels: of the pixels that either labels, the share with the same label.
/// Images: one minus the mean difference over the range of the first.
pub(crate) fn alike(old: &TaskOutput, new: &TaskOutput) -> f64 {
    match (old, new) {
        (TaskOutput::Labels { labels: old, .. }, TaskOutput::Labels { labels: new, .. })
            if old.len() == new.len() =>
        {
            let labelled = || {
                old.iter()
                    .zip(new)
                    .filter(|(old, new)| **old != 0 || **new != 0)
            };
            match labelled().count() {
                0 => 1.0,
                all => labelled().filter(|(old, new)| old == new).count() as f64 / all as f64,
            }
        }
        (TaskOutput::Image { values: old, .. }, TaskOutput::Image { values: new, .. })
            if old.len() == new.len() && !old.is_empty() =>
        {
            let apart = old
                .iter()
                .zip(new)
                .map(|(old, new)| f64::from((old - new).abs()));
            let mean = apart.sum::<f64>() / old.len() as f64;
            let low = old.iter().copied().fold(f32::INFINITY, f32::min);
            let high = old.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let range = f64::from(high - low);
            if mean == 0.0 {
                1.0
            } else if mean.is_finite() && range > 0.0 {
                (1.0 - mean / range).max(0.0)
            } else {
                0.0
            }
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: Vec<u8>) -> TaskOutput {
        TaskOutput::Labels {
            slices: 1,
            rows: 1,
            columns: labels.len() as u32,
            counts: vec![0; 3],
            labels,
            voxel_mm3: None,
        }
    }

    fn image(values: Vec<f32>) -> TaskOutput {
        TaskOutput::Image {
            rows: 1,
            columns: values.len() as u32,
            values,
        }
    }

    #[test]
    fn answers_are_as_alike_as_their_labels_or_values() {
        let one = labels(vec![0, 0, 1, 2]);
        assert_eq!(alike(&one, &one), 1.0);
        assert_eq!(alike(&one, &labels(vec![0, 1, 1, 1])), 1.0 / 3.0);
        assert_eq!(alike(&labels(vec![0; 4]), &labels(vec![0; 4])), 1.0);
        assert_eq!(alike(&one, &image(vec![0.0; 4])), 0.0, "of another kind");
        let ramp = image(vec![0.0, 10.0]);
        assert_eq!(alike(&ramp, &image(vec![1.0, 10.0])), 0.95);
        assert_eq!(alike(&ramp, &image(vec![f32::NAN, 10.0])), 0.0);
    }

    #[test]
    fn the_share_of_requests_is_the_one_asked_for_and_evenly_spread() {
        for percent in [0, 1, 10, 33, 100] {
            let mut canary = Canary::new(Digest::of(b"1"), Digest::of(b"2"), percent);
            let taken: Vec<bool> = (0..300).map(|_| canary.takes()).collect();
            for hundred in taken.chunks(100) {
                let count = hundred.iter().filter(|taken| **taken).count();
                assert_eq!(count, percent as usize);
            }
        }
    }
}
