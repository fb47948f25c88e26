//! What a task computes, against the plain definition, and how it refuses and stops.
#![allow(clippy::unwrap_used)]

mod support;

use std::cell::Cell;

use kernel_tasks::{Determinism, Digest, StoredSamples, TaskError, TaskOutput, execute, split};
use support::{Store, job, phantom, task, weights};

fn run(store: &Store, name: &str, parameters: &[(&str, &str)], input: Digest) -> TaskOutput {
    let bytes = execute(&task(name, parameters, input), store, &|| false).unwrap();
    TaskOutput::decode(&bytes).unwrap()
}

#[test]
fn the_error_figures_of_a_compression_are_those_of_its_picture() {
    let mut store = Store::default();
    let block = phantom(7, 61, 83);
    let input = store.put_block(&block);
    let values = block.modality_values().unwrap();
    let mut last = f64::INFINITY;
    for k in [1, 8, 40, 61] {
        let output = run(&store, "svd-compress", &[("k", &k.to_string())], input);
        let picture = output.image().unwrap();
        let TaskOutput::LowRank {
            relative_frobenius,
            max_abs,
            k: kept,
            ..
        } = output
        else {
            panic!("a compression")
        };
        assert_eq!(kept, k);
        let difference = &values - &picture;
        let squares = |matrix: &ndarray::Array2<f32>| {
            matrix
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
        };
        let expected = (squares(&difference) / squares(&values)).sqrt();
        assert!(
            (relative_frobenius - expected).abs() < 1e-6 * (1.0 + expected),
            "{relative_frobenius} {expected}"
        );
        let largest = difference
            .iter()
            .fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!(
            (max_abs - largest).abs() <= 1e-3 * largest + 1e-4,
            "{max_abs} {largest}"
        );
        assert!(
            relative_frobenius < last,
            "more patterns are closer: k = {k}"
        );
        last = relative_frobenius;
    }
    assert!(last < 1e-5, "all patterns are the slice itself: {last}");
}

#[test]
fn a_transform_is_the_product_with_the_weights() {
    let mut store = Store::default();
    let (block, matrix) = (phantom(3, 17, 300), weights(5, 300));
    let input = store.put_block(&block);
    let digest = store.put_matrix(&matrix).to_string();
    let output = run(&store, "transform-matrix", &[("weights", &digest)], input);
    assert_eq!(output.shape(), [17, 5]);
    let (values, weights) = (block.modality_values().unwrap(), matrix.to_array().unwrap());
    for ((row, column), found) in output.image().unwrap().indexed_iter() {
        let products = values
            .row(row)
            .iter()
            .zip(weights.row(column))
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .collect::<Vec<_>>();
        let (expected, size): (f64, f64) = (
            products.iter().sum(),
            products.iter().map(|product| product.abs()).sum(),
        );
        assert!(
            (f64::from(*found) - expected).abs() <= 1e-5 * size,
            "{found} {expected}"
        );
    }
}

#[test]
fn a_threshold_counts_its_limits_and_no_padding() {
    let mut store = Store::default();
    let mut block = phantom(5, 3, 70);
    let mut samples = vec![0_i16; 210];
    (samples[0], samples[69], samples[70], samples[209]) = (100, 200, 201, 150);
    block.samples = StoredSamples::I16(samples);
    (block.slope, block.intercept) = (0.1, 0.0);
    let input = store.put_block(&block);
    let limits = [("low", "10"), ("high", "20")];
    let output = run(&store, "threshold", &limits, input);
    let TaskOutput::Mask {
        count, volume_ml, ..
    } = &output
    else {
        panic!("a mask")
    };
    assert_eq!((*count, *volume_ml), (3, Some(3.0 * 0.5 / 1000.0)));
    let picture = output.image().unwrap();
    assert_eq!(
        (
            picture[[0, 0]],
            picture[[0, 69]],
            picture[[1, 0]],
            picture[[2, 69]]
        ),
        (1.0, 1.0, 0.0, 1.0)
    );
    assert_eq!(picture.sum(), 3.0);

    block.padding = Some((150, 150));
    block.voxel_mm = None;
    let input = store.put_block(&block);
    let output = run(&store, "threshold", &limits, input);
    let TaskOutput::Mask {
        count, volume_ml, ..
    } = &output
    else {
        panic!("a mask")
    };
    assert_eq!((*count, *volume_ml), (2, None));
    assert_eq!(output.image().unwrap()[[2, 69]], 0.0);
}

#[test]
fn every_kind_of_stored_sample_gives_the_same_modality_values() {
    let values = [0_u8, 1, 5, 127];
    let kinds = [
        StoredSamples::U8(values.to_vec()),
        StoredSamples::I8(values.map(|value| value as i8).to_vec()),
        StoredSamples::U16(values.map(u16::from).to_vec()),
        StoredSamples::I16(values.map(i16::from).to_vec()),
        StoredSamples::U32(values.map(u32::from).to_vec()),
        StoredSamples::I32(values.map(i32::from).to_vec()),
        StoredSamples::F32(values.map(f32::from).to_vec()),
        StoredSamples::F64(values.map(f64::from).to_vec()),
    ];
    for samples in kinds {
        let mut block = phantom(1, 2, 2);
        block.samples = samples;
        let back = kernel_tasks::PixelBlock::decode(&block.encode().unwrap()).unwrap();
        assert_eq!(back, block);
        let expected = values.map(|value| (f64::from(value) * 1.5 - 100.0) as f32);
        assert_eq!(
            back.modality_values().unwrap().as_slice().unwrap(),
            expected
        );
    }
}

#[test]
fn a_cancelled_task_stops_at_its_next_step_and_says_so() {
    let mut store = Store::default();
    let input = store.put_block(&phantom(1, 64, 64));
    let task = task("svd-compress", &[("k", "4")], input);
    let steps = Cell::new(0);
    execute(&task, &store, &|| {
        steps.set(steps.get() + 1);
        false
    })
    .unwrap();
    assert!(steps.get() >= 12, "only {} chances to stop", steps.get());
    for stop_at in 0..steps.get() {
        let step = Cell::new(0);
        let outcome = execute(&task, &store, &|| step.replace(step.get() + 1) == stop_at);
        assert_eq!(outcome, Err(TaskError::Cancelled), "step {stop_at}");
    }
}

#[test]
fn a_task_that_cannot_run_names_what_is_wrong() {
    let mut store = Store::default();
    let nowhere = Digest::of(b"elsewhere");
    let never = || false;
    let said = execute(&task("threshold", &[], nowhere), &store, &never).unwrap_err();
    assert_eq!(
        said.to_string(),
        format!("Input {nowhere} is not on this machine")
    );
    let input = store.put_block(&phantom(1, 9, 12));
    let said = execute(&task("svd-compress", &[("k", "10")], input), &store, &never).unwrap_err();
    assert_eq!(
        said.to_string(),
        "k = 10 is more than slice 1 has: it is 9 x 12, so k is at most 9"
    );
    let matrix = store.put_matrix(&weights(2, 5)).to_string();
    let said = execute(
        &task("transform-matrix", &[("weights", &matrix)], input),
        &store,
        &never,
    )
    .unwrap_err();
    assert_eq!(
        said.to_string(),
        "Weights with 5 columns do not fit slice 1 with 12 columns"
    );
    let junk = store.put(b"no block".to_vec());
    let said = execute(&task("threshold", &[], junk), &store, &never)
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("The bytes are not a valid pixel block"),
        "{said}"
    );
    let mut infinite = phantom(1, 8, 8);
    infinite.slope = 1e300;
    let input = store.put_block(&infinite);
    let said = execute(&task("svd-compress", &[("k", "2")], input), &store, &never)
        .unwrap_err()
        .to_string();
    assert!(said.starts_with("svd-compress failed"), "{said}");
    let mut two = task("threshold", &[], input);
    two.inputs.push(input);
    let said = execute(&two, &store, &never).unwrap_err().to_string();
    assert!(said.contains("takes 1 slice, not 2"), "{said}");
}

#[test]
fn an_id_says_what_is_computed_and_not_how_equal_it_must_be() {
    let inputs = vec![Digest::of(b"first"), Digest::of(b"second")];
    let mut strict = job("svd-compress", &[("k", "8")], inputs.clone());
    let tasks = split(&strict).unwrap();
    assert_eq!(
        tasks.iter().map(|task| task.inputs[0]).collect::<Vec<_>>(),
        inputs,
        "slice order"
    );
    assert_ne!(tasks[0].id(), tasks[1].id());
    assert_ne!(
        tasks[0].id(),
        task("svd-compress", &[("k", "9")], inputs[0]).id()
    );
    let digest = strict.digest();
    strict.level = Determinism::Relaxed;
    assert_eq!(split(&strict).unwrap()[0].id(), tasks[0].id());
    assert_ne!(strict.digest(), digest, "the job states the level");
    strict.inputs.reverse();
    assert_ne!(
        job("svd-compress", &[("k", "8")], strict.inputs).digest(),
        digest,
        "slice order is part of the job"
    );
}

#[test]
fn costs_grow_with_the_work_and_never_overflow() {
    let mut store = Store::default();
    let (small, large) = (
        store.put_block(&phantom(1, 32, 32)),
        store.put_block(&phantom(2, 64, 64)),
    );
    let cost = |name: &str, parameters: &[(&str, &str)], input| {
        task(name, parameters, input).cost(&store.shapes).unwrap()
    };
    assert!(
        cost("svd-compress", &[("k", "4")], small) < cost("svd-compress", &[("k", "8")], small)
    );
    assert!(
        cost("svd-compress", &[("k", "4")], small) < cost("svd-compress", &[("k", "4")], large)
    );
    assert!(cost("threshold", &[], large) < cost("svd-compress", &[("k", "1")], large));
    let huge = Digest::of(b"huge");
    store.shapes.insert(
        huge,
        kernel_tasks::BlockShape {
            rows: u32::MAX,
            columns: u32::MAX,
        },
    );
    let task = task("svd-compress", &[("k", "4096")], huge);
    assert_eq!(task.cost(&store.shapes), Ok(u64::MAX));
    assert_eq!(task.memory_bytes(&store.shapes), Ok(u64::MAX));
}
