//! Graphics and text of a presentation state (PS3.3 C.10.5).

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use kernel_imaging::{Graphic, GraphicShape, GraphicUnits, ImageReference, Phi};

use crate::dataset::Dataset;
use crate::limits::GRAPHICS_MAX;
use crate::problems::Problems;
use crate::references::images;

/// All graphics of a state, in the file's order.
pub(crate) fn graphics(root: &Dataset<'_>, problems: &mut Problems) -> Vec<Graphic> {
    let mut all = Vec::new();
    for annotation in root.items(tags::GRAPHIC_ANNOTATION_SEQUENCE) {
        let layer = annotation.code(tags::GRAPHIC_LAYER);
        let references = images(&annotation, tags::REFERENCED_IMAGE_SEQUENCE);
        let mut keep = |shape: Result<(GraphicUnits, GraphicShape, bool), String>| match shape {
            Ok(_) if all.len() >= GRAPHICS_MAX => {
                problems.add(format!("Only the first {GRAPHICS_MAX} graphics are shown"));
            }
            Ok((units, shape, is_filled)) => {
                let references: Vec<ImageReference> = references.clone();
                all.push(Graphic {
                    layer: layer.clone(),
                    references,
                    units,
                    shape,
                    is_filled,
                });
            }
            Err(text) => problems.add(text),
        };
        for item in annotation.items(tags::GRAPHIC_OBJECT_SEQUENCE) {
            keep(graphic(&item));
        }
        for item in annotation.items(tags::TEXT_OBJECT_SEQUENCE) {
            keep(text(&item));
        }
        if !annotation.items(tags::COMPOUND_GRAPHIC_SEQUENCE).is_empty() {
            problems.add("Compound graphics are shown by their simple parts only".to_owned());
        }
    }
    all
}

fn units(item: &Dataset<'_>, tag: Tag) -> Result<GraphicUnits, String> {
    match item.code(tag).as_str() {
        "PIXEL" | "" => Ok(GraphicUnits::Pixel),
        "DISPLAY" => Ok(GraphicUnits::Display),
        other => Err(format!("Graphics in units of `{other}` are not shown")),
    }
}

fn graphic(item: &Dataset<'_>) -> Result<(GraphicUnits, GraphicShape, bool), String> {
    let units = units(item, tags::GRAPHIC_ANNOTATION_UNITS)?;
    let numbers = item.numbers(tags::GRAPHIC_DATA);
    let points = numbers.as_chunks::<2>().0;
    let code = item.code(tags::GRAPHIC_TYPE);
    let few = || format!("A graphic `{code}` of {} points is not shown", points.len());
    let shape = match (code.as_str(), points) {
        ("POINT", [point, ..]) => GraphicShape::Point(*point),
        ("POLYLINE", [_, _, ..]) => GraphicShape::Polyline(points.to_vec()),
        ("INTERPOLATED", [_, _, ..]) => GraphicShape::Interpolated(points.to_vec()),
        ("CIRCLE", [center, on_circle, ..]) => GraphicShape::Circle {
            center: *center,
            on_circle: *on_circle,
        },
        ("ELLIPSE", [a, b, c, d, ..]) => GraphicShape::Ellipse([*a, *b, *c, *d]),
        _ => return Err(few()),
    };
    Ok((units, shape, item.code(tags::GRAPHIC_FILLED) == "Y"))
}

fn text(item: &Dataset<'_>) -> Result<(GraphicUnits, GraphicShape, bool), String> {
    let text = item.text(tags::UNFORMATTED_TEXT_VALUE).unwrap_or_default();
    let corners = item
        .vector(tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER)
        .zip(item.vector(tags::BOUNDING_BOX_BOTTOM_RIGHT_HAND_CORNER));
    let anchor = item.vector(tags::ANCHOR_POINT);
    if corners.is_none() && anchor.is_none() {
        return Err("A text without a place is not shown".to_owned());
    }
    let shape = GraphicShape::Text {
        text: Phi::new(text),
        bounds: corners.map(|(first, last)| [first, last]),
        anchor,
        anchor_units: units(item, tags::ANCHOR_POINT_ANNOTATION_UNITS)?,
    };
    Ok((
        units(item, tags::BOUNDING_BOX_ANNOTATION_UNITS)?,
        shape,
        false,
    ))
}
