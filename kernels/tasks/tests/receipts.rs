//! A receipt lets anyone compute the result again, and shows when somebody altered it.
#![allow(clippy::unwrap_used)]

mod support;

use kernel_tasks::{
    Determinism, Digest, RECEIPT_SCHEMA, Receipt, Task, TaskError, Verdict, execute, numeric_class,
};
use support::{Store, job, phantom, task};

fn receipt(task: &Task, output: Digest) -> Receipt {
    Receipt {
        schema: RECEIPT_SCHEMA,
        application: "clisonix 0.1.0".to_owned(),
        job: job("svd-compress", &[("k", "3")], task.inputs.clone()).digest(),
        slice_index: 0,
        task: task.id(),
        operation: task.operation.clone(),
        version: task.version,
        parameters: task.parameters.clone(),
        inputs: task.inputs.clone(),
        model: None,
        level: Determinism::Strict,
        membership_digest: Digest::of(b"members"),
        assignment_digest: Digest::of(b"assignment"),
        output,
        numeric_class: numeric_class(),
    }
}

fn made() -> (Store, Receipt) {
    let mut store = Store::default();
    let input = store.put_block(&phantom(4, 30, 20));
    let task = task("svd-compress", &[("k", "3")], input);
    let output = Digest::of(&execute(&task, &store, &|| false).unwrap());
    (store, receipt(&task, output))
}

#[test]
fn a_receipt_read_back_verifies_equal() {
    let (store, receipt) = made();
    let text = receipt.to_json();
    let back = Receipt::from_json(&text).unwrap();
    assert_eq!(back, receipt);
    assert_eq!(back.to_json(), text);
    assert_eq!(back.verify(&store), Ok(Verdict::Equal));
}

#[test]
fn another_output_is_not_equal_and_both_digests_are_said() {
    let (store, mut receipt) = made();
    let (computed, recorded) = (receipt.output, Digest::of(b"another"));
    receipt.output = recorded;
    assert_eq!(
        receipt.verify(&store),
        Ok(Verdict::NotEqual {
            recorded,
            computed,
            same_numeric_class: true
        })
    );
    receipt.numeric_class = Digest::of(b"another machine");
    assert_eq!(
        receipt.verify(&store),
        Ok(Verdict::NotEqual {
            recorded,
            computed,
            same_numeric_class: false
        })
    );
}

#[test]
fn an_altered_receipt_is_refused() {
    let (store, receipt) = made();
    let altered = receipt
        .to_json()
        .replace("\"Integer\": 3", "\"Integer\": 4");
    assert_ne!(altered, receipt.to_json());
    assert!(matches!(
        Receipt::from_json(&altered),
        Err(TaskError::AlteredReceipt { .. })
    ));
    let newer = receipt.to_json().replace("\"schema\": 1", "\"schema\": 2");
    assert!(
        Receipt::from_json(&newer)
            .unwrap_err()
            .to_string()
            .contains("schema 2 is not 1")
    );
    let longer = receipt.to_json().replacen('{', "{\"patient\": \"x\",", 1);
    assert!(Receipt::from_json(&longer).is_err());
    let mut modelled = receipt.clone();
    modelled.model = Some(Digest::of(b"model"));
    assert!(modelled.verify(&store).is_err());
}

#[test]
fn a_missing_or_exchanged_input_proves_nothing() {
    let (mut store, receipt) = made();
    let asked = receipt.inputs[0];
    let other = phantom(5, 30, 20).encode().unwrap();
    let found = Digest::of(&other);
    store.blobs.insert(asked, other.into());
    assert_eq!(
        receipt.verify(&store),
        Err(TaskError::WrongBlob { asked, found })
    );
    store.blobs.clear();
    assert_eq!(
        receipt.verify(&store),
        Err(TaskError::MissingBlob { digest: asked })
    );
}
