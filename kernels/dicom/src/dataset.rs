//! Typed access to the small header that dicom-rs has read.

use dicom_core::Tag;
use dicom_core::VR;
use dicom_dictionary_std::tags;
use dicom_encoding::text::SpecificCharacterSet;
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries;

use crate::element::Encoding;
use crate::error::DicomError;
use crate::text::CharacterSets;

/// One data set or sequence item, with the character sets of its file.
#[derive(Clone, Copy)]
pub(crate) struct Dataset<'a> {
    object: &'a InMemDicomObject,
    sets: &'a CharacterSets,
}

/// Parses the bytes of a small header made by [`crate::walk`].
///
/// Text is read as ISO 8859-1, which keeps every byte, and decoded by [`CharacterSets`] later.
pub(crate) fn parse(header: &[u8], encoding: Encoding) -> Result<InMemDicomObject, DicomError> {
    let syntax = match encoding {
        Encoding::ImplicitLittle => entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding::ExplicitLittle => entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding::ExplicitBig => entries::EXPLICIT_VR_BIG_ENDIAN.erased(),
    };
    // The reader's own message is left out: it may quote values, and so a patient.
    InMemDicomObject::read_dataset_with_ts_cs(header, &syntax, SpecificCharacterSet::ISO_IR_100)
        .map_err(|_| DicomError::Damaged("a value in the header cannot be read".to_owned()))
}

impl<'a> Dataset<'a> {
    pub fn new(object: &'a InMemDicomObject, sets: &'a CharacterSets) -> Self {
        Self { object, sets }
    }

    /// Whether the element is there and not empty.
    pub fn has_value(&self, tag: Tag) -> bool {
        self.object
            .get(tag)
            .is_some_and(|element| match element.value().primitive() {
                Some(value) => value.calculate_byte_len() > 0,
                None => element.value().multiplicity() > 0,
            })
    }

    /// The text of an element, whole; `None` when absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let value = self.object.get(tag)?.value().primitive()?;
        // A backslash may be half of a two-byte character: parts are joined before decoding.
        let joined = value.to_multi_str().join("\\");
        let text = self.sets.decode(&bytes_of(&joined));
        (!text.is_empty()).then_some(text)
    }

    /// The parts of a code string, UID or other plain text, without padding.
    pub fn codes(&self, tag: Tag) -> Vec<String> {
        let Some(value) = self
            .object
            .get(tag)
            .and_then(|element| element.value().primitive())
        else {
            return Vec::new();
        };
        let parts = value.to_multi_str();
        parts
            .iter()
            .map(|part| part.trim_matches(padding).to_owned())
            .collect()
    }

    /// The first part of a code string or UID, or nothing.
    pub fn code(&self, tag: Tag) -> String {
        self.codes(tag).into_iter().next().unwrap_or_default()
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
        let Some(value) = self
            .object
            .get(tag)
            .and_then(|element| element.value().primitive())
        else {
            return Vec::new();
        };
        if matches!(
            value,
            dicom_core::PrimitiveValue::Strs(_) | dicom_core::PrimitiveValue::Str(_)
        ) {
            let parts = value.to_multi_str();
            let numbers = parts
                .iter()
                .map(|part| part.trim_matches(padding).parse::<f64>());
            return numbers
                .collect::<Result<Vec<f64>, _>>()
                .ok()
                .filter(|all| all.iter().all(|number| number.is_finite()))
                .unwrap_or_default();
        }
        value.to_multi_finite_float64().unwrap_or_default()
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
        let Some(value) = self
            .object
            .get(tag)
            .and_then(|element| element.value().primitive())
        else {
            return Vec::new();
        };
        if let Ok(all) = value.to_multi_int::<i64>() {
            return all;
        }
        // Some writers give integer strings a fraction of zero.
        let numbers = self.numbers(tag);
        if !numbers.is_empty() && numbers.iter().all(|number| number.fract() == 0.0) {
            return numbers.iter().map(|number| *number as i64).collect();
        }
        Vec::new()
    }

    /// Value representation of an element.
    pub fn vr(&self, tag: Tag) -> Option<VR> {
        self.object.get(tag).map(|element| element.vr())
    }

    /// 16-bit words of an element in OW, US or SS, whatever their sign.
    pub fn words(&self, tag: Tag) -> Vec<u16> {
        use dicom_core::PrimitiveValue::{I16, U8, U16};
        match self
            .object
            .get(tag)
            .and_then(|element| element.value().primitive())
        {
            Some(U16(words)) => words.to_vec(),
            Some(I16(words)) => words.iter().map(|word| *word as u16).collect(),
            Some(U8(bytes)) => bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_le_bytes(*pair))
                .collect(),
            Some(other) => other.to_multi_int::<i64>().map_or_else(
                |_| Vec::new(),
                |all| all.iter().map(|value| *value as u16).collect(),
            ),
            None => Vec::new(),
        }
    }

    /// Tags that an element of representation AT points at.
    pub fn tags(&self, tag: Tag) -> Vec<Tag> {
        let value = self.object.get(tag);
        match value.and_then(|element| element.value().primitive()) {
            Some(dicom_core::PrimitiveValue::Tags(tags)) => tags.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Bytes of an element in OB or OW, words with their low byte first.
    pub fn bytes(&self, tag: Tag) -> Vec<u8> {
        use dicom_core::PrimitiveValue::{U8, U16};
        let value = self.object.get(tag);
        match value.and_then(|element| element.value().primitive()) {
            Some(U8(bytes)) => bytes.to_vec(),
            Some(U16(words)) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            _ => Vec::new(),
        }
    }

    /// Items of a sequence.
    pub fn items(&self, tag: Tag) -> Vec<Dataset<'a>> {
        let items = self
            .object
            .get(tag)
            .and_then(|element| element.value().items());
        items
            .unwrap_or_default()
            .iter()
            .map(|object| Dataset {
                object,
                sets: self.sets,
            })
            .collect()
    }

    /// First item of a sequence.
    pub fn item(&self, tag: Tag) -> Option<Dataset<'a>> {
        let items = self
            .object
            .get(tag)
            .and_then(|element| element.value().items())?;
        items.first().map(|object| Dataset {
            object,
            sets: self.sets,
        })
    }

    /// Pixel Representation (0028,0103) of this data set.
    pub fn signed(&self) -> bool {
        self.integer(tags::PIXEL_REPRESENTATION) == Some(1)
    }
}

fn padding(letter: char) -> bool {
    letter.is_whitespace() || letter == '\0'
}

/// The bytes that ISO 8859-1 text came from.
fn bytes_of(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
        .collect()
}
