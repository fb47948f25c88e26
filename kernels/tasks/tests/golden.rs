//! Digests that must be the same on every machine, under every instruction set and any number of threads.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use kernel_tasks::{Digest, TaskId, job_digest, numeric_class};
use support::{job, phantom, task, weights};

fn check(what: &str, found: impl ToString, golden: &str) {
    assert_eq!(
        found.to_string(),
        golden,
        "{what} has other bits than it had: raise a version, or find out why"
    );
}

#[test]
fn ids_stay_what_they_were() {
    let block = phantom(1, 16, 24).digest().unwrap();
    let found = [
        ("a pixel block", block),
        ("a matrix", weights(3, 24).digest().unwrap()),
        ("a task", task("svd-compress", &[("k", "8")], block).id().0),
        ("a job", job("threshold", &[], vec![block]).digest()),
    ];
    let golden = [
        "900fdc8f50fb78fbcd0a11d40b3c13950b67f8c77df5f3ce7d6b5423ebb0637a",
        "1fb7d03ae985bec64ce908496e617367e55f1c0a820a432cd9956a996b32c146",
        "84312323de24da580c0369ecc1e7714b3f896eb16c89f4ab69920190b7545ae2",
        "881d2fb65c1348eaf13f6ea7083d27daa3693a135f712e50f0e80c6640337e3c",
    ];
    for ((what, found), golden) in found.into_iter().zip(golden) {
        check(what, found, golden);
    }
}

#[test]
fn the_exact_operations_give_the_same_bits_everywhere() {
    check(
        "the numeric class",
        numeric_class(),
        "dd8f46173caec44a54eb3e47b2acc66f9ccbce53f001f7f865dce4a23e6ab9c6",
    );
}

#[test]
fn the_result_of_a_job_has_one_digest_in_whatever_order_it_came() {
    let task = |index: u8| TaskId(Digest::from([index; 32]));
    let pairs = [
        (task(2), Digest::from([20; 32])),
        (task(1), Digest::from([10; 32])),
        (task(3), Digest::from([30; 32])),
    ];
    let forward: BTreeMap<_, _> = pairs.into_iter().collect();
    let backward: BTreeMap<_, _> = pairs.into_iter().rev().collect();
    assert_eq!(job_digest(&forward), job_digest(&backward));
    // The labour array names the same result by itself: its own tests hold the same digest.
    check(
        "the result of a job",
        job_digest(&forward),
        "dd401e2bbabd737fd2f3de17cd89cd703d3881afae12df4aab145cacf0990e93",
    );
}
