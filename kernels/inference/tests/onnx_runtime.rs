//! ONNX Runtime, where `CLISONIX_ONNXRUNTIME` names its library: it answers the shipped test cases, bit for bit alike on any number
//! of threads, and a class that is asked for is served by the engine that has it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel_inference::{
    Engine, InferenceError, LoadedModel, OnnxRuntime, SeriesVolume, Tract, image, load,
    offer_onnx_runtime,
};

mod support;

use support::shipped;

/// The library, or a loud word that this test did not run.
fn library(test: &str) -> Option<PathBuf> {
    match std::env::var_os("CLISONIX_ONNXRUNTIME") {
        Some(path) if Path::new(&path).is_file() => Some(path.into()),
        _ => {
            eprintln!("SKIPPED {test}: CLISONIX_ONNXRUNTIME names no library of ONNX Runtime");
            None
        }
    }
}

fn runtime(test: &str) -> Option<OnnxRuntime> {
    let library = library(test)?;
    offer_onnx_runtime(move || Some(library.clone()));
    Some(
        OnnxRuntime::offered()
            .expect("it was offered")
            .expect("it loads"),
    )
}

#[test]
fn it_answers_the_shipped_test_cases_and_has_a_class_of_its_own() {
    let Some(engine) = runtime("it_answers_the_shipped_test_cases_and_has_a_class_of_its_own")
    else {
        return;
    };
    assert!(
        engine.name().starts_with("onnxruntime "),
        "{}",
        engine.name()
    );
    for name in ["denoise", "brain-tissue"] {
        let model = LoadedModel::new(shipped(name), Box::new(engine.clone())).expect("it runs");
        let built_in = LoadedModel::new(shipped(name), Box::new(Tract)).expect("it runs");
        assert!(model.check_difference <= model.manifest.check.tolerance);
        assert_ne!(model.class, built_in.class, "{name}");
    }
}

#[test]
fn its_bits_do_not_depend_on_the_number_of_threads() {
    let Some(engine) = runtime("its_bits_do_not_depend_on_the_number_of_threads") else {
        return;
    };
    let model = Arc::new(LoadedModel::new(shipped("denoise"), Box::new(engine)).expect("it runs"));
    let series = SeriesVolume {
        shape: [1, 93, 70],
        values: (0..93 * 70)
            .map(|at: u32| f32::from((at.wrapping_mul(2_654_435_761) >> 20) as u16))
            .collect(),
        voxel_mm: None,
        orientation: None,
    };
    let run = || -> Vec<u32> {
        let values = image(&model, &series, 0..1, &|| false).expect("an image");
        values.iter().map(|value| value.to_bits()).collect()
    };
    let alone = run();
    for threads in [2, 4] {
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            for done in runs {
                assert!(done.join().expect("no panic") == alone, "{threads} threads");
            }
        });
    }
}

#[test]
fn the_class_that_is_asked_for_decides_the_engine() {
    let Some(engine) = runtime("the_class_that_is_asked_for_decides_the_engine") else {
        return;
    };
    let bytes = shipped("denoise").encode().expect("it fits");
    let digest = *blake3::hash(&bytes).as_bytes();
    let built_in = LoadedModel::new(shipped("denoise"), Box::new(Tract)).expect("it runs");
    let engine_for = |class| load(digest, &bytes, class).expect("ready").model.engine();
    assert_eq!(engine_for(None), engine.name(), "the fastest");
    assert_eq!(engine_for(Some(built_in.class)), built_in.engine());
    assert_eq!(
        engine_for(Some([7; 32])),
        engine.name(),
        "a class that nobody has"
    );
}

#[test]
fn an_engine_that_answers_wrongly_is_passed_over_and_said() {
    let Some(engine) = runtime("an_engine_that_answers_wrongly_is_passed_over_and_said") else {
        return;
    };
    // What tract answers, and no difference allowed: ONNX Runtime rounds otherwise.
    let mut package = shipped("denoise");
    let (manifest, _) = package.check().expect("it is right");
    let shape = &manifest.check.input_shape;
    let input: Vec<f32> = package
        .check_input
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four")))
        .collect();
    let input = ndarray::ArrayD::from_shape_vec(shape.clone(), input).expect("its shape");
    let plan = Tract
        .prepare(&package.onnx.clone().into(), shape)
        .expect("a plan");
    let answer: Vec<u8> = plan
        .run(input)
        .expect("an answer")
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    package.manifest = package
        .manifest
        .replace(&digest(&package.check_output), &digest(&answer))
        .lines()
        .map(|line| {
            if line.starts_with("tolerance") {
                "tolerance = 0.0"
            } else {
                line
            }
        })
        .collect::<Vec<_>>()
        .join("\n");
    package.check_output = answer;
    let bytes = package.encode().expect("it fits");
    let ready = load(*blake3::hash(&bytes).as_bytes(), &bytes, None).expect("tract runs it");
    assert_eq!(ready.model.engine(), Tract.name());
    let [reason] = &ready.passed_over[..] else {
        panic!("{:?}", ready.passed_over);
    };
    assert!(
        reason.contains(engine.name()) && reason.contains("not used"),
        "{reason}"
    );
}

#[test]
fn a_library_that_is_none_is_a_sentence() {
    // A process holds one library, so this one is asked in its own.
    let test = "a_library_that_is_none_is_a_sentence";
    if std::env::var_os("CLISONIX_NO_LIBRARY").is_none() {
        let status = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", test])
            .env("CLISONIX_NO_LIBRARY", "1")
            .status()
            .expect("it starts");
        assert!(status.success());
        return;
    }
    offer_onnx_runtime(|| Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")));
    let error = OnnxRuntime::offered()
        .expect("it was offered")
        .err()
        .expect("no library");
    assert!(matches!(error, InferenceError::Engine { .. }), "{error}");
    let bytes = shipped("denoise").encode().expect("it fits");
    let ready = load(*blake3::hash(&bytes).as_bytes(), &bytes, None).expect("tract runs it");
    assert_eq!(ready.model.engine(), Tract.name());
    assert_eq!(ready.passed_over.len(), 1);
}
