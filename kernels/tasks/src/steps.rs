//! What each operation does to a stack of slices: the one place where names meet kernels.

use kernel_algebra::{
    AlgebraError, BinaryAlgebra, BitMask, Border, Dimensions, Extension, FormulaSource, Neighbours,
};
use ndarray::{Array3, Zip, s};

use crate::canonical::malformed;
use crate::execute::{fetch, refused, svd_compress, transform_matrix};
use crate::halo::{halo_slices, in_voxels};
use crate::operation::{MASK_FORMULA, PIPELINE, SVD_COMPRESS, THRESHOLD, TRANSFORM_MATRIX};
use crate::pipeline::{IMAGE, in_step, read_formula};
use crate::stack::{Content, Stack};
use crate::{Blobs, MatrixBlock, Parameters, Pipeline, Task, TaskError, TaskOutput, operation};

/// Beyond its edges an image is mirrored, the edge repeated.
const EXTENSION: Extension = Extension::Reflect;
/// Levels of Otsu's histogram.
const OTSU_BINS: usize = 256;

/// Computes a task that reads a slab: reads, works, cuts off the halo.
pub(crate) fn on_slab(
    task: &Task,
    blobs: &dyn Blobs,
    stop: &dyn Fn() -> Result<(), TaskError>,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let range = task.result_slices()?;
    let parameters = &task.parameters;
    let halo = usize::try_from(parameters.integer("halo")?).unwrap_or(0);
    if task.operation != PIPELINE {
        let stack = Stack::read(&task.inputs, true, blobs, stop)?;
        check_halo(task, halo, &stack, blobs)?;
        stop()?;
        let done = apply(&task.operation, parameters, stack, blobs, cancelled)?;
        return done.cut(range)?.output();
    }
    let pipeline = Pipeline::decode(&fetch(blobs, &parameters.document("steps")?)?)?;
    let exact_values = |name: &str| [SVD_COMPRESS, TRANSFORM_MATRIX, THRESHOLD].contains(&name);
    let filled = pipeline
        .steps
        .first()
        .is_some_and(|step| !exact_values(&step.operation));
    let mut stack = Stack::read(&task.inputs, filled, blobs, stop)?;
    check_halo(task, halo, &stack, blobs)?;
    let (mut above, mut below) = (range.start, task.inputs.len() - range.end);
    let mut rest = halo;
    for (at, step) in pipeline.steps.iter().enumerate() {
        stop()?;
        let named = in_step(at, &step.operation);
        let spec = operation(&step.operation)?;
        let slice_mm = stack.voxel_mm.map(|[slice, ..]| slice);
        let own = halo_slices(spec, &step.parameters, slice_mm, step).map_err(&named)?;
        stack = apply(&step.operation, &step.parameters, stack, step, cancelled).map_err(&named)?;
        // What later steps do not read is dropped at once. At the ends of the series there is less than a halo, and all of it is right.
        rest = rest.saturating_sub(own);
        let (keep_above, keep_below) = (above.min(rest), below.min(rest));
        let slices = stack.slices();
        stack = stack.cut(above - keep_above..slices - (below - keep_below))?;
        (above, below) = (keep_above, keep_below);
    }
    let slices = stack.slices();
    stack.cut(above..slices - below)?.output()
}

fn check_halo(task: &Task, halo: usize, stack: &Stack, blobs: &dyn Blobs) -> Result<(), TaskError> {
    let slice_mm = stack.voxel_mm.map(|[slice, ..]| slice);
    let needed = halo_slices(
        operation(&task.operation)?,
        &task.parameters,
        slice_mm,
        blobs,
    )?;
    if halo < needed {
        return Err(TaskError::HaloTooSmall {
            operation: task.operation.clone(),
            halo,
            needed,
        });
    }
    Ok(())
}

/// One operation over all slices of a stack.
fn apply(
    name: &str,
    parameters: &Parameters,
    stack: Stack,
    blobs: &dyn Blobs,
    cancelled: &dyn Fn() -> bool,
) -> Result<Stack, TaskError> {
    let algebra = BinaryAlgebra::new();
    let voxel_mm = stack.voxel_mm;
    let refuse = refused(name);
    let filtered = |values: Result<Array3<f32>, AlgebraError>| {
        Ok::<_, TaskError>(Content::Image(values.map_err(&refuse)?))
    };
    let content = match name {
        SVD_COMPRESS | TRANSFORM_MATRIX => {
            let weights = match name {
                TRANSFORM_MATRIX => Some(MatrixBlock::decode(&fetch(
                    blobs,
                    &parameters.matrix("weights")?,
                )?)?),
                _ => None,
            };
            let mut one = |values| {
                let output = match &weights {
                    Some(weights) => transform_matrix(&values, weights, &|| Ok(()))?,
                    None => svd_compress(&values, parameters, cancelled)?,
                };
                output.image()
            };
            Content::Image(Stack::map_slices(&stack.image(), &mut one)?)
        }
        THRESHOLD => {
            let (low, high) = (parameters.real("low")?, parameters.real("high")?);
            let padded = stack.padded.clone();
            let mask = BitMask::threshold(stack.image().view(), low as f32, high as f32)
                .map_err(&refuse)?;
            Content::Mask(match padded {
                Some(padded) => mask.andnot(&padded).map_err(&refuse)?,
                None => mask,
            })
        }
        "gaussian" | "unsharp" => {
            let sigma = lengths(parameters, "sigma", voxel_mm)?;
            let values = stack.image();
            filtered(match name {
                "unsharp" => {
                    let amount = parameters.real("amount")? as f32;
                    algebra.unsharp(values.view(), sigma, amount, EXTENSION)
                }
                _ => algebra.gaussian(values.view(), sigma, EXTENSION),
            })?
        }
        "bilateral" => {
            let sigma = lengths(parameters, "sigma", voxel_mm)?;
            let sigma_value = parameters.real("sigma_value")?;
            filtered(algebra.bilateral(stack.image().view(), sigma, sigma_value, EXTENSION))?
        }
        "mean" | "median" => {
            let radius = lengths(parameters, "radius", voxel_mm)?.map(|voxels| voxels.round());
            let radius = radius.map(|voxels| voxels as usize);
            let values = stack.image();
            filtered(match name {
                "mean" => algebra.mean(values.view(), radius, EXTENSION),
                _ => algebra.median(values.view(), radius, EXTENSION),
            })?
        }
        "sobel" => {
            let dimensions = dimensions(parameters)?;
            filtered(algebra.sobel_magnitude(stack.image().view(), dimensions, EXTENSION))?
        }
        "laplacian" => {
            let dimensions = dimensions(parameters)?;
            filtered(algebra.laplacian(stack.image().view(), dimensions, EXTENSION))?
        }
        "clahe" => {
            let tiles = usize::try_from(parameters.integer("tiles")?).unwrap_or(0);
            filtered(algebra.clahe(stack.image().view(), tiles, parameters.real("limit")?))?
        }
        "mp-pca" => {
            let whole = |name| parameters.integer(name).map(|value| value as usize);
            let (voxels, slices) = (whole("radius_voxels")?, whole("radius_slices")?);
            filtered(algebra.mp_pca_slices(stack.image().view(), voxels, slices))?
        }
        "window" => Content::Image(window(
            stack.image(),
            parameters.real("center")?,
            parameters.real("width")?,
        )),
        "otsu" => Content::Mask(otsu(algebra, stack)?),
        "morphology" => {
            let mask = stack.mask_above(parameters.real("above")?, name)?;
            let changed = morphology(&mask, parameters, voxel_mm)?;
            Content::Mask(changed.map_err(&refuse)?)
        }
        "fill-holes" | "keep-largest" => {
            let mask = stack.mask_above(parameters.real("above")?, name)?;
            let count = match name {
                "keep-largest" => Some(parameters.integer("count")? as usize),
                _ => None,
            };
            Content::Mask(
                by_slice(&mask, |slice| match count {
                    Some(count) => slice.components(Neighbours::Eight)?.largest(count),
                    None => slice.fill_holes(Neighbours::Four),
                })
                .map_err(&refuse)?,
            )
        }
        MASK_FORMULA => {
            let formula = read_formula(&fetch(blobs, &parameters.document("formula")?)?)?;
            let values = stack.image();
            let sources = [(IMAGE, FormulaSource::Image(values.view()))];
            let mask = formula.evaluate(&sources, voxel_mm).map_err(&refuse)?;
            Content::Mask(mask)
        }
        // The description is in the table, so a name that comes here was added there and not here.
        other => {
            return Err(malformed(
                "task",
                format_args!("operation {other} has no kernel"),
            ));
        }
    };
    if cancelled() {
        return Err(TaskError::Cancelled);
    }
    Ok(Stack {
        content,
        voxel_mm,
        padded: None,
    })
}

fn dimensions(parameters: &Parameters) -> Result<Dimensions, TaskError> {
    Ok(match parameters.choice("dimensions")? {
        "volume" => Dimensions::Volume,
        _ => Dimensions::Plane,
    })
}

/// A length in voxels along slices, rows and columns; 0 along slices where they are taken by themselves.
pub(crate) fn lengths(
    parameters: &Parameters,
    name: &str,
    voxel_mm: Option<[f64; 3]>,
) -> Result<[f64; 3], TaskError> {
    let axis = |axis: usize| in_voxels(parameters, name, voxel_mm.map(|voxel_mm| voxel_mm[axis]));
    let along_slices = match dimensions(parameters)? {
        Dimensions::Volume => axis(0)?,
        Dimensions::Plane => 0.0,
    };
    Ok([along_slices, axis(1)?, axis(2)?])
}

/// 0 to 255 between the edges of the window, in f64 and rounded once.
fn window(mut values: Array3<f32>, center: f64, width: f64) -> Array3<f32> {
    values.par_mapv_inplace(|value| {
        let place = (f64::from(value) - (center - width / 2.0)) / width;
        (place.clamp(0.0, 1.0) * 255.0) as f32
    });
    values
}

fn otsu(algebra: BinaryAlgebra, stack: Stack) -> Result<BitMask, TaskError> {
    let padded = stack.padded.clone();
    let mut values = stack.image();
    for slice in 0..values.dim().0 {
        let mut image = values.slice_mut(s![slice..=slice, .., ..]);
        let limit = algebra
            .otsu(image.view(), OTSU_BINS)
            .map_err(refused("otsu"))?;
        Zip::from(&mut image).for_each(|value| *value = f32::from(u8::from(*value > limit)));
    }
    let mask = BitMask::threshold(values.view(), 1.0, 1.0).map_err(refused("otsu"))?;
    match padded {
        Some(padded) => mask.andnot(&padded).map_err(refused("otsu")),
        None => Ok(mask),
    }
}

fn morphology(
    mask: &BitMask,
    parameters: &Parameters,
    voxel_mm: Option<[f64; 3]>,
) -> Result<Result<BitMask, AlgebraError>, TaskError> {
    let radius = parameters.real("radius")?;
    let spacing = match (parameters.choice("unit")?, voxel_mm) {
        ("voxels", _) => [1.0; 3],
        (_, Some(voxel_mm)) => voxel_mm,
        (_, None) => {
            return Err(TaskError::NoVoxelSize {
                name: "radius".to_owned(),
            });
        }
    };
    let shape = parameters.choice("shape")?;
    let change = |mask: &BitMask| match shape {
        "dilate" => mask.dilate_mm(radius, spacing),
        "erode" => mask.erode_mm(radius, spacing, Border::Empty),
        "open" => mask.open_mm(radius, spacing, Border::Empty),
        _ => mask.close_mm(radius, spacing),
    };
    Ok(match dimensions(parameters)? {
        Dimensions::Volume => change(mask),
        Dimensions::Plane => by_slice(mask, change),
    })
}

/// Each slice of a mask by itself.
fn by_slice(
    mask: &BitMask,
    one: impl Fn(&BitMask) -> Result<BitMask, AlgebraError>,
) -> Result<BitMask, AlgebraError> {
    let [_, rows, columns] = mask.shape();
    let plane = rows * mask.row_words();
    let mut words = Vec::with_capacity(mask.words().len());
    for slice in mask.words().chunks(plane.max(1)) {
        let slice = BitMask::from_words([1, rows, columns], slice.to_vec())?;
        words.extend_from_slice(one(&slice)?.words());
    }
    BitMask::from_words(mask.shape(), words)
}
