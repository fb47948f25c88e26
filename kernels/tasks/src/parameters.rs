//! The values an operation is run with, complete and checked, so that the same request always has the same bytes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::operation::THRESHOLD;
use crate::{Digest, OperationSpec, ParameterKind, TaskError, Word};

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum ParameterValue {
    /// A whole number.
    Integer(i64),
    /// A finite real number; written as text in JSON, so that it reads back to the same bits.
    Real(#[serde(with = "exact_real")] f64),
    /// The content address of a [`MatrixBlock`](crate::MatrixBlock).
    Matrix(Digest),
    /// The content address of a model package.
    Model(Digest),
    /// The numeric class of a model.
    Class(Digest),
    /// One of the words of a choice.
    Choice(Word),
    /// The content address of a formula or a pipeline.
    Document(Digest),
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(out),
            Self::Real(value) => value.fmt(out),
            Self::Choice(word) => word.fmt(out),
            Self::Matrix(digest)
            | Self::Model(digest)
            | Self::Class(digest)
            | Self::Document(digest) => digest.fmt(out),
        }
    }
}

/// The parameters of one run by name. Invariant after [`Parameters::parse`]: every parameter of the operation is there, defaults included.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(BTreeMap<String, ParameterValue>);

impl Parameters {
    /// Reads `name = text` pairs against the description and fills in defaults. Errors name the parameter, the value and the range.
    pub fn parse(spec: &OperationSpec, pairs: &[(String, String)]) -> Result<Self, TaskError> {
        let mut values = BTreeMap::new();
        for (name, text) in pairs {
            let kind = spec
                .parameter(name)
                .ok_or_else(|| unknown(spec, name))?
                .kind;
            let value = read(name, text.trim(), kind)?;
            if values.insert(name.clone(), value).is_some() {
                return Err(TaskError::RepeatedParameter { name: name.clone() });
            }
        }
        Self::from_values(spec, values)
    }

    /// Takes values that are typed already, fills in defaults and checks as [`Parameters::parse`] does.
    pub fn from_values(
        spec: &OperationSpec,
        mut values: BTreeMap<String, ParameterValue>,
    ) -> Result<Self, TaskError> {
        for parameter in spec.parameters {
            let default = match parameter.kind {
                ParameterKind::Integer { default, .. } => ParameterValue::Integer(default),
                ParameterKind::Real { default, .. } => ParameterValue::Real(default),
                ParameterKind::Choice { default, .. } => match Word::of(default) {
                    Some(word) => ParameterValue::Choice(word),
                    None => continue,
                },
                ParameterKind::Matrix
                | ParameterKind::Model
                | ParameterKind::Class
                | ParameterKind::Formula
                | ParameterKind::Pipeline => continue,
            };
            values.entry(parameter.name.to_owned()).or_insert(default);
        }
        // Minus zero and zero are the same request, so they get the same bytes.
        for value in values.values_mut() {
            if let ParameterValue::Real(real) = value {
                *real += 0.0;
            }
        }
        let parameters = Self(values);
        parameters.check(spec)?;
        Ok(parameters)
    }

    /// Whether these are exactly the parameters of the operation, each of its kind and within its range.
    pub fn check(&self, spec: &OperationSpec) -> Result<(), TaskError> {
        if let Some(name) = self.0.keys().find(|name| spec.parameter(name).is_none()) {
            return Err(unknown(spec, name));
        }
        for parameter in spec.parameters {
            let value = self
                .0
                .get(parameter.name)
                .ok_or_else(|| TaskError::MissingParameter {
                    operation: spec.name.to_owned(),
                    name: parameter.name.to_owned(),
                    summary: parameter.summary.to_owned(),
                })?;
            check_value(parameter.name, *value, parameter.kind)?;
        }
        if spec.name == THRESHOLD {
            let (lower, upper) = (self.real("low")?, self.real("high")?);
            if lower > upper {
                return Err(TaskError::ParameterOrder {
                    lower_name: "low",
                    lower,
                    upper_name: "high",
                    upper,
                });
            }
        }
        Ok(())
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<ParameterValue> {
        self.0.get(name).copied()
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ParameterValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// The blobs that parameters refer to, sorted by parameter name.
    pub fn matrices(&self) -> impl Iterator<Item = Digest> {
        self.0.values().filter_map(|value| {
            if let ParameterValue::Matrix(digest) | ParameterValue::Document(digest) = value {
                Some(*digest)
            } else {
                None
            }
        })
    }

    /// The model that these parameters name, for operations that have one.
    pub fn model(&self) -> Option<Digest> {
        self.0.values().find_map(|value| match value {
            ParameterValue::Model(digest) => Some(*digest),
            _ => None,
        })
    }

    /// The numeric class of the model on the machine that asked.
    pub fn class(&self) -> Option<Digest> {
        self.0.values().find_map(|value| match value {
            ParameterValue::Class(digest) => Some(*digest),
            _ => None,
        })
    }

    /// The same parameters with another whole number, which must be within its range.
    pub(crate) fn with_integer(&self, name: &str, value: i64) -> Self {
        let mut values = self.0.clone();
        values.insert(name.to_owned(), ParameterValue::Integer(value));
        Self(values)
    }

    /// A whole number by name, or an error that names it.
    pub fn integer(&self, name: &str) -> Result<i64, TaskError> {
        match self.get(name) {
            Some(ParameterValue::Integer(value)) => Ok(value),
            other => Err(wrong_kind(name, other, "a whole number")),
        }
    }

    /// A real number by name, or an error that names it.
    pub fn real(&self, name: &str) -> Result<f64, TaskError> {
        match self.get(name) {
            Some(ParameterValue::Real(value)) => Ok(value),
            other => Err(wrong_kind(name, other, "a real number")),
        }
    }

    /// The word chosen, or an error that names the parameter.
    pub fn choice(&self, name: &str) -> Result<&'static str, TaskError> {
        match self.get(name) {
            Some(ParameterValue::Choice(word)) => Ok(word.text()),
            other => Err(wrong_kind(name, other, "one of its words")),
        }
    }

    /// The address of a formula or a pipeline by name, or an error that names it.
    pub fn document(&self, name: &str) -> Result<Digest, TaskError> {
        match self.get(name) {
            Some(ParameterValue::Document(digest)) => Ok(digest),
            other => Err(wrong_kind(name, other, "a formula or a pipeline")),
        }
    }

    /// A matrix by name, or an error that names it.
    pub fn matrix(&self, name: &str) -> Result<Digest, TaskError> {
        match self.get(name) {
            Some(ParameterValue::Matrix(digest)) => Ok(digest),
            other => Err(wrong_kind(name, other, "a matrix")),
        }
    }
}

fn unknown(spec: &OperationSpec, name: &str) -> TaskError {
    TaskError::UnknownParameter {
        operation: spec.name.to_owned(),
        name: name.chars().take(80).collect(),
        known: spec
            .parameters
            .iter()
            .map(|parameter| parameter.name)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn wrong_kind(name: &str, value: Option<ParameterValue>, expected: &'static str) -> TaskError {
    let value = value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    TaskError::ParameterKind {
        name: name.to_owned(),
        value,
        expected,
    }
}

fn outside(
    name: &str,
    value: impl fmt::Display,
    min: impl fmt::Display,
    max: impl fmt::Display,
) -> TaskError {
    TaskError::ParameterRange {
        name: name.to_owned(),
        value: value.to_string(),
        min: min.to_string(),
        max: max.to_string(),
    }
}

fn not_a_word(name: &str, value: &str, words: &[&str]) -> TaskError {
    TaskError::NotAWord {
        name: name.to_owned(),
        value: value.to_owned(),
        words: words.join(", "),
    }
}

fn read(name: &str, text: &str, kind: ParameterKind) -> Result<ParameterValue, TaskError> {
    let shown: String = text.chars().take(80).collect();
    let wrong = |expected| TaskError::ParameterKind {
        name: name.to_owned(),
        value: shown.clone(),
        expected,
    };
    match kind {
        ParameterKind::Choice { words, .. } => words
            .iter()
            .find(|word| **word == text)
            .and_then(|word| Word::of(word))
            .map(ParameterValue::Choice)
            .ok_or_else(|| not_a_word(name, &shown, words)),
        ParameterKind::Formula | ParameterKind::Pipeline => text
            .parse::<Digest>()
            .map(ParameterValue::Document)
            .map_err(|_| wrong("the digest of a document, 64 hexadecimal digits")),
        ParameterKind::Integer { min, max, .. } => match text.parse::<i64>() {
            Ok(value) => Ok(ParameterValue::Integer(value)),
            // A whole number too long for 64 bits is out of range, not of another kind.
            Err(error)
                if matches!(
                    error.kind(),
                    std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow
                ) =>
            {
                Err(outside(name, &shown, min, max))
            }
            Err(_) => Err(wrong("a whole number")),
        },
        ParameterKind::Real { .. } => text
            .parse::<f64>()
            .map(ParameterValue::Real)
            .map_err(|_| wrong("a real number")),
        ParameterKind::Matrix => text
            .parse::<Digest>()
            .map(ParameterValue::Matrix)
            .map_err(|_| wrong("the digest of a matrix, 64 hexadecimal digits")),
        ParameterKind::Model => text
            .parse::<Digest>()
            .map(ParameterValue::Model)
            .map_err(|_| wrong("the digest of a model, 64 hexadecimal digits")),
        ParameterKind::Class => text
            .parse::<Digest>()
            .map(ParameterValue::Class)
            .map_err(|_| wrong("a numeric class, 64 hexadecimal digits")),
    }
}

fn check_value(name: &str, value: ParameterValue, kind: ParameterKind) -> Result<(), TaskError> {
    match (kind, value) {
        (ParameterKind::Integer { min, max, .. }, ParameterValue::Integer(value)) => {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err(outside(name, value, min, max))
            }
        }
        // NaN lies in no range, so it is refused here too.
        (ParameterKind::Real { min, max, .. }, ParameterValue::Real(value)) => {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err(outside(name, value, min, max))
            }
        }
        (ParameterKind::Choice { words, .. }, ParameterValue::Choice(word)) => {
            if words.contains(&word.text()) {
                Ok(())
            } else {
                Err(not_a_word(name, word.text(), words))
            }
        }
        (ParameterKind::Formula | ParameterKind::Pipeline, ParameterValue::Document(_))
        | (ParameterKind::Matrix, ParameterValue::Matrix(_))
        | (ParameterKind::Model, ParameterValue::Model(_))
        | (ParameterKind::Class, ParameterValue::Class(_)) => Ok(()),
        (ParameterKind::Integer { .. }, _) => Err(wrong_kind(name, Some(value), "a whole number")),
        (ParameterKind::Real { .. }, _) => Err(wrong_kind(name, Some(value), "a real number")),
        (ParameterKind::Matrix, _) => Err(wrong_kind(name, Some(value), "a matrix")),
        (ParameterKind::Model, _) => Err(wrong_kind(name, Some(value), "a model")),
        (ParameterKind::Choice { words, .. }, _) => {
            Err(not_a_word(name, &value.to_string(), words))
        }
        (ParameterKind::Formula, _) => Err(wrong_kind(name, Some(value), "a formula")),
        (ParameterKind::Pipeline, _) => Err(wrong_kind(name, Some(value), "a pipeline")),
        (ParameterKind::Class, _) => Err(wrong_kind(name, Some(value), "a numeric class")),
    }
}

/// A real number as its shortest exact text in JSON and as eight bytes elsewhere: JSON readers may round the last bit.
mod exact_real {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(value)
        } else {
            serializer.serialize_f64(*value)
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?
                .parse()
                .map_err(D::Error::custom)
        } else {
            f64::deserialize(deserializer)
        }
    }
}
