//! The promise of the privacy wall: of studies full of known identities nothing but pixels and geometry leaves, in any encoding.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

#[path = "support/identities.rs"]
mod identities;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use data_encoding::BASE64;
use dicom_object::Tag;
use identities::{PATIENTS, Searcher, patterns, sample_files};
use serde_json::Value;
use support::{Living, clisonix, json, pair, sample, text};

/// All copies of what left, in one folder.
fn recorded(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .expect("a record")
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("read"))
        })
        .collect();
    all.sort();
    all
}

fn recording_node(home: &Path, record: &Path) -> (Living, String) {
    let node = Living::start(
        clisonix()
            .arg("--home")
            .arg(home)
            .args(["node", "--cores", "1", "--listen", "127.0.0.1:0"])
            .arg("--record-outgoing")
            .arg(record),
    );
    let address = node.document["addresses"][0].as_str().expect("an address");
    let parts: Vec<&str> = address.split('/').collect();
    let place = format!("{}:{}", parts[2], parts[4]);
    (node, place)
}

fn done_by_others(job: &Value) -> u64 {
    let members = job["members"].as_array().expect("members");
    let others = members.iter().filter(|it| it["name"] != "this workstation");
    others.map(|it| it["done"].as_u64().expect("a count")).sum()
}

#[test]
fn no_identity_leaves_with_any_job_in_any_encoding() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    let (sent, answered) = (folder.path().join("sent"), folder.path().join("answered"));
    let searcher = Searcher::new();
    pair(&mine, &theirs);
    let (_node, address) = recording_node(&theirs, &answered);
    for patient in &PATIENTS {
        let study = patient.study(folder.path());
        let file = fs::read(study.join(format!("{}-0.dcm", patient.number))).expect("read");
        // The search would find the patient in the file as it lies here.
        assert!(searcher.find(&file).is_some(), "{}", patient.number);
        // The first is slow enough that the other node is sure to have a part in it.
        for (operation, parameter) in [
            ("svd-compress", "k=48"),
            ("transform-matrix", "weights=dct:16"),
            ("threshold", "low=50"),
        ] {
            let job = json(
                clisonix()
                    .arg("--home")
                    .arg(&mine)
                    .args(["run", operation, "--param", parameter, "--input"])
                    .arg(&study)
                    .arg("--out")
                    .arg(folder.path().join(format!("{} {operation}", patient.name)))
                    .args(["--mesh", "--dial", &address, "--threads", "1"])
                    .arg("--record-outgoing")
                    .arg(&sent),
            );
            let shared = operation != "svd-compress" || done_by_others(&job) > 0;
            assert!(shared, "nothing was sent: {job}");
        }
    }
    let (sent, answered) = (recorded(&sent), recorded(&answered));
    for (name, bytes) in sent.iter().chain(&answered) {
        let found = searcher.find(bytes);
        assert!(
            found.is_none(),
            "{name} holds `{}`",
            found.unwrap_or_default()
        );
    }
    // The record is of what left: it holds the pixels, whole rows of them, and the answers.
    let object = dicom_object::open_file(&sample_files()[13]).expect("it opens");
    let pixels = object.element(Tag(0x7FE0, 0x0010)).expect("pixels");
    let pixels = pixels.to_bytes().expect("bytes").into_owned();
    let row = &pixels[pixels.len() / 2..pixels.len() / 2 + 256];
    let holds = |(_, bytes): &(String, Vec<u8>)| bytes.windows(row.len()).any(|it| it == row);
    assert!(sent.iter().any(holds), "no pixels of the middle slice left");
    let bytes: usize = answered.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes > 10_000, "{bytes} bytes were answered");
}

#[test]
fn the_search_finds_an_identity_however_it_is_written() {
    let searcher = Searcher::new();
    let name = "Zwölfbürger";
    let in_noise = |bytes: &[u8]| [&[7, 200, 13, 99, 0][..], bytes, &[1, 2, 3, 250]].concat();
    for pattern in patterns(name) {
        assert!(searcher.find(&in_noise(&pattern)).is_some());
    }
    for offset in 0..3 {
        let text = BASE64.encode(&[&vec![b'x'; offset][..], name.as_bytes(), b"yz"].concat());
        assert!(
            searcher.find(&in_noise(text.as_bytes())).is_some(),
            "{text}"
        );
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(name.as_bytes()).expect("written");
    assert!(
        searcher
            .find(&in_noise(&zlib.finish().expect("whole")))
            .is_some()
    );
    assert!(searcher.find(&in_noise(b"geometry and pixels")).is_none());
}

fn compress(mine: &Path, out: &Path, address: &str) -> std::process::Command {
    let mut command = clisonix();
    command
        .arg("--home")
        .arg(mine)
        .args(["--json", "run", "svd-compress", "--param", "k=8", "--input"])
        .arg(sample())
        .arg("--out")
        .arg(out)
        .args(["--mesh", "--dial", address, "--threads", "1"]);
    command
}

#[test]
fn a_job_leaves_only_after_its_manifest_was_read_and_a_yes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    pair(&mine, &theirs);
    let (_node, address) = support::node(&theirs);
    for (answer, leaves) in [("no\n", false), ("yes\n", true)] {
        let record = folder.path().join(format!("record {leaves}"));
        let manifest = folder.path().join(format!("{leaves}.json"));
        let mut child = compress(&mine, &folder.path().join(answer.trim()), &address)
            .arg("--manifest")
            .arg(&manifest)
            .arg("--ask")
            .arg("--record-outgoing")
            .arg(&record)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut hands = child.stdin.take().expect("piped");
        hands.write_all(answer.as_bytes()).expect("typed");
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let job: Value = serde_json::from_slice(&output.stdout).expect("one document");
        let manifest: Value =
            serde_json::from_slice(&fs::read(&manifest).expect("written")).expect("one document");
        let blobs = manifest["blobs"].as_array().expect("blobs");
        assert_eq!(blobs.len(), 27, "one a slice");
        assert!(
            blobs
                .iter()
                .all(|blob| blob["content"]["pixel_block"]["rows"].is_u64())
        );
        assert_eq!(text(&manifest, "job"), text(&job, "job"));
        assert_eq!(manifest["tasks"], 27);
        assert_eq!(manifest["peers"].as_array().map(Vec::len), Some(1));
        assert!(said.contains("The face in a scan of a head"), "{said}");
        let bytes: usize = recorded(&record).iter().map(|(_, bytes)| bytes.len()).sum();
        let offered = usize::try_from(manifest["bytes"].as_u64().expect("a sum")).expect("short");
        if leaves {
            assert!(done_by_others(&job) > 0, "{job}");
            assert!(bytes > offered / 27, "{bytes} bytes left");
        } else {
            assert_eq!(done_by_others(&job), 0, "{job}");
            assert!(
                bytes < 4_096,
                "{bytes} bytes left, and none of the job should have"
            );
        }
    }
}

#[test]
fn what_pixels_can_tell_is_said_once_when_a_job_first_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    pair(&mine, &theirs);
    let (_node, address) = support::node(&theirs);
    for (out, said_so) in [("first", true), ("second", false)] {
        let output = support::run(&mut compress(&mine, &folder.path().join(out), &address));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let told = said.contains("Text that is burned into an image leaves with its pixels");
        assert_eq!(told, said_so, "{said}");
    }
}
