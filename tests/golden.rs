//! The bits that the product promises: digests of whole jobs over the sample study. A changed digest is a
//! changed version of the operation, and is said in the changelog.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use support::{clisonix, json, sample, text};

fn check(operation: &str, parameters: &[&str], wanted: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for threads in ["1", "2", "7"] {
        let mut command = clisonix();
        command.arg("--home").arg(folder.path().join("home"));
        command
            .args(["run", operation, "--threads", threads, "--input"])
            .arg(sample());
        command.arg("--out").arg(folder.path().join(threads));
        for parameter in parameters {
            command.args(["--param", parameter]);
        }
        let job = json(&mut command);
        assert_eq!(
            text(&job, "output_digest"),
            wanted,
            "{operation} with {threads} threads"
        );
    }
}

#[test]
fn the_compressed_sample_keeps_its_bits() {
    check(
        "svd-compress",
        &["k=32"],
        "f10a2ef409d33d62e5255cc075f9671f1a7fca48cee73601f7644922eb5ab84e",
    );
}

#[test]
fn the_thresholded_sample_keeps_its_bits() {
    check(
        "threshold",
        &["low=200", "high=900"],
        "44dd6217e801128f4b3e08f522dbb2f1770c718d0793adea9cacdc2c331cd095",
    );
}

#[test]
fn the_transformed_sample_keeps_its_bits() {
    check(
        "transform-matrix",
        &["weights=dct:64"],
        "4245909ad66e262a667be7bc75e408aa23300e6de534a5ac53dae0470fada8b3",
    );
}
