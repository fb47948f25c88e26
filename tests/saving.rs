//! Results of a run become DICOM objects of the images that they are of: masks a segmentation, images a series.

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
fn computed_images_are_saved_as_a_series_with_the_values_that_were_computed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, out) = (folder.path().join("home"), folder.path().join("out"));
    let at_home = || {
        let mut command = clisonix();
        command.arg("--home").arg(&home);
        command
    };
    json(
        at_home()
            .args(["run", "svd-compress", "--param", "k=2"])
            .arg("--input")
            .arg(sample())
            .arg("--out")
            .arg(&out),
    );
    let series = folder.path().join("series");
    let save = |to: &std::path::Path, input: &std::path::Path| {
        let mut command = at_home();
        command.arg("save").arg(&out).arg("--input").arg(input);
        command.arg("--out").arg(to);
        command
    };
    let saved = json(&mut save(&series, &sample()));
    assert_eq!(
        (&saved["files"], &saved["images"]),
        (&27.into(), &27.into())
    );
    let rounding = saved["rounding_max"].as_f64().expect("it is told");
    assert!(rounding <= 1.0 / 16.0, "{rounding}");
    assert!(saved["notes"].to_string().contains("Lossy"), "{saved}");

    // The same numbers as the engine computed, through another decoding.
    let result = std::fs::read(out.join("slice-0005.result")).expect("it is there");
    let result = kernel_tasks::TaskOutput::decode(&result).expect("a result");
    let image = result.image().expect("an image");
    let npy = folder.path().join("a.npy");
    json(
        at_home()
            .arg("decode")
            .arg(series.join("image-0005.dcm"))
            .args(["--frame", "0", "--stage", "modality", "--out"])
            .arg(&npy),
    );
    let read: ndarray::Array2<f32> = ndarray_npy::read_npy(&npy).expect("an array");
    assert_eq!(read.dim(), image.dim());
    let worst = read
        .iter()
        .zip(&image)
        .map(|(read, computed)| f64::from((read - computed).abs()))
        .fold(0.0, f64::max);
    assert!(worst > 0.0 && worst <= rounding, "{worst} of {rounding}");

    let seen = json(at_home().arg("inspect").arg(&series));
    let told = seen.to_string();
    assert!(told.contains("Lossy") || told.contains("lossy"), "{told}");
    let refused = refusal(&mut save(&series, &sample()), 1);
    assert!(refused.contains("is there already"), "{refused}");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    let other = folder.path().join("other");
    let refused = refusal(&mut save(&other, &empty), 1);
    assert!(
        refused.contains("None of the 0 series given holds the 27 images"),
        "{refused}"
    );
    assert!(!other.exists());
}

#[test]
fn results_of_neighbouring_slices_are_saved_on_the_images_that_they_are_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, out) = (folder.path().join("home"), folder.path().join("out"));
    let at_home = || {
        let mut command = clisonix();
        command.arg("--home").arg(&home);
        command
    };
    json(
        at_home()
            .args(["run", "gaussian", "--param", "dimensions=volume"])
            .args(["--param", "sigma=1", "--param", "unit=voxels"])
            .arg("--input")
            .arg(sample())
            .arg("--out")
            .arg(&out),
    );
    let series = folder.path().join("series");
    let saved = json(
        at_home()
            .arg("save")
            .arg(&out)
            .arg("--input")
            .arg(sample())
            .arg("--out")
            .arg(&series),
    );
    assert_eq!(saved["images"], 27);
    assert_eq!(saved["notes"], serde_json::json!([]));
    let seen = json(at_home().arg("inspect").arg(&series));
    assert!(
        !seen.to_string().to_lowercase().contains("lossy 1"),
        "{seen}"
    );
}
