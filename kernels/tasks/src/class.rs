//! The numeric class of this machine: a digest of what the exact operations give on fixed probes.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::canonical::encode;
use crate::{
    Blobs, Determinism, Digest, MatrixBlock, OperationSpec, ParameterKind, ParameterValue,
    Parameters, PixelBlock, StoredSamples, Task, TaskError, execute, operations,
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
    let blobs = Probe(BTreeMap::from([
        (input, block.into()),
        (matrix, weights.into()),
    ]));
    let mut values = BTreeMap::new();
    for parameter in spec.parameters {
        let value = match parameter.kind {
            ParameterKind::Integer { min, default, .. } => {
                ParameterValue::Integer(default.min(INTEGER_MAX).max(min))
            }
            ParameterKind::Real { default, .. } => ParameterValue::Real(default),
            ParameterKind::Matrix => ParameterValue::Matrix(matrix),
            // Models have classes of their own; no exact operation has one.
            ParameterKind::Model => ParameterValue::Model(matrix),
            ParameterKind::Class => ParameterValue::Class(matrix),
        };
        values.insert(parameter.name.to_owned(), value);
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
        voxel_mm: Some([1.25, 0.7, 0.7]),
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
