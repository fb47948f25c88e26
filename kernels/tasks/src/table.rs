//! The table of operations: the dense ones and the models here, filters and masks in files of their own.

use crate::TASK_INPUTS_MAX;
use crate::operation::{
    Halo, MODEL_SLICE, MODEL_VOLUME, OperationSpec, OutputKind, ParameterKind, ParameterSpec,
    Reach, SVD_COMPRESS, THRESHOLD, TRANSFORM_MATRIX,
};
use crate::table_filters as filters;
use crate::table_masks as masks;

/// Modality values beyond this are no measurement: it bounds what a threshold may be set to.
pub(crate) const MODALITY_VALUE_MAX: f64 = 1e9;

const MODEL: ParameterSpec = ParameterSpec {
    name: "model",
    label: "Model",
    unit: "",
    kind: ParameterKind::Model,
    summary: "The name of a model that was added, such as denoise or denoise@1.0.0",
};

const CLASS: ParameterSpec = ParameterSpec {
    name: "class",
    label: "Numeric class",
    unit: "",
    kind: ParameterKind::Class,
    summary: "The digest of this machine's answer to the model's test case; machines of another class take no part in a strict job",
};

/// Every operation, sorted by name.
pub(crate) static OPERATIONS: [OperationSpec; 21] = [
    filters::BILATERAL,
    filters::CLAHE,
    masks::FILL_HOLES,
    filters::GAUSSIAN,
    masks::KEEP_LARGEST,
    filters::LAPLACIAN,
    masks::MASK_FORMULA_SPEC,
    filters::MEAN,
    filters::MEDIAN,
    OperationSpec {
        name: MODEL_SLICE,
        label: "Model on slices",
        summary: "Runs a 2-D model over each slice by itself; the result is an image, or labels with their number of pixels and, \
                  where the voxel size is known, their volume",
        version: 1,
        parameters: &[MODEL, CLASS],
        exact: false,
        output: OutputKind::Model,
        reach: Reach::Slice,
        halo: Halo::None,
        cost_per_voxel: 30_000,
    },
    OperationSpec {
        name: MODEL_VOLUME,
        label: "Model on the series",
        summary: "Runs a 3-D model over the whole series in overlapping patches, at the model's own spacing and orientation; the \
                  result is labels on the slices of the series, with their number of voxels and, where the voxel size is known, their volume",
        version: 1,
        parameters: &[
            MODEL,
            CLASS,
            ParameterSpec {
                name: "orientation",
                label: "Orientation",
                unit: "",
                kind: ParameterKind::Integer {
                    min: 0,
                    max: 216,
                    default: 0,
                },
                summary: "How the series lies in the patient, as a number; filled in from its slices, 0 where they do not say",
            },
            ParameterSpec {
                name: "slices",
                label: "Slices a task",
                unit: "slices",
                kind: ParameterKind::Integer {
                    min: 1,
                    max: TASK_INPUTS_MAX as i64,
                    default: 64,
                },
                summary: "How many neighbouring slices of the result one task computes; fewer share better and compute more overlap",
            },
            ParameterSpec {
                name: "first",
                label: "First slice",
                unit: "",
                kind: ParameterKind::Integer {
                    min: 0,
                    max: TASK_INPUTS_MAX as i64,
                    default: 0,
                },
                summary: "The first slice of a task's result, counted from 0; each task of a job has its own",
            },
        ],
        exact: false,
        output: OutputKind::Model,
        reach: Reach::Series,
        halo: Halo::None,
        cost_per_voxel: 30_000,
    },
    masks::MORPHOLOGY,
    filters::MP_PCA,
    masks::OTSU,
    masks::PIPELINE_SPEC,
    filters::SOBEL,
    OperationSpec {
        name: SVD_COMPRESS,
        label: "Low-rank compression",
        summary: "Keeps the k strongest patterns of each slice, which needs less memory and removes fine noise; \
                  the error against the original is stated with every result",
        version: 2,
        parameters: &[ParameterSpec {
            name: "k",
            label: "Singular values kept",
            unit: "",
            kind: ParameterKind::Integer {
                min: 1,
                max: 4096,
                default: 32,
            },
            summary: "How many patterns are kept; more is closer to the original, at most the smaller side of the slice",
        }],
        exact: true,
        output: OutputKind::LowRank,
        reach: Reach::Slice,
        halo: Halo::None,
        cost_per_voxel: 400,
    },
    OperationSpec {
        name: THRESHOLD,
        label: "Threshold mask",
        summary: "Marks every pixel between two values, both included, and gives their number and, where the voxel size is known, \
                  their volume; padding is never marked",
        version: 1,
        parameters: &[
            ParameterSpec {
                name: "low",
                label: "Lowest value",
                unit: "modality units (HU for CT)",
                kind: ParameterKind::Real {
                    min: -MODALITY_VALUE_MAX,
                    max: MODALITY_VALUE_MAX,
                    default: 300.0,
                },
                summary: "The least value that is marked, after the modality lookup table",
            },
            ParameterSpec {
                name: "high",
                label: "Highest value",
                unit: "modality units (HU for CT)",
                kind: ParameterKind::Real {
                    min: -MODALITY_VALUE_MAX,
                    max: MODALITY_VALUE_MAX,
                    default: 3000.0,
                },
                summary: "The greatest value that is marked, after the modality lookup table",
            },
        ],
        exact: true,
        output: OutputKind::Mask,
        reach: Reach::Slice,
        halo: Halo::None,
        cost_per_voxel: 2,
    },
    OperationSpec {
        name: TRANSFORM_MATRIX,
        label: "Matrix transform",
        summary: "Multiplies every row of each slice by a matrix of weights, such as a filter or a change of basis",
        version: 1,
        parameters: &[ParameterSpec {
            name: "weights",
            label: "Weights",
            unit: "",
            kind: ParameterKind::Matrix,
            summary: "A matrix of [p, columns] real numbers, with as many columns as the slice; the result has p columns",
        }],
        exact: true,
        output: OutputKind::Image,
        reach: Reach::Slice,
        halo: Halo::None,
        cost_per_voxel: 512,
    },
    filters::UNSHARP,
    filters::WINDOW,
];
