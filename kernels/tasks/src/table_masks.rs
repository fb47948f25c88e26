//! The operations that give masks, and the pipeline.

use crate::operation::{
    Halo, MASK_FORMULA, OperationSpec, OutputKind, PIPELINE, ParameterKind, ParameterSpec, Reach,
};
use crate::table::MODALITY_VALUE_MAX;
use crate::table_filters::{DIMENSIONS, FIRST, HALO, SLICES, UNIT, choice, filter, integer, real};

const ABOVE: ParameterSpec = real(
    "above",
    "Marked above",
    "modality units (HU for CT)",
    [-MODALITY_VALUE_MAX, MODALITY_VALUE_MAX, 0.5],
    "Voxels with a value greater than this make the mask; a mask itself has 0 and 1",
);

const fn mask(
    name: &'static str,
    label: &'static str,
    summary: &'static str,
    parameters: &'static [ParameterSpec],
    halo: Halo,
    cost_per_voxel: u64,
) -> OperationSpec {
    OperationSpec {
        output: OutputKind::Mask,
        ..filter(name, label, summary, parameters, halo, cost_per_voxel)
    }
}

pub(crate) const FILL_HOLES: OperationSpec = mask(
    "fill-holes",
    "Fill holes",
    "Marks what is enclosed by the mask in each slice, by 4 neighbours of the background",
    &[ABOVE, SLICES, HALO, FIRST],
    Halo::None,
    6,
);

pub(crate) const KEEP_LARGEST: OperationSpec = mask(
    "keep-largest",
    "Largest parts",
    "Keeps the largest connected parts of the mask in each slice, by 8 neighbours; of equal ones the first in row order",
    &[
        ABOVE,
        integer(
            "count",
            "Parts kept",
            "",
            [1, 1000, 1],
            "How many connected parts of each slice are kept",
        ),
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::None,
    6,
);

pub(crate) const MASK_FORMULA_SPEC: OperationSpec = mask(
    MASK_FORMULA,
    "Mask formula",
    "Combines masks by a formula: `image >= 300 and not dilate(image < -400, 2 mm)`; dilate, erode, open and close work in the volume",
    &[
        ParameterSpec {
            name: "formula",
            label: "Formula",
            unit: "",
            kind: ParameterKind::Formula,
            summary: "Comparisons of `image` with numbers, joined by and, or, xor, not, and by dilate, erode, open, close with a length in \
                      mm or a number of voxels",
        },
        SLICES,
        HALO,
        FIRST,
    ],
    Halo::Formula,
    20,
);

pub(crate) const MORPHOLOGY: OperationSpec = mask(
    "morphology",
    "Grow or shrink a mask",
    "Dilation, erosion, opening or closing by a ball; beyond the image nothing is marked, and a closing loses no voxel at the edges",
    &[
        ABOVE,
        choice(
            "shape",
            "What is done",
            &["dilate", "erode", "open", "close"],
            "Dilate grows, erode shrinks, open removes what is thinner than the ball, close fills what is narrower",
        ),
        real(
            "radius",
            "Radius",
            "mm or voxels",
            [0.0, 64.0, 2.0],
            "Radius of the ball, between centres of voxels",
        ),
        DIMENSIONS,
        UNIT,
        SLICES,
        HALO,
        FIRST,
    ],
    // An opening and a closing look twice.
    Halo::Length {
        name: "radius",
        times: 2.0,
    },
    20,
);

pub(crate) const OTSU: OperationSpec = mask(
    "otsu",
    "Automatic threshold (Otsu)",
    "Marks the brighter of the two classes of each slice that a histogram of 256 levels tells apart best; padding is not counted",
    &[SLICES, HALO, FIRST],
    Halo::None,
    4,
);

pub(crate) const PIPELINE_SPEC: OperationSpec = OperationSpec {
    name: PIPELINE,
    label: "Pipeline",
    summary: "Runs several operations one after another, slab by slab, so that nothing between them is kept; a TOML file has a [[step]] \
              with an operation and its parameters for each",
    version: 1,
    parameters: &[
        ParameterSpec {
            name: "steps",
            label: "Steps",
            unit: "",
            kind: ParameterKind::Pipeline,
            summary: "A TOML file of operations and their parameters",
        },
        SLICES,
        HALO,
        FIRST,
    ],
    exact: true,
    output: OutputKind::Steps,
    reach: Reach::Slab,
    halo: Halo::Steps,
    cost_per_voxel: 1000,
};
