//! Typed access to the small header; values are read when they are asked for.

use dicom_core::Tag;
use dicom_core::VR;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;

use crate::header_writer::SmallHeader;
use crate::text::CharacterSets;
use crate::values::{Value, trimmed, vr};

/// One data set or sequence item, with the character sets of its file.
#[derive(Clone, Copy)]
pub(crate) struct Dataset<'a> {
    pub(crate) header: &'a SmallHeader,
    /// The item it is, or the root data set.
    item: Option<u32>,
    pub(crate) sets: &'a CharacterSets,
}

impl<'a> Dataset<'a> {
    /// The root data set of a header.
    pub fn new(header: &'a SmallHeader, sets: &'a CharacterSets) -> Self {
        Self {
            header,
            item: None,
            sets,
        }
    }

    fn find(&self, tag: Tag) -> Option<u32> {
        let Some(item) = self.item else {
            return self.header.find(tag);
        };
        // An item has few elements; of equal ones the last counts, as in the root.
        let mut found = None;
        for index in self.within(item) {
            if self.header.entries[index as usize].tag == tag {
                found = Some(index);
            }
        }
        found
    }

    /// The entries directly within a sequence or an item.
    fn within(&self, outer: u32) -> impl Iterator<Item = u32> + use<'a> {
        let entries = self.header.entries.as_slice();
        let end = entries[outer as usize].next;
        let first = Some(outer + 1).filter(|first| *first < end);
        std::iter::successors(first, move |index| {
            Some(entries[*index as usize].next).filter(|next| *next < end)
        })
    }

    /// The entries of all elements of this data set, in their order.
    pub fn elements(&self) -> Vec<u32> {
        match self.item {
            Some(item) => self.within(item).collect(),
            None => {
                let entries = self.header.entries.as_slice();
                let first = (!entries.is_empty()).then_some(0);
                std::iter::successors(first, |index| {
                    let next = entries[*index as usize].next;
                    ((next as usize) < entries.len()).then_some(next)
                })
                .collect()
            }
        }
    }

    fn value(&self, tag: Tag) -> Option<Value<'a>> {
        Value::read(self.header, self.find(tag)?)
    }

    /// Whether the element is there and not empty.
    pub fn has_value(&self, tag: Tag) -> bool {
        self.find(tag).is_some_and(|index| {
            let entry = &self.header.entries[index as usize];
            entry.length > 0 || entry.next > index + 1
        })
    }

    /// The text of an element, whole; `None` when absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let text = match self.value(tag)? {
            Value::Text { bytes, .. } => self.sets.decode(bytes),
            Value::Numbers(numbers) => numbers.to_multi_str().join("\\"),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The parts of a code string, UID or other plain text, without padding.
    pub fn codes(&self, tag: Tag) -> Vec<String> {
        match self.value(tag) {
            Some(Value::Text { bytes, parted }) => Value::parts(bytes, parted).map(plain).collect(),
            Some(Value::Numbers(numbers)) => numbers.to_multi_str().to_vec(),
            None => Vec::new(),
        }
    }

    /// The first part of a code string or UID, or nothing.
    pub fn code(&self, tag: Tag) -> String {
        match self.value(tag) {
            Some(Value::Text { bytes, parted }) => Value::parts(bytes, parted)
                .next()
                .map(plain)
                .unwrap_or_default(),
            _ => self.codes(tag).into_iter().next().unwrap_or_default(),
        }
    }

    /// Texts of an element with several values, decoded.
    pub fn texts(&self, tag: Tag) -> Vec<String> {
        match self.text(tag) {
            Some(text) => text
                .split('\\')
                .map(|part| part.trim_matches(padding).to_owned())
                .collect(),
            None => Vec::new(),
        }
    }

    /// Finite numbers of a decimal string or binary element; empty when one of them cannot be read.
    pub fn numbers(&self, tag: Tag) -> Vec<f64> {
        match self.value(tag) {
            Some(Value::Text { bytes, parted }) => {
                let numbers = Value::parts(bytes, parted).map(number);
                numbers.collect::<Option<Vec<f64>>>().unwrap_or_default()
            }
            Some(Value::Numbers(numbers)) => numbers.to_multi_finite_float64().unwrap_or_default(),
            None => Vec::new(),
        }
    }

    /// First finite number.
    pub fn number(&self, tag: Tag) -> Option<f64> {
        self.numbers(tag).first().copied()
    }

    /// `N` finite numbers, when there are at least that many.
    pub fn vector<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        self.numbers(tag).first_chunk::<N>().copied()
    }

    /// First integer of an integer string or binary element.
    pub fn integer(&self, tag: Tag) -> Option<i64> {
        self.integers(tag).first().copied()
    }

    /// Integers of an element; empty when one of them cannot be read.
    pub fn integers(&self, tag: Tag) -> Vec<i64> {
        let whole = match self.value(tag) {
            Some(Value::Text { bytes, parted }) => Value::parts(bytes, parted)
                .map(|part| std::str::from_utf8(part).ok()?.parse().ok())
                .collect(),
            Some(Value::Numbers(numbers)) => numbers.to_multi_int::<i64>().ok(),
            None => return Vec::new(),
        };
        if let Some(all) = whole {
            return all;
        }
        // Some writers give integer strings a fraction of zero.
        let numbers = self.numbers(tag);
        if numbers.iter().all(|number| number.fract() == 0.0) {
            return numbers.iter().map(|number| *number as i64).collect();
        }
        Vec::new()
    }

    /// Value representation of an element.
    pub fn vr(&self, tag: Tag) -> Option<VR> {
        self.find(tag).map(|index| vr(self.header, index))
    }

    /// 16-bit words of an element in OW, US or SS, whatever their sign.
    pub fn words(&self, tag: Tag) -> Vec<u16> {
        use PrimitiveValue::{I16, U8, U16};
        match self.value(tag) {
            Some(Value::Numbers(U16(words))) => words.to_vec(),
            Some(Value::Numbers(I16(words))) => words.iter().map(|word| *word as u16).collect(),
            Some(Value::Numbers(U8(bytes))) => bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_le_bytes(*pair))
                .collect(),
            Some(_) => {
                let all = self.integers(tag);
                all.iter().map(|value| *value as u16).collect()
            }
            None => Vec::new(),
        }
    }

    /// Tags that an element of representation AT points at.
    pub fn tags(&self, tag: Tag) -> Vec<Tag> {
        match self.value(tag) {
            Some(Value::Numbers(PrimitiveValue::Tags(tags))) => tags.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Bytes of an element in OB or OW, words with their low byte first.
    pub fn bytes(&self, tag: Tag) -> Vec<u8> {
        use PrimitiveValue::{U8, U16};
        match self.value(tag) {
            Some(Value::Numbers(U8(bytes))) => bytes.to_vec(),
            Some(Value::Numbers(U16(words))) => {
                words.iter().flat_map(|word| word.to_le_bytes()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Items of a sequence.
    pub fn items(&self, tag: Tag) -> Vec<Dataset<'a>> {
        self.each_item(tag).collect()
    }

    fn each_item(&self, tag: Tag) -> impl Iterator<Item = Dataset<'a>> + use<'a> {
        let dataset = *self;
        let found = self.find(tag).filter(|index| {
            let entry = &self.header.entries[*index as usize];
            entry.vr == VR::SQ
        });
        let items = found
            .into_iter()
            .flat_map(move |index| dataset.within(index));
        items.map(move |item| Dataset {
            item: Some(item),
            ..dataset
        })
    }

    /// First item of a sequence.
    pub fn item(&self, tag: Tag) -> Option<Dataset<'a>> {
        self.each_item(tag).next()
    }

    /// Pixel Representation (0028,0103) of this data set.
    pub fn signed(&self) -> bool {
        self.integer(tags::PIXEL_REPRESENTATION) == Some(1)
    }
}

fn padding(letter: char) -> bool {
    letter.is_whitespace() || letter == '\0'
}

/// A code as it stands: bytes beyond ASCII, which no code has, as in ISO 8859-1.
fn plain(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.to_owned(),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A finite number.
fn number(part: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(trimmed(part)).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}
