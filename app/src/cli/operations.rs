//! `clisonix operations`: what can be run, with parameters, units and ranges.

use std::fmt::Write as _;

use actor_messages::{Halo, OperationSpec, ParameterKind, ParameterSpec, Reach, operations};
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Lists what can be run, with parameters and units.
#[derive(clap::Args)]
pub struct Operations {}

#[derive(Serialize)]
struct OperationRecord {
    name: &'static str,
    label: &'static str,
    summary: &'static str,
    version: u32,
    exact: bool,
    /// `exact`: one class for every machine; `class`: the bits are those of a numeric class.
    determinism: &'static str,
    /// Multiply-adds for each voxel, about.
    cost_per_voxel: u64,
    tile: TileRecord,
    parameters: Vec<ParameterRecord>,
    /// How fast machines were seen to be at it; deadlines come from this, and no result does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calibration: Vec<SpeedRecord>,
}

/// What was seen of one machine.
#[derive(Serialize)]
struct SpeedRecord {
    /// Peer id; this machine's own is that of `clisonix pair --show`.
    peer: String,
    /// In units of the operation's cost; absent until enough was seen.
    work_per_second: Option<u64>,
    answers: u64,
}

/// How a series is cut into tasks, and how their results become one.
#[derive(Serialize)]
struct TileRecord {
    /// What a task reads: `slice`, `slab` or `series`.
    reads: &'static str,
    /// Slices that a task reads beyond its result, on either side.
    halo: String,
    /// How results become one.
    merge: &'static str,
}

#[derive(Serialize)]
struct ParameterRecord {
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    filled_in: bool,
    summary: &'static str,
}

impl Operations {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let known = actor_engine::Calibration::read(session.home()).unwrap_or_else(|text| {
            session.note(text);
            actor_engine::Calibration::default()
        });
        let records: Vec<OperationRecord> = operations()
            .iter()
            .map(|spec| operation_record(spec, &known))
            .collect();
        session.answer(&records, || {
            records.iter().map(OperationRecord::text).collect()
        })
    }
}

fn operation_record(spec: &OperationSpec, known: &actor_engine::Calibration) -> OperationRecord {
    OperationRecord {
        name: spec.name,
        label: spec.label,
        summary: spec.summary,
        version: spec.version,
        exact: spec.exact,
        determinism: if spec.exact { "exact" } else { "class" },
        cost_per_voxel: spec.cost_per_voxel,
        tile: TileRecord {
            reads: match spec.reach {
                Reach::Slice => "slice",
                Reach::Slab => "slab",
                Reach::Series => "series",
            },
            halo: halo(spec),
            merge: "side by side, in slice order",
        },
        parameters: spec.parameters.iter().map(parameter_record).collect(),
        calibration: known
            .speeds()
            .filter(|speed| speed.operation == spec.name)
            .map(|speed| SpeedRecord {
                peer: speed.peer.clone(),
                work_per_second: speed.work_per_second(),
                answers: speed.answers,
            })
            .collect(),
    }
}

/// The halo in words.
fn halo(spec: &OperationSpec) -> String {
    match spec.halo {
        Halo::None => "0".to_owned(),
        Halo::Voxels(voxels) => format!("{voxels} in the volume"),
        Halo::Length { name, times } => format!("{times} * {name} in the volume"),
        Halo::Formula => "that of the formula".to_owned(),
        Halo::Steps => "the sum of the steps'".to_owned(),
    }
}

fn parameter_record(spec: &ParameterSpec) -> ParameterRecord {
    // Integer ranges are small enough to be exact as reals.
    let (kind, range) = match spec.kind {
        ParameterKind::Integer { min, max, default } => {
            ("integer", Some([min as f64, max as f64, default as f64]))
        }
        ParameterKind::Real { min, max, default } => ("real", Some([min, max, default])),
        ParameterKind::Choice { .. } => ("choice", None),
        ParameterKind::Formula => ("formula", None),
        ParameterKind::Pipeline => ("pipeline", None),
        ParameterKind::Matrix => ("matrix", None),
        ParameterKind::Model => ("model", None),
        ParameterKind::Class => ("class", None),
    };
    ParameterRecord {
        name: spec.name,
        label: spec.label,
        unit: spec.unit,
        kind,
        min: range.map(|[min, ..]| min),
        max: range.map(|[_, max, _]| max),
        default: range.map(|[.., default]| default),
        choices: match spec.kind {
            ParameterKind::Choice { words, .. } => Some(words),
            _ => None,
        },
        filled_in: spec.is_filled_in(),
        summary: spec.summary,
    }
}

impl OperationRecord {
    fn text(&self) -> String {
        let mut text = format!(
            "{} (version {}): {}\n",
            self.name, self.version, self.summary
        );
        for parameter in self.parameters.iter().filter(|known| !known.filled_in) {
            let range = match (parameter.min, parameter.max, parameter.default) {
                (Some(min), Some(max), Some(default)) => {
                    format!(
                        "{} from {min} to {max}, {default} unless given",
                        parameter.kind
                    )
                }
                _ if parameter.choices.is_some() => {
                    let words = parameter.choices.unwrap_or_default();
                    format!(
                        "one of {}; {} unless given",
                        words.join(", "),
                        words.first().unwrap_or(&"none")
                    )
                }
                _ if parameter.kind == "formula" => "a text".to_owned(),
                _ if parameter.kind == "pipeline" => "a .toml file".to_owned(),
                _ if parameter.kind == "model" => "the name of a model".to_owned(),
                _ if parameter.kind == "class" => "filled in".to_owned(),
                _ => "a .npy file, or dct:P for the first P rows of the cosine basis".to_owned(),
            };
            let unit = if parameter.unit.is_empty() {
                String::new()
            } else {
                format!(", in {}", parameter.unit)
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "    {}: {}: {range}{unit}",
                parameter.name, parameter.summary
            );
        }
        text
    }
}
