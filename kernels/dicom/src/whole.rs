//! A data set that was read, copied element by element into one that can be written: its text in UTF-8.

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};

use crate::dataset::Dataset;
use crate::text::CharacterSets;
use crate::values::{Value, trimmed, vr};
use crate::written::{DECIMAL_CHARS, Item, decimal};

/// The elements of a data set that `keep` lets through, in sequences too; what was passed over in reading, private elements among
/// it, is not there.
pub(crate) fn copied(from: &Dataset<'_>, keep: &dyn Fn(Tag) -> bool) -> Item {
    let mut item = Item::new();
    for index in from.elements() {
        let tag = from.header.entries[index as usize].tag;
        if !keep(tag) {
            continue;
        }
        if from.header.entries[index as usize].vr == VR::SQ {
            let items = from.items(tag).into_iter();
            item = item.items(tag, items.map(|one| copied(&one, keep)).collect());
            continue;
        }
        let kind = vr(from.header, index);
        item = item.with(tag, kind, value(from, index, kind));
    }
    item
}

/// The value of one element, its text in UTF-8.
pub(crate) fn value(from: &Dataset<'_>, index: u32, kind: VR) -> PrimitiveValue {
    match Value::read(from.header, index) {
        None => PrimitiveValue::Empty,
        Some(Value::Numbers(numbers)) => numbers,
        Some(Value::Text { bytes, parted }) => {
            let text = text(from.sets, bytes, kind);
            if parted {
                let parts = text.split('\\').map(|part| well_formed(part.trim(), kind));
                PrimitiveValue::Strs(parts.collect())
            } else {
                PrimitiveValue::Str(text)
            }
        }
    }
}

/// A value as its representation wants it: decimal strings that are too long are shortened to the nearest that fits, ages without a
/// unit are left out.
fn well_formed(part: &str, kind: VR) -> String {
    match (kind, part.parse::<f64>()) {
        (VR::DS, Ok(value)) if part.len() > DECIMAL_CHARS && value.is_finite() => decimal(value),
        (VR::AS, _) if part.len() != 4 => String::new(),
        _ => part.to_owned(),
    }
}

/// Only these representations follow the character set (PS3.5 6.1.2.2).
fn text(sets: &CharacterSets, bytes: &[u8], kind: VR) -> String {
    match kind {
        VR::SH | VR::LO | VR::ST | VR::PN | VR::LT | VR::UC | VR::UT => sets.decode(bytes),
        _ => String::from_utf8_lossy(trimmed(bytes)).into_owned(),
    }
}
