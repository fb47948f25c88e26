//! Who had which task when: kept for display within a bound, and never read by a rule.

use std::collections::BTreeMap;
use std::time::Instant;

use actor_messages::timeline::{SPANS_MAX, SpanEnd, TaskSpan, Timeline};
use kernel_tasks::TaskId;

/// The spans of one job.
#[derive(Debug)]
pub struct Recorder {
    begun: Instant,
    ended_ms: Option<u32>,
    spans: Vec<TaskSpan>,
    /// The last span of each task with each member.
    last: BTreeMap<(usize, TaskId), usize>,
}

impl Recorder {
    /// Begins now.
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            ended_ms: None,
            spans: Vec::new(),
            last: BTreeMap::new(),
        }
    }

    fn now_ms(&self) -> u32 {
        u32::try_from(self.begun.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    /// A task goes out to a member. Beyond [`SPANS_MAX`] nothing is recorded.
    pub fn sent(&mut self, member: usize, task: TaskId, slice: usize, reassigned: bool) {
        if self.spans.len() >= SPANS_MAX {
            return;
        }
        let now = self.now_ms();
        self.last.insert((member, task), self.spans.len());
        self.spans.push(TaskSpan {
            slice: u32::try_from(slice).unwrap_or(u32::MAX),
            member: u16::try_from(member).unwrap_or(u16::MAX),
            begun_ms: now,
            ended_ms: now,
            end: SpanEnd::Open,
            reassigned,
        });
    }

    /// It did not go out after all.
    pub fn unsent(&mut self, member: usize, task: TaskId) {
        let Some(at) = self.last.remove(&(member, task)) else {
            return;
        };
        self.spans.swap_remove(at);
        let moved = self.spans.len();
        if let Some(index) = self.last.values_mut().find(|index| **index == moved) {
            *index = at;
        }
    }

    /// It came back, or its answer turned out to be the one that stands, or to be none.
    pub fn ended(&mut self, member: usize, task: TaskId, end: SpanEnd) {
        let now = self.now_ms();
        let span = self.last.get(&(member, task)).copied();
        if let Some(span) = span.and_then(|at| self.spans.get_mut(at)) {
            if span.end == SpanEnd::Open {
                span.ended_ms = now;
            }
            span.end = end;
        }
    }

    /// All that is with a member is lost.
    pub fn lost(&mut self, member: usize) {
        let now = self.now_ms();
        for span in &mut self.spans {
            if usize::from(span.member) == member && span.end == SpanEnd::Open {
                (span.end, span.ended_ms) = (SpanEnd::Lost, now);
            }
        }
    }

    /// The tasks are done: time stands still.
    pub fn finish(&mut self) {
        let now = self.now_ms();
        self.ended_ms.get_or_insert(now);
    }

    /// As it is now.
    pub fn timeline(&self) -> Timeline {
        Timeline {
            spans: self.spans.as_slice().into(),
            elapsed_ms: self.ended_ms.unwrap_or_else(|| self.now_ms()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(number: u8) -> TaskId {
        TaskId::from([number; 32])
    }

    #[test]
    fn a_span_ends_once_and_what_did_not_go_out_leaves_none() {
        let mut recorder = Recorder::new();
        for number in 0..4 {
            recorder.sent(usize::from(number % 2), task(number), number.into(), false);
        }
        recorder.unsent(0, task(0));
        recorder.ended(0, task(2), SpanEnd::Twice);
        recorder.ended(0, task(2), SpanEnd::Committed);
        recorder.lost(1);
        let mut ends: Vec<_> = recorder
            .timeline()
            .spans
            .iter()
            .map(|span| (span.slice, span.end))
            .collect();
        ends.sort_by_key(|(slice, _)| *slice);
        assert_eq!(
            ends,
            [
                (1, SpanEnd::Lost),
                (2, SpanEnd::Committed),
                (3, SpanEnd::Lost)
            ]
        );
    }

    #[test]
    fn no_more_spans_are_kept_than_the_bound() {
        let mut recorder = Recorder::new();
        for slice in 0..SPANS_MAX + 9 {
            recorder.sent(0, task(1), slice, false);
        }
        assert_eq!(recorder.timeline().spans.len(), SPANS_MAX);
    }
}
