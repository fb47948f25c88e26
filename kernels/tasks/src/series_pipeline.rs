//! A pipeline that goes through a series once, slice by slice: what it keeps on the way are factors, components and their figures.
//!
//! Its steps are operations with their own names, parameters and checks, in the order in which a [`SeriesPass`] does them.

use std::collections::BTreeMap;

use kernel_algebra::{BinaryAlgebra, Neighbours, SeriesPass, SeriesPlan};
use ndarray::Array2;

use crate::canonical::malformed;
use crate::execute::refused;
use crate::model::filled_values;
use crate::operation::{SVD_COMPRESS, THRESHOLD};
use crate::pipeline::{in_step, read_step, read_text};
use crate::steps::lengths;
use crate::{Parameters, PixelBlock, TaskError};

/// The step that only such a pipeline has: it needs the whole series.
const COMPONENTS: &str = "components";
/// The steps there can be, in their order; each may be left out, but components need a threshold.
const ORDER: [&str; 5] = [
    "gaussian",
    SVD_COMPRESS,
    THRESHOLD,
    "morphology",
    COMPONENTS,
];

/// Smooth, keep factors, mark, open, join: what a series is put through, read from TOML.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPipeline {
    /// The steps by the names of their operations; without the components.
    steps: BTreeMap<&'static str, Parameters>,
    neighbours: Neighbours,
    /// Components with fewer voxels have a label and no figures.
    pub voxels_min: u64,
}

impl SeriesPipeline {
    /// Reads TOML: a `[[step]]` for each operation, as [`Pipeline::parse`](crate::Pipeline::parse) has them, in the order gaussian,
    /// svd-compress (whose factors are kept while the values go on), threshold, morphology (opening), components (with `neighbours` 6,
    /// 18 or 26 and `voxels_min`).
    ///
    /// # Errors
    /// Name the line, or the step, counted from 1, and the parameter.
    pub fn parse(text: &str) -> Result<Self, TaskError> {
        let mut pipeline = Self {
            steps: BTreeMap::new(),
            neighbours: Neighbours::TwentySix,
            voxels_min: 1,
        };
        let mut after = 0;
        let steps = read_text(text)?;
        if steps.is_empty() {
            return Err(stated("it has no [[step]]"));
        }
        for (at, fields) in steps.into_iter().enumerate() {
            let name = match fields.get("operation") {
                Some(toml::Value::String(name)) => name.clone(),
                _ => String::new(),
            };
            let place = ORDER.iter().position(|known| *known == name);
            let Some(place) = place.filter(|place| *place >= after) else {
                let order = ORDER.join(", ");
                let reason =
                    format!("the steps of a pass are {order}, once each and in this order");
                return Err(in_step(at, &name)(stated(&reason)));
            };
            after = place + 1;
            let read = match ORDER[place] {
                COMPONENTS => pipeline.read_components(fields),
                name => pipeline.read_operation(name, fields),
            };
            read.map_err(in_step(at, &name))?;
        }
        Ok(pipeline)
    }

    fn read_operation(
        &mut self,
        name: &'static str,
        fields: BTreeMap<String, toml::Value>,
    ) -> Result<(), TaskError> {
        let no_matrix = &mut |_: &str, _: &str| Err("no step of a pass has a matrix".to_owned());
        let parameters = read_step(name, fields, no_matrix)?.parameters;
        if name == "morphology" {
            let shape = parameters.choice("shape")?;
            if shape != "open" || parameters.choice("dimensions")? != "volume" {
                return Err(stated(
                    "a pass opens in the volume: write shape = \"open\" and dimensions = \"volume\"",
                ));
            }
            if !self.steps.contains_key(THRESHOLD) {
                return Err(stated("there is no threshold before it"));
            }
        }
        self.steps.insert(name, parameters);
        Ok(())
    }

    fn read_components(&mut self, fields: BTreeMap<String, toml::Value>) -> Result<(), TaskError> {
        if !self.steps.contains_key(THRESHOLD) {
            return Err(stated("there is no threshold before it"));
        }
        for (name, value) in fields {
            let whole = value.as_integer();
            let said = match whole {
                Some(whole) => whole.to_string(),
                None => format!("of type {}", value.type_str()),
            };
            match (name.as_str(), whole) {
                ("operation", _) => {}
                ("neighbours", Some(6)) => self.neighbours = Neighbours::Six,
                ("neighbours", Some(18)) => self.neighbours = Neighbours::Eighteen,
                ("neighbours", Some(26)) => self.neighbours = Neighbours::TwentySix,
                ("neighbours", _) => {
                    let reason = format!("neighbours is {said}; it must be 6, 18 or 26");
                    return Err(stated(&reason));
                }
                ("voxels_min", Some(voxels @ 1..)) => self.voxels_min = voxels.unsigned_abs(),
                ("voxels_min", _) => {
                    let reason = format!("voxels_min is {said}; it must be a whole number from 1");
                    return Err(stated(&reason));
                }
                _ => {
                    let name: String = name.chars().take(80).collect();
                    let reason = format!("components have no parameter {name}");
                    return Err(stated(&reason));
                }
            }
        }
        Ok(())
    }

    /// Begins a pass over slices like this one.
    ///
    /// # Errors
    /// A length in mm where the size of a voxel is not known; whatever the kernels refuse.
    pub fn begin(&self, like: &PixelBlock) -> Result<SeriesPass, TaskError> {
        let voxel_mm = like.voxel_mm;
        let step = |name: &str| self.steps.get(name);
        let sigma_voxels = match step("gaussian") {
            Some(parameters) => lengths(parameters, "sigma", voxel_mm)?,
            None => [0.0; 3],
        };
        let rank = match step(SVD_COMPRESS) {
            Some(parameters) => {
                let k = parameters.integer("k")?;
                Some(usize::try_from(k).map_err(|error| malformed("pipeline", error))?)
            }
            None => None,
        };
        let limits = match step(THRESHOLD) {
            Some(parameters) => Some((
                parameters.real("low")? as f32,
                parameters.real("high")? as f32,
            )),
            None => None,
        };
        let opening = match step("morphology") {
            Some(parameters) => {
                let spacing = match (parameters.choice("unit")?, voxel_mm) {
                    ("voxels", _) => [1.0; 3],
                    (_, Some(voxel_mm)) => voxel_mm,
                    (_, None) => {
                        let name = "radius".to_owned();
                        return Err(TaskError::NoVoxelSize { name });
                    }
                };
                Some((parameters.real("radius")?, spacing))
            }
            None => None,
        };
        let plan = SeriesPlan {
            sigma_voxels,
            rank,
            limits,
            opening,
            neighbours: self.neighbours,
        };
        let shape = [like.rows as usize, like.columns as usize];
        SeriesPass::new(BinaryAlgebra::new(), plan, shape).map_err(refused("series pass"))
    }
}

/// The modality values of a slice `[rows, columns]`, padding being the least of the others, as the first step of a pipeline reads them.
///
/// # Errors
/// As [`PixelBlock::modality_values`].
pub fn slice_values(block: &PixelBlock) -> Result<Array2<f32>, TaskError> {
    let shape = (block.rows as usize, block.columns as usize);
    Array2::from_shape_vec(shape, filled_values(block)?).map_err(|error| malformed("slice", error))
}

fn stated(reason: &str) -> TaskError {
    TaskError::Pipeline {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
title = "Bones"
[[step]]
operation = "gaussian"
sigma = 1.0
unit = "voxels"
dimensions = "volume"
[[step]]
operation = "svd-compress"
k = 4
[[step]]
operation = "threshold"
low = 300
[[step]]
operation = "morphology"
shape = "open"
radius = 1
unit = "voxels"
dimensions = "volume"
[[step]]
operation = "components"
neighbours = 18
voxels_min = 50
"#;

    #[test]
    fn the_steps_of_a_pass_are_read_with_their_own_checks() {
        let pipeline = SeriesPipeline::parse(WHOLE).expect("a pipeline");
        assert_eq!(pipeline.voxels_min, 50);
        assert_eq!(pipeline.neighbours, Neighbours::Eighteen);
        assert_eq!(pipeline.steps.len(), 4);
    }

    #[test]
    fn what_a_pass_cannot_do_is_named_with_its_step() {
        let error = |from: &str, to: &str| {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE);
            SeriesPipeline::parse(&text)
                .expect_err("refused")
                .to_string()
        };
        assert!(error("\"gaussian\"", "\"median\"").contains("in this order"));
        assert!(error("\"components\"", "\"threshold\"").contains("in this order"));
        assert!(error("\"open\"", "\"close\"").contains("opens in the volume"));
        assert!(error("neighbours = 18", "neighbours = 7").contains("6, 18 or 26"));
        assert!(error("voxels_min = 50", "voxels_min = 0").contains("voxels_min"));
        assert!(error("k = 4", "k = 0").contains("Step 2"));
        assert!(error("sigma = 1.0", "sigma = 1000").contains("sigma"));
        let none = SeriesPipeline::parse("title = \"nothing\"").expect_err("refused");
        assert!(none.to_string().contains("[[step]]"));
        let marks = "[[step]]\noperation = \"components\"\n";
        let early = SeriesPipeline::parse(marks).expect_err("refused");
        assert!(early.to_string().contains("no threshold"));
    }
}
