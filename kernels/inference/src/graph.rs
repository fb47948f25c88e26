//! A bounded look at an ONNX graph before any engine builds it: what it takes, what it makes, and why it is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, tensor_proto,
    tensor_shape_proto, type_proto,
};
use tract_onnx::prelude::Framework;

use crate::InferenceError;
use crate::limits::{AXIS_MAX, NODES_MAX, PACKAGE_BYTES_MAX, TENSOR_VALUES_MAX};

/// Operators that repeat, choose or draw: their cost or answer is not known from the shapes, so no model may have them.
const REFUSED: [&str; 13] = [
    "Bernoulli",
    "If",
    "Loop",
    "Multinomial",
    "NonMaxSuppression",
    "Optional",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Scan",
    "SequenceMap",
    "StringNormalizer",
];

/// Operators that make a tensor of the size that one of their inputs names: which input that is.
const MAKERS: [(&str, usize); 5] = [
    ("ConstantOfShape", 0),
    ("Expand", 1),
    ("Reshape", 1),
    ("Resize", 3),
    ("Upsample", 1),
];

/// What a graph that passed takes and makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphSummary {
    /// Name of the only input.
    pub input: String,
    /// Its axes; `None` where any length fits.
    pub input_shape: Vec<Option<u64>>,
    /// Name of the first output.
    pub output: String,
    /// Nodes.
    pub nodes: usize,
    /// Operators, each once, sorted.
    pub operators: Vec<String>,
    /// Values of all weights together.
    pub weights: u64,
}

/// Reads a graph and refuses what is too large, has a cycle, data outside, or an operator that nothing here runs. Builds nothing.
pub fn inspect(onnx: &[u8]) -> Result<GraphSummary, InferenceError> {
    if onnx.len() > PACKAGE_BYTES_MAX {
        return Err(InferenceError::graph(format_args!(
            "{} bytes are more than the {PACKAGE_BYTES_MAX} allowed",
            onnx.len()
        )));
    }
    let framework = tract_onnx::onnx();
    let proto: ModelProto = framework
        .proto_model_for_read(&mut Cursor::new(onnx))
        .map_err(|error| {
            InferenceError::graph(format_args!("it is not ONNX, or cut short: {error:#}"))
        })?;
    if !proto.functions.is_empty() || !proto.training_info.is_empty() {
        return Err(InferenceError::graph(
            "it brings functions or training of its own, which are not run here",
        ));
    }
    let graph = proto
        .graph
        .as_ref()
        .ok_or_else(|| InferenceError::graph("it holds no graph, or is cut short"))?;
    let mut found = Found::default();
    found.graph(graph)?;
    let unknown: Vec<&str> = found
        .operators
        .iter()
        .map(String::as_str)
        .filter(|name| REFUSED.contains(name) || !framework.op_register.0.contains_key(*name))
        .collect();
    if !unknown.is_empty() {
        return Err(InferenceError::Operators {
            operators: unknown.join(", "),
        });
    }
    let weights: BTreeSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let inputs: Vec<&ValueInfoProto> = graph
        .input
        .iter()
        .filter(|input| !weights.contains(input.name.as_str()))
        .collect();
    let [input] = inputs[..] else {
        return Err(InferenceError::graph(format_args!(
            "it takes {} inputs, and a model here takes one image",
            inputs.len()
        )));
    };
    let output = graph
        .output
        .first()
        .ok_or_else(|| InferenceError::graph("it has no output"))?;
    in_order(graph, &input.name)?;
    Ok(GraphSummary {
        input: input.name.clone(),
        input_shape: shape(input)?,
        output: output.name.clone(),
        nodes: found.nodes,
        operators: found.operators.into_iter().collect(),
        weights: found.weights,
    })
}

#[derive(Default)]
struct Found {
    nodes: usize,
    operators: BTreeSet<String>,
    weights: u64,
}

impl Found {
    fn graph(&mut self, graph: &GraphProto) -> Result<(), InferenceError> {
        self.nodes += graph.node.len();
        if self.nodes > NODES_MAX {
            return Err(InferenceError::graph(format_args!(
                "it has more than {NODES_MAX} nodes"
            )));
        }
        if !graph.sparse_initializer.is_empty() {
            return Err(InferenceError::graph(
                "it has sparse weights, which are not read here",
            ));
        }
        for tensor in &graph.initializer {
            self.tensor(tensor)?;
        }
        let mut constants: BTreeMap<&str, Vec<i64>> = graph
            .initializer
            .iter()
            .filter_map(|tensor| Some((tensor.name.as_str(), whole_numbers(tensor)?)))
            .collect();
        for node in &graph.node {
            if !matches!(node.domain.as_str(), "" | "ai.onnx") {
                self.operators
                    .insert(format!("{}.{}", node.domain, node.op_type));
            } else {
                self.operators.insert(node.op_type.clone());
            }
            for attribute in &node.attribute {
                self.attribute(node, attribute)?;
            }
            if let ("Constant", Some(name)) = (node.op_type.as_str(), node.output.first()) {
                let tensor = node.attribute.iter().find_map(|a| a.t.as_ref());
                let ints = node.attribute.iter().find(|a| !a.ints.is_empty());
                let values = tensor
                    .and_then(whole_numbers)
                    .or_else(|| ints.map(|a| a.ints.clone()));
                if let Some(values) = values {
                    constants.insert(name, values);
                }
            }
            made_size(node, &constants)?;
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        node: &NodeProto,
        attribute: &AttributeProto,
    ) -> Result<(), InferenceError> {
        if !attribute.sparse_tensors.is_empty() || attribute.sparse_tensor.is_some() {
            return Err(InferenceError::graph(format_args!(
                "node `{}` has a sparse tensor",
                bounded(&node.name)
            )));
        }
        attribute
            .t
            .iter()
            .chain(&attribute.tensors)
            .try_for_each(|tensor| self.tensor(tensor))?;
        attribute
            .g
            .iter()
            .chain(&attribute.graphs)
            .try_for_each(|graph| self.graph(graph))
    }

    fn tensor(&mut self, tensor: &TensorProto) -> Result<(), InferenceError> {
        let name = bounded(&tensor.name);
        if tensor.data_location == Some(tensor_proto::DataLocation::External as i32)
            || !tensor.external_data.is_empty()
        {
            return Err(InferenceError::graph(format_args!(
                "tensor `{name}` lies in another file; a model is one file here"
            )));
        }
        let count = values(&tensor.dims).ok_or_else(|| {
            InferenceError::graph(format_args!(
                "tensor `{name}` of shape {:?} is larger than the {TENSOR_VALUES_MAX} values allowed",
                &tensor.dims[..tensor.dims.len().min(8)]
            ))
        })?;
        let held = held_values(tensor);
        if held != Some(count) {
            return Err(InferenceError::graph(format_args!(
                "tensor `{name}` claims {count} values and does not hold as many"
            )));
        }
        self.weights = self.weights.saturating_add(count);
        Ok(())
    }
}

/// The product of the axes; `None` beyond the bounds.
fn values(dims: &[i64]) -> Option<u64> {
    dims.iter().try_fold(1_u64, |product, dim| {
        let dim = u64::try_from(*dim)
            .ok()
            .filter(|dim| *dim <= TENSOR_VALUES_MAX)?;
        product
            .checked_mul(dim)
            .filter(|product| *product <= TENSOR_VALUES_MAX)
    })
}

/// How many values the data of a tensor are; `None` for a kind that no engine here reads.
fn held_values(tensor: &TensorProto) -> Option<u64> {
    use tensor_proto::DataType;
    let kind = DataType::try_from(tensor.data_type).ok()?;
    let size = match kind {
        DataType::Bool | DataType::Int8 | DataType::Uint8 => 1,
        DataType::Float16 | DataType::Int16 | DataType::Uint16 => 2,
        DataType::Float | DataType::Int32 | DataType::Uint32 => 4,
        DataType::Double | DataType::Int64 | DataType::Uint64 => 8,
        _ => return None,
    };
    if !tensor.raw_data.is_empty() {
        let bytes = tensor.raw_data.len();
        return bytes.is_multiple_of(size).then_some((bytes / size) as u64);
    }
    Some(match kind {
        DataType::Float => tensor.float_data.len(),
        DataType::Double => tensor.double_data.len(),
        DataType::Int64 => tensor.int64_data.len(),
        DataType::Uint32 | DataType::Uint64 => tensor.uint64_data.len(),
        _ => tensor.int32_data.len(),
    } as u64)
}

/// The values of a constant of 64-bit whole numbers, which may be the shape of something.
fn whole_numbers(tensor: &TensorProto) -> Option<Vec<i64>> {
    if tensor.data_type != tensor_proto::DataType::Int64 as i32 {
        return None;
    }
    if tensor.raw_data.is_empty() {
        return Some(tensor.int64_data.clone());
    }
    let (chunks, rest) = tensor.raw_data.as_chunks::<8>();
    rest.is_empty().then(|| {
        chunks
            .iter()
            .map(|bytes| i64::from_le_bytes(*bytes))
            .collect()
    })
}

/// Refuses a node that is told to make something beyond the bounds.
fn made_size(node: &NodeProto, constants: &BTreeMap<&str, Vec<i64>>) -> Result<(), InferenceError> {
    let Some((_, at)) = MAKERS.iter().find(|(name, _)| *name == node.op_type) else {
        return Ok(());
    };
    let Some(wanted) = node
        .input
        .get(*at)
        .and_then(|name| constants.get(name.as_str()))
    else {
        return Ok(());
    };
    // 0 and -1 of a reshape mean what is there already.
    let wanted: Vec<i64> = wanted
        .iter()
        .copied()
        .filter(|length| *length > 0)
        .collect();
    match values(&wanted) {
        Some(_) => Ok(()),
        None => Err(InferenceError::graph(format_args!(
            "{} makes a tensor larger than the {TENSOR_VALUES_MAX} values allowed",
            node.op_type
        ))),
    }
}

/// Every node reads only what comes before it, as ONNX asks: so there is no cycle, and nothing is read that nobody makes.
fn in_order(graph: &GraphProto, input: &str) -> Result<(), InferenceError> {
    let mut made: BTreeSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    made.insert(input);
    for node in &graph.node {
        let missing = node
            .input
            .iter()
            .find(|name| !name.is_empty() && !made.contains(name.as_str()));
        if let Some(name) = missing {
            return Err(InferenceError::graph(format_args!(
                "a node {} reads `{}` before anything makes it: a cycle, or a part is missing",
                bounded(&node.op_type),
                bounded(name)
            )));
        }
        made.extend(node.output.iter().map(String::as_str));
    }
    match graph
        .output
        .iter()
        .find(|output| !made.contains(output.name.as_str()))
    {
        Some(output) => Err(InferenceError::graph(format_args!(
            "nothing makes its output `{}`",
            bounded(&output.name)
        ))),
        None => Ok(()),
    }
}

fn shape(input: &ValueInfoProto) -> Result<Vec<Option<u64>>, InferenceError> {
    let kind = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = kind else {
        return Err(InferenceError::graph("its input is no tensor"));
    };
    if tensor.elem_type != tensor_proto::DataType::Float as i32 {
        return Err(InferenceError::graph(
            "its input is not of 32-bit real numbers",
        ));
    }
    let dims = tensor
        .shape
        .as_ref()
        .ok_or_else(|| InferenceError::graph("its input has no shape"))?;
    dims.dim
        .iter()
        .map(|dim| match &dim.value {
            Some(tensor_shape_proto::dimension::Value::DimValue(length)) => {
                match u64::try_from(*length) {
                    Ok(length) if (1..=AXIS_MAX).contains(&length) => Ok(Some(length)),
                    _ => Err(InferenceError::graph(format_args!(
                        "its input has an axis of {length}"
                    ))),
                }
            }
            _ => Ok(None),
        })
        .collect()
}

fn bounded(name: &str) -> String {
    name.chars().take(60).collect()
}
