//! The filters among the operations: over each slice, or over the volume by slabs.

use crate::operation::{Halo, OperationSpec, OutputKind, ParameterKind, ParameterSpec, Reach};
use crate::table::MODALITY_VALUE_MAX;

/// Most slices that a task's result is for, where it reads a slab.
pub(crate) const SLAB_SLICES_MAX: i64 = 64;
/// Most slices that a task reads on either side of its result.
pub(crate) const HALO_SLICES_MAX: i64 = 96;

pub(crate) const fn real(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    [min, max, default]: [f64; 3],
    summary: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        label,
        unit,
        kind: ParameterKind::Real { min, max, default },
        summary,
    }
}

pub(crate) const fn integer(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    [min, max, default]: [i64; 3],
    summary: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        label,
        unit,
        kind: ParameterKind::Integer { min, max, default },
        summary,
    }
}

pub(crate) const fn choice(
    name: &'static str,
    label: &'static str,
    words: &'static [&'static str],
    summary: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        label,
        unit: "",
        kind: ParameterKind::Choice {
            words,
            default: words[0],
        },
        summary,
    }
}

/// Whether slices are taken by themselves.
pub(crate) const DIMENSIONS: ParameterSpec = choice(
    "dimensions",
    "Works on",
    &["slices", "volume"],
    "Each slice by itself, or the volume that the slices make",
);
/// The unit of lengths.
pub(crate) const UNIT: ParameterSpec = choice(
    "unit",
    "Unit of lengths",
    &["mm", "voxels"],
    "Millimetres need a known voxel size; voxels do not",
);
pub(crate) const SLICES: ParameterSpec = integer(
    "slices",
    "Slices a task",
    "slices",
    [1, SLAB_SLICES_MAX, 16],
    "How many neighbouring slices one task computes; fewer share better and read more twice",
);
pub(crate) const HALO: ParameterSpec = integer(
    "halo",
    "Slices beyond",
    "slices",
    [0, HALO_SLICES_MAX, 0],
    "How many slices on either side of its result a task reads; filled in from the lengths and the distance of the slices",
);
pub(crate) const FIRST: ParameterSpec = integer(
    "first",
    "First slice",
    "",
    [0, HALO_SLICES_MAX, 0],
    "Which of the slices that a task reads its result begins with, counted from 0; each task of a job has its own",
);

const fn sigma(default: f64) -> ParameterSpec {
    real(
        "sigma",
        "Standard deviation",
        "mm or voxels",
        [0.0, 64.0, default],
        "How wide the smoothing is; weights reach to four standard deviations",
    )
}

const RADIUS: ParameterSpec = real(
    "radius",
    "Radius",
    "mm or voxels",
    [0.0, 64.0, 1.0],
    "How far the box around a voxel reaches to either side, rounded to whole voxels along each axis",
);

/// How many slices a Gaussian reads for each standard deviation.
const GAUSSIAN_REACH: f64 = 4.0;

/// An exact operation on slabs that gives an image.
pub(crate) const fn filter(
    name: &'static str,
    label: &'static str,
    summary: &'static str,
    parameters: &'static [ParameterSpec],
    halo: Halo,
    cost_per_voxel: u64,
) -> OperationSpec {
    OperationSpec {
        name,
        label,
        summary,
        version: 1,
        parameters,
        exact: true,
        output: OutputKind::Image,
        reach: Reach::Slab,
        halo,
        cost_per_voxel,
    }
}

pub(crate) const BILATERAL: OperationSpec = filter(
    "bilateral",
    "Bilateral filter",
    "Smooths noise and keeps edges: neighbours count by their distance and by how alike their value is; the image is mirrored at its edges",
    &[
        sigma(1.0),
        real(
            "sigma_value",
            "Alike within",
            "modality units (HU for CT)",
            [1e-6, MODALITY_VALUE_MAX, 50.0],
            "The difference of values at which a neighbour's weight has fallen to 61 %",
        ),
        DIMENSIONS,
        UNIT,
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::Length {
        name: "sigma",
        times: 2.0,
    },
    400,
);

pub(crate) const CLAHE: OperationSpec = filter(
    "clahe",
    "Local contrast",
    "Spreads the grey levels of each part of a slice, with a limit on how much contrast and noise grow (CLAHE); values keep the \
     range of the slice",
    &[
        integer(
            "tiles",
            "Parts a side",
            "",
            [1, 64, 8],
            "Into how many parts rows and columns are divided",
        ),
        real(
            "limit",
            "Contrast limit",
            "times the mean",
            [1.0, 1000.0, 3.0],
            "How much more often than the mean a grey level may count; 1 changes little",
        ),
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::None,
    30,
);

pub(crate) const GAUSSIAN: OperationSpec = filter(
    "gaussian",
    "Gaussian filter",
    "Smooths by a bell curve; the image is mirrored at its edges, and padding counts as the least value of its slice",
    &[sigma(1.0), DIMENSIONS, UNIT, SLICES, HALO, FIRST],
    Halo::Length {
        name: "sigma",
        times: GAUSSIAN_REACH,
    },
    30,
);

pub(crate) const LAPLACIAN: OperationSpec = filter(
    "laplacian",
    "Laplacian",
    "The sum of second differences, which is large where values bend: edges and spots; mirrored at the edges",
    &[DIMENSIONS, SLICES, HALO, FIRST],
    Halo::Voxels(1),
    12,
);

pub(crate) const MEAN: OperationSpec = filter(
    "mean",
    "Mean filter",
    "The mean of a box around each voxel; the image is mirrored at its edges",
    &[RADIUS, DIMENSIONS, UNIT, SLICES, HALO, FIRST],
    Halo::Length {
        name: "radius",
        times: 1.0,
    },
    20,
);

pub(crate) const MEDIAN: OperationSpec = filter(
    "median",
    "Median filter",
    "The median of a box around each voxel, at most 343 voxels, which removes single outliers and keeps edges; mirrored at the edges",
    &[RADIUS, DIMENSIONS, UNIT, SLICES, HALO, FIRST],
    Halo::Length {
        name: "radius",
        times: 1.0,
    },
    300,
);

pub(crate) const MP_PCA: OperationSpec = filter(
    "mp-pca",
    "Noise removal by principal components",
    "Removes what neighbouring slices do not have in common: around each voxel, components within the Marchenko-Pastur range of pure \
     noise are dropped (Veraart 2016)",
    &[
        integer(
            "radius_voxels",
            "Radius in the slice",
            "voxels",
            [1, 4, 2],
            "How far the patch around a voxel reaches in its slice",
        ),
        integer(
            "radius_slices",
            "Neighbouring slices",
            "slices",
            [1, 8, 3],
            "How many slices on either side the patch has",
        ),
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::Length {
        name: "radius_slices",
        times: 1.0,
    },
    20_000,
);

pub(crate) const SOBEL: OperationSpec = filter(
    "sobel",
    "Edges (Sobel)",
    "The length of the gradient after Sobel, not normalised; the image is mirrored at its edges",
    &[DIMENSIONS, SLICES, HALO, FIRST],
    Halo::Voxels(1),
    40,
);

pub(crate) const UNSHARP: OperationSpec = filter(
    "unsharp",
    "Sharpen (unsharp mask)",
    "Adds what a Gaussian filter takes away, which makes edges steeper and noise stronger; mirrored at the edges",
    &[
        sigma(1.0),
        real(
            "amount",
            "Amount",
            "",
            [-10.0, 10.0, 1.0],
            "How much of the difference is added",
        ),
        DIMENSIONS,
        UNIT,
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::Length {
        name: "sigma",
        times: GAUSSIAN_REACH,
    },
    34,
);

pub(crate) const WINDOW: OperationSpec = filter(
    "window",
    "Window",
    "Values between the window's edges become 0 to 255, values beyond them 0 or 255, without rounding to grey levels",
    &[
        real(
            "center",
            "Center",
            "modality units (HU for CT)",
            [-MODALITY_VALUE_MAX, MODALITY_VALUE_MAX, 40.0],
            "The value in the middle of the greys",
        ),
        real(
            "width",
            "Width",
            "modality units (HU for CT)",
            [1e-6, MODALITY_VALUE_MAX, 400.0],
            "How many units the greys span",
        ),
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::None,
    4,
);
