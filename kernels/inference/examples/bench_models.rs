//! Runs one model with one engine when it is told to, so that a script can take turns between it and a peer:
//! `bench_models tract|onnxruntime MODEL.onnx INPUT.f32 AXIS…`, then on standard input `run` (prints nanoseconds of wall time)
//! or `answer FILE.f32` (runs once more, writes the output). ONNX Runtime's library is named by `CLISONIX_ONNXRUNTIME`.

use std::error::Error;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Instant;

use kernel_inference::{Engine, OnnxRuntime, Tract, inspect, offer_onnx_runtime};
use ndarray::ArrayD;

fn engine(name: &str) -> Result<Box<dyn Engine>, Box<dyn Error>> {
    match name {
        "tract" => Ok(Box::new(Tract)),
        "onnxruntime" => {
            let library = std::env::var_os("CLISONIX_ONNXRUNTIME")
                .ok_or("CLISONIX_ONNXRUNTIME names no library")?;
            offer_onnx_runtime(move || Some(library.clone().into()));
            let engine = OnnxRuntime::offered().ok_or("no library was offered")??;
            Ok(Box::new(engine))
        }
        other => Err(format!("there is no engine `{other}`").into()),
    }
}

fn values(bytes: &[u8]) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<4>();
    chunks
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, model, input, axes @ ..] = &arguments[..] else {
        return Err("bench_models tract|onnxruntime MODEL.onnx INPUT.f32 AXIS…".into());
    };
    let axes: Vec<usize> = axes
        .iter()
        .map(|axis| axis.parse())
        .collect::<Result<_, _>>()?;
    let onnx: Arc<[u8]> = std::fs::read(model)?.into();
    inspect(&onnx)?;
    let plan = engine(name)?.prepare(&onnx, &axes)?;
    let input = ArrayD::from_shape_vec(axes, values(&std::fs::read(input)?))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready")?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let given = input.clone();
        let start = Instant::now();
        let answer = plan.run(given)?;
        let took = start.elapsed().as_nanos();
        match line.split_once(' ') {
            Some(("answer", path)) => {
                let bytes: Vec<u8> = answer
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                std::fs::write(path, bytes)?;
                writeln!(out, "{:?}", answer.shape())?;
            }
            _ => writeln!(out, "{took}")?,
        }
        out.flush()?;
    }
    Ok(())
}
