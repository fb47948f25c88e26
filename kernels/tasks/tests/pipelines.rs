//! Operations over slabs and pipelines give the same bits however the series is cut, in whatever order, on however many threads.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use kernel_tasks::{
    Determinism, Digest, Job, OutputKind, ParameterKind, Parameters, Pipeline, PixelBlock, Reach,
    StoredSamples, TaskOutput, execute, formula_blob, halo_slices, operation, operations, split,
};
use support::{Store, pairs, phantom, weights};

const SLICES: u64 = 11;

/// A series with padding in its slices.
fn series(store: &mut Store) -> Vec<Digest> {
    (0..SLICES)
        .map(|seed| {
            let mut block = phantom(seed, 21, 70);
            block.padding = Some((-300, -290));
            store.put_block(&block)
        })
        .collect()
}

/// The outputs of each slice.
fn run(
    store: &Store,
    name: &str,
    parameters: &[(&str, &str)],
    slices: usize,
    inputs: &[Digest],
) -> Vec<TaskOutput> {
    let spec = operation(name).unwrap();
    let mut given = pairs(parameters);
    if spec.reach == Reach::Slab {
        given.push(("slices".to_owned(), slices.to_string()));
        let parsed = Parameters::parse(spec, &given).unwrap();
        let halo = halo_slices(spec, &parsed, Some(2.0), store).unwrap();
        given.push(("halo".to_owned(), halo.to_string()));
    }
    let job = Job::new(name, &given, inputs.to_vec(), Determinism::Strict).unwrap();
    job.check(&store.shapes).unwrap();
    let mut done = BTreeMap::new();
    let tasks = split(&job).unwrap();
    assert_eq!(tasks.len(), inputs.len());
    tasks
        .iter()
        .enumerate()
        .map(|(slice, task)| {
            let output = done.entry(task.id()).or_insert_with(|| {
                assert!(task.memory_bytes(&store.shapes).unwrap() > 0);
                let bytes = execute(task, store, &|| false).unwrap();
                TaskOutput::decode(&bytes).unwrap()
            });
            output
                .slice(slice % slices.max(1) % output.slices() as usize)
                .unwrap()
                .clone()
        })
        .collect()
}

/// Parameters that make an operation work in the volume and have something to do.
fn parameters_of(store: &mut Store, name: &str) -> Vec<(String, String)> {
    let spec = operation(name).unwrap();
    let mut given = Vec::new();
    for parameter in spec.parameters {
        let value = match (parameter.name, parameter.kind) {
            ("dimensions", _) => "volume".to_owned(),
            ("tiles", _) => "3".to_owned(),
            ("above", _) => "250".to_owned(),
            ("radius", _) if name == "median" => "2".to_owned(),
            ("sigma" | "radius", _) => "2.3".to_owned(),
            ("radius_slices" | "radius_voxels", _) => "1".to_owned(),
            (_, ParameterKind::Formula) => {
                let blob = formula_blob("image > 200 and not dilate(image > 700, 4.5 mm)");
                store.put(blob.unwrap()).to_string()
            }
            (_, ParameterKind::Pipeline) => {
                let pipeline = Pipeline::parse(PIPELINE, &mut |_, _| Ok(weights(70, 70)));
                store.put(pipeline.unwrap().encode().unwrap()).to_string()
            }
            _ => continue,
        };
        given.push((parameter.name.to_owned(), value));
    }
    given
}

const PIPELINE: &str = r#"
title = "Soft parts"
[[step]]
operation = "gaussian"
sigma = 1.5
dimensions = "volume"
[[step]]
operation = "transform-matrix"
weights = "weights.npy"
[[step]]
operation = "svd-compress"
k = 9
[[step]]
operation = "median"
radius = 1
unit = "voxels"
dimensions = "volume"
[[step]]
operation = "threshold"
low = 20
high = 2000
[[step]]
operation = "morphology"
shape = "close"
radius = 2.1
dimensions = "volume"
[[step]]
operation = "keep-largest"
count = 3
"#;

fn borrowed(given: &[(String, String)]) -> Vec<(&str, &str)> {
    given
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn a_slab_operation_gives_the_same_bits_however_the_series_is_cut() {
    let mut store = Store::default();
    let inputs = series(&mut store);
    let mut seen = 0;
    for spec in operations().iter().filter(|spec| spec.reach == Reach::Slab) {
        let given = parameters_of(&mut store, spec.name);
        let given = borrowed(&given);
        let whole = run(&store, spec.name, &given, 64, &inputs);
        for slices in [1, 4, 7] {
            let cut = run(&store, spec.name, &given, slices, &inputs);
            assert!(cut == whole, "{} by {slices}", spec.name);
        }
        // A result that has nothing in it would be equal whatever is done.
        let different = whole.windows(2).filter(|pair| pair[0] != pair[1]);
        assert!(different.count() > 3, "{}", spec.name);
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
}

#[test]
fn a_pipeline_gives_what_its_steps_give_one_after_another() {
    let mut store = Store::default();
    let inputs = series(&mut store);
    let given = parameters_of(&mut store, "pipeline");
    let fused = run(&store, "pipeline", &borrowed(&given), 3, &inputs);
    let pipeline = Pipeline::parse(PIPELINE, &mut |_, _| Ok(weights(70, 70))).unwrap();
    assert_eq!(pipeline.output(), OutputKind::Mask);
    let mut current = inputs;
    let mut outputs = Vec::new();
    for step in &pipeline.steps {
        for blob in step.blobs.values() {
            let digest = store.put(blob.clone());
            store.shapes.insert(digest, weights(70, 70).shape());
        }
        let given: Vec<(String, String)> = step
            .parameters
            .iter()
            .filter(|(name, _)| !["slices", "halo", "first"].contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_string()))
            .collect();
        outputs = run(&store, &step.operation, &borrowed(&given), 5, &current);
        current = outputs
            .iter()
            .map(|output| {
                let image = output.image().unwrap();
                store.put_block(&PixelBlock {
                    rows: 21,
                    columns: 70,
                    samples: StoredSamples::F32(image.iter().copied().collect()),
                    slope: 1.0,
                    intercept: 0.0,
                    padding: None,
                    voxel_mm: Some([2.0, 0.5, 0.5]),
                })
            })
            .collect();
    }
    assert!(fused == outputs);
    let marked = fused.iter().map(|output| match output {
        TaskOutput::Mask { count, .. } => *count,
        _ => 0,
    });
    assert!(marked.sum::<u64>() > 1000);
}

#[test]
fn what_is_wrong_with_a_pipeline_is_said_with_its_step() {
    let said = |text: &str| {
        Pipeline::parse(text, &mut |_, text| Err(format!("no file {text}")))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(said(""), "The pipeline cannot be used: it has no [[step]]");
    assert!(said("[[step]\n").contains("line 1"));
    assert!(said("steps = 3").contains("steps"));
    let step = |lines: &str| {
        said(&format!(
            "[[step]]\noperation = \"window\"\n[[step]]\n{lines}"
        ))
    };
    assert!(step("sigma = 1").contains("Step 2 of the pipeline, without an operation"));
    assert!(
        step("operation = \"gaussian\"\nsigma = 100").contains("sigma = 100 is outside 0 to 64")
    );
    assert!(step("operation = \"gaussian\"\nslices = 3").contains("the pipeline as a whole"));
    assert!(
        step("operation = \"gaussian\"\nunit = \"cm\"").contains("unit = cm is none of mm, voxels")
    );
    assert!(step("operation = \"gaussian\"\nsigma = [1]").contains("sigma is of type array"));
    assert!(step("operation = \"pipeline\"").contains("pipeline cannot be a step"));
    assert!(step("operation = \"model-slice\"").contains("model-slice cannot be a step"));
    assert!(
        step("operation = \"transform-matrix\"\nweights = \"w.npy\"").contains("no file w.npy")
    );
    assert!(step("operation = \"mask-formula\"\nformula = \"image >\"").contains("character 8"));
    let many = "[[step]]\noperation = \"window\"\n".repeat(65);
    assert!(said(&many).contains("65"));
}

#[test]
fn lengths_that_cannot_be_used_are_named() {
    let spec = operation("gaussian").unwrap();
    let store = Store::default();
    let halo = |given: &[(&str, &str)], slice_mm| {
        let parameters = Parameters::parse(spec, &pairs(given)).unwrap();
        halo_slices(spec, &parameters, slice_mm, &store)
    };
    assert_eq!(halo(&[], None), Ok(0));
    assert_eq!(halo(&[("dimensions", "volume")], Some(2.0)), Ok(2));
    let volume = [("dimensions", "volume"), ("sigma", "64")];
    let said = halo(&volume, None).unwrap_err().to_string();
    assert!(said.contains("sigma is a length in mm"), "{said}");
    let said = halo(&volume, Some(1.0)).unwrap_err().to_string();
    assert!(said.contains("256 is more than the 96"), "{said}");
    // A task that reads too little is refused by whoever computes it.
    let mut store = Store::default();
    let inputs = series(&mut store);
    let given = pairs(&[("dimensions", "volume"), ("halo", "1")]);
    let job = Job::new("gaussian", &given, inputs, Determinism::Strict).unwrap();
    let task = split(&job).unwrap().remove(0);
    let said = execute(&task, &store, &|| false).unwrap_err().to_string();
    assert_eq!(
        said,
        "halo = 1 is less than the 2 slices that gaussian reads on either side"
    );
}
