//! Times an MPR plane and a slab of a 512 x 512 x 200 volume on one core; with a path, writes plane and volume for peers.
//!
//! `cargo run --release -p kernel_imaging --example bench_reslice [FOLDER]`

#![allow(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

use std::sync::Arc;
use std::time::Instant;

use kernel_imaging::{
    Frame, FrameAttributes, ImagePlane, PhotometricInterpretation, ReslicePlane, Samples,
    SlabProjection, Volume, reslice, reslice_slab,
};

const SIZE: [usize; 3] = [200, 512, 512];
const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(run)
}

/// Smooth anatomy-like values: no two rows alike, nothing constant.
fn stored(slice: usize, row: usize, column: usize) -> i16 {
    let wave = (row * 7 + column * 13 + slice * 29) % 1_021;
    let far = (row * row + column * column + slice * slice * 4) / 512;
    ((far % 2_000) as i16) + (wave as i16) - 1_000
}

fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let plane = |slice: usize| ImagePlane {
        position_lps_mm: [-180.0, -180.0, slice as f64 * 1.5],
        row_direction_lps: [1.0, 0.0, 0.0],
        column_direction_lps: [0.0, 1.0, 0.0],
        spacing_mm: [0.7, 0.7],
    };
    let slices: Vec<(Arc<Frame>, FrameAttributes)> = (0..SIZE[0])
        .map(|slice| {
            let values = (0..SIZE[1] * SIZE[2]).map(|at| stored(slice, at / SIZE[2], at % SIZE[2]));
            let frame = Frame {
                rows: SIZE[1],
                columns: SIZE[2],
                samples_per_pixel: 1,
                samples: Samples::I16(values.collect()),
                photometric: PhotometricInterpretation::Monochrome2,
            };
            let attributes = FrameAttributes {
                plane: Some(plane(slice)),
                ..FrameAttributes::default()
            };
            (Arc::new(frame), attributes)
        })
        .collect();
    let borrowed: Vec<_> = slices
        .iter()
        .map(|(frame, attributes)| (frame.clone(), attributes))
        .collect();
    let begun = Instant::now();
    let volume = Volume::from_slices(&borrowed)?;
    println!("build: {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);

    let native = ReslicePlane {
        plane: plane(100),
        rows: 512,
        columns: 512,
    };
    let mut between = native;
    between.plane.position_lps_mm[2] += 0.7;
    between.plane.position_lps_mm[0] += 0.2;
    let sagittal = ReslicePlane {
        plane: ImagePlane {
            position_lps_mm: [0.3, -180.0, 299.0],
            row_direction_lps: [0.0, 1.0, 0.0],
            column_direction_lps: [0.0, 0.0, -1.0],
            spacing_mm: [298.0 / 511.0, 0.7],
        },
        rows: 512,
        columns: 512,
    };
    let (sine, cosine) = (0.34_f64, (1.0 - 0.34_f64 * 0.34).sqrt());
    let oblique = ReslicePlane {
        plane: ImagePlane {
            position_lps_mm: [-170.0, -150.0, 100.0],
            row_direction_lps: [cosine, 0.0, sine],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [0.6, 0.6],
        },
        rows: 512,
        columns: 512,
    };
    for (name, wanted) in [
        ("axial, between slices", between),
        ("sagittal", sagittal),
        ("oblique", oblique),
    ] {
        report(name, || reslice(&volume, &wanted));
    }
    let projections = [
        ("MIP", SlabProjection::Maximum),
        ("MinIP", SlabProjection::Minimum),
        ("mean", SlabProjection::Mean),
    ];
    for (name, projection) in projections {
        report(&format!("slab of 20 slices, {name}"), || {
            reslice_slab(&volume, &native, 20, 1.5, projection)
        });
    }
    report("oblique slab of 20 planes, MIP", || {
        reslice_slab(&volume, &oblique, 20, 1.0, SlabProjection::Maximum)
    });
    if let Some(folder) = std::env::args_os().nth(1) {
        let folder = std::path::PathBuf::from(folder);
        std::fs::write(
            folder.join("volume.i16"),
            volume.samples.little_endian_bytes(),
        )?;
        let plane = reslice(&volume, &oblique);
        std::fs::write(
            folder.join("oblique.f32"),
            plane.samples.little_endian_bytes(),
        )?;
    }
    Ok(())
}

fn report(name: &str, make: impl Fn() -> Frame) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(make());
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{name}: median {:.2} ms, least {:.2} ms",
        times[ROUNDS / 2],
        times[0]
    );
}
