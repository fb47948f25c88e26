//! A series in one pass: the files that `clisonix pass` writes, against what the same steps give as a job.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{clisonix, json, refusal, sample};

/// The steps that a job can have, too.
const MARKS: &str = r#"
[[step]]
operation = "gaussian"
sigma = 1.0
unit = "voxels"
dimensions = "volume"
[[step]]
operation = "threshold"
low = 50
high = 1e9
[[step]]
operation = "morphology"
shape = "open"
radius = 1.0
unit = "voxels"
dimensions = "volume"
"#;

/// What a pass has beside them.
const KEPT: [&str; 2] = [
    "[[step]]\noperation = \"svd-compress\"\nk = 3\n",
    "[[step]]\noperation = \"components\"\nneighbours = 26\nvoxels_min = 1\n",
];

fn steps(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    path
}

fn pass_text() -> String {
    let [factors, components] = KEPT;
    let (before, after) = MARKS.split_at(
        MARKS
            .rfind("[[step]]\noperation = \"threshold\"")
            .expect("there"),
    );
    format!("{before}{factors}{after}{components}")
}

fn pass(folder: &Path, steps: &Path, out: &str, threads: &str) -> std::process::Command {
    let mut command = clisonix();
    command.arg("--home").arg(folder.join("home"));
    command.arg("pass").arg(steps).arg("--input").arg(sample());
    command.arg("--out").arg(folder.join(out));
    command.args(["--threads", threads]);
    command
}

#[test]
fn a_pass_marks_what_the_same_steps_mark_as_a_job_and_no_byte_depends_on_threads() {
    let room = tempfile::tempdir().expect("a folder");
    let folder = room.path();
    let whole = steps(folder, "pass.toml", &pass_text());
    let told = json(&mut pass(folder, &whole, "one", "1"));
    json(&mut pass(folder, &whole, "three", "3"));
    for name in ["factors_U", "factors_s", "factors_V", "labels"] {
        let read = |out: &str| fs::read(folder.join(out).join(format!("{name}.npy")));
        assert_eq!(
            read("one").expect("there"),
            read("three").expect("there"),
            "{name}"
        );
    }
    let slices = told["slices"].as_u64().expect("a number") as usize;
    let labels: ndarray::Array3<u32> =
        ndarray_npy::read_npy(folder.join("one/labels.npy")).expect("labels");
    assert_eq!(labels.dim().0, slices);
    let marked = labels.iter().filter(|label| **label > 0).count() as u64;
    assert!(marked > 0, "the sample has bright voxels");
    assert_eq!(told["mask_voxels"].as_u64(), Some(marked));
    let stats = fs::read_to_string(folder.join("one/stats.json")).expect("figures");
    let stats: Vec<serde_json::Value> = serde_json::from_str(&stats).expect("json");
    assert_eq!(Some(stats.len() as u64), told["components"].as_u64());
    for of_one in &stats {
        let label = of_one["label"].as_u64().expect("a number") as u32;
        let voxels = labels.iter().filter(|found| **found == label).count();
        assert_eq!(of_one["voxels"].as_u64(), Some(voxels as u64));
        assert!(of_one["mean"].as_f64().is_some_and(|mean| mean >= 50.0));
    }
    let u: ndarray::Array3<f32> =
        ndarray_npy::read_npy(folder.join("one/factors_U.npy")).expect("factors");
    assert_eq!(u.dim(), (slices, labels.dim().1, 3));
    assert!(
        told["relative_error"]
            .as_f64()
            .is_some_and(|error| error > 0.0 && error < 1.0)
    );

    let job = steps(folder, "job.toml", MARKS);
    let mut command = clisonix();
    command.arg("--home").arg(folder.join("home"));
    command.args(["run", "pipeline", "--param"]);
    command.arg(format!("steps={}", job.display()));
    command
        .arg("--input")
        .arg(sample())
        .arg("--out")
        .arg(folder.join("job"));
    let job = json(&mut command);
    let volumes = stats.iter().map(|of_one| of_one["volume_ml"].as_f64());
    let volume_ml: f64 = volumes.map(|volume| volume.expect("a volume")).sum();
    let of_job = job["volume_ml"].as_f64().expect("a volume");
    assert!(
        (volume_ml - of_job).abs() < 1e-9 * of_job,
        "{volume_ml} and {of_job}"
    );
}

#[test]
fn a_pass_that_cannot_be_says_why_and_leaves_no_file() {
    let room = tempfile::tempdir().expect("a folder");
    let folder = room.path();
    let swapped = format!("{}{MARKS}", KEPT[1]);
    let swapped = steps(folder, "swapped.toml", &swapped);
    let said = refusal(&mut pass(folder, &swapped, "out", "1"), 1);
    assert!(said.contains("no threshold before it"), "{said}");
    let large = pass_text().replace("k = 3", "k = 4096");
    let large = steps(folder, "large.toml", &large);
    let said = refusal(&mut pass(folder, &large, "out", "1"), 1);
    assert!(said.contains("4096"), "{said}");
    let left = fs::read_dir(folder.join("out")).expect("the folder");
    assert_eq!(left.count(), 0);
}
