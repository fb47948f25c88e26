//! `model.toml`: what a model is, what it takes, what it gives, and how that is checked.

use serde::{Deserialize, Serialize};

use crate::limits::{AXIS_MAX, LABELS_MAX, MANIFEST_BYTES_MAX, PATCH_VALUES_MAX, TEXT_CHARS_MAX};
use crate::{InferenceError, Intensity, Orientation};

/// A manifest that has been checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelManifest {
    /// Lower case letters, digits and hyphens.
    pub name: String,
    /// Such as `1.0.0`.
    pub version: String,
    /// In a line: what it shows.
    pub summary: String,
    /// Of the weights, as SPDX says it.
    pub licence: String,
    /// Where it comes from.
    pub source: String,
    /// For whom, for what, and for what not.
    pub intended_use: String,
    /// DICOM modalities that it was made for; empty for any.
    #[serde(default)]
    pub modalities: Vec<String>,
    /// What it takes.
    pub input: InputSpec,
    /// What it gives.
    pub output: OutputSpec,
    /// How its answer is checked.
    pub check: CheckSpec,
}

/// What a model takes. Axes are in the order of the graph: `[depth, rows, columns]` in 3-D, `[rows, columns]` in 2-D.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// 2 or 3.
    pub dimensions: usize,
    /// Distance of voxels along each axis, mm; absent where any will do.
    pub spacing_mm: Option<Vec<f64>>,
    /// Directions of the axes; absent where the images are taken as they lie.
    pub orientation: Option<Orientation>,
    /// How intensities are transformed.
    pub intensity: Intensity,
    /// Lengths of a patch; absent for a whole slice (2-D).
    pub patch: Option<Vec<usize>>,
    /// How far neighbouring patches overlap.
    pub overlap: Option<Vec<usize>>,
    /// A whole slice is filled up to a multiple of this.
    #[serde(default = "one")]
    pub multiple: usize,
}

/// What a model gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// Labels or an image.
    pub kind: OutputKindSpec,
    /// One for each channel of a labelmap, the background first.
    #[serde(default)]
    pub labels: Vec<LabelSpec>,
}

/// What the channels of the output mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKindSpec {
    /// The greatest channel is the label of a voxel.
    Labelmap,
    /// One channel in the input's own intensities.
    Image,
}

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSpec {
    /// In words.
    pub name: String,
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// Coding scheme and value, such as `SCT:12738006`.
    pub code: Option<String>,
}

/// The test case that travels with a model: raw little-endian f32, C order, one patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// Shape of the input, batch and channel included.
    pub input_shape: Vec<usize>,
    /// BLAKE3 of the input's bytes.
    pub input_digest: String,
    /// BLAKE3 of the expected output's bytes.
    pub output_digest: String,
    /// Largest absolute difference allowed.
    pub tolerance: f32,
    /// What made the expected output.
    pub reference: String,
}

fn one() -> usize {
    1
}

impl ModelManifest {
    /// Reads and checks the text of a manifest.
    pub fn parse(text: &str) -> Result<Self, InferenceError> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(InferenceError::manifest(format_args!(
                "{} bytes are more than the {MANIFEST_BYTES_MAX} allowed",
                text.len()
            )));
        }
        let manifest: Self = toml::from_str(text).map_err(InferenceError::manifest)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Whether every field is within its bounds and fits the others.
    pub fn check(&self) -> Result<(), InferenceError> {
        let refuse = |reason: String| Err(InferenceError::manifest(reason));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > 60 || !self.name.chars().all(plain) {
            return refuse(format!(
                "name `{}` is not up to 60 lower case letters, digits and hyphens",
                self.name.chars().take(80).collect::<String>()
            ));
        }
        let version = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if self.version.is_empty() || self.version.len() > 30 || !self.version.chars().all(version)
        {
            return refuse(format!(
                "version `{}` is not up to 30 letters, digits, dots and hyphens",
                self.version.chars().take(40).collect::<String>()
            ));
        }
        let texts = [
            &self.summary,
            &self.licence,
            &self.source,
            &self.intended_use,
        ];
        if texts
            .iter()
            .any(|text| text.is_empty() || text.chars().count() > TEXT_CHARS_MAX)
        {
            return refuse(format!(
                "summary, licence, source and intended_use need 1 to {TEXT_CHARS_MAX} characters each"
            ));
        }
        let modality = |name: &String| {
            (1..=16).contains(&name.len())
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        };
        if self.modalities.len() > 32 || !self.modalities.iter().all(modality) {
            return refuse("modalities are DICOM's short names, such as CT and MR".to_owned());
        }
        self.input.check()?;
        self.output.check()?;
        self.check.check()
    }

    /// `NAME@VERSION`.
    pub fn full_name(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

impl InputSpec {
    fn check(&self) -> Result<(), InferenceError> {
        let refuse = |reason: String| Err(InferenceError::manifest(reason));
        let axes = self.dimensions;
        if axes != 2 && axes != 3 {
            return refuse(format!("input.dimensions is {axes}, not 2 or 3"));
        }
        self.intensity.check()?;
        if let Some(spacing_mm) = &self.spacing_mm
            && (spacing_mm.len() != axes
                || !spacing_mm.iter().all(|mm| (0.01..=100.0).contains(mm)))
        {
            return refuse(format!(
                "input.spacing_mm {spacing_mm:?} is not {axes} lengths from 0.01 to 100 mm"
            ));
        }
        if axes == 2 && self.orientation.is_some() {
            return refuse("input.orientation is for 3-D models".to_owned());
        }
        if axes == 3 && self.patch.is_none() {
            return refuse("a 3-D model needs input.patch".to_owned());
        }
        if !(1..=1024).contains(&self.multiple) {
            return refuse(format!(
                "input.multiple is {}, not 1 to 1024",
                self.multiple
            ));
        }
        let within = |length: &usize| (1..=AXIS_MAX as usize).contains(length);
        if let Some(patch) = &self.patch
            && (patch.len() != axes
                || !patch.iter().all(within)
                || patch.iter().product::<usize>() > PATCH_VALUES_MAX)
        {
            return refuse(format!(
                "input.patch {patch:?} is not {axes} lengths of at most {PATCH_VALUES_MAX} values together"
            ));
        }
        if let Some(overlap) = &self.overlap {
            let patch = self.patch.as_deref().unwrap_or_default();
            let fits = overlap.len() == patch.len()
                && overlap
                    .iter()
                    .zip(patch)
                    .all(|(overlap, patch)| *overlap <= patch / 2);
            if !fits {
                return refuse(format!(
                    "input.overlap {overlap:?} is not at most half of input.patch {patch:?}"
                ));
            }
        }
        Ok(())
    }
}

impl OutputSpec {
    fn check(&self) -> Result<(), InferenceError> {
        let count = self.labels.len();
        match self.kind {
            OutputKindSpec::Labelmap if !(2..=LABELS_MAX).contains(&count) => {
                Err(InferenceError::manifest(format_args!(
                    "a labelmap has 2 to {LABELS_MAX} labels, the background included, not {count}"
                )))
            }
            OutputKindSpec::Image if count > 0 => {
                Err(InferenceError::manifest("an image has no labels"))
            }
            _ => match self
                .labels
                .iter()
                .find(|label| label.name.is_empty() || label.name.chars().count() > 80)
            {
                Some(label) => Err(InferenceError::manifest(format_args!(
                    "label name `{}` is not 1 to 80 characters",
                    label.name.chars().take(90).collect::<String>()
                ))),
                None => Ok(()),
            },
        }
    }

    /// Channels of the graph's output.
    pub fn channels(&self) -> usize {
        match self.kind {
            OutputKindSpec::Labelmap => self.labels.len(),
            OutputKindSpec::Image => 1,
        }
    }
}

impl CheckSpec {
    fn check(&self) -> Result<(), InferenceError> {
        let shape = &self.input_shape;
        let count = shape
            .iter()
            .try_fold(1_usize, |product, axis| product.checked_mul(*axis));
        if !(4..=5).contains(&shape.len())
            || !count.is_some_and(|count| (1..=PATCH_VALUES_MAX).contains(&count))
        {
            return Err(InferenceError::manifest(format_args!(
                "check.input_shape {shape:?} is no shape of an input"
            )));
        }
        if !(self.tolerance.is_finite() && (0.0..=1e6).contains(&self.tolerance)) {
            return Err(InferenceError::manifest(format_args!(
                "check.tolerance {} is no difference",
                self.tolerance
            )));
        }
        Ok(())
    }
}
