//! Who had which task when, for display; in no result.

use std::sync::Arc;

/// Spans that are kept of one job; later ones are not shown.
pub const SPANS_MAX: usize = 1 << 16;

/// How a task's time with a member ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanEnd {
    /// It is with the member still.
    Open,
    /// The member's answer stands.
    Committed,
    /// The member answered, and another one's answer stands or was confirmed by it.
    Twice,
    /// It came to nothing: the member was lost, or could not compute it.
    Lost,
}

/// One task with one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSpan {
    /// Index of the first slice that the task computes.
    pub slice: u32,
    /// Index into `JobSnapshot::members`.
    pub member: u16,
    /// When it was sent, ms after the tasks were assigned.
    pub begun_ms: u32,
    /// When it came back or was lost; not before `begun_ms`, and of no meaning while it is open.
    pub ended_ms: u32,
    /// How it ended.
    pub end: SpanEnd,
    /// Whether it was taken over from a member that was lost.
    pub reassigned: bool,
}

/// Everything that members had so far.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// At most [`SPANS_MAX`], in no stated order.
    pub spans: Arc<[TaskSpan]>,
    /// Now, or the end of the job: ms after the tasks were assigned.
    pub elapsed_ms: u32,
}

/// Whether a schedule, computed again from its journal, is the one shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleCheck {
    /// Tasks that were assigned again.
    pub tasks: usize,
    /// Epochs that were computed again.
    pub epochs: usize,
    /// Where the journal first says something else, if anywhere.
    pub first_difference: Option<String>,
}
