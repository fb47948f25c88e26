//! What a person is told about a parameter, before anything runs.
#![allow(clippy::unwrap_used)]

mod support;

use kernel_tasks::{
    Determinism, Digest, Job, ParameterKind, ParameterValue, Parameters, operation, operations,
    split,
};
use support::{Store, job, pairs, phantom, weights};

fn refusal(name: &str, given: &[(&str, &str)]) -> String {
    Parameters::parse(operation(name).unwrap(), &pairs(given))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_refused_value_is_named_with_its_range() {
    assert_eq!(
        refusal("svd-compress", &[("k", "0")]),
        "k = 0 is outside 1 to 4096"
    );
    assert_eq!(
        refusal("svd-compress", &[("k", "4097")]),
        "k = 4097 is outside 1 to 4096"
    );
    let long = "9".repeat(30);
    let said = refusal("svd-compress", &[("k", &long)]);
    assert_eq!(said, format!("k = {long} is outside 1 to 4096"));
    assert_eq!(
        refusal("svd-compress", &[("k", "many")]),
        "k = many is not a whole number"
    );
    assert_eq!(
        refusal("svd-compress", &[("k", "1.5")]),
        "k = 1.5 is not a whole number"
    );
    assert_eq!(
        refusal("threshold", &[("low", "NaN")]),
        "low = NaN is outside -1000000000 to 1000000000"
    );
    assert_eq!(
        refusal("threshold", &[("high", "inf")]),
        "high = inf is outside -1000000000 to 1000000000"
    );
    assert_eq!(
        refusal("threshold", &[("low", "200"), ("high", "100")]),
        "low = 200 is above high = 100"
    );
    assert!(
        refusal("transform-matrix", &[("weights", "abc")])
            .starts_with("weights = abc is not the digest of a matrix")
    );
}

#[test]
fn missing_unknown_and_repeated_parameters_are_named() {
    assert!(
        refusal("transform-matrix", &[])
            .starts_with("Parameter weights of transform-matrix is missing")
    );
    assert_eq!(
        refusal("svd-compress", &[("rank", "3")]),
        "Operation svd-compress has no parameter `rank`; it has k"
    );
    assert_eq!(
        refusal("svd-compress", &[("k", "3"), ("k", "4")]),
        "Parameter k is given twice"
    );
    let said = operation("svd").unwrap_err().to_string();
    assert_eq!(
        said,
        "There is no operation `svd`; there are bilateral, clahe, fill-holes, gaussian, keep-largest, laplacian, mask-formula, mean, \
         median, model-slice, model-volume, morphology, mp-pca, otsu, pipeline, sobel, svd-compress, threshold, transform-matrix, \
         unsharp, window"
    );
}

#[test]
fn a_default_written_out_is_the_same_request() {
    let spec = operation("threshold").unwrap();
    let short = Parameters::parse(spec, &[]).unwrap();
    let long = Parameters::parse(spec, &pairs(&[("high", "3000.0"), ("low", " 3e2 ")])).unwrap();
    assert_eq!(short, long);
    let minus = Parameters::parse(spec, &pairs(&[("low", "-0")])).unwrap();
    let zero = Parameters::parse(spec, &pairs(&[("low", "0")])).unwrap();
    let bits = |parameters: &Parameters| parameters.real("low").unwrap().to_bits();
    assert_eq!(bits(&minus), bits(&zero));
}

#[test]
fn every_operation_describes_itself_for_a_panel() {
    for spec in operations() {
        assert!(
            spec.version > 0 && !spec.label.is_empty() && spec.summary.len() > 30,
            "{spec:?}"
        );
        for parameter in spec.parameters {
            assert!(
                !parameter.label.is_empty() && !parameter.summary.is_empty(),
                "{parameter:?}"
            );
            match parameter.kind {
                ParameterKind::Integer { min, max, default } => {
                    assert!((min..=max).contains(&default))
                }
                ParameterKind::Real { min, max, default } => {
                    assert!((min..=max).contains(&default))
                }
                ParameterKind::Choice { words, default } => assert!(words.contains(&default)),
                ParameterKind::Matrix
                | ParameterKind::Model
                | ParameterKind::Class
                | ParameterKind::Formula
                | ParameterKind::Pipeline => {}
            }
        }
    }
    let names: Vec<_> = operations().iter().map(|spec| spec.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let k = operation("svd-compress").unwrap().parameter("k").unwrap();
    assert_eq!(
        k.kind,
        ParameterKind::Integer {
            min: 1,
            max: 4096,
            default: 32
        }
    );
}

#[test]
fn a_slice_too_small_for_k_is_named_before_anything_runs() {
    let mut store = Store::default();
    let inputs = vec![
        store.put_block(&phantom(1, 40, 50)),
        store.put_block(&phantom(2, 20, 50)),
    ];
    let compress = job("svd-compress", &[("k", "25")], inputs);
    let said = compress.check(&store.shapes).unwrap_err().to_string();
    assert_eq!(
        said,
        "k = 25 is more than slice 2 has: it is 20 x 50, so k is at most 20"
    );
}

#[test]
fn weights_that_do_not_fit_a_slice_are_named_before_anything_runs() {
    let mut store = Store::default();
    let input = store.put_block(&phantom(1, 8, 10));
    let matrix = store.put_matrix(&weights(3, 11));
    let transform = job(
        "transform-matrix",
        &[("weights", &matrix.to_string())],
        vec![input],
    );
    let said = transform.check(&store.shapes).unwrap_err().to_string();
    assert_eq!(
        said,
        "Weights with 11 columns do not fit slice 1 with 10 columns"
    );
    store.shapes.remove(&matrix);
    let said = transform.check(&store.shapes).unwrap_err().to_string();
    assert_eq!(said, format!("The shape of input {matrix} is not known"));
}

#[test]
fn a_job_over_nothing_or_of_another_version_is_refused() {
    let none = Job::new("threshold", &[], vec![], Determinism::Strict).unwrap_err();
    assert_eq!(none.to_string(), "The job has no slices");
    let mut other = job("threshold", &[], vec![Digest::of(b"slice")]);
    other.version = 9;
    let said = split(&other).unwrap_err().to_string();
    assert_eq!(
        said,
        "Operation threshold has version 1 here, and version 9 was asked for"
    );
}

#[test]
fn parameters_read_back_from_json_to_the_same_bits() {
    let spec = operation("threshold").unwrap();
    for low in ["0.1", "-1e-300", "299.99999999999994", "-999999999.9999999"] {
        let parameters = Parameters::parse(spec, &pairs(&[("low", low)])).unwrap();
        let text = serde_json::to_string(&parameters).unwrap();
        let back: Parameters = serde_json::from_str(&text).unwrap();
        assert_eq!(
            back.real("low").unwrap().to_bits(),
            parameters.real("low").unwrap().to_bits(),
            "{text}"
        );
    }
    assert_eq!(
        Parameters::parse(spec, &[]).unwrap().get("low"),
        Some(ParameterValue::Real(300.0))
    );
}
