//! Times from files to pictures, one JSON line each: `cargo run --release --example bench_pictures -- WHAT FOLDER [REPEATS]`.
//!
//! WHAT is `index` (headers, one thread), `volume` (decode, rescale, stack), `scroll` (decode and draw the next
//! slice) or `mammogram` (window level of 3328 x 4096 at screen resolution; needs no folder).

#![allow(clippy::print_stdout, reason = "the answer of a program")]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use kernel_dicom::{Begun, arrange, decode_frame, read_instance};
use kernel_imaging::{
    DisplayLut, Frame, FrameAttributes, FrameReference, Instance, PhotometricInterpretation,
    Presentation, SampledView, Samples, TextRule, ViewTransform, VoiChoice, VoiFunction,
    WindowLevel, modality_values_into, present_viewport,
};
use rayon::prelude::*;

/// What a screen of 2,000 lines for mammograms leaves an image.
const SCREEN: [usize; 2] = [1536, 1890];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let what = arguments.first().map_or("", String::as_str);
    let folder = arguments.get(1).map(PathBuf::from);
    let files = folder
        .as_deref()
        .map(files_in)
        .transpose()?
        .unwrap_or_default();
    let repeats = arguments
        .get(2)
        .and_then(|text| text.parse().ok())
        .unwrap_or(200);
    match what {
        "index" => index(&files),
        "volume" => volume(&files),
        "scroll" => scroll(&files),
        "mammogram" => mammogram(repeats),
        _ => Err("bench_pictures index|volume|scroll FOLDER, or mammogram".into()),
    }
}

fn files_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries: Result<Vec<_>, _> = std::fs::read_dir(folder)?.collect();
    let mut files: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

fn header(path: &Path) -> Outcome<Instance> {
    let (file, length) = Begun::measured(File::open(path)?)?;
    Ok(read_instance(file, length, path, TextRule::default())?)
}

fn decode(reference: &FrameReference) -> Outcome<Frame> {
    let file = File::open(&reference.instance.path)?;
    let length = file.metadata()?.len();
    let source = BufReader::new(file);
    Ok(decode_frame(
        source,
        length,
        &reference.instance,
        reference.frame,
    )?)
}

fn index(files: &[PathBuf]) -> Outcome<()> {
    let start = Instant::now();
    for path in files {
        header(path)?;
    }
    let ms = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "{{\"what\":\"index\",\"files\":{},\"ms\":{ms:.1}}}",
        files.len()
    );
    Ok(())
}

/// The slices of the first series, in their order.
fn slices(files: &[PathBuf]) -> Outcome<Vec<FrameReference>> {
    let instances: Vec<Instance> = files
        .par_iter()
        .map(|path| header(path))
        .collect::<Outcome<_>>()?;
    let (studies, _) = arrange(instances);
    let series = studies.into_iter().flat_map(|study| study.series).next();
    Ok(series.ok_or("no series")?.frames)
}

fn volume(files: &[PathBuf]) -> Outcome<()> {
    let start = Instant::now();
    let slices = slices(files)?;
    let first = &slices.first().ok_or("no slice")?.instance;
    let pixels = first.rows * first.columns;
    let mut volume = kernel_algebra::zeros::<f32>(slices.len() * pixels);
    volume.par_chunks_mut(pixels).zip(&slices).try_for_each(
        |(place, reference)| -> Outcome<()> {
            let frame = decode(reference)?;
            Ok(modality_values_into(&frame, reference.attributes(), place)?)
        },
    )?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    let sum: f64 = volume.iter().map(|value| f64::from(*value)).sum();
    let mean = sum / volume.len() as f64;
    println!(
        "{{\"what\":\"volume\",\"slices\":{},\"ms\":{ms:.1},\"peak_bytes\":{},\"mean\":{mean:.6}}}",
        slices.len(),
        peak_bytes()
    );
    Ok(())
}

/// The most memory this process has had resident, or 0 where the system does not say.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn scroll(files: &[PathBuf]) -> Outcome<()> {
    let mut times = Vec::new();
    for reference in slices(files)? {
        let start = Instant::now();
        let frame = decode(&reference)?;
        let attributes = reference.attributes();
        let presentation = Presentation {
            voi: VoiChoice::Manual(WindowLevel::new(1000.0, 4000.0)?, VoiFunction::Linear),
            ..Presentation::default()
        };
        let lut = DisplayLut::new(&frame, attributes, &presentation)?;
        let size = [frame.columns, frame.rows];
        let view = ViewTransform::fit(size, attributes.aspect(), size);
        let image = present_viewport(&frame, attributes, &lut, &view, size);
        times.push(start.elapsed().as_secs_f64() * 1e3);
        std::hint::black_box(image);
    }
    say("scroll", times);
    Ok(())
}

fn mammogram(repeats: usize) -> Outcome<()> {
    let (rows, columns) = (4096, 3328);
    let values = (0..rows * columns).map(|at| ((at * 2_654_435_761) >> 7) as u16 & 0x3FFF);
    let frame = Frame {
        rows,
        columns,
        samples_per_pixel: 1,
        samples: Samples::U16(values.collect()),
        photometric: PhotometricInterpretation::Monochrome2,
    };
    let attributes = Arc::new(FrameAttributes::default());
    let view = ViewTransform::fit([columns, rows], 1.0, SCREEN);
    let mut times = Vec::new();
    let mut sampled = None;
    for turn in 0..repeats {
        let level = WindowLevel::new(8000.0 + turn as f64, 4000.0)?;
        let presentation = Presentation {
            voi: VoiChoice::Manual(level, VoiFunction::Linear),
            ..Presentation::default()
        };
        let start = Instant::now();
        let lut = DisplayLut::new(&frame, &attributes, &presentation)?;
        // As in the window: the first step of a drag looks the view up.
        let sampled = match &mut sampled {
            Some(sampled) => sampled,
            empty => empty.insert(
                SampledView::new(&frame, &attributes, &lut, &view, SCREEN).ok_or("no table")?,
            ),
        };
        let image = sampled.draw(&frame, &lut).ok_or("another table")?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        std::hint::black_box(image);
    }
    say("mammogram", times);
    Ok(())
}

fn say(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{{\"what\":\"{what}\",\"times\":{},\"p50_ms\":{:.3},\"p99_ms\":{:.3}}}",
        times.len(),
        at(0.5),
        at(0.99)
    );
}
