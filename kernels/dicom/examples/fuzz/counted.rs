//! Counts every byte the process holds, also those that the codecs in C++ and C take beside Rust's allocator.
//!
//! The names of the C library's allocator are defined here, and each call is handed on to that of glibc.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicI64, Ordering};

/// ENOMEM.
const NO_MEMORY: c_int = 12;

static LIVE_BYTES: AtomicI64 = AtomicI64::new(0);
static PEAK_BYTES: AtomicI64 = AtomicI64::new(0);

/// Forgets the peak; the bytes held now.
pub fn start() -> i64 {
    let live = LIVE_BYTES.load(Ordering::Relaxed);
    PEAK_BYTES.store(live, Ordering::Relaxed);
    live
}

/// The most bytes that were held at once beyond those of `start`.
pub fn peak_bytes_since(before: i64) -> u64 {
    let peak = PEAK_BYTES.load(Ordering::Relaxed);
    u64::try_from(peak - before).unwrap_or(0)
}

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(place: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_free(place: *mut c_void);
    fn malloc_usable_size(place: *mut c_void) -> usize;
}

fn held(place: *mut c_void) -> i64 {
    // SAFETY: glibc gave the place and has not taken it back; it answers 0 for null.
    unsafe { malloc_usable_size(place) as i64 }
}

fn grew(place: *mut c_void) -> *mut c_void {
    let bytes = held(place);
    let live = LIVE_BYTES.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK_BYTES.fetch_max(live, Ordering::Relaxed);
    place
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: the contract is the same.
    grew(unsafe { __libc_malloc(size) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: the contract is the same.
    grew(unsafe { __libc_calloc(count, size) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(place: *mut c_void, size: usize) -> *mut c_void {
    let before = held(place);
    // SAFETY: the contract is the same.
    let moved = unsafe { __libc_realloc(place, size) };
    if !moved.is_null() || size == 0 {
        LIVE_BYTES.fetch_sub(before, Ordering::Relaxed);
    }
    grew(moved)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(place: *mut c_void) {
    LIVE_BYTES.fetch_sub(held(place), Ordering::Relaxed);
    // SAFETY: the contract is the same.
    unsafe { __libc_free(place) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: the contract is the same.
    grew(unsafe { __libc_memalign(alignment, size) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: the contract is the same.
    grew(unsafe { __libc_memalign(alignment, size) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    // SAFETY: the contract is the same, but for the way the place is handed back.
    let place = grew(unsafe { __libc_memalign(alignment, size) });
    if place.is_null() {
        return NO_MEMORY;
    }
    // SAFETY: the caller gives a place for the answer.
    unsafe { *out = place };
    0
}
