//! The bounded way of events from the actors to whoever shows them: a newer snapshot replaces the older one.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel_imaging::{Notice, Severity};

use crate::command::{Generation, ViewportId};
use crate::event::Event;

/// Notices kept while nobody reads; further ones are counted and said in one sentence.
pub const NOTICES_WAITING_MAX: usize = 1_000;

/// Events by order of arrival. An event that supersedes a waiting one takes its place, so that the
/// length is bounded by the number of viewports, scans, series, jobs and slices asked for, never by time.
pub struct EventInbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    notices: usize,
    notices_lost: usize,
}

impl EventInbox {
    /// An empty inbox; `wake` is called after each arrival (the window repaints).
    pub fn new(wake: Box<dyn Fn() + Send + Sync>) -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            wake,
        })
    }

    /// Adds an event, or lets it replace the one that it supersedes.
    pub fn push(&self, event: Event) {
        {
            let mut waiting = self.lock();
            if matches!(event, Event::Notice(_)) {
                if waiting.notices == NOTICES_WAITING_MAX {
                    waiting.notices_lost += 1;
                    return;
                }
                waiting.notices += 1;
            }
            let superseded = waiting
                .events
                .iter()
                .position(|older| supersedes(&event, older));
            match superseded {
                // A late answer to an old request must not displace the one that is wanted.
                Some(at) if generation(&event) < generation(&waiting.events[at]) => return,
                Some(at) => waiting.events[at] = event,
                None => waiting.events.push_back(event),
            }
        }
        self.arrived.notify_all();
        (self.wake)();
    }

    /// Takes everything that waits.
    pub fn drain(&self) -> Vec<Event> {
        take(&mut self.lock())
    }

    /// Takes everything that waits, waiting at most `timeout` for a first event.
    pub fn drain_within(&self, timeout: Duration) -> Vec<Event> {
        let waiting = self.lock();
        let (mut waiting, _) = self
            .arrived
            .wait_timeout_while(waiting, timeout, |waiting| waiting.events.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        take(&mut waiting)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole before the guard drops.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(waiting: &mut Waiting) -> Vec<Event> {
    let lost = std::mem::take(&mut waiting.notices_lost);
    waiting.notices = 0;
    let mut events: Vec<Event> = waiting.events.drain(..).collect();
    if lost > 0 {
        events.push(Event::Notice(Notice::new(
            Severity::Warning,
            format!("{lost} further notices were not kept"),
        )));
    }
    events
}

/// The generation of an answer to a viewport; events of other kinds have none.
fn generation(event: &Event) -> Option<Generation> {
    match event {
        Event::FrameReady { generation, .. }
        | Event::FrameFailed { generation, .. }
        | Event::LayersReady { generation, .. }
        | Event::LiveFailed { generation, .. } => Some(*generation),
        Event::LiveReady(result) => Some(result.generation),
        _ => None,
    }
}

/// Which viewport asked for a model on its image.
fn live_viewport(event: &Event) -> Option<ViewportId> {
    match event {
        Event::LiveReady(result) => Some(result.viewport),
        Event::LiveFailed { viewport, .. } => Some(*viewport),
        _ => None,
    }
}

/// Whether `newer` makes `older` needless. Scan results replace each other, so the newest holds all.
fn supersedes(newer: &Event, older: &Event) -> bool {
    match (newer, older) {
        (Event::ScanProgress { request: a, .. }, Event::ScanProgress { request: b, .. })
        | (Event::MaskProgress { request: a, .. }, Event::MaskProgress { request: b, .. })
        | (Event::SaveProgress { request: a, .. }, Event::SaveProgress { request: b, .. })
        | (
            Event::VolumeProgress { request: a, .. }
            | Event::VolumeReady { request: a, .. }
            | Event::VolumeFailed { request: a, .. },
            Event::VolumeProgress { request: b, .. },
        )
        | (Event::Studies { request: a, .. }, Event::Studies { request: b, .. }) => a == b,
        (
            Event::FrameReady { viewport: a, .. } | Event::FrameFailed { viewport: a, .. },
            Event::FrameReady { viewport: b, .. } | Event::FrameFailed { viewport: b, .. },
        ) => a == b,
        (
            Event::ThumbnailReady { series_key: a, .. },
            Event::ThumbnailReady { series_key: b, .. },
        ) => a == b,
        (Event::LayersReady { viewport: a, .. }, Event::LayersReady { viewport: b, .. }) => a == b,
        (Event::ObjectRead { path: a, .. }, Event::ObjectRead { path: b, .. })
        | (Event::TagsRead { path: a, .. }, Event::TagsRead { path: b, .. }) => a == b,
        (Event::JobChanged(a), Event::JobChanged(b)) => a.job == b.job,
        (Event::SliceReady(a), Event::SliceReady(b)) => a.job == b.job && a.slice == b.slice,
        (Event::Mesh(_), Event::Mesh(_))
        | (Event::Meter(_), Event::Meter(_))
        | (Event::Models(_), Event::Models(_)) => true,
        (newer, older) => {
            let asker = live_viewport(newer);
            asker.is_some() && asker == live_viewport(older)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Meter;

    #[test]
    fn a_newer_snapshot_takes_the_place_of_the_older() {
        let inbox = EventInbox::new(Box::new(|| {}));
        for queued in 0..10_000 {
            inbox.push(Event::Meter(Meter {
                queued,
                ..Meter::default()
            }));
        }
        let events = inbox.drain();
        assert!(matches!(
            events[..],
            [Event::Meter(Meter { queued: 9_999, .. })]
        ));
    }

    #[test]
    fn a_late_answer_to_an_old_request_does_not_displace_the_newest() {
        let inbox = EventInbox::new(Box::new(|| {}));
        for generation in [2, 1] {
            inbox.push(Event::FrameFailed {
                viewport: ViewportId(0),
                generation: Generation(generation),
                reason: String::new(),
            });
        }
        let events = inbox.drain();
        let [Event::FrameFailed { generation, .. }] = events[..] else {
            panic!("one event a viewport")
        };
        assert_eq!(generation, Generation(2));
    }

    #[test]
    fn notices_beyond_the_bound_are_counted_not_kept() {
        let inbox = EventInbox::new(Box::new(|| {}));
        for number in 0..NOTICES_WAITING_MAX + 7 {
            inbox.push(Event::Notice(Notice::new(
                Severity::Info,
                number.to_string(),
            )));
        }
        let events = inbox.drain();
        assert_eq!(events.len(), NOTICES_WAITING_MAX + 1);
        let Some(Event::Notice(last)) = events.last() else {
            panic!("no notice")
        };
        assert_eq!(last.text, "7 further notices were not kept");
    }
}
