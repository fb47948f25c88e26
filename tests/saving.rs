//! Masks of a run become a DICOM segmentation over the images that they are of, and nothing else does.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use support::{clisonix, json, refusal, sample, text};

#[test]
fn masks_are_saved_as_a_segmentation_and_altered_results_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, out) = (folder.path().join("home"), folder.path().join("out"));
    let clisonix_at_home = || {
        let mut command = clisonix();
        command.arg("--home").arg(&home);
        command
    };
    json(
        clisonix_at_home()
            .args(["run", "threshold", "--param", "low=40"])
            .arg("--input")
            .arg(sample())
            .arg("--out")
            .arg(&out),
    );
    let save = |file: &std::path::Path| {
        let mut command = clisonix_at_home();
        command.arg("save").arg(&out).arg("--input").arg(sample());
        command.arg("--out").arg(file);
        command
    };
    let file = folder.path().join("masks.dcm");
    let saved = json(&mut save(&file));
    assert_eq!(saved["images"], 27);
    assert_eq!(text(&saved["segments"][0], "label"), "threshold");
    assert!(saved["segments"][0]["pixels"].as_u64() > Some(0), "{saved}");
    let bytes = std::fs::read(&file).expect("it is there");
    assert_eq!(&bytes[128..132], b"DICM");
    let seen = json(clisonix_at_home().arg("inspect").arg(&file));
    assert!(seen.to_string().contains("SEG"), "{seen}");

    // The file is not written over, whatever it holds.
    let refused = refusal(&mut save(&file), 1);
    assert!(refused.contains("masks.dcm"), "{refused}");
    // A result that is not the one of its receipt is no result.
    let result = out.join("slice-0005.result");
    let mut altered = std::fs::read(&result).expect("it is there");
    *altered.last_mut().expect("bytes") ^= 1;
    std::fs::write(&result, altered).expect("written");
    let other = folder.path().join("other.dcm");
    let refused = refusal(&mut save(&other), 1);
    assert!(refused.contains("slice 5 is not the one"), "{refused}");
    assert!(!other.exists());
}

#[test]
fn results_without_labels_and_other_images_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, out) = (folder.path().join("home"), folder.path().join("out"));
    json(
        clisonix()
            .arg("--home")
            .arg(&home)
            .args(["run", "svd-compress", "--param", "k=2"])
            .arg("--input")
            .arg(sample())
            .arg("--out")
            .arg(&out),
    );
    let save = |input: &std::path::Path| {
        let file = folder.path().join("file.dcm");
        refusal(
            clisonix()
                .arg("--home")
                .arg(&home)
                .arg("save")
                .arg(&out)
                .arg("--input")
                .arg(input)
                .arg("--out")
                .arg(&file),
            1,
        )
    };
    assert!(save(&sample()).contains("no labels and no masks"));
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    assert!(save(&empty).contains("None of the 0 series given holds the 27 images"));
}
