//! The attributes of one frame out of the header's layers.

use std::sync::Arc;

use dicom_dictionary_std::tags;
use kernel_imaging::{FrameAttributes, Instance, ModalityLut, RealWorldMapping, VoiLut};

use crate::cine::FrameTimes;
use crate::colours::Colours;
use crate::dataset::Dataset;
use crate::geometry;
use crate::layers::Layers;
use crate::overlays::Overlays;
use crate::problems::Problems;
use crate::shutters::shutters;
use crate::suv::suv_factor;
use crate::tables::{has_table, lookup_table};
use crate::voi;

/// Attributes of every frame; frames that are alike share one allocation.
pub(crate) fn all_frames(
    root: Dataset<'_>,
    instance: &Instance,
    frames: usize,
    problems: &mut Problems,
) -> Vec<Arc<FrameAttributes>> {
    let shared = root.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let per_frame = root.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    if !per_frame.is_empty() && per_frame.len() != frames {
        problems.add(format!(
            "The file describes {} frames but holds {frames}",
            per_frame.len()
        ));
    }
    let colours = Colours::read(&root, instance, problems);
    let overlays = Overlays::read(&root, [instance.rows, instance.columns], problems);
    let times = FrameTimes::read(&root);
    let mut all: Vec<Arc<FrameAttributes>> = Vec::with_capacity(frames);
    for index in 0..frames {
        let layers = Layers {
            root,
            shared,
            frame: per_frame.get(index).copied(),
        };
        let mut attributes = one_frame(&layers, instance, index, frames, problems);
        attributes.palette.clone_from(&colours.palette);
        attributes
            .supplemental_palette
            .clone_from(&colours.supplemental);
        attributes.colour_profile.clone_from(&colours.profile);
        attributes.overlays = overlays.of_frame(index);
        attributes.frame_time_ms = times.of_frame(index);
        match all.last() {
            Some(last) if **last == attributes => {
                let same = Arc::clone(last);
                all.push(same);
            }
            _ => all.push(Arc::new(attributes)),
        }
    }
    all
}

fn one_frame(
    layers: &Layers<'_>,
    instance: &Instance,
    index: usize,
    frames: usize,
    problems: &mut Problems,
) -> FrameAttributes {
    let root = &layers.root;
    let modality = instance.modality.as_str();
    let (spacing_mm, _) = geometry::spacing(layers, modality, false);
    let plane = geometry::plane(layers, index, frames, spacing_mm);
    let (spacing_mm, mut calibration) = geometry::spacing(layers, modality, plane.is_some());
    let regions = geometry::ultrasound_regions(root);
    if !regions.is_empty() && plane.is_none() {
        calibration = kernel_imaging::SpacingCalibration::Region;
    }
    let modality_lut = modality_lut(layers, problems);
    let measures = layers.group_or_root(tags::PIXEL_MEASURES_SEQUENCE, tags::SLICE_THICKNESS);
    let content = layers.group(tags::FRAME_CONTENT_SEQUENCE);
    let from_content = |tag| content.as_ref().and_then(|item| item.integer(tag));
    let segment = layers
        .group(tags::SEGMENT_IDENTIFICATION_SEQUENCE)
        .and_then(|item| item.integer(tags::REFERENCED_SEGMENT_NUMBER));
    let stack_id = content
        .as_ref()
        .map(|item| item.code(tags::STACK_ID))
        .unwrap_or_default();
    FrameAttributes {
        spacing_mm,
        calibration,
        regions,
        pixel_aspect: pixel_aspect(root),
        bits_stored: instance.bits_stored,
        rescale_unit: rescale_unit(layers, modality, &modality_lut),
        real_world: real_world(layers, instance),
        suv_factor: if modality == "PT" {
            suv_factor(root)
        } else {
            None
        },
        voi: voi(layers, instance, &modality_lut, problems),
        modality_lut,
        presentation_inverse: match root
            .code(tags::PRESENTATION_LUT_SHAPE)
            .to_ascii_uppercase()
            .as_str()
        {
            "INVERSE" => Some(true),
            "IDENTITY" => Some(false),
            _ => None,
        },
        padding: padding(root, instance),
        float_padding: float_padding(root),
        patient_orientation: patient_orientation(root),
        laterality: laterality(layers),
        slice_thickness_mm: measures
            .number(tags::SLICE_THICKNESS)
            .filter(|mm| *mm > 0.0),
        stack_id: match segment {
            Some(segment) if stack_id.is_empty() => format!("segment {segment}"),
            _ => stack_id,
        },
        in_stack_position: from_content(tags::IN_STACK_POSITION_NUMBER),
        temporal_position: from_content(tags::TEMPORAL_POSITION_INDEX)
            .or_else(|| root.integer(tags::TEMPORAL_POSITION_IDENTIFIER)),
        dimension_index: content
            .as_ref()
            .map(|item| item.integers(tags::DIMENSION_INDEX_VALUES))
            .unwrap_or_default(),
        plane,
        shutters: shutters(
            &layers
                .group(tags::FRAME_DISPLAY_SHUTTER_SEQUENCE)
                .unwrap_or(layers.root),
            problems,
        ),
        ..FrameAttributes::default()
    }
}

fn pixel_aspect(root: &Dataset<'_>) -> [f64; 2] {
    root.vector(tags::PIXEL_ASPECT_RATIO)
        .filter(|ratio| ratio.iter().all(|part| *part > 0.0))
        .unwrap_or([1.0, 1.0])
}

pub(crate) fn modality_lut(layers: &Layers<'_>, problems: &mut Problems) -> ModalityLut {
    if let Some(item) = layers
        .root
        .item(tags::MODALITY_LUT_SEQUENCE)
        .filter(has_table)
    {
        match lookup_table(&item, layers.root.signed()) {
            Ok(table) => return ModalityLut::Table(table),
            Err(text) => problems.add(format!("{text} (Modality LUT)")),
        }
    }
    let source = layers.group_or_root(
        tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
        tags::RESCALE_SLOPE,
    );
    let slope = source.number(tags::RESCALE_SLOPE);
    let intercept = source.number(tags::RESCALE_INTERCEPT);
    for (tag, number, name) in [
        (tags::RESCALE_SLOPE, slope, "Rescale Slope"),
        (tags::RESCALE_INTERCEPT, intercept, "Rescale Intercept"),
    ] {
        if number.is_none() && source.has_value(tag) {
            problems.add(format!("{name} cannot be read: values are shown as stored"));
            return ModalityLut::IDENTITY;
        }
    }
    match slope {
        Some(0.0) => {
            problems.add("Rescale Slope is 0: values are shown as stored".to_owned());
            ModalityLut::IDENTITY
        }
        _ => ModalityLut::Rescale {
            slope: slope.unwrap_or(1.0),
            intercept: intercept.unwrap_or(0.0),
        },
    }
}

fn rescale_unit(layers: &Layers<'_>, modality: &str, lut: &ModalityLut) -> String {
    let rescaled = layers
        .group_or_root(
            tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
            tags::RESCALE_INTERCEPT,
        )
        .has_value(tags::RESCALE_INTERCEPT);
    let stated = match lut {
        ModalityLut::Table(_) => layers
            .root
            .item(tags::MODALITY_LUT_SEQUENCE)
            .map(|item| item.code(tags::MODALITY_LUT_TYPE))
            .unwrap_or_default(),
        ModalityLut::Rescale { .. } => layers
            .group_or_root(
                tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
                tags::RESCALE_TYPE,
            )
            .code(tags::RESCALE_TYPE),
    };
    match stated.as_str() {
        "US" => String::new(),
        // CT values are in HU once they are rescaled, and not known otherwise.
        "" if modality == "CT" && rescaled => "HU".to_owned(),
        "" if modality == "PT" => layers.root.code(tags::UNITS),
        _ => stated,
    }
}

fn real_world(layers: &Layers<'_>, instance: &Instance) -> Vec<RealWorldMapping> {
    let mapping = |item: &Dataset<'_>| {
        let first = item
            .number(tags::DOUBLE_FLOAT_REAL_WORLD_VALUE_FIRST_VALUE_MAPPED)
            .or_else(|| item.number(tags::REAL_WORLD_VALUE_FIRST_VALUE_MAPPED))?;
        let last = item
            .number(tags::DOUBLE_FLOAT_REAL_WORLD_VALUE_LAST_VALUE_MAPPED)
            .or_else(|| item.number(tags::REAL_WORLD_VALUE_LAST_VALUE_MAPPED))?;
        Some(RealWorldMapping {
            stored_range: (first, last),
            slope: item.number(tags::REAL_WORLD_VALUE_SLOPE)?,
            intercept: item.number(tags::REAL_WORLD_VALUE_INTERCEPT)?,
            unit: item
                .item(tags::MEASUREMENT_UNITS_CODE_SEQUENCE)
                .map(|unit| unit.code(tags::CODE_VALUE))
                .unwrap_or_default(),
            label: item.text(tags::LUT_LABEL).unwrap_or_default(),
        })
    };
    let mut all: Vec<RealWorldMapping> = layers
        .items(tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE)
        .iter()
        .filter_map(mapping)
        .collect();
    if let Some(slope) = layers.root.number(tags::DOSE_GRID_SCALING) {
        let unit = match layers.root.code(tags::DOSE_UNITS).as_str() {
            "GY" => "Gy".to_owned(),
            other => other.to_lowercase(),
        };
        let highest = 2.0_f64.powi(i32::from(instance.bits_stored.min(32))) - 1.0;
        let lowest = if instance.signed { -highest } else { 0.0 };
        let label = layers.root.code(tags::DOSE_SUMMATION_TYPE);
        all.push(RealWorldMapping {
            stored_range: (lowest, highest),
            slope,
            intercept: 0.0,
            unit,
            label,
        });
    }
    all
}

fn voi(
    layers: &Layers<'_>,
    instance: &Instance,
    lut: &ModalityLut,
    problems: &mut Problems,
) -> Vec<VoiLut> {
    let source = layers.group_or_root(tags::FRAME_VOILUT_SEQUENCE, tags::WINDOW_CENTER);
    // Input of the table is signed when the modality values can be (PS3.3 C.11.2.1.1).
    let signed = match lut {
        ModalityLut::Table(_) => false,
        ModalityLut::Rescale { slope, intercept } => {
            instance.signed || *intercept < 0.0 || *slope < 0.0
        }
    };
    let group = layers.group(tags::FRAME_VOILUT_SEQUENCE);
    let mut items = group
        .map(|group| group.items(tags::VOILUT_SEQUENCE))
        .unwrap_or_default();
    if items.is_empty() {
        items = layers.root.items(tags::VOILUT_SEQUENCE);
    }
    voi::offers(&source, items, signed, problems)
}

/// Pixel Padding Value and Range Limit, read with the sign that the pixels have (PS3.3 C.7.5.1.1.2).
fn padding(root: &Dataset<'_>, instance: &Instance) -> Option<(i64, i64)> {
    let stored = |value: i64| match (instance.signed, instance.bits_allocated) {
        (true, 8) => i64::from(value as i8),
        (true, 16) => i64::from(value as i16),
        (false, 8) => i64::from(value as u8),
        (false, 16) => i64::from(value as u16),
        _ => value,
    };
    let value = stored(root.integer(tags::PIXEL_PADDING_VALUE)?);
    let limit = root
        .integer(tags::PIXEL_PADDING_RANGE_LIMIT)
        .map_or(value, stored);
    Some((value.min(limit), value.max(limit)))
}

fn float_padding(root: &Dataset<'_>) -> Option<(f64, f64)> {
    let value = root
        .number(tags::FLOAT_PIXEL_PADDING_VALUE)
        .or_else(|| root.number(tags::DOUBLE_FLOAT_PIXEL_PADDING_VALUE))?;
    let limit = root
        .number(tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT)
        .or_else(|| root.number(tags::DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT))
        .unwrap_or(value);
    Some((value.min(limit), value.max(limit)))
}

fn patient_orientation(root: &Dataset<'_>) -> Option<[String; 2]> {
    let mut codes = root.codes(tags::PATIENT_ORIENTATION);
    codes.truncate(2);
    let pair: [String; 2] = codes.try_into().ok()?;
    pair.iter().any(|code| !code.is_empty()).then_some(pair)
}

fn laterality(layers: &Layers<'_>) -> String {
    let frame = layers
        .group(tags::FRAME_ANATOMY_SEQUENCE)
        .map(|item| item.code(tags::FRAME_LATERALITY))
        .unwrap_or_default();
    let stated = [
        frame,
        layers.root.code(tags::IMAGE_LATERALITY),
        layers.root.code(tags::LATERALITY),
    ];
    stated
        .into_iter()
        .find(|code| !code.is_empty())
        .unwrap_or_default()
}
