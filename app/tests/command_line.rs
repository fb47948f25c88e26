//! The command line as a user and a script see it: documents, sentences, exit codes, digests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/sample");
const SLICES: usize = 27;

/// A home and a working folder of its own.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_clisonix"))
            .arg("--home")
            .arg(self.path("home"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("the program starts")
    }

    /// Runs with `--json`, expects success, and reads the one document.
    fn document(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            error_text(&output)
        );
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    /// Expects an exit code, nothing on standard output, and a sentence with all of these words.
    fn check_refused(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let output = self.run(arguments);
        let text = error_text(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(output.stdout.is_empty(), "{arguments:?} printed an answer");
        for word in words {
            assert!(
                text.contains(word),
                "{arguments:?} does not say `{word}`: {text}"
            );
        }
        assert!(!text.contains("panicked"), "{text}");
    }

    /// Copies one slice of the sample under another name, changed by `change`.
    fn slice(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
        let path = self.path(name);
        let mut bytes = fs::read(Path::new(SAMPLE).join("N2D_0254.dcm")).expect("the sample");
        change(&mut bytes);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, bytes).expect("written");
        path
    }

    fn compress(&self, out: &str, more: &[&str]) -> Value {
        let start = [
            "run",
            "svd-compress",
            "--param",
            "k=32",
            "--input",
            SAMPLE,
            "--out",
            out,
        ];
        self.document(&[&start[..], more].concat())
    }
}

fn error_text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn put(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let at = bytes
        .windows(old.len())
        .position(|window| window == old)
        .expect("it is there");
    bytes[at..at + new.len()].copy_from_slice(new);
}

#[test]
fn the_sample_is_one_series_with_its_true_spacing_and_nobody_is_named() {
    let desk = Desk::new();
    let found = desk.document(&["inspect", SAMPLE]);
    let series = &found["patients"][0]["studies"][0]["series"];
    assert_eq!(series.as_array().map(Vec::len), Some(1));
    assert_eq!(series[0]["frame_count"], SLICES);
    let slice_mm = series[0]["geometry"]["voxel_mm"][0]
        .as_f64()
        .expect("a volume");
    assert!((slice_mm - 5.333).abs() < 0.001, "{slice_mm}");
    assert_eq!(found["notices"].as_array().map(Vec::len), Some(0));
    assert!(!found.to_string().contains("Jane"));
    let named = desk.document(&["inspect", SAMPLE, "--identity"]);
    assert!(named.to_string().contains("Jane"));
}

#[test]
fn decoded_values_are_the_stored_ones() {
    let desk = Desk::new();
    let file = format!("{SAMPLE}/N2D_0150.dcm");
    let decoded = desk.document(&["decode", &file, "--frame", "0", "--out", "a.npy"]);
    assert_eq!(decoded["dtype"], "<i2");
    assert_eq!(decoded["shape"], serde_json::json!([384, 274]));
    let written = fs::read(desk.path("a.npy")).expect("written");
    // Implicit little endian: the pixels are the last bytes of the file, as they are.
    let pixels = 384 * 274 * 2;
    let stored = fs::read(file).expect("the sample");
    assert!(written.ends_with(&stored[stored.len() - pixels..]));
}

#[test]
fn a_rendered_picture_is_the_same_every_time() {
    let desk = Desk::new();
    for name in ["a.png", "b.png"] {
        let line = [
            "render", SAMPLE, "--frame", "13", "--window", "300,600", "--size", "256x256",
        ];
        let rendered = desk.document(&[&line[..], &["--out", name]].concat());
        assert_eq!(rendered["width"], 256);
    }
    let [one, other] = ["a.png", "b.png"].map(|name| fs::read(desk.path(name)).expect("written"));
    assert_eq!(one, other);
}

#[test]
fn one_and_two_threads_give_the_same_digest_and_every_receipt_holds() {
    let desk = Desk::new();
    let one = desk.compress("one", &["--threads", "1"]);
    let two = desk.compress("two", &["--threads", "2"]);
    assert_eq!(one["output_digest"], two["output_digest"]);
    assert_eq!(one["tasks"], SLICES);
    assert_eq!(one["members"][0]["done"], SLICES);
    assert!(one["elapsed_ms"].is_u64() && one["peak_memory_bytes"].as_u64() > Some(0));
    let receipts = one["receipts"].as_array().expect("a list");
    assert_eq!(receipts.len(), SLICES);
    let receipt = receipts[13].as_str().expect("a path");
    assert_eq!(desk.document(&["verify", receipt])["equal"], true);
    let journal = one["journal"].as_str().expect("a path");
    let replayed = desk.document(&["replay", journal]);
    assert_eq!(replayed["equal"], true);
    assert_eq!(replayed["output_digest"], one["output_digest"]);
    assert_eq!(desk.document(&["jobs"]).as_array().map(Vec::len), Some(2));
}

#[test]
fn a_receipt_that_says_something_else_is_not_equal() {
    let desk = Desk::new();
    let one = desk.compress("one", &[]);
    let path = desk.path(one["receipts"][0].as_str().expect("a path"));
    let mut receipt: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("there")).expect("JSON");
    receipt["output"] = Value::from("0".repeat(64));
    fs::write(&path, receipt.to_string()).expect("written");
    let output = desk.run(&["verify", text(&path)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error_text(&output).contains("Not equal"),
        "{}",
        error_text(&output)
    );
}

#[test]
fn wrong_parameters_are_named_with_their_value() {
    let desk = Desk::new();
    let run = |operation: &str, parameter: &str, code: i32, words: &[&str]| {
        let line = [
            "run", operation, "--param", parameter, "--input", SAMPLE, "--out", "refused",
        ];
        desk.check_refused(&line, code, words);
    };
    run("svd-compress", "k=many", 2, &["k", "many"]);
    run("svd-compress", "rank=3", 2, &["rank"]);
    run("svd-compress", "k", 2, &["k=32"]);
    run(
        "transform-matrix",
        "weights=missing.npy",
        1,
        &["missing.npy"],
    );
    run("transform-matrix", "weight=w.npy", 2, &["weight"]);
    let line = [
        "run",
        "transform-matrix",
        "--input",
        SAMPLE,
        "--out",
        "none",
    ];
    desk.check_refused(&line, 2, &["weights"]);
}

#[test]
fn what_is_no_image_is_refused_by_name() {
    let desk = Desk::new();
    let junk = desk.path("junk.dcm");
    fs::write(&junk, "not an image").expect("written");
    desk.check_refused(&["decode", text(&junk), "--out", "a.npy"], 1, &["junk.dcm"]);
    desk.check_refused(
        &["decode", "missing.dcm", "--out", "a.npy"],
        1,
        &["missing.dcm"],
    );
    desk.check_refused(&["missing.dcm"], 2, &["missing.dcm"]);
    let good = desk.slice("good.dcm", |_| {});
    desk.check_refused(
        &["decode", text(&good), "--frame", "7", "--out", "a.npy"],
        2,
        &["7"],
    );
    let foreign = desk.slice("foreign.dcm", |bytes| {
        put(bytes, b"1.2.840.10008.1.2\0", b"1.2.840.10008.9.9\0");
    });
    let line = ["decode", text(&foreign), "--out", "a.npy"];
    desk.check_refused(&line, 1, &["foreign.dcm", "1.2.840.10008.9.9"]);
    assert!(!desk.path("a.npy").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let desk = Desk::new();
    let good = desk.slice("good.dcm", |_| {});
    let line = ["decode", text(&good), "--out", "no-folder/a.npy"];
    desk.check_refused(&line, 1, &["no-folder/a.npy"]);
    fs::write(desk.path("taken"), "a file").expect("written");
    let start = [
        "run",
        "svd-compress",
        "--input",
        text(&good),
        "--out",
        "taken",
    ];
    desk.check_refused(&start, 1, &["taken"]);
}

#[test]
fn a_code_that_is_none_is_refused() {
    let desk = Desk::new();
    desk.check_refused(&["pair", "only", "three", "words"], 1, &["six words", "3"]);
    desk.check_refused(&["pair"], 2, &["CODE"]);
    let code = ["abandon"; 6].join(" ");
    let line = ["pair", &code, "--address", "127.0.0.1:1"];
    desk.check_refused(&line, 1, &["127.0.0.1:1"]);
    assert_eq!(desk.document(&["peers"]), serde_json::json!([]));
    desk.check_refused(&["peers", "--forget", "nobody"], 1, &["nobody"]);
}
