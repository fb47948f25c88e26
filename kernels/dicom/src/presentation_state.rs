//! Reads a presentation state (GSPS) into typed values (PS3.3 A.33, C.10.4 to C.10.7, C.11.8, rule 27).

use std::io::{Read, Seek};

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use kernel_imaging::{
    DisplayedArea, GraphicLayer, ImageReference, Phi, PresentationLut, PresentationState, SizeMode,
    SoftcopyVoi, TextRule, srgb_from_cielab,
};

use crate::attributes::modality_lut;
use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::graphics::graphics;
use crate::layers::Layers;
use crate::open::read_object;
use crate::overlays::Overlays;
use crate::problems::Problems;
use crate::references::images;
use crate::shutters::shutters;
use crate::tables::{has_table, lookup_table};
use crate::voi;

/// Graphic Layer Recommended Display RGB Value, retired and still written.
const RETIRED_LAYER_RGB: Tag = Tag(0x0070, 0x0067);

/// Reads what a presentation state asks for.
///
/// # Errors
/// [`DicomError::Unsupported`] when the file refers to no image as a presentation state does.
pub fn read_presentation_state<R: Read + Seek>(
    mut source: R,
    length: u64,
    text: TextRule,
) -> Result<PresentationState, DicomError> {
    let header = read_object(&mut source, length, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    let references: Vec<ImageReference> = root
        .items(tags::REFERENCED_SERIES_SEQUENCE)
        .iter()
        .flat_map(|series| images(series, tags::REFERENCED_IMAGE_SEQUENCE))
        .collect();
    if references.is_empty() {
        return Err(DicomError::Unsupported(
            "an object that refers to no image as a presentation state does".to_owned(),
        ));
    }
    let mut problems = Problems::default();
    let layers = Layers {
        root,
        shared: None,
        frame: None,
    };
    let rescales = root.has_value(tags::RESCALE_INTERCEPT)
        || root
            .item(tags::MODALITY_LUT_SEQUENCE)
            .is_some_and(|item| has_table(&item));
    let modality = rescales.then(|| modality_lut(&layers, &mut problems));
    let signed = root
        .number(tags::RESCALE_INTERCEPT)
        .is_some_and(|intercept| intercept < 0.0);
    let voi = root
        .items(tags::SOFTCOPY_VOILUT_SEQUENCE)
        .iter()
        .map(|item| SoftcopyVoi {
            references: images(item, tags::REFERENCED_IMAGE_SEQUENCE),
            voi: voi::offers(
                item,
                item.items(tags::VOILUT_SEQUENCE),
                signed,
                &mut problems,
            ),
        })
        .collect();
    let turns = root.integer(tags::IMAGE_ROTATION).unwrap_or(0);
    if turns.rem_euclid(90) != 0 {
        problems.add(format!("A rotation by {turns} degrees is not applied"));
    }
    let presentation_lut = presentation_lut(&root, &mut problems);
    let overlays = Overlays::read(&root, [0, 0], &mut problems).of_frame(0);
    let state = PresentationState {
        label: root.text(tags::CONTENT_LABEL).unwrap_or_default(),
        description: Phi::new(root.text(tags::CONTENT_DESCRIPTION).unwrap_or_default()),
        references,
        modality_lut: modality,
        voi,
        presentation_lut,
        shutters: shutters(&root, &mut problems),
        overlays,
        active_overlays: (0x6000..=0x601E_u16)
            .step_by(2)
            .filter(|group| root.has_value(Tag(*group, 0x1001)))
            .collect(),
        layers: root
            .items(tags::GRAPHIC_LAYER_SEQUENCE)
            .iter()
            .map(layer)
            .collect(),
        graphics: graphics(&root, &mut problems),
        areas: root
            .items(tags::DISPLAYED_AREA_SELECTION_SEQUENCE)
            .iter()
            .filter_map(area)
            .collect(),
        quarter_turns: if turns.rem_euclid(90) == 0 {
            (turns.rem_euclid(360) / 90) as u8
        } else {
            0
        },
        flip_horizontal: root.code(tags::IMAGE_HORIZONTAL_FLIP) == "Y",
        problems: problems.into_sentences(),
    };
    Ok(state)
}

fn presentation_lut(root: &Dataset<'_>, problems: &mut Problems) -> Option<PresentationLut> {
    match root.code(tags::PRESENTATION_LUT_SHAPE).as_str() {
        "INVERSE" => return Some(PresentationLut::Shape(true)),
        "IDENTITY" => return Some(PresentationLut::Shape(false)),
        _ => {}
    }
    let item = root.item(tags::PRESENTATION_LUT_SEQUENCE)?;
    match lookup_table(&item, false) {
        Ok(table) => {
            problems.add("A presentation LUT table is not applied".to_owned());
            Some(PresentationLut::Table(table))
        }
        Err(text) => {
            problems.add(format!("{text} (Presentation LUT)"));
            None
        }
    }
}

fn layer(item: &Dataset<'_>) -> GraphicLayer {
    let lab = item.words(tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_CIE_LAB_VALUE);
    let rgb = item.integers(RETIRED_LAYER_RGB);
    let grey = item.integer(tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE);
    let byte = |value: i64| (value.clamp(0, 65_535) >> 8) as u8;
    let colour = match (lab.first_chunk::<3>(), rgb.first_chunk::<3>(), grey) {
        (Some(lab), _, _) => srgb_from_cielab(*lab),
        (None, Some(rgb), _) => rgb.map(byte),
        (None, None, Some(grey)) => [byte(grey); 3],
        _ => [255; 3],
    };
    GraphicLayer {
        name: item.code(tags::GRAPHIC_LAYER),
        order: item.integer(tags::GRAPHIC_LAYER_ORDER).unwrap_or(0),
        colour,
    }
}

fn area(item: &Dataset<'_>) -> Option<DisplayedArea> {
    let corner = |tag| item.integers(tag).first_chunk::<2>().copied();
    let ratio = |pair: [f64; 2]| {
        let aspect = pair[0] / pair[1];
        (aspect.is_finite() && aspect > 0.0).then_some(aspect)
    };
    let size_mode = match item.code(tags::PRESENTATION_SIZE_MODE).as_str() {
        "MAGNIFY" => SizeMode::Magnify(
            item.number(tags::PRESENTATION_PIXEL_MAGNIFICATION_RATIO)
                .unwrap_or(1.0),
        ),
        "TRUE SIZE" => SizeMode::TrueSize,
        _ => SizeMode::ScaleToFit,
    };
    Some(DisplayedArea {
        references: images(item, tags::REFERENCED_IMAGE_SEQUENCE),
        top_left: corner(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER)?,
        bottom_right: corner(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER)?,
        size_mode,
        aspect: item
            .vector(tags::PRESENTATION_PIXEL_SPACING)
            .and_then(ratio)
            .or_else(|| {
                item.vector(tags::PRESENTATION_PIXEL_ASPECT_RATIO)
                    .and_then(ratio)
            }),
    })
}
