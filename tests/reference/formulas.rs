//! What a frame looks like by the formulas of the standard, from the tags as dicom-rs reads them and the stored values.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use kernel_imaging::{Frame, PhotometricInterpretation};

use crate::table::Table;

/// The kind of picture, and red, green and blue of each pixel from 0 to 255; `None` where no formula is given here.
pub fn levels(
    root: &InMemDicomObject,
    number: usize,
    decoded: &Frame,
    stored: &[f64],
) -> (&'static str, Option<Vec<[f64; 3]>>) {
    match decoded.photometric {
        PhotometricInterpretation::PaletteColor => ("palette", palette(root, stored)),
        _ if decoded.samples_per_pixel == 3 => ("colour", colours(root, decoded, stored)),
        _ => {
            let grey = Grey::read(root, number, decoded);
            ("grey", grey.map(|grey| grey.levels(stored)))
        }
    }
}

type Layers<'a> = Vec<&'a InMemDicomObject>;

/// The item of a functional group for a frame: its own, else the shared one; then the root itself.
fn layers<'a>(root: &'a InMemDicomObject, frame: usize, group: Tag) -> Layers<'a> {
    let item = |of: &'a InMemDicomObject, tag: Tag, at: usize| {
        let element = of.get(tag)?;
        element.items()?.get(at)
    };
    let own = item(root, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frame);
    let shared = item(root, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0);
    let groups = [own, shared].into_iter().flatten();
    let mut found: Layers<'a> = groups.filter_map(|of| item(of, group, 0)).collect();
    found.push(root);
    found
}

fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    let element = object.get(tag);
    let all = element.and_then(|element| element.to_multi_float64().ok());
    all.unwrap_or_default()
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let element = object.get(tag);
    let text = element.and_then(|element| element.to_str().ok().map(|text| text.into_owned()));
    let text = text.unwrap_or_default();
    let first = text.split('\\').next().unwrap_or_default();
    first.trim_matches([' ', '\0']).to_ascii_uppercase()
}

/// How a stored value of one grey frame becomes a grey level.
struct Grey {
    slope: f64,
    intercept: f64,
    modality_table: Option<Table>,
    voi: Voi,
    inverted: bool,
    padding: Option<(f64, f64)>,
}

enum Voi {
    Window(f64, f64, String),
    Table(Table),
    /// Least to greatest, found when the values are known.
    Range,
}

impl Grey {
    fn read(root: &InMemDicomObject, frame: usize, decoded: &Frame) -> Option<Self> {
        let signed = numbers(root, tags::PIXEL_REPRESENTATION).first() == Some(&1.0);
        let transformation = layers(root, frame, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        let of = |tag: Tag| {
            let found = transformation.iter().map(|item| numbers(item, tag));
            found.filter_map(|all| all.first().copied()).next()
        };
        let slope = of(tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0);
        let slope = slope.unwrap_or(1.0);
        let intercept = of(tags::RESCALE_INTERCEPT).unwrap_or(0.0);
        let table = |item: &InMemDicomObject, signed| {
            Table::read(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, signed)
        };
        let items = |tag: Tag| root.get(tag).and_then(|element| element.items());
        let modality_table =
            items(tags::MODALITY_LUT_SEQUENCE).and_then(|items| table(items.first()?, signed));
        let negative = modality_table.is_none() && (signed || intercept < 0.0 || slope < 0.0);
        let tables = items(tags::VOILUT_SEQUENCE).unwrap_or_default();
        let first_table = tables.iter().find_map(|item| table(item, negative));
        let window = layers(root, frame, tags::FRAME_VOILUT_SEQUENCE)
            .into_iter()
            .find(|item| !numbers(item, tags::WINDOW_CENTER).is_empty())
            .and_then(|item| {
                let function = text(item, tags::VOILUT_FUNCTION);
                let centers = numbers(item, tags::WINDOW_CENTER).into_iter();
                let mut windows = centers.zip(numbers(item, tags::WINDOW_WIDTH));
                let least = if matches!(function.as_str(), "" | "LINEAR") {
                    1.0
                } else {
                    1e-300
                };
                let (center, width) = windows.find(|(_, width)| *width >= least)?;
                Some(Voi::Window(center, width, function))
            });
        let radiograph = ["CR", "DX", "MG", "IO", "PX", "RG"];
        let tables_first = radiograph.contains(&text(root, tags::MODALITY).as_str());
        let voi = match (first_table, window) {
            (Some(table), None) => Voi::Table(table),
            (Some(table), Some(_)) if tables_first => Voi::Table(table),
            (_, Some(window)) => window,
            (None, None) => Voi::Range,
        };
        let shape = text(root, tags::PRESENTATION_LUT_SHAPE);
        let inverted = match shape.as_str() {
            "INVERSE" => true,
            "IDENTITY" => false,
            _ => decoded.photometric == PhotometricInterpretation::Monochrome1,
        };
        Some(Self {
            slope,
            intercept,
            modality_table,
            voi,
            inverted,
            padding: padding(root, signed, decoded.samples.is_float()),
        })
    }

    fn is_hidden(&self, stored: f64) -> bool {
        let padded = |(low, high)| stored >= low && stored <= high;
        !stored.is_finite() || self.padding.is_some_and(padded)
    }

    fn measured(&self, stored: f64) -> f64 {
        match &self.modality_table {
            Some(table) => table.look_up(stored),
            None => self.slope * stored + self.intercept,
        }
    }

    fn levels(&self, stored: &[f64]) -> Vec<[f64; 3]> {
        let shown = || stored.iter().filter(|value| !self.is_hidden(**value));
        let measured = || shown().map(|value| self.measured(*value));
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in measured() {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (0.0, 0.0);
        }
        if low == high {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if low == high {
            high = 1.0;
        }
        let level = |stored: &f64| {
            if self.is_hidden(*stored) {
                return [0.0; 3];
            }
            let x = self.measured(*stored);
            let y = match &self.voi {
                Voi::Range => 255.0 * (x - low) / (high - low),
                Voi::Table(table) => 255.0 * table.look_up(x) / table.white(),
                Voi::Window(c, w, function) => window(x, *c, *w, function),
            };
            let y = y.clamp(0.0, 255.0);
            [if self.inverted { 255.0 - y } else { y }; 3]
        };
        stored.iter().map(level).collect()
    }
}

/// C.11.2.1.2 and C.11.2.1.3, y from 0 to 255.
fn window(x: f64, c: f64, w: f64, function: &str) -> f64 {
    let (least, greatest) = (0.0, 255.0);
    match function {
        "SIGMOID" => (greatest - least) / (1.0 + (-4.0 * (x - c) / w).exp()) + least,
        "LINEAR_EXACT" => {
            if x <= c - w / 2.0 {
                least
            } else if x > c + w / 2.0 {
                greatest
            } else {
                ((x - c) / w + 0.5) * (greatest - least) + least
            }
        }
        _ => {
            if x <= c - 0.5 - (w - 1.0) / 2.0 {
                least
            } else if x > c - 0.5 + (w - 1.0) / 2.0 {
                greatest
            } else {
                ((x - (c - 0.5)) / (w - 1.0) + 0.5) * (greatest - least) + least
            }
        }
    }
}

/// C.7.5.1.1.2: the value, or the range up to the limit, in the pixels' own representation.
fn padding(root: &InMemDicomObject, signed: bool, float: bool) -> Option<(f64, f64)> {
    let first = |tag: Tag| numbers(root, tag).first().copied();
    let (value, limit) = if float {
        (
            first(tags::FLOAT_PIXEL_PADDING_VALUE)?,
            first(tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT),
        )
    } else {
        (
            first(tags::PIXEL_PADDING_VALUE)?,
            first(tags::PIXEL_PADDING_RANGE_LIMIT),
        )
    };
    let span = 2.0_f64.powf(first(tags::BITS_ALLOCATED).unwrap_or(16.0));
    let represented = |value: f64| match (float, signed) {
        (true, _) => value,
        (false, true) if value >= span / 2.0 => value - span,
        (false, false) if value < 0.0 => value + span,
        _ => value,
    };
    let value = represented(value);
    let limit = limit.map_or(value, represented);
    Some((value.min(limit), value.max(limit)))
}

/// C.7.6.3.1.2, from decoded samples.
fn colours(root: &InMemDicomObject, decoded: &Frame, stored: &[f64]) -> Option<Vec<[f64; 3]>> {
    use PhotometricInterpretation as P;
    let bits = numbers(root, tags::BITS_STORED).first().copied()?;
    let eight = |value: f64| (value / 2.0_f64.powf((bits - 8.0).max(0.0))).floor();
    let triples = stored.as_chunks::<3>().0.iter();
    let triples = triples.map(|triple| triple.map(eight));
    Some(match decoded.photometric {
        P::Rgb | P::YbrRct | P::YbrIct => triples.collect(),
        P::YbrFull | P::YbrFull422 => triples
            .map(|[y, cb, cr]| {
                let (cb, cr) = (cb - 128.0, cr - 128.0);
                let rgb = [
                    y + 1.402 * cr,
                    y - 0.114 * 1.772 / 0.587 * cb - 0.299 * 1.402 / 0.587 * cr,
                    y + 1.772 * cb,
                ];
                rgb.map(|channel| channel.clamp(0.0, 255.0))
            })
            .collect(),
        _ => return None,
    })
}

fn palette(root: &InMemDicomObject, stored: &[f64]) -> Option<Vec<[f64; 3]>> {
    let signed = numbers(root, tags::PIXEL_REPRESENTATION).first() == Some(&1.0);
    let channel = |descriptor, data| Table::read(root, descriptor, data, signed);
    let tables = [
        channel(
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
        channel(
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
        channel(
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
    ];
    let entries = tables.iter().flat_map(|table| &table.entries);
    let bytes_only = entries.copied().fold(0.0, f64::max) <= 255.0;
    let divisor = if bytes_only { 1.0 } else { 256.0 };
    let colour =
        |value: &f64| [0, 1, 2].map(|channel| (tables[channel].look_up(*value) / divisor).floor());
    Some(stored.iter().map(colour).collect())
}
