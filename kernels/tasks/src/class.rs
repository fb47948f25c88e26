//! The numeric class of this machine: a digest of what the exact operations give on fixed probes.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::canonical::encode;
use crate::{
    Blobs, Determinism, Digest, MatrixBlock, OperationSpec, ParameterKind, ParameterValue,
    Parameters, Pipeline, PixelBlock, StoredSamples, Task, TaskError, Word, execute, formula_blob,
    halo_slices, operations,
};

const DOMAIN: &str = "clisonix 2026-11 numeric class v1";
/// Rows of the probe: no multiple of a vector's width, so that remainders are probed too.
const ROWS: u32 = 75;
/// Columns of the probe: more than two blocks of a long sum, and no multiple of a vector's width.
const COLUMNS: u32 = 603;
/// Rows of the probe's weights.
const WEIGHTS: u32 = 37;
/// Rank and other whole numbers of a probe are at most this.
const INTEGER_MAX: i64 = 12;

/// Distance of slices of the probe.
const SLICE_MM: f64 = 1.25;
/// The formula that is probed.
const PROBE_FORMULA: &str = "close(image > 100, 1.5 mm) and not dilate(image >= 900, 2 voxels)";
/// The pipeline that is probed.
const PROBE_PIPELINE: &str = r#"
[[step]]
operation = "gaussian"
sigma = 0.8
[[step]]
operation = "threshold"
low = 200
high = 900
[[step]]
operation = "morphology"
shape = "open"
radius = 1.5
"#;

/// Machines with equal numeric classes compute equal bits in every exact operation; a strict job mixes only equal classes.
/// Computed once, in some milliseconds.
pub fn numeric_class() -> Digest {
    static CLASS: OnceLock<Digest> = OnceLock::new();
    *CLASS.get_or_init(|| {
        let results: Vec<(&str, u32, Option<Digest>)> = operations()
            .iter()
            .filter(|spec| spec.exact)
            // A probe that fails is a result too: such a machine is in a class of its own.
            .map(|spec| (spec.name, spec.version, probe(spec).ok()))
            .collect();
        Digest::in_domain(DOMAIN, &encode(&results))
    })
}

/// The output digest of one operation on the probe, with its default parameters where it has them.
pub(crate) fn probe(spec: &OperationSpec) -> Result<Digest, TaskError> {
    let (block, weights) = (probe_block().encode()?, probe_weights().encode()?);
    let (input, matrix) = (Digest::of(&block), Digest::of(&weights));
    let formula_bytes = formula_blob(PROBE_FORMULA)?;
    let pipeline_bytes =
        Pipeline::parse(PROBE_PIPELINE, &mut |_, _| Ok(probe_weights()))?.encode()?;
    let (formula, pipeline) = (Digest::of(&formula_bytes), Digest::of(&pipeline_bytes));
    let blobs = Probe(BTreeMap::from([
        (input, block.into()),
        (matrix, weights.into()),
        (formula, formula_bytes.into()),
        (pipeline, pipeline_bytes.into()),
    ]));
    let mut values = BTreeMap::new();
    for parameter in spec.parameters {
        let value = match parameter.kind {
            ParameterKind::Integer { min, default, .. } => {
                ParameterValue::Integer(default.min(INTEGER_MAX).max(min))
            }
            ParameterKind::Real { default, .. } => ParameterValue::Real(default),
            ParameterKind::Choice { default, .. } => match Word::of(default) {
                Some(word) => ParameterValue::Choice(word),
                None => continue,
            },
            ParameterKind::Formula => ParameterValue::Document(formula),
            ParameterKind::Pipeline => ParameterValue::Document(pipeline),
            ParameterKind::Matrix => ParameterValue::Matrix(matrix),
            // Models have classes of their own; no exact operation has one.
            ParameterKind::Model => ParameterValue::Model(matrix),
            ParameterKind::Class => ParameterValue::Class(matrix),
        };
        values.insert(parameter.name.to_owned(), value);
    }
    if spec.parameter("halo").is_some() {
        let parameters = Parameters::from_values(spec, values.clone())?;
        let halo = halo_slices(spec, &parameters, Some(SLICE_MM), &blobs)?;
        let halo = i64::try_from(halo).unwrap_or(i64::MAX);
        values.insert("halo".to_owned(), ParameterValue::Integer(halo));
    }
    let task = Task {
        operation: spec.name.to_owned(),
        version: spec.version,
        parameters: Parameters::from_values(spec, values)?,
        inputs: vec![input],
        level: Determinism::Strict,
    };
    Ok(Digest::of(&execute(&task, &blobs, &|| false)?))
}

struct Probe(BTreeMap<Digest, Arc<[u8]>>);

impl Blobs for Probe {
    fn get(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.0.get(digest).cloned()
    }
}

/// Whole numbers without a pattern, the same everywhere: the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over a counter.
fn scattered(index: u32) -> u64 {
    let mut bits = u64::from(index)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Sixteen-bit values around a ramp, with a slope and an intercept that round.
fn probe_block() -> PixelBlock {
    let sample = |index: u32| {
        let ramp = i32::try_from((index % COLUMNS) * 3 + index / COLUMNS).unwrap_or(0);
        let noise = i32::from((scattered(index) & 0x1ff) as u16);
        i16::try_from(ramp + noise - 600).unwrap_or(i16::MAX)
    };
    PixelBlock {
        rows: ROWS,
        columns: COLUMNS,
        samples: StoredSamples::I16((0..ROWS * COLUMNS).map(sample).collect()),
        slope: 1.1,
        intercept: -24.7,
        padding: Some((-600, -590)),
        voxel_mm: Some([SLICE_MM, 0.7, 0.7]),
    }
}

/// Weights between -1 and 1 that are exact in f32.
fn probe_weights() -> MatrixBlock {
    let weight = |index: u32| f32::from(scattered(index ^ 0x5eed_0000) as i16) / 32768.0;
    MatrixBlock {
        rows: WEIGHTS,
        columns: COLUMNS,
        values: (0..WEIGHTS * COLUMNS).map(weight).collect(),
    }
}
