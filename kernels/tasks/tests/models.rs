//! Models as operations: named by content, run on slices and series, equal wherever a class is equal, and provable by receipt.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use kernel_tasks::{
    Determinism, Digest, Job, MODEL_SLICE, MODEL_VOLUME, ModelPackage, RECEIPT_SCHEMA, Receipt,
    TaskError, TaskOutput, Verdict, execute, model_facts, numeric_class, split,
};
use support::{Store, phantom};

fn put_model(store: &mut Store, name: &str) -> (Digest, Digest) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/models")
        .join(name);
    let read = |file: &str| std::fs::read(folder.join(file)).expect("it ships");
    let package = ModelPackage {
        manifest: String::from_utf8(read("model.toml")).expect("text"),
        onnx: read(&format!("{name}.onnx")),
        check_input: read("check-input.f32"),
        check_output: read("check-output.f32"),
    };
    let bytes = package.encode().expect("within bounds");
    let digest = store.put(bytes.clone());
    (digest, model_facts(digest, &bytes).expect("it runs").class)
}

fn volume_job(store: &mut Store, slices: &str, class: Option<Digest>, level: Determinism) -> Job {
    let (model, own) = put_model(store, "brain-tissue");
    let inputs = (0..9)
        .map(|seed| store.put_block(&phantom(seed, 40, 36)))
        .collect();
    let spl = "SPL"
        .parse::<kernel_tasks::Orientation>()
        .expect("letters")
        .code();
    let pairs = [
        ("model", model.to_string()),
        ("class", class.unwrap_or(own).to_string()),
        ("orientation", spl.to_string()),
        ("slices", slices.to_owned()),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
    Job::new(MODEL_VOLUME, &pairs, inputs, level).expect("a job")
}

fn labels(store: &Store, job: &Job) -> Vec<u8> {
    let mut tasks = split(job).expect("tasks");
    assert_eq!(tasks.len(), 9, "one for each slice");
    tasks.dedup_by_key(|task| task.id());
    let mut all = Vec::new();
    for task in tasks {
        let bytes = execute(&task, store, &|| false).expect("labels");
        match TaskOutput::decode(&bytes).expect("canonical") {
            TaskOutput::Labels { labels, .. } => all.extend(labels),
            other => panic!("{other:?}"),
        }
    }
    all
}

#[test]
fn however_a_series_is_shared_its_labels_are_the_same() {
    let mut store = Store::default();
    let mut job = |slices| volume_job(&mut store, slices, None, Determinism::Strict);
    let jobs = ["4", "9", "1"].map(&mut job);
    let [four, whole, one] = jobs.map(|job| labels(&store, &job));
    assert_eq!(four, whole);
    assert_eq!(one, whole);
    assert_eq!(whole.len(), 9 * 40 * 36);
}

#[test]
fn the_model_is_part_of_what_a_task_is_and_needs() {
    let mut store = Store::default();
    let (model, class) = put_model(&mut store, "denoise");
    let input = store.put_block(&phantom(1, 24, 20));
    let task = |model: Digest| {
        let pairs = [("model", model), ("class", class)]
            .map(|(name, value)| (name.to_owned(), value.to_string()));
        let job = Job::new(MODEL_SLICE, &pairs, vec![input], Determinism::Strict).expect("a job");
        split(&job).expect("one task").remove(0)
    };
    assert!(
        task(model).blobs().contains(&model),
        "it travels with the slices"
    );
    let other = Digest::of(b"another model");
    assert_ne!(task(model).id(), task(other).id());
    let missing = execute(&task(other), &store, &|| false);
    assert_eq!(missing, Err(TaskError::MissingBlob { digest: other }));
}

#[test]
fn a_strict_task_runs_only_where_the_class_is_the_same() {
    let mut store = Store::default();
    let foreign = Some(Digest::of(b"another machine"));
    let strict = volume_job(&mut store, "9", foreign, Determinism::Strict);
    let refused = execute(&split(&strict).unwrap()[0], &store, &|| false);
    assert!(
        matches!(refused, Err(TaskError::OtherClass { .. })),
        "{refused:?}"
    );
    let relaxed = volume_job(&mut store, "9", foreign, Determinism::Relaxed);
    assert!(execute(&split(&relaxed).unwrap()[0], &store, &|| false).is_ok());
}

#[test]
fn a_receipt_of_a_model_verifies_and_names_it() {
    let mut store = Store::default();
    let job = volume_job(&mut store, "5", None, Determinism::Strict);
    let task = split(&job).unwrap().remove(8);
    let output = Digest::of(&execute(&task, &store, &|| false).unwrap());
    let receipt = Receipt {
        schema: RECEIPT_SCHEMA,
        application: "clisonix 0.1.0".to_owned(),
        job: job.digest(),
        slice_index: 5,
        task: task.id(),
        operation: task.operation.clone(),
        version: task.version,
        parameters: task.parameters.clone(),
        inputs: task.inputs.clone(),
        model: task.parameters.model(),
        level: task.level,
        membership_digest: Digest::of(b"members"),
        assignment_digest: Digest::of(b"assignment"),
        output,
        numeric_class: numeric_class(),
    };
    let back = Receipt::from_json(&receipt.to_json()).unwrap();
    assert_eq!(back.verify(&store), Ok(Verdict::Equal));
    let unnamed = Receipt {
        model: None,
        ..receipt
    };
    assert!(unnamed.check().is_err());
}

#[test]
fn labels_whose_counts_are_not_theirs_are_refused() {
    let labels = |counts: Vec<u64>| TaskOutput::Labels {
        slices: 1,
        rows: 2,
        columns: 3,
        labels: vec![0, 1, 1, 2, 0, 0],
        counts,
        voxel_mm3: Some(500.0),
    };
    let right = labels(vec![3, 2, 1]);
    let bytes = right.encode().unwrap();
    assert_eq!(TaskOutput::decode(&bytes), Ok(right.clone()));
    assert_eq!(right.label_volumes_ml(), Some(vec![1.5, 1.0, 0.5]));
    for counts in [vec![3, 2, 2], vec![3, 3], vec![], vec![0; 300]] {
        assert!(labels(counts).encode().is_err());
    }
}
