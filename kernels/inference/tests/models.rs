//! The models that ship answer their test cases, give equal bits on any number of threads, and keep what lies where.

use std::sync::Arc;

use kernel_inference::{
    InferenceError, LoadedModel, ModelPackage, Orientation, SeriesVolume, Tract, image, labelmap,
};

mod support;

use support::shipped;

fn ready(package: ModelPackage) -> Arc<LoadedModel> {
    Arc::new(LoadedModel::new(package, Box::new(Tract)).expect("the model runs"))
}

/// A head-like ball on a dark ground, with a texture that no axis repeats.
fn ball(shape: [usize; 3], voxel_mm: [f64; 3], orientation: &str) -> SeriesVolume {
    let [slices, rows, columns] = shape;
    let mut values = Vec::with_capacity(slices * rows * columns);
    for slice in 0..slices {
        for row in 0..rows {
            for column in 0..columns {
                let away = |index: usize, length: usize, mm: f64| {
                    let offset = (index as f64 - (length as f64 - 1.0) / 2.0) * mm;
                    offset * offset
                };
                let distance = away(slice, slices, voxel_mm[0])
                    + away(row, rows, voxel_mm[1])
                    + away(column, columns, voxel_mm[2]);
                let texture = ((slice * 31 + row * 17 + column * 7) % 13) as f32;
                values.push(if distance < 900.0 {
                    400.0 + 20.0 * texture
                } else {
                    texture
                });
            }
        }
    }
    SeriesVolume {
        shape,
        values,
        voxel_mm: Some(voxel_mm),
        orientation: orientation.parse().ok(),
    }
}

#[test]
fn shipped_models_answer_their_test_cases() {
    for name in ["denoise", "brain-tissue"] {
        let model = ready(shipped(name));
        assert_eq!(model.manifest.name, name);
        assert!(model.check_difference <= model.manifest.check.tolerance);
    }
}

#[test]
fn a_backend_with_a_wrong_answer_is_not_used() {
    let mut package = shipped("denoise");
    let wrong: Vec<u8> = package
        .check_output
        .chunks_exact(4)
        .flat_map(|bytes| {
            (f32::from_le_bytes(bytes.try_into().expect("four")) + 0.01).to_le_bytes()
        })
        .collect();
    let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    package.manifest = package
        .manifest
        .replace(&digest(&package.check_output), &digest(&wrong));
    package.check_output = wrong;
    let refused = LoadedModel::new(package, Box::new(Tract))
        .err()
        .expect("refused");
    assert!(
        matches!(refused, InferenceError::WrongAnswer { .. }),
        "{refused}"
    );
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let slice = ball([1, 75, 83], [1.0, 1.0, 1.0], "");
    let series = ball([20, 70, 66], [4.0, 1.1, 1.1], "SPL");
    let (denoise, brain) = (ready(shipped("denoise")), ready(shipped("brain-tissue")));
    let run = || {
        let pixels = image(&denoise, &slice, 0..1, &|| false).expect("an image");
        let labels = labelmap(&brain, &series, 4..9, &|| false).expect("labels");
        (
            pixels
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>(),
            labels,
        )
    };
    let alone = run();
    for threads in [2, 4] {
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            for done in runs {
                assert!(done.join().expect("no panic") == alone, "{threads} threads");
            }
        });
    }
}

#[test]
fn a_part_of_a_series_is_labelled_as_in_the_whole() {
    let series = ball([16, 48, 52], [3.0, 1.3, 1.2], "SPL");
    let model = ready(shipped("brain-tissue"));
    let whole = labelmap(&model, &series, 0..16, &|| false).expect("labels");
    assert!(
        whole.labels.iter().any(|label| *label > 0),
        "the ball is seen"
    );
    let pixels = 48 * 52;
    for range in [0..5, 5..11, 11..16] {
        let part = labelmap(&model, &series, range.clone(), &|| false).expect("labels");
        assert_eq!(
            part.labels,
            whole.labels[range.start * pixels..range.end * pixels],
            "{range:?}"
        );
    }
}

#[test]
fn how_a_series_is_stored_does_not_change_what_is_seen() {
    // The same voxels stored head first: the labels turn with them.
    let series = ball([24, 40, 44], [1.0, 1.0, 1.0], "SPL");
    let mut turned = series.clone();
    let pixels = 40 * 44;
    turned.values = series
        .values
        .chunks(pixels)
        .rev()
        .flatten()
        .copied()
        .collect();
    turned.orientation = "IPL".parse::<Orientation>().ok();
    let model = ready(shipped("brain-tissue"));
    let one = labelmap(&model, &series, 0..24, &|| false).expect("labels");
    let other = labelmap(&model, &turned, 0..24, &|| false).expect("labels");
    let back: Vec<u8> = other
        .labels
        .chunks(pixels)
        .rev()
        .flatten()
        .copied()
        .collect();
    assert_eq!(one.labels, back);
}

#[test]
fn series_that_do_not_fit_are_told_why() {
    let model = ready(shipped("brain-tissue"));
    let refused = |change: &dyn Fn(&mut SeriesVolume)| {
        let mut series = ball([4, 16, 16], [1.0, 1.0, 1.0], "SPL");
        change(&mut series);
        labelmap(&model, &series, 0..4, &|| false)
            .expect_err("it does not fit")
            .to_string()
    };
    assert!(refused(&|series| series.voxel_mm = None).contains("size of theirs is not known"));
    assert!(refused(&|series| series.orientation = None).contains("LIA"));
    assert!(refused(&|series| series.shape[0] = 3).contains("slices"));
    let series = ball([4, 16, 16], [1.0, 1.0, 1.0], "SPL");
    assert_eq!(
        labelmap(&model, &series, 0..4, &|| true),
        Err(InferenceError::Cancelled)
    );
    assert!(
        image(&model, &series, 0..4, &|| false).is_err(),
        "labels are no image"
    );
}
