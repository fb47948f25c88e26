//! A model as one blob: manifest, graph and test case, with one content address wherever it travels.

use serde::{Deserialize, Serialize};

use crate::limits::PACKAGE_BYTES_MAX;
use crate::{GraphSummary, InferenceError, ModelManifest, inspect};

/// The version of the blob's form.
const VERSION: u16 = 1;

/// Everything that makes a model. Its encoded bytes are what is stored, sent and named by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPackage {
    /// The text of `model.toml`.
    pub manifest: String,
    /// The ONNX file.
    pub onnx: Vec<u8>,
    /// The input of the test case: little-endian f32, C order.
    pub check_input: Vec<u8>,
    /// The expected output, likewise.
    pub check_output: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    version: u16,
    manifest: &'a str,
    #[serde(borrow)]
    onnx: Bytes<'a>,
    check_input: Bytes<'a>,
    check_output: Bytes<'a>,
}

/// Bytes that are copied as a whole, not one by one.
#[derive(Deserialize)]
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl ModelPackage {
    /// The canonical bytes; bounded as they are when read.
    pub fn encode(&self) -> Result<Vec<u8>, InferenceError> {
        let bytes = postcard::to_stdvec(&Wire {
            version: VERSION,
            manifest: &self.manifest,
            onnx: Bytes(&self.onnx),
            check_input: Bytes(&self.check_input),
            check_output: Bytes(&self.check_output),
        })
        .map_err(InferenceError::package)?;
        within(bytes.len())?;
        Ok(bytes)
    }

    /// Reads what [`ModelPackage::encode`] wrote; anything else is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, InferenceError> {
        within(bytes.len())?;
        let (wire, rest): (Wire<'_>, &[u8]) = postcard::take_from_bytes(bytes)
            .map_err(|_| InferenceError::package("it is cut short or of another form"))?;
        if wire.version != VERSION {
            return Err(InferenceError::package(format_args!(
                "version {} is not version {VERSION}",
                wire.version
            )));
        }
        let package = Self {
            manifest: wire.manifest.to_owned(),
            onnx: wire.onnx.0.to_vec(),
            check_input: wire.check_input.0.to_vec(),
            check_output: wire.check_output.0.to_vec(),
        };
        // One model has one digest: bytes that decode alike and differ are not accepted.
        if rest.is_empty() && package.encode()? == bytes {
            Ok(package)
        } else {
            Err(InferenceError::package("it is not in canonical form"))
        }
    }

    /// Everything that can be refused before an engine builds the graph: manifest, graph, test case, and whether they fit each other.
    pub fn check(&self) -> Result<(ModelManifest, GraphSummary), InferenceError> {
        let manifest = ModelManifest::parse(&self.manifest)?;
        let summary = inspect(&self.onnx)?;
        let (input, found) = (&manifest.input, &summary.input_shape);
        if found.len() != input.dimensions + 2 {
            return Err(InferenceError::manifest(format_args!(
                "input.dimensions is {}, and the graph takes {} axes, batch and channel included",
                input.dimensions,
                found.len()
            )));
        }
        if !matches!(found[0], None | Some(1)) || !matches!(found[1], None | Some(1)) {
            return Err(InferenceError::manifest(
                "the graph takes more than one image or channel at once",
            ));
        }
        let fixed: Vec<u64> = found[2..].iter().flatten().copied().collect();
        if !fixed.is_empty() {
            let patch: Vec<u64> = input
                .patch
                .iter()
                .flatten()
                .map(|length| *length as u64)
                .collect();
            if patch != fixed {
                return Err(InferenceError::manifest(format_args!(
                    "the graph takes {fixed:?}, and input.patch is {patch:?}"
                )));
            }
        }
        if manifest.check.input_shape.len() != found.len() {
            return Err(InferenceError::manifest(
                "check.input_shape has not the axes of the graph's input",
            ));
        }
        digest("input", &self.check_input, &manifest.check.input_digest)?;
        digest("output", &self.check_output, &manifest.check.output_digest)?;
        Ok((manifest, summary))
    }
}

fn within(length: usize) -> Result<(), InferenceError> {
    if length <= PACKAGE_BYTES_MAX {
        Ok(())
    } else {
        Err(InferenceError::package(format_args!(
            "{length} bytes are more than the {PACKAGE_BYTES_MAX} allowed"
        )))
    }
}

fn digest(what: &str, bytes: &[u8], expected: &str) -> Result<(), InferenceError> {
    if blake3::hash(bytes).to_hex().as_str() == expected {
        Ok(())
    } else {
        Err(InferenceError::package(format_args!(
            "the {what} of its test case is not the one that the manifest names"
        )))
    }
}
