//! Times of the window and of a viewport, one JSON line each: `cargo run --release --example bench_window`.

use std::io::Write;
use std::time::Instant;

use kernel_imaging::{
    DisplayLut, Frame, FrameAttributes, Interpolation, ModalityLut, PhotometricInterpretation,
    Presentation, Samples, ViewTransform, VoiChoice, VoiFunction, WindowLevel, present_viewport,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repeats = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(400);
    let mut out = std::io::stdout().lock();
    let attributes = FrameAttributes {
        modality_lut: ModalityLut::Rescale {
            slope: 1.0,
            intercept: -1024.0,
        },
        padding: Some((0, 0)),
        ..FrameAttributes::default()
    };
    let slice = phantom(512, 512);
    for function in [
        VoiFunction::Linear,
        VoiFunction::LinearExact,
        VoiFunction::Sigmoid,
    ] {
        let (mut milliseconds, processor) = (Vec::new(), processor_ms());
        for turn in 0..repeats {
            let level = WindowLevel::new(40.0 + f64::from(turn % 100), 400.0)?;
            let presentation = Presentation {
                voi: VoiChoice::Manual(level, function),
                ..Presentation::default()
            };
            let start = Instant::now();
            let image = DisplayLut::new(&slice, &attributes, &presentation)?.apply(&slice)?;
            milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
            std::hint::black_box(image);
        }
        let title = format!("window 512x512 16-bit to RGBA, table built anew, {function}");
        writeln!(
            out,
            "{}",
            line(&title, milliseconds, processor_ms() - processor)
        )?;
    }

    let mammogram = phantom(4096, 3328);
    let size = [1200, 900];
    let presentation = Presentation {
        voi: VoiChoice::Manual(WindowLevel::new(1000.0, 3000.0)?, VoiFunction::Linear),
        ..Presentation::default()
    };
    let lut = DisplayLut::new(&mammogram, &attributes, &presentation)?;
    for interpolation in [Interpolation::Nearest, Interpolation::Linear] {
        let fitted = ViewTransform::fit([3328, 4096], 1.0, size);
        let close = ViewTransform {
            zoom: 1.7,
            ..fitted
        };
        for (name, view) in [
            ("fitted", fitted),
            ("zoom 1.7", close),
            ("turned", close.turned_clockwise()),
        ] {
            let view = ViewTransform {
                interpolation,
                ..view
            };
            let (mut milliseconds, processor) = (Vec::new(), processor_ms());
            for _ in 0..repeats {
                let start = Instant::now();
                let image = present_viewport(&mammogram, &attributes, &lut, &view, size);
                milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
                std::hint::black_box(image);
            }
            let title = format!("viewport 1200x900 of 3328x4096, {name}, {interpolation:?}");
            writeln!(
                out,
                "{}",
                line(&title, milliseconds, processor_ms() - processor)
            )?;
        }
    }
    Ok(())
}

/// A smooth disc with a fine pattern, 12 bits in 16.
fn phantom(rows: usize, columns: usize) -> Frame {
    let value = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        let (y, x) = (
            row as f64 / rows as f64 - 0.5,
            column as f64 / columns as f64 - 0.5,
        );
        let inside = 0.2 - (x * x + y * y);
        if inside < 0.0 {
            0
        } else {
            (inside * 15_000.0) as u16 + ((row * 7 + column * 13) % 97) as u16
        }
    };
    Frame {
        rows,
        columns,
        samples_per_pixel: 1,
        samples: Samples::U16((0..rows * columns).map(value).collect()),
        photometric: PhotometricInterpretation::Monochrome2,
    }
}

/// Processor time of all threads so far, where the system tells it: unlike the others it does not
/// depend on what else the machine is doing.
fn processor_ms() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let on_processor = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    on_processor.sum::<f64>() / 1e6
}

fn line(title: &str, mut milliseconds: Vec<f64>, processor_ms: f64) -> String {
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: f64| milliseconds[((milliseconds.len() - 1) as f64 * share) as usize];
    format!(
        "{{\"what\":\"{title}\",\"min_ms\":{:.3},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"processor_ms\":{:.3},\"repeats\":{}}}",
        at(0.0),
        at(0.5),
        at(0.99),
        processor_ms / milliseconds.len() as f64,
        milliseconds.len()
    )
}
