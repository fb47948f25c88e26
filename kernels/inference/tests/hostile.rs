//! Broken and hostile models are refused in a sentence: nothing panics, hangs, or allocates what a file merely claims.

use kernel_inference::{InferenceError, LoadedModel, ModelManifest, ModelPackage, Tract, inspect};
use prost::Message;
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, tensor_proto, tensor_shape_proto, type_proto,
};

mod support;

use support::shipped;

fn value(name: &str) -> ValueInfoProto {
    let any = tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimParam("n".into())),
        ..Default::default()
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(type_proto::Tensor {
                elem_type: tensor_proto::DataType::Float as i32,
                shape: Some(TensorShapeProto { dim: vec![any; 4] }),
            })),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

fn tensor(name: &str, dims: &[i64], kind: tensor_proto::DataType, raw: Vec<u8>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: kind as i32,
        raw_data: raw,
        ..Default::default()
    }
}

fn model(nodes: Vec<NodeProto>, weights: Vec<TensorProto>) -> Vec<u8> {
    ModelProto {
        ir_version: 8,
        graph: Some(GraphProto {
            node: nodes,
            initializer: weights,
            input: vec![value("x")],
            output: vec![value("y")],
            ..Default::default()
        }),
        ..Default::default()
    }
    .encode_to_vec()
}

fn refusal(onnx: &[u8]) -> String {
    inspect(onnx).expect_err("it is refused").to_string()
}

#[test]
fn a_plain_graph_passes() {
    let summary = inspect(&model(vec![node("Relu", &["x"], "y")], vec![])).expect("plain");
    assert_eq!((summary.input.as_str(), summary.nodes), ("x", 1));
}

#[test]
fn data_outside_of_the_file_is_refused_whatever_the_path() {
    for location in ["weights.bin", "../../etc/passwd", "/etc/passwd"] {
        let mut outside = tensor("w", &[1], tensor_proto::DataType::Float, vec![]);
        outside.data_location = Some(tensor_proto::DataLocation::External as i32);
        outside.external_data = vec![StringStringEntryProto {
            key: "location".into(),
            value: location.into(),
        }];
        let text = refusal(&model(vec![node("Add", &["x", "w"], "y")], vec![outside]));
        assert!(text.contains("another file"), "{text}");
    }
}

#[test]
fn what_a_tensor_claims_is_not_allocated() {
    use tensor_proto::DataType::{Float, Int64};
    let claims: [&[i64]; 4] = [
        &[1 << 40],
        &[i64::MAX, i64::MAX],
        &[-1],
        &[1 << 20, 1 << 20],
    ];
    for dims in claims {
        let huge = tensor("w", dims, Float, vec![0; 4]);
        let text = refusal(&model(vec![node("Add", &["x", "w"], "y")], vec![huge]));
        assert!(text.contains('w') && text.contains("refused"), "{text}");
    }
    let short = tensor("w", &[100], Float, vec![0; 4]);
    let text = refusal(&model(vec![node("Add", &["x", "w"], "y")], vec![short]));
    assert!(text.contains("100 values"), "{text}");
    let shape: Vec<u8> = [1_i64 << 20, 1 << 20]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let shape = tensor("s", &[2], Int64, shape);
    let text = refusal(&model(
        vec![
            node("ConstantOfShape", &["s"], "z"),
            node("Add", &["x", "z"], "y"),
        ],
        vec![shape],
    ));
    assert!(text.contains("ConstantOfShape"), "{text}");
}

#[test]
fn cycles_and_missing_parts_are_named() {
    let cyclic = model(
        vec![
            node("Add", &["x", "b"], "a"),
            node("Relu", &["a"], "b"),
            node("Relu", &["b"], "y"),
        ],
        vec![],
    );
    assert!(refusal(&cyclic).contains("`b` before anything makes it"));
    assert!(refusal(&model(vec![node("Relu", &["x"], "z")], vec![])).contains("output `y`"));
    assert!(refusal(&model(vec![], vec![])).contains("output `y`"));
}

#[test]
fn operators_that_cannot_be_run_are_named_when_the_model_is_added() {
    let text = refusal(&model(
        vec![
            node("Frobnicate", &["x"], "a"),
            node("Loop", &["a"], "b"),
            node("Relu", &["b"], "y"),
        ],
        vec![],
    ));
    assert!(text.ends_with("Frobnicate, Loop"), "{text}");
}

#[test]
fn no_cut_and_no_mutation_of_a_model_breaks_the_program() {
    let package = shipped("brain-tissue");
    let step = package.onnx.len() / 97;
    for end in (0..package.onnx.len()).step_by(step) {
        // What is cut behind the graph is no part of the model: then it must still answer rightly.
        if inspect(&package.onnx[..end]).is_ok() {
            let mut cut = package.clone();
            cut.onnx.truncate(end);
            assert!(
                LoadedModel::new(cut, Box::new(Tract)).is_ok(),
                "cut at {end}"
            );
            assert!(end > package.onnx.len() * 9 / 10, "cut at {end}");
        }
    }
    let mut state = 0x5eed_u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let (mut refused, mut ran) = (0, 0);
    for _ in 0..300 {
        let mut mutant = package.clone();
        // Most of the file is weights; the structure is near its nodes and names.
        for _ in 0..1 + next() % 3 {
            let at = next() % mutant.onnx.len();
            mutant.onnx[at] = (next() % 256) as u8;
        }
        match LoadedModel::new(mutant, Box::new(Tract)) {
            Err(error) => {
                let text = error.to_string();
                assert!(text.len() < 800 && !text.contains('\n'), "{text}");
                refused += 1;
            }
            Ok(_) => ran += 1,
        }
    }
    assert!(
        refused > 30 && refused + ran == 300,
        "{refused} refused, {ran} ran"
    );
}

#[test]
fn a_package_has_one_form_and_every_cut_of_it_is_refused() {
    let package = shipped("denoise");
    let bytes = package.encode().expect("within bounds");
    assert_eq!(ModelPackage::decode(&bytes), Ok(package));
    for end in (0..bytes.len()).step_by(bytes.len() / 61) {
        assert!(ModelPackage::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(ModelPackage::decode(&longer).is_err());
}

#[test]
fn a_wrong_manifest_is_refused_in_a_sentence() {
    let text = shipped("brain-tissue").manifest;
    let changes = [
        ("dimensions = 3", "dimensions = 4", "input.dimensions"),
        ("dimensions = 3", "dimensions = 2", "input.spacing_mm"),
        ("orientation = \"LIA\"", "orientation = \"LLA\"", "LLA"),
        ("name = \"brain-tissue\"", "name = \"../brain\"", "../brain"),
        (
            "spacing_mm = [1.0, 1.0, 1.0]",
            "spacing_mm = [1.0, 0.0, 1.0]",
            "spacing_mm",
        ),
        (
            "overlap = [96, 96, 96]",
            "overlap = [96, 129, 96]",
            "overlap",
        ),
        (
            "patch = [256, 256, 256]",
            "patch = [256, 256, 64000]",
            "patch",
        ),
        ("tolerance = 0.001", "tolerance = nan", "tolerance"),
        ("licence = \"MIT\"", "licence = \"\"", "licence"),
        ("[check]", "extra = 1\n[check]", "extra"),
    ];
    for (from, to, named) in changes {
        assert!(text.contains(from), "{from}");
        let refused = ModelManifest::parse(&text.replacen(from, to, 1))
            .expect_err(to)
            .to_string();
        assert!(refused.contains(named), "{refused}");
    }
    let mut other = shipped("denoise");
    other.check_input[0] ^= 1;
    assert!(matches!(other.check(), Err(InferenceError::Package { .. })));
    let mut swapped = shipped("denoise");
    swapped.manifest = text;
    assert!(
        swapped
            .check()
            .expect_err("another model")
            .to_string()
            .contains("axes")
    );
}
