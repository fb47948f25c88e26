//! One of ONNX's own operator tests with the built-in engine: `node_test FOLDER`, where FOLDER holds `model.onnx` and
//! `test_data_set_0`. Prints `passed`, `wrong: …` or `unsupported: …`. An engine that aborts takes only this process with it.

use std::error::Error;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tract_onnx::prelude::{
    Framework, InferenceFact, InferenceModelExt, IntoRunnable, IntoTValue, TVec, Tensor,
    TractResult,
};
use tract_onnx::tensor::{load_tensor, proto_from_reader};
use tract_onnx::tract_core::internal::Approximation;

/// Differences that ONNX's own runner allows.
const ABSOLUTE: f32 = 1e-7;
const RELATIVE: f32 = 1e-3;

fn tensors(folder: &Path, kind: &str) -> Result<Vec<Tensor>, Box<dyn Error>> {
    let mut tensors = Vec::new();
    loop {
        let path = folder.join(format!("{kind}_{}.pb", tensors.len()));
        if !path.is_file() {
            return Ok(tensors);
        }
        let proto = proto_from_reader(std::fs::File::open(path)?)?;
        let provider = tract_onnx::data_resolver::MmapDataResolver;
        tensors.push(load_tensor(&provider, &proto, None)?);
    }
}

fn answer(model: &Path, inputs: &[Tensor]) -> TractResult<TVec<tract_onnx::prelude::TValue>> {
    let mut graph = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_path(model)?;
    for (at, input) in inputs.iter().enumerate() {
        graph = graph.with_input_fact(
            at,
            InferenceFact::dt_shape(input.datum_type(), input.shape()),
        )?;
    }
    let plan = graph.into_optimized()?.into_runnable()?;
    plan.run(
        inputs
            .iter()
            .map(|input| input.clone().into_tvalue())
            .collect(),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("node_test FOLDER")?;
    writeln!(std::io::stdout(), "{}", verdict(Path::new(&folder)))?;
    Ok(())
}

fn verdict(folder: &Path) -> String {
    let case = folder.join("test_data_set_0");
    let read = || Ok::<_, Box<dyn Error>>((tensors(&case, "input")?, tensors(&case, "output")?));
    let read = catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err("they are of a kind that is not read".into()));
    let (inputs, expected) = match read {
        Ok(read) => read,
        Err(error) => return format!("unsupported: the data: {error}"),
    };
    let ran = catch_unwind(AssertUnwindSafe(|| {
        answer(&folder.join("model.onnx"), &inputs)
    }));
    let outputs = match ran {
        Ok(Ok(outputs)) => outputs,
        Ok(Err(error)) => return format!("unsupported: {error}"),
        Err(_) => return "unsupported: it broke".to_owned(),
    };
    let near = Approximation::Custom(ABSOLUTE, RELATIVE, 0.0);
    let wrong = outputs.len() < expected.len()
        || expected.iter().zip(&outputs).any(|(expected, found)| {
            expected.datum_type() != found.datum_type()
                || found.close_enough(expected, near).is_err()
        });
    if wrong { "wrong" } else { "passed" }.to_owned()
}
