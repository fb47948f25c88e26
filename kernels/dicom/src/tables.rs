//! Lookup tables and palettes out of a data set: descriptors, packed bytes, segments (PS3.3 C.7.9, C.11.1, C.11.2).

use std::sync::Arc;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use kernel_imaging::{LookupTable, Palette};

use crate::dataset::Dataset;

/// Most entries a table may have: a descriptor holds 16 bits and 0 stands for 65,536.
const ENTRIES_MAX: usize = 65_536;

/// Whether an item holds a table; some writers leave an empty item in the sequence.
pub(crate) fn has_table(item: &Dataset<'_>) -> bool {
    item.has_value(tags::LUT_DESCRIPTOR) || item.has_value(tags::LUT_DATA)
}

/// Reads the table of a Modality or VOI LUT item; the error is a sentence for the reader.
pub(crate) fn lookup_table(
    item: &Dataset<'_>,
    signed_input: bool,
) -> Result<Arc<LookupTable>, String> {
    let descriptor = Descriptor::read(item, tags::LUT_DESCRIPTOR, signed_input)?;
    let data = item.words(tags::LUT_DATA);
    descriptor.table(&data).map(Arc::new)
}

/// Reads the palette of a PALETTE COLOR image, plain or segmented.
pub(crate) fn palette(root: &Dataset<'_>) -> Result<Arc<Palette>, String> {
    let signed = root.signed();
    let channel = |descriptor: Tag, data: Tag, segmented: Tag| {
        let descriptor = Descriptor::read(root, descriptor, signed)?;
        if root.has_value(data) {
            return descriptor.table(&root.words(data));
        }
        if root.has_value(segmented) {
            return descriptor.segmented_table(&root.words(segmented));
        }
        Err("The palette has no data".to_owned())
    };
    Ok(Arc::new(Palette {
        red: channel(
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
        green: channel(
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
        blue: channel(
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
    }))
}

struct Descriptor {
    entries: usize,
    first_mapped: i64,
    bits: u8,
}

impl Descriptor {
    fn read(item: &Dataset<'_>, tag: Tag, signed_input: bool) -> Result<Self, String> {
        let words = item.words(tag);
        let [entries, first, bits] = words
            .first_chunk::<3>()
            .copied()
            .ok_or_else(|| "A lookup table has no descriptor".to_owned())?;
        if !(1..=16).contains(&bits) {
            return Err(format!("A lookup table with entries of {bits} bits"));
        }
        // Only the second value follows the sign of the input (PS3.3 C.11.1.1).
        let signed = signed_input || item.vr(tag) == Some(VR::SS);
        Ok(Self {
            entries: if entries == 0 {
                ENTRIES_MAX
            } else {
                usize::from(entries)
            },
            first_mapped: if signed {
                i64::from(first as i16)
            } else {
                i64::from(first)
            },
            bits: bits as u8,
        })
    }

    fn table(&self, data: &[u16]) -> Result<LookupTable, String> {
        // Entries of 8 bits may be packed in pairs, the first in the low byte.
        let packed = self.bits <= 8 && data.len() == self.entries.div_ceil(2) && self.entries > 1;
        let mut values = if packed {
            unpacked(data)
        } else {
            data.to_vec()
        };
        if values.len() < self.entries {
            return Err(format!(
                "A lookup table of {} entries holds only {}",
                self.entries,
                values.len()
            ));
        }
        values.truncate(self.entries);
        Ok(LookupTable {
            first_mapped: self.first_mapped,
            bits: self.bits,
            values,
        })
    }

    /// Expands discrete, linear and indirect segments (PS3.3 C.7.9.2).
    fn segmented_table(&self, data: &[u16]) -> Result<LookupTable, String> {
        let words = if self.bits <= 8 {
            unpacked(data)
        } else {
            data.to_vec()
        };
        let mut values: Vec<u16> = Vec::with_capacity(self.entries);
        expand(
            &words,
            0,
            words.len(),
            self.entries,
            self.bits <= 8,
            false,
            &mut values,
        )?;
        if values.len() != self.entries {
            return Err(format!(
                "A segmented lookup table of {} entries expands to {}",
                self.entries,
                values.len()
            ));
        }
        Ok(LookupTable {
            first_mapped: self.first_mapped,
            bits: self.bits,
            values,
        })
    }
}

fn unpacked(data: &[u16]) -> Vec<u16> {
    data.iter()
        .flat_map(|word| [word & 0xFF, word >> 8])
        .collect()
}

/// Expands `words[start..end]`, or as many segments as an indirect segment asks for.
fn expand(
    words: &[u16],
    start: usize,
    limit: usize,
    entries: usize,
    bytes: bool,
    nested: bool,
    values: &mut Vec<u16>,
) -> Result<usize, String> {
    let short = || "A segmented lookup table ends too early".to_owned();
    let word = |index: usize| words.get(index).copied().ok_or_else(short);
    let mut at = start;
    let mut segments = 0;
    // For a nested call `limit` counts segments, otherwise it is the end of the data.
    while if nested {
        segments < limit
    } else {
        at + 1 < limit && values.len() < entries
    } {
        let (code, length) = (word(at)?, usize::from(word(at + 1)?));
        at += 2;
        segments += 1;
        match code {
            0 => {
                let run = words.get(at..at + length).ok_or_else(short)?;
                values.extend_from_slice(run);
                at += length;
            }
            1 => {
                let last = i64::from(word(at)?);
                let first = i64::from(*values.last().ok_or_else(short)?);
                let steps = length as i64;
                values.extend((1..=steps).map(|step| {
                    let rise = (last - first) * step;
                    // Rounded to the nearest integer, halves away from zero.
                    let half = if rise < 0 { -steps / 2 } else { steps / 2 };
                    (first + (rise + half) / steps) as u16
                }));
                at += 1;
            }
            2 if !nested => {
                let offset = if bytes {
                    let mut offset = 0_usize;
                    for index in 0..4 {
                        offset |= usize::from(word(at + index)?) << (8 * index);
                    }
                    at += 4;
                    offset
                } else {
                    let offset = usize::from(word(at)?) | usize::from(word(at + 1)?) << 16;
                    at += 2;
                    offset / 2
                };
                expand(words, offset, length, entries, bytes, true, values)?;
            }
            _ => {
                return Err(format!(
                    "A segmented lookup table has a segment of type {code}"
                ));
            }
        }
        if values.len() > entries {
            return Err("A segmented lookup table has more entries than stated".to_owned());
        }
    }
    Ok(at)
}
