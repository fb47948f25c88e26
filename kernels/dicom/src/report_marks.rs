//! Reads the measurements of a structured report (PS3.16 TID 1410, TID 1501) with their places on the images.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use kernel_imaging::{
    Histogram, ImageReference, Length, MarkFigures, MarkKind, PixelValues, RegionFigures,
    ReportedMark,
};

use crate::dataset::Dataset;
use crate::limits::{NESTING_DEPTH_MAX, REPORT_MARKS_MAX, REPORT_OUTLINE_POINTS_MAX};
use crate::references;
use crate::report_codes::{self as codes, Concept};

/// Steps of an ellipse that does not lie along the image's rows, drawn as a polygon.
const ELLIPSE_STEPS: usize = 72;
/// An axis lies along the rows when its ends differ less than this, in pixels.
const ALONG_PIXELS: f64 = 1e-3;

/// All measurement groups, in their order; groups without a place on one image are left out.
pub(crate) fn marks(root: &Dataset<'_>) -> Vec<ReportedMark> {
    let mut found = Vec::new();
    descend(root, 0, &mut found);
    found
}

fn descend(item: &Dataset<'_>, depth: u64, found: &mut Vec<ReportedMark>) {
    for child in item.items(tags::CONTENT_SEQUENCE) {
        if found.len() >= REPORT_MARKS_MAX || depth >= NESTING_DEPTH_MAX {
            return;
        }
        if child.code(tags::VALUE_TYPE) != "CONTAINER" {
            continue;
        }
        if called(&child, codes::GROUP) {
            found.extend(mark(&child));
        } else {
            descend(&child, depth + 1, found);
        }
    }
}

/// Value and scheme of a code sequence's first item.
fn code(item: &Dataset<'_>, sequence: Tag) -> (String, String) {
    item.item(sequence).map_or_else(Default::default, |code| {
        (
            code.code(tags::CODE_VALUE),
            code.code(tags::CODING_SCHEME_DESIGNATOR),
        )
    })
}

fn called(item: &Dataset<'_>, concept: Concept) -> bool {
    let (value, scheme) = code(item, tags::CONCEPT_NAME_CODE_SEQUENCE);
    concept.is(&value, &scheme)
}

/// Coordinates on one image.
struct Place {
    graphic: String,
    points: Vec<[f64; 2]>,
    image: ImageReference,
}

fn mark(group: &Dataset<'_>) -> Option<ReportedMark> {
    let content = group.items(tags::CONTENT_SEQUENCE);
    let mut places = Vec::new();
    for item in &content {
        places.extend(place(item));
        // One number says the place; the others of the group are of the same.
        if places.is_empty() {
            places.extend(item.items(tags::CONTENT_SEQUENCE).iter().filter_map(place));
        }
    }
    let text_of = |concept: Concept| {
        let found = content.iter().find(|item| called(item, concept));
        found.and_then(|item| item.text(tags::TEXT_VALUE))
    };
    let tracking = text_of(codes::TRACKING_NAME).unwrap_or_default();
    let mut figures = figures(&content);
    let (kind, points) = shape(&tracking, &places, &figures)?;
    let text = text_of(codes::COMMENT).unwrap_or_default();
    let text = match kind {
        MarkKind::Arrow if text == MarkKind::Arrow.label() => String::new(),
        _ => text,
    };
    if kind == MarkKind::Probe {
        let [x, y] = points
            .first()
            .map(|at| at.map(|side| side.max(0.0) as usize))?;
        if let Some(pixel) = &mut figures.pixel {
            pixel.place = [x, y];
        }
    } else {
        figures.pixel = None;
    }
    Some(ReportedMark {
        image: places.into_iter().next()?.image,
        kind,
        points,
        text,
        figures,
    })
}

fn place(item: &Dataset<'_>) -> Option<Place> {
    if item.code(tags::VALUE_TYPE) != "SCOORD" {
        return None;
    }
    let values = item.numbers(tags::GRAPHIC_DATA);
    let (pairs, rest) = values.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() || pairs.len() > REPORT_OUTLINE_POINTS_MAX {
        return None;
    }
    let images = item.items(tags::CONTENT_SEQUENCE);
    let image = images
        .iter()
        .find_map(|image| references::images(image, tags::REFERENCED_SOP_SEQUENCE).pop())?;
    Some(Place {
        graphic: item.code(tags::GRAPHIC_TYPE),
        points: pairs.to_vec(),
        image,
    })
}

/// What was drawn: as this program named it, if that fits the coordinates, else as they and the numbers say.
fn shape(
    tracking: &str,
    places: &[Place],
    figures: &MarkFigures,
) -> Option<(MarkKind, Vec<[f64; 2]>)> {
    let first = places.first()?;
    let named = codes::kind_named(tracking);
    let points = first.points.as_slice();
    match (first.graphic.as_str(), points) {
        ("POINT" | "MULTIPOINT", [point, ..]) => {
            let kind = match (named, &figures.pixel) {
                (Some(MarkKind::Probe), _) | (None, Some(_)) => MarkKind::Probe,
                _ => MarkKind::Text,
            };
            Some((kind, vec![*point]))
        }
        ("CIRCLE", [centre, edge]) => {
            let radius = (centre[0] - edge[0]).hypot(centre[1] - edge[1]);
            let corner = |sign: f64| [centre[0] + sign * radius, centre[1] + sign * radius];
            Some((MarkKind::Ellipse, vec![corner(-1.0), corner(1.0)]))
        }
        ("ELLIPSE", [a, b, c, d]) => Some(ellipse([*a, *b], [*c, *d])),
        ("POLYLINE", [a, b]) => match places.get(1).map(|second| second.points.as_slice()) {
            Some([c, d]) => Some((MarkKind::Cobb, vec![*a, *b, *c, *d])),
            _ if figures.length.is_some() => Some((MarkKind::Length, vec![*a, *b])),
            _ => Some((MarkKind::Arrow, vec![*a, *b])),
        },
        ("POLYLINE", [a, b, c]) if figures.angle_degrees.is_some() => {
            Some((MarkKind::Angle, vec![*a, *b, *c]))
        }
        ("POLYLINE", [a, b, c, d]) if figures.angle_degrees.is_some() => {
            Some((MarkKind::Cobb, vec![*a, *b, *c, *d]))
        }
        ("POLYLINE", [a, _, c, _, end]) if named == Some(MarkKind::Rectangle) && a == end => {
            Some((MarkKind::Rectangle, vec![*a, *c]))
        }
        ("POLYLINE", [open @ .., last]) if open.len() >= 3 && open.first() == Some(last) => {
            let kind = match named {
                Some(MarkKind::Freehand) => MarkKind::Freehand,
                _ => MarkKind::Polygon,
            };
            Some((kind, open.to_vec()))
        }
        _ => None,
    }
}

/// An ellipse by the ends of its axes: by its box where they lie along rows and columns, else as a polygon.
fn ellipse(major: [[f64; 2]; 2], minor: [[f64; 2]; 2]) -> (MarkKind, Vec<[f64; 2]>) {
    let along =
        |axis: [[f64; 2]; 2], side: usize| (axis[0][side] - axis[1][side]).abs() <= ALONG_PIXELS;
    if along(major, 1) && along(minor, 0) {
        let corner = |at: usize| [major[at][0], minor[at][1]];
        return (MarkKind::Ellipse, vec![corner(0), corner(1)]);
    }
    if along(major, 0) && along(minor, 1) {
        let corner = |at: usize| [minor[at][0], major[at][1]];
        return (MarkKind::Ellipse, vec![corner(0), corner(1)]);
    }
    let middle = [0, 1].map(|side| (major[0][side] + major[1][side]) / 2.0);
    let half = |axis: [[f64; 2]; 2]| [0, 1].map(|side| (axis[1][side] - axis[0][side]) / 2.0);
    let (long, short) = (half(major), half(minor));
    let points = (0..ELLIPSE_STEPS).map(|step| {
        let angle = std::f64::consts::TAU * step as f64 / ELLIPSE_STEPS as f64;
        [0, 1].map(|side| middle[side] + long[side] * angle.cos() + short[side] * angle.sin())
    });
    (MarkKind::Polygon, points.collect())
}

/// A number with its unit as UCUM writes it.
fn measured(item: &Dataset<'_>) -> Option<(f64, String)> {
    let measured = item.item(tags::MEASURED_VALUE_SEQUENCE)?;
    let exact = measured.number(tags::FLOATING_POINT_VALUE);
    let value = exact.or_else(|| measured.number(tags::NUMERIC_VALUE))?;
    let (unit, _) = code(&measured, tags::MEASUREMENT_UNITS_CODE_SEQUENCE);
    Some((value, unit))
}

fn figures(content: &[Dataset<'_>]) -> MarkFigures {
    let mut figures = MarkFigures::default();
    let mut region = RegionFigures {
        pixels: 0,
        mean: 0.0,
        standard_deviation: 0.0,
        minimum: 0.0,
        maximum: 0.0,
        histogram: Histogram {
            range: [0.0, 0.0],
            counts: Vec::new(),
        },
    };
    let mut has_region = false;
    let mut pixel = PixelValues {
        place: [0, 0],
        stored: Vec::new(),
        modality: None,
        padding: false,
    };
    for item in content
        .iter()
        .filter(|it| it.code(tags::VALUE_TYPE) == "NUM")
    {
        let Some((value, unit)) = measured(item) else {
            continue;
        };
        let (name, scheme) = code(item, tags::CONCEPT_NAME_CODE_SEQUENCE);
        let is = |concept: Concept| concept.is(&name, &scheme);
        if is(codes::LENGTH) {
            figures.length = length(item, value, &unit);
        } else if is(codes::AREA) {
            figures.area = length(item, value, &unit);
        } else if is(codes::ANGLE) || is(codes::COBB) {
            figures.angle_degrees = Some(value);
        } else if is(codes::PIXEL_COUNT) {
            region.pixels = value.max(0.0) as usize;
        } else if is(codes::STORED_VALUE) {
            pixel.stored.push(value);
        } else {
            let by = derived_by(item);
            let place = match by {
                Some(codes::MEAN) => &mut region.mean,
                Some(codes::DEVIATION) => &mut region.standard_deviation,
                Some(codes::MINIMUM) => &mut region.minimum,
                Some(codes::MAXIMUM) => &mut region.maximum,
                _ if codes::is_of_values(&name, &scheme) => {
                    figures.unit = codes::shown_unit(&unit);
                    pixel.modality = Some(value);
                    continue;
                }
                _ => continue,
            };
            *place = value;
            has_region = true;
            figures.unit = codes::shown_unit(&unit);
        }
    }
    figures.region = has_region.then_some(region);
    pixel.padding = pixel.modality.is_none() && pixel.stored.len() == 1;
    if pixel.modality.is_some() || !pixel.stored.is_empty() {
        figures.pixel = Some(pixel);
    }
    figures
}

/// How a number was derived from many: mean, deviation, least, greatest.
fn derived_by(item: &Dataset<'_>) -> Option<Concept> {
    let below = item.items(tags::CONTENT_SEQUENCE);
    let found = below.iter().find(|it| called(it, codes::DERIVATION))?;
    let (value, scheme) = code(found, tags::CONCEPT_CODE_SEQUENCE);
    let all = [
        codes::MEAN,
        codes::DEVIATION,
        codes::MINIMUM,
        codes::MAXIMUM,
    ];
    all.into_iter().find(|concept| concept.is(&value, &scheme))
}

/// A length or area with what qualifies it.
fn length(item: &Dataset<'_>, value: f64, unit: &str) -> Option<Length> {
    let below = item.items(tags::CONTENT_SEQUENCE);
    let note = below.iter().find(|it| called(it, codes::COMMENT));
    Some(Length {
        value,
        unit: codes::length_unit(unit)?,
        note: note
            .and_then(|note| note.text(tags::TEXT_VALUE))
            .unwrap_or_default(),
    })
}
