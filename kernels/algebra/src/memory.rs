//! Memory of large results. A page of 4 KiB that is touched for the first time costs more than most kernels do with it, so large
//! results ask the system for pages of 2 MiB.

use std::mem::MaybeUninit;

use ndarray::Array3;

/// Results smaller than this stay on ordinary pages.
const LARGE_BYTES: usize = 2 << 20;

/// `length` zeros, on large pages where there are many and the system has such pages.
pub fn zeros<T: Copy + Default>(length: usize) -> Vec<T> {
    let mut values = vec![T::default(); length];
    if size_of_val(values.as_slice()) >= LARGE_BYTES {
        ask_for_large_pages(&mut values);
    }
    values
}

/// A volume of zeros `[slices, rows, columns]`.
pub(crate) fn zero_volume<T: Copy + Default>(shape: (usize, usize, usize)) -> Array3<T> {
    let (slices, rows, columns) = shape;
    Array3::from_shape_vec(shape, zeros(slices * rows * columns))
        .unwrap_or_else(|_| Array3::from_elem(shape, T::default()))
}

/// A vector of `length` values that `write` puts in their places, on large pages like [`zeros`]: where every value is written anyway,
/// zeros would be written for nothing, and that takes as long as many a kernel does.
///
/// # Safety
/// `write` writes every element of the slice it is given, or does not return.
pub(crate) unsafe fn written<T: Copy>(
    length: usize,
    write: impl FnOnce(&mut [MaybeUninit<T>]),
) -> Vec<T> {
    let mut values: Vec<T> = Vec::with_capacity(length);
    let room = &mut values.spare_capacity_mut()[..length];
    if size_of_val(room) >= LARGE_BYTES {
        ask_for_large_pages(room);
    }
    write(room);
    // SAFETY: the capacity is at least `length`, and `write` has written so many elements.
    unsafe { values.set_len(length) };
    values
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages<T>(values: &mut [T]) {
    /// Of the advice: a page of any machine that runs this, or a part of one.
    const PAGE_BYTES: usize = 64 << 10;
    let first = values.as_mut_ptr().cast::<u8>();
    let skipped = first.align_offset(PAGE_BYTES);
    let bytes = size_of_val(values).saturating_sub(skipped) / PAGE_BYTES * PAGE_BYTES;
    if bytes == 0 {
        return;
    }
    // SAFETY: the range lies within `values`, which is borrowed mutably, and MADV_HUGEPAGE changes which pages hold the bytes, never
    // the bytes. Its failure means ordinary pages, and is no failure of ours.
    unsafe {
        libc::madvise(first.add(skipped).cast(), bytes, libc::MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages<T>(_: &mut [T]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_were_written_are_found_in_their_places() {
        for length in [0, 1, 1000, LARGE_BYTES / 4 + 17] {
            // SAFETY: the loop writes every element.
            let values: Vec<u32> = unsafe {
                written(length, |room| {
                    for (index, value) in room.iter_mut().enumerate() {
                        value.write(index as u32 * 3);
                    }
                })
            };
            assert_eq!(values.len(), length);
            let wanted = (0..length as u32).map(|index| index * 3);
            assert!(values.iter().copied().eq(wanted));
        }
    }

    #[test]
    fn large_and_small_results_begin_as_zeros() {
        for length in [0, 1, 1000, LARGE_BYTES / 4, (LARGE_BYTES / 4) * 3 + 17] {
            let values: Vec<f32> = zeros(length);
            assert_eq!(values.len(), length);
            assert!(values.iter().all(|value| value.to_bits() == 0));
        }
    }
}
