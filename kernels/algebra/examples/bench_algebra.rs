//! Prints one JSON line per kernel with its median time, so that a driver can compare with other software.
//!
//! `cargo run --release -p kernel_algebra --example bench_algebra [-- REPEATS]`
#![allow(clippy::print_stdout, reason = "the lines are what a driver reads")]

use std::hint::black_box;
use std::time::Instant;

use kernel_algebra::{
    BinaryAlgebra, BitMask, Border, InstructionSet, Neighbours, StoredSamples, StoredView,
};
use ndarray::{Array2, Array3};

/// Whole numbers that look random, from a counter.
fn noise(index: usize) -> u32 {
    let mut bits = (index as u32).wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
    bits ^ (bits >> 16)
}

fn matrix(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        (noise(i * columns + j) >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

/// A slice like those of computed tomography: an ellipse of tissue, bone, air and noise, in HU.
fn phantom(size: usize) -> Array2<f32> {
    Array2::from_shape_fn((size, size), |(i, j)| {
        let (y, x) = (
            2.0 * i as f32 / size as f32 - 1.0,
            2.0 * j as f32 / size as f32 - 1.0,
        );
        let body = if x * x / 0.7 + y * y / 0.5 < 1.0 {
            1040.0
        } else {
            0.0
        };
        let bone = if x * x + (y - 0.4) * (y - 0.4) < 0.01 {
            900.0
        } else {
            0.0
        };
        let lung = if (x.abs() - 0.35) * (x.abs() - 0.35) / 0.04 + y * y / 0.09 < 1.0 {
            -850.0
        } else {
            0.0
        };
        body + bone + lung - 1000.0 + (noise(i * size + j) >> 27) as f32
    })
}

struct Timed {
    median_ms: f64,
    least_ms: f64,
}

fn time<T>(repeats: usize, mut work: impl FnMut() -> T) -> Timed {
    black_box(work());
    let mut times: Vec<f64> = (0..repeats)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Timed {
        median_ms: times[times.len() / 2],
        least_ms: times[0],
    }
}

fn line(kernel: &str, set: InstructionSet, threads: usize, timed: &Timed) {
    println!(
        "{{\"kernel\":\"{kernel}\",\"instruction_set\":\"{set}\",\"threads\":{threads},\"median_ms\":{:.4},\"min_ms\":{:.4}}}",
        timed.median_ms, timed.least_ms
    );
}

/// Morphology, components and distances of a 512 × 512 × 100 mask.
fn masks(mask: &BitMask, threads: usize, repeats: usize) {
    let show = |kernel: &str, timed: &Timed| line(kernel, InstructionSet::widest(), threads, timed);
    for (name, neighbours) in [
        ("6", Neighbours::Six),
        ("18", Neighbours::Eighteen),
        ("26", Neighbours::TwentySix),
    ] {
        let timed = time(repeats, || mask.erode(neighbours, 1, Border::Empty));
        show(&format!("erode_{name}_512x512x100"), &timed);
        let timed = time(repeats, || mask.dilate(neighbours, 1));
        show(&format!("dilate_{name}_512x512x100"), &timed);
        let timed = time(repeats, || {
            mask.components(neighbours).map(|found| found.len())
        });
        show(&format!("components_{name}_512x512x100"), &timed);
    }
    let spacing_mm = [1.0, 0.7, 0.7];
    for radius_mm in [2.0, 5.0, 10.0] {
        let timed = time(repeats.min(5), || mask.dilate_mm(radius_mm, spacing_mm));
        show(&format!("dilate_{radius_mm}_mm_512x512x100"), &timed);
    }
    let timed = time(repeats, || mask.fill_holes(Neighbours::Six));
    show("fill_holes_512x512x100", &timed);
    let found = mask
        .components(Neighbours::TwentySix)
        .expect("a mask of few runs");
    show(
        "label_image_512x512x100",
        &time(repeats.min(5), || found.labels()),
    );
    let timed = time(repeats, || mask.to_run_lengths().len());
    show("run_lengths_512x512x100", &timed);
    let timed = time(1, || mask.distance_mm(spacing_mm));
    show("distance_mm_512x512x100", &timed);
    let other = mask.dilate(Neighbours::Six, 1);
    let timed = time(1, || mask.surface_distances(&other, spacing_mm));
    show("surface_distances_512x512x100", &timed);
}

fn main() {
    let repeats = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(21)
        .max(1);
    let widest = InstructionSet::widest();
    let (square, weights) = (matrix(512, 512), matrix(512, 512));
    let (pixels, unmixing) = (matrix(262_144, 3), matrix(2, 3));
    let (casorati, few) = (matrix(65_536, 200), matrix(4, 200));
    let slice = phantom(512);
    let volume = Array3::from_shape_fn((100, 512, 512), |(k, i, j)| slice[[i, j]] + k as f32);
    let stored: Vec<i16> = volume.iter().map(|value| *value as i16).collect();
    let stored_pixels: Vec<u16> = (0..262_144 * 3).map(|index| noise(index) as u16).collect();
    let table: Vec<u8> = (0..65_536u32)
        .map(|value| (value.clamp(31_744, 33_791) - 31_744).div_euclid(8) as u8)
        .collect();

    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started");
        pool.install(|| {
            for set in InstructionSet::available()
                .into_iter()
                .filter(|set| *set != InstructionSet::Scalar)
            {
                let algebra =
                    BinaryAlgebra::with_instruction_set(set).expect("the set is available");
                let timed = time(repeats, || {
                    algebra.transform_matrix(square.view(), weights.view())
                });
                line("transform_512x512x512", set, threads, &timed);
                let timed = time(repeats, || {
                    algebra.transform_matrix(pixels.view(), unmixing.view())
                });
                line("transform_262144x3x2", set, threads, &timed);
                let timed = time(repeats, || {
                    algebra.transform_matrix(casorati.view(), few.view())
                });
                line("transform_65536x200x4", set, threads, &timed);
                let view = StoredView::new(StoredSamples::U16(&stored_pixels), [262_144, 3])
                    .expect("shape fits");
                let timed = time(repeats, || {
                    algebra.transform_stored(view, 1.0, -1024.0, unmixing.view())
                });
                line("transform_stored_262144x3x2_u16", set, threads, &timed);
                let timed = time(repeats, || algebra.svd_compress(slice.view(), 32));
                line("svd_compress_512x512_k32", set, threads, &timed);
            }
            let low_rank = BinaryAlgebra::new()
                .svd_compress(slice.view(), 32)
                .expect("the phantom is finite");
            line(
                "reconstruct_512x512_k32",
                widest,
                threads,
                &time(repeats, || low_rank.reconstruct()),
            );
            line(
                "errors_512x512_k32",
                widest,
                threads,
                &time(repeats, || low_rank.errors(slice.view())),
            );
            let timed = time(repeats, || BitMask::threshold(volume.view(), -200.0, 300.0));
            line("threshold_512x512x100_f32", widest, threads, &timed);
            let view =
                StoredView::new(StoredSamples::I16(&stored), [100, 512, 512]).expect("shape fits");
            let timed = time(repeats, || {
                BitMask::threshold_stored(view, 1.0, 0.0, -200.0, 300.0)
            });
            line("threshold_512x512x100_i16", widest, threads, &timed);
            let mask =
                BitMask::threshold(volume.view(), -200.0, 300.0).expect("the limits are in order");
            line(
                "mask_count_512x512x100",
                widest,
                threads,
                &time(repeats, || mask.count()),
            );
            masks(&mask, threads, repeats);
            let mut grey = vec![0u8; 262_144];
            let timed = time(repeats, || {
                for (grey, stored) in grey.iter_mut().zip(&stored_pixels) {
                    *grey = table[usize::from(*stored)];
                }
                grey[0]
            });
            line("window_table_512x512_u16", widest, threads, &timed);
        });
    }
}
