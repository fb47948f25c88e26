//! Lookup tables as the standard describes them, read by dicom-rs.

use dicom_core::Tag;
use dicom_object::InMemDicomObject;

/// A table of C.11.1.1 or C.7.9: the first input, the entries, the bits that are stated.
pub struct Table {
    first: f64,
    pub entries: Vec<f64>,
    bits: i32,
}

impl Table {
    pub fn read(item: &InMemDicomObject, descriptor: Tag, data: Tag, signed: bool) -> Option<Self> {
        let words: Vec<u16> = words(item, descriptor)?;
        let [count, first, bits] = words[..] else {
            return None;
        };
        let count = if count == 0 {
            65_536
        } else {
            usize::from(count)
        };
        let mut entries = words_or_bytes(item, data, count)?;
        entries.truncate(count);
        let first = if signed {
            f64::from(first as i16)
        } else {
            f64::from(first)
        };
        (entries.len() == count).then_some(Self {
            first,
            entries,
            bits: i32::from(bits),
        })
    }

    pub fn look_up(&self, input: f64) -> f64 {
        let last = self.entries.len() as f64 - 1.0;
        let place = ((input + 0.5).floor() - self.first).clamp(0.0, last);
        self.entries[place as usize]
    }

    /// White: what the bits allow, or the greatest entry where the data are narrower than stated.
    pub fn white(&self) -> f64 {
        let greatest = self.entries.iter().copied().fold(1.0, f64::max);
        let stated = 2.0_f64.powi(self.bits) - 1.0;
        if greatest > stated || greatest <= 2.0_f64.powi(self.bits - 1) - 1.0 {
            greatest
        } else {
            stated
        }
    }
}

/// 16-bit words, whatever their sign.
fn words(item: &InMemDicomObject, tag: Tag) -> Option<Vec<u16>> {
    let all = item.get(tag)?.to_multi_int::<i32>().ok()?;
    Some(all.into_iter().map(|word| word as u16).collect())
}

/// Entries in words, or in bytes packed into them, the first in the low one.
fn words_or_bytes(item: &InMemDicomObject, tag: Tag, count: usize) -> Option<Vec<f64>> {
    let bytes = item.get(tag)?.to_bytes().ok()?;
    let pairs = bytes.as_chunks::<2>().0.iter();
    let words: Vec<f64> = pairs
        .map(|pair| f64::from(u16::from_le_bytes(*pair)))
        .collect();
    if words.len() >= count {
        return Some(words);
    }
    (bytes.len() >= count).then(|| bytes.iter().map(|byte| f64::from(*byte)).collect())
}
