//! The bounds of this actor, each with a name.

use std::time::Duration;

/// Jobs prepared, running or being written at once.
pub const JOBS_AT_ONCE_MAX: usize = 4;
/// Jobs that wait for their turn; a further one is refused.
pub const JOBS_WAITING_MAX: usize = 64;
/// Messages that wait in the actor's mailbox: every task of the local window and of some peers can answer at once.
pub const MAILBOX_CAPACITY: usize = 4096;
/// Requests that wait for the files thread. Each job has at most one journal request there, and few others.
pub const FILES_QUEUE_MAX: usize = JOBS_AT_ONCE_MAX * 8 + JOBS_WAITING_MAX;
/// Slices that wait to be shown.
pub const SHOW_QUEUE_MAX: usize = 8;
/// Least number of tasks in flight with one peer, whatever its capacity.
pub const PEER_WINDOW_MIN: usize = 8;
/// Tasks in flight with one peer for each unit of its capacity.
pub const PEER_WINDOW_PER_CAPACITY: usize = 4;
/// Time between two snapshots of a running job: at most twenty a second.
pub const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(50);
/// A job without any answer for so long gives what its peers have to others as well, so that a silent one costs time only.
pub const LATE_AFTER: Duration = Duration::from_secs(20);
/// Where only checks of answers are waited for, a silent peer has one part in so many of [`LATE_AFTER`], however slow it is known to be.
pub const CHECKS_PATIENCE_PARTS: u32 = 4;
/// One task in so many of a strict job is computed by a second member too, where there is one; about six in a hundred.
pub const SPOT_CHECK_ONE_IN: u32 = 16;
/// Longest wait for the mesh to name the members; the job then runs on this machine.
pub const MEMBERS_WAIT_MAX: Duration = Duration::from_secs(15);
/// Bytes of outputs and blocks of finished jobs that are kept for display.
pub const SHOWN_BYTES_MAX: u64 = 1 << 30;
/// Journal records that wait for the files thread before it is asked again.
pub const JOURNAL_BATCH_MAX: usize = 4096;
/// Bytes of one journal record: the header of the longest job.
pub const JOURNAL_RECORD_BYTES_MAX: usize = 64 << 20;
/// Jobs that are kept for resumption; the oldest beyond them are forgotten.
pub const RESUMABLE_MAX: usize = 8;
/// Bytes of the outputs of one job that are kept for resumption; tasks beyond them run again.
pub const OUTPUTS_BYTES_MAX: u64 = 2 << 30;
/// Bytes of a wish that is read.
pub const WISH_BYTES_MAX: u64 = 256 << 20;
/// Bytes of a journal that is read.
pub const JOURNAL_BYTES_MAX: u64 = 1 << 30;
/// Results written between two rounds of fsync.
pub const RESULT_BATCH: usize = 64;
/// Bytes of the header of a matrix file.
pub const MATRIX_HEADER_BYTES_MAX: usize = 4096;
/// Bytes of a matrix file: the most pixels of a block as f8, and a header.
pub const MATRIX_FILE_BYTES_MAX: u64 =
    kernel_tasks::PIXELS_MAX * 8 + MATRIX_HEADER_BYTES_MAX as u64;
/// Bytes of a file of sources that is read.
pub const SOURCES_BYTES_MAX: u64 = 256 << 20;
/// Characters of a sentence from a peer or a kernel that are shown.
pub const SENTENCE_CHARS_MAX: usize = 500;
/// Pause of the files thread before it tries a full mailbox again.
pub const FULL_MAILBOX_WAIT: Duration = Duration::from_millis(1);
