//! Elements of the objects that are written here: UTF-8 text, explicit little endian, and what all derived objects have in common.

use dicom_core::chrono::{DateTime, Utc};
use dicom_core::value::{DataSetSequence, PixelFragmentSequence, Value};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use kernel_imaging::{FrameReference, Instance};

use crate::error::DicomError;

/// Characters of a decimal string (PS3.5 6.2).
pub(crate) const DECIMAL_CHARS: usize = 16;
/// Identifies this program as the writer of a file.
pub(crate) const IMPLEMENTATION_CLASS_UID: &str = "2.25.214853261190466352706829306243187521393";
const IMPLEMENTATION_VERSION: &str = "CLISONIX";

/// What a derived object says of itself.
pub struct Derivation<'a> {
    /// The program and its version.
    pub application: &'a str,
    /// What was done, in a line.
    pub description: &'a str,
    /// Name of the model or operation, with its version.
    pub algorithm: &'a str,
    /// Makes the UID of a part of the object from its name; equal results give equal UIDs.
    pub uid: &'a (dyn Fn(&str) -> String + Sync),
    /// When it was made, seconds since 1970 in UTC.
    pub made_unix_s: i64,
}

/// A coded concept (PS3.3 8.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Code Value.
    pub value: String,
    /// Coding Scheme Designator, such as `SCT`.
    pub scheme: String,
    /// Code Meaning.
    pub meaning: String,
}

impl Code {
    pub(crate) fn new(value: &str, scheme: &str, meaning: &str) -> Self {
        let [value, scheme, meaning] = [value, scheme, meaning].map(str::to_owned);
        Self {
            value,
            scheme,
            meaning,
        }
    }

    pub(crate) fn item(&self) -> Item {
        Item::new()
            .text(tags::CODE_VALUE, VR::SH, &self.value)
            .text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, &self.scheme)
            .text(tags::CODE_MEANING, VR::LO, &self.meaning)
    }
}

/// A data set or sequence item under construction.
#[derive(Clone)]
pub(crate) struct Item(InMemDicomObject);

impl Item {
    pub fn new() -> Self {
        Self(InMemDicomObject::new_empty())
    }

    /// Any value.
    pub fn with(mut self, tag: Tag, vr: VR, value: impl Into<PrimitiveValue>) -> Self {
        self.0.put(DataElement::new(tag, vr, value.into()));
        self
    }

    /// Text; an empty one is there and empty.
    pub fn text(self, tag: Tag, vr: VR, text: &str) -> Self {
        if text.is_empty() {
            return self.with(tag, vr, PrimitiveValue::Empty);
        }
        self.with(tag, vr, text)
    }

    /// Leaves an element out.
    pub fn without(mut self, tag: Tag) -> Self {
        self.0.remove_element(tag);
        self
    }

    /// Several code strings, UIDs or other texts.
    pub fn texts(self, tag: Tag, vr: VR, texts: &[&str]) -> Self {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.with(tag, vr, PrimitiveValue::Strs(texts))
    }

    /// Decimal strings.
    pub fn decimals(self, tag: Tag, values: &[f64]) -> Self {
        let texts = values.iter().map(|value| decimal(*value)).collect();
        self.with(tag, VR::DS, PrimitiveValue::Strs(texts))
    }

    /// A whole number as text.
    pub fn whole(self, tag: Tag, value: i64) -> Self {
        self.with(tag, VR::IS, value.to_string())
    }

    /// 16-bit numbers.
    pub fn short(self, tag: Tag, values: &[u16]) -> Self {
        self.with(tag, VR::US, PrimitiveValue::U16(values.into()))
    }

    /// 16-bit words of bulk data.
    pub fn words(self, tag: Tag, values: &[u16]) -> Self {
        self.with(tag, VR::OW, PrimitiveValue::U16(values.into()))
    }

    /// Its SOP Class UID, or empty.
    pub fn class(&self) -> String {
        let class = self.0.element(tags::SOP_CLASS_UID).ok();
        let class = class.and_then(|element| element.to_str().ok());
        class.map(|uid| uid.into_owned()).unwrap_or_default()
    }

    /// 32-bit numbers.
    pub fn long(self, tag: Tag, values: &[u32]) -> Self {
        self.with(tag, VR::UL, PrimitiveValue::U32(values.into()))
    }

    /// A tag as a value.
    pub fn tag(self, tag: Tag, value: Tag) -> Self {
        self.with(tag, VR::AT, PrimitiveValue::Tags([value].as_slice().into()))
    }

    /// Bytes as they are, of even length.
    pub fn bytes(self, tag: Tag, vr: VR, bytes: Vec<u8>) -> Self {
        self.with(tag, vr, PrimitiveValue::U8(bytes.into()))
    }

    /// A sequence.
    pub fn items(mut self, tag: Tag, items: Vec<Item>) -> Self {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.0).collect();
        self.0
            .put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
        self
    }

    /// The file: preamble, file meta group, data set.
    pub fn file(self, sop_class_uid: &str, sop_instance_uid: &str) -> Result<Vec<u8>, DicomError> {
        let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        self.file_in(sop_class_uid, sop_instance_uid, syntax)
    }

    /// The file in a transfer syntax, whose pixels are encoded so already.
    pub fn file_in(
        self,
        sop_class_uid: &str,
        sop_instance_uid: &str,
        transfer_syntax_uid: &str,
    ) -> Result<Vec<u8>, DicomError> {
        // The writer's own message is left out: it may quote values, and so a patient.
        let failed = || DicomError::Unsupported("an object that cannot be written".to_owned());
        let meta = FileMetaTableBuilder::new()
            .media_storage_sop_class_uid(sop_class_uid)
            .media_storage_sop_instance_uid(sop_instance_uid)
            .transfer_syntax(transfer_syntax_uid)
            .implementation_class_uid(IMPLEMENTATION_CLASS_UID)
            .implementation_version_name(IMPLEMENTATION_VERSION)
            .build()
            .map_err(|_| failed())?;
        let mut file = Vec::new();
        self.0
            .with_exact_meta(meta)
            .write_all(&mut file)
            .map_err(|_| failed())?;
        Ok(file)
    }
}

/// Compressed pixels, as fragments.
pub(crate) fn pixels_of(mut item: Item, pixels: PixelFragmentSequence<Vec<u8>>) -> Item {
    item.0.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OB,
        Value::PixelSequence(pixels),
    ));
    item
}

/// Patient, study, frame of reference, series and equipment of an object that is made of the images of `source`.
pub(crate) fn like(source: &Instance, modality: &str, derivation: &Derivation<'_>) -> Item {
    let (patient, study) = (&source.patient, &source.study);
    let version = derivation
        .application
        .split_whitespace()
        .last()
        .unwrap_or_default();
    series_times(Item::new(), derivation)
        .text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
        .text(tags::PATIENT_NAME, VR::PN, patient.name.reveal())
        .text(tags::PATIENT_ID, VR::LO, patient.id.reveal())
        .text(
            tags::PATIENT_BIRTH_DATE,
            VR::DA,
            patient.birth_date.reveal(),
        )
        .text(tags::PATIENT_SEX, VR::CS, patient.sex.reveal())
        .text(tags::STUDY_INSTANCE_UID, VR::UI, &source.study_uid)
        .text(tags::STUDY_DATE, VR::DA, study.date.reveal())
        .text(tags::STUDY_TIME, VR::TM, study.time.reveal())
        .text(tags::STUDY_ID, VR::SH, "")
        .text(tags::STUDY_DESCRIPTION, VR::LO, study.description.reveal())
        .text(tags::ACCESSION_NUMBER, VR::SH, study.accession.reveal())
        .text(tags::REFERRING_PHYSICIAN_NAME, VR::PN, "")
        .text(tags::MODALITY, VR::CS, modality)
        .text(
            tags::SERIES_INSTANCE_UID,
            VR::UI,
            &(derivation.uid)("series"),
        )
        .text(
            tags::SERIES_DESCRIPTION,
            VR::LO,
            &short(derivation.description),
        )
        .text(
            tags::FRAME_OF_REFERENCE_UID,
            VR::UI,
            &source.frame_of_reference_uid,
        )
        .text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, "")
        .text(tags::MANUFACTURER, VR::LO, "Clisonix")
        .text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "Clisonix")
        .text(tags::DEVICE_SERIAL_NUMBER, VR::LO, "0")
        .text(tags::SOFTWARE_VERSIONS, VR::LO, version)
}

/// The images that frames are of, in the order that they first come, with the series that they are in.
pub(crate) fn referenced_series(frames: &[FrameReference]) -> Item {
    let mut instances: Vec<&Instance> = Vec::new();
    for frame in frames {
        let known = |held: &&Instance| held.sop_instance_uid == frame.instance.sop_instance_uid;
        if !instances.iter().any(known) {
            instances.push(&frame.instance);
        }
    }
    let series = instances.first().map_or("", |first| &first.series_uid);
    Item::new()
        .text(tags::SERIES_INSTANCE_UID, VR::UI, series)
        .items(
            tags::REFERENCED_INSTANCE_SEQUENCE,
            instances
                .iter()
                .filter(|instance| instance.series_uid == series)
                .map(|instance| reference(instance))
                .collect(),
        )
}

/// An image by its class and UID.
pub(crate) fn reference(instance: &Instance) -> Item {
    Item::new()
        .text(
            tags::REFERENCED_SOP_CLASS_UID,
            VR::UI,
            &instance.sop_class_uid,
        )
        .text(
            tags::REFERENCED_SOP_INSTANCE_UID,
            VR::UI,
            &instance.sop_instance_uid,
        )
}

/// When the series was made, and by whom it is operated: nobody.
pub(crate) fn series_times(item: Item, derivation: &Derivation<'_>) -> Item {
    let made = DateTime::<Utc>::from_timestamp(derivation.made_unix_s, 0).unwrap_or_default();
    let date = made.format("%Y%m%d").to_string();
    let time = made.format("%H%M%S").to_string();
    item.text(tags::TIMEZONE_OFFSET_FROM_UTC, VR::SH, "+0000")
        .text(tags::SERIES_DATE, VR::DA, &date)
        .text(tags::SERIES_TIME, VR::TM, &time)
        .text(tags::CONTENT_DATE, VR::DA, &date)
        .text(tags::CONTENT_TIME, VR::TM, &time)
}

/// A text of at most 1024 characters, for a short text.
pub(crate) fn paragraph(text: &str) -> String {
    text.chars().take(1024).collect()
}

/// A text of at most 64 characters, for a long string.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The nearest number that a decimal string can say.
pub(crate) fn decimal(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() <= DECIMAL_CHARS {
        return plain;
    }
    let away = |text: &String| {
        text.parse::<f64>()
            .map_or(f64::INFINITY, |read| (read - value).abs())
    };
    (0..DECIMAL_CHARS)
        .flat_map(|places| [format!("{value:.places$}"), format!("{value:.places$e}")])
        .filter(|text| text.len() <= DECIMAL_CHARS)
        .min_by(|one, other| away(one).total_cmp(&away(other)))
        .unwrap_or_else(|| "0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimal_strings_have_at_most_sixteen_characters_and_stay_near() {
        for value in [
            0.0,
            -1.0,
            0.488_281_25,
            -123.456_789_012_345_67,
            1.0 / 3.0,
            -2.0e-11 / 3.0,
            1.0e15 / 7.0,
            -9.876_543_210_987e200,
            f64::MIN_POSITIVE,
        ] {
            let text = decimal(value);
            assert!(text.len() <= 16, "{text}");
            let read: f64 = text.parse().expect("a number");
            assert!(
                (read - value).abs() <= value.abs() * 1e-8,
                "{value} as {text}"
            );
        }
    }
}
