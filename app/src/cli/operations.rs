//! `clisonix operations`: what can be run, with parameters, units and ranges.

use std::fmt::Write as _;

use actor_messages::{OperationSpec, ParameterKind, ParameterSpec, operations};
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
    parameters: Vec<ParameterRecord>,
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
    summary: &'static str,
}

impl Operations {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let records: Vec<OperationRecord> = operations().iter().map(operation_record).collect();
        session.answer(&records, || {
            records.iter().map(OperationRecord::text).collect()
        })
    }
}

fn operation_record(spec: &OperationSpec) -> OperationRecord {
    OperationRecord {
        name: spec.name,
        label: spec.label,
        summary: spec.summary,
        version: spec.version,
        exact: spec.exact,
        parameters: spec.parameters.iter().map(parameter_record).collect(),
    }
}

fn parameter_record(spec: &ParameterSpec) -> ParameterRecord {
    // Integer ranges are small enough to be exact as reals.
    let (kind, range) = match spec.kind {
        ParameterKind::Integer { min, max, default } => {
            ("integer", Some([min as f64, max as f64, default as f64]))
        }
        ParameterKind::Real { min, max, default } => ("real", Some([min, max, default])),
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
        summary: spec.summary,
    }
}

impl OperationRecord {
    fn text(&self) -> String {
        let mut text = format!(
            "{} (version {}): {}\n",
            self.name, self.version, self.summary
        );
        for parameter in &self.parameters {
            let range = match (parameter.min, parameter.max, parameter.default) {
                (Some(min), Some(max), Some(default)) => {
                    format!(
                        "{} from {min} to {max}, {default} unless given",
                        parameter.kind
                    )
                }
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
