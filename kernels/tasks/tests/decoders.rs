//! Bytes from strangers: never a panic, never another value under the same bytes.
#![allow(clippy::unwrap_used)]

mod support;

use kernel_tasks::{
    COLUMNS_MAX, Digest, Job, MatrixBlock, PixelBlock, ROWS_MAX, Receipt, Task, TaskError,
    TaskOutput, execute,
};
use support::{Seeded, Store, job, phantom, task, weights};

/// Decodes and, when that succeeds, encodes again.
type Again = fn(&[u8]) -> Result<Vec<u8>, TaskError>;

fn samples() -> Vec<(&'static str, Vec<u8>, Again)> {
    let mut store = Store::default();
    let mut block = phantom(11, 9, 70);
    block.padding = Some((-3, 900));
    let input = store.put_block(&block);
    let matrix = weights(4, 70);
    let digest = store.put_matrix(&matrix).to_string();
    let mut all: Vec<(&str, Vec<u8>, Again)> = vec![
        ("pixel block", block.encode().unwrap(), |bytes| {
            PixelBlock::decode(bytes)?.encode()
        }),
        ("matrix", matrix.encode().unwrap(), |bytes| {
            MatrixBlock::decode(bytes)?.encode()
        }),
    ];
    for (name, parameters) in [
        ("svd-compress", ("k", "5")),
        ("threshold", ("low", "1")),
        ("transform-matrix", ("weights", digest.as_str())),
    ] {
        let task = task(name, &[parameters], input);
        all.push((
            "output",
            execute(&task, &store, &|| false).unwrap(),
            |bytes| TaskOutput::decode(bytes)?.encode(),
        ));
        all.push(("task", task.encode(), |bytes| {
            Ok(Task::decode(bytes)?.encode())
        }));
        all.push((
            "job",
            job(name, &[parameters], vec![input; 3]).encode(),
            |bytes| Ok(Job::decode(bytes)?.encode()),
        ));
    }
    all
}

fn mutate(bytes: &mut Vec<u8>, seeded: &mut Seeded) {
    for _ in 0..=seeded.below(4) {
        // Most of what can go wrong is in the first bytes, which say versions, shapes and lengths.
        let reach = if seeded.below(2) == 0 {
            bytes.len()
        } else {
            bytes.len().min(40)
        };
        if reach == 0 {
            return;
        }
        let at = seeded.below(reach);
        match seeded.below(5) {
            0 => bytes[at] ^= 1 << seeded.below(8),
            1 => bytes[at] = seeded.next() as u8,
            2 => bytes.truncate(at),
            3 => bytes.insert(at, 0xff),
            _ => drop(bytes.remove(at)),
        }
    }
}

#[test]
fn mutated_bytes_never_panic_and_never_share_a_value() {
    let seed = 0x5eed;
    let mut seeded = Seeded(seed);
    let mut accepted = 0;
    for (what, original, again) in samples() {
        assert_eq!(again(&original).unwrap(), original, "{what}");
        for round in 0..4000 {
            let mut bytes = original.clone();
            mutate(&mut bytes, &mut seeded);
            if let Ok(encoded) = again(&bytes) {
                assert_eq!(encoded, bytes, "{what}, seed {seed:#x}, round {round}");
                accepted += 1;
            }
        }
    }
    assert!(
        accepted > 100,
        "changed samples are still blocks, or this test tests nothing: {accepted}"
    );
}

#[test]
fn bytes_without_any_form_never_panic() {
    let mut seeded = Seeded(1);
    for length in 0..600 {
        let bytes: Vec<u8> = (0..length)
            .map(|index| if index == 0 { 1 } else { seeded.next() as u8 })
            .collect();
        for (_, _, again) in samples().iter().take(if length % 50 == 0 { 11 } else { 2 }) {
            let _ = again(&bytes);
        }
    }
}

#[test]
fn a_shape_without_samples_is_refused_before_memory_is_taken() {
    let mut block = phantom(1, 2, 2);
    block.rows = 3;
    assert_eq!(
        block.encode().unwrap_err().to_string(),
        "The bytes are not a valid pixel block: 4 samples do not fill 3 x 2"
    );
    (block.rows, block.columns) = (ROWS_MAX, COLUMNS_MAX);
    let said = block.encode().unwrap_err().to_string();
    assert_eq!(
        said,
        "Pixels of a block: 4294836225 is more than the 134217728 allowed"
    );
    (block.rows, block.columns) = (0, 2);
    assert!(
        block
            .encode()
            .unwrap_err()
            .to_string()
            .ends_with("it is 0 x 2, so it is empty")
    );
    (block.rows, block.slope) = (2, f64::NAN);
    assert!(
        block
            .encode()
            .unwrap_err()
            .to_string()
            .contains("slope NaN")
    );
}

#[test]
fn another_version_is_told_from_broken_bytes() {
    let mut bytes = phantom(1, 2, 2).encode().unwrap();
    bytes[0] = 2;
    let said = PixelBlock::decode(&bytes).unwrap_err().to_string();
    assert_eq!(
        said,
        "The bytes are not a valid pixel block: version 2 is not version 1"
    );
}

#[test]
fn a_number_written_in_more_bytes_than_it_needs_is_refused() {
    // The version 1 as a two-byte varint: the same value, other bytes, so another digest.
    let mut bytes = phantom(1, 2, 2).encode().unwrap();
    bytes.splice(0..1, [0x81, 0x00]);
    assert!(PixelBlock::decode(&bytes).is_err());
}

#[test]
fn a_mask_that_miscounts_itself_is_refused() {
    let mut store = Store::default();
    let input = store.put_block(&phantom(2, 6, 6));
    let bytes = execute(&task("threshold", &[("low", "0")], input), &store, &|| {
        false
    })
    .unwrap();
    let TaskOutput::Mask {
        rows,
        columns,
        words,
        count,
        volume_ml,
    } = TaskOutput::decode(&bytes).unwrap()
    else {
        panic!("a mask")
    };
    let wrong = TaskOutput::Mask {
        rows,
        columns,
        words,
        count: count + 1,
        volume_ml,
    };
    assert!(wrong.encode().is_err() && wrong.image().is_err());
}

#[test]
fn text_that_is_no_digest_or_receipt_is_refused() {
    for text in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
        assert!(text.parse::<Digest>().is_err(), "{text}");
        assert!(Receipt::from_json(text).is_err(), "{text}");
    }
    let digest = Digest::of(b"any");
    assert_eq!(digest.to_string().to_uppercase().parse(), Ok(digest));
}
