//! Whether work is shared among threads at all.

/// Whether there is one thread only to compute with. Handing it the work would cost two changes of context and the caches of the
/// calling thread, so the calling thread does it instead; no result depends on it.
pub(crate) fn one_thread() -> bool {
    rayon::current_num_threads() == 1
}
