//! Small images of the synthetic set.

use dicom_core::VR;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::{tags, uids};

use super::{Observe, SelfTestCase};
use crate::error::DicomError;
use crate::written::Item;

/// Every UID of the set begins with it.
const ROOT: &str = "2.25.193774512480911230944071122334455667788";

/// The header of a file of a rule; files of one rule are one series. Values of 0 to 255 are seen as they are.
pub fn header(rule: u8, number: usize, title: &str) -> Item {
    let image = number + 1;
    Item::new()
        .text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
        .texts(tags::IMAGE_TYPE, VR::CS, &["DERIVED", "SECONDARY", "AXIAL"])
        .text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE)
        .text(
            tags::SOP_INSTANCE_UID,
            VR::UI,
            &format!("{ROOT}.{rule}.{image}"),
        )
        .text(tags::MODALITY, VR::CS, "CT")
        .text(tags::PATIENT_NAME, VR::PN, "Selftest^Display")
        .text(tags::PATIENT_ID, VR::LO, "SELFTEST")
        .text(tags::STUDY_INSTANCE_UID, VR::UI, ROOT)
        .text(tags::STUDY_DESCRIPTION, VR::LO, "Clisonix self-test")
        .text(tags::SERIES_INSTANCE_UID, VR::UI, &format!("{ROOT}.{rule}"))
        .text(
            tags::SERIES_DESCRIPTION,
            VR::LO,
            &crate::written::short(&format!("Rule {rule}: {title}")),
        )
        .whole(tags::SERIES_NUMBER, i64::from(rule))
        .whole(tags::INSTANCE_NUMBER, image as i64)
        .text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &format!("{ROOT}.0"))
        .decimals(tags::WINDOW_CENTER, &[128.0])
        .decimals(tags::WINDOW_WIDTH, &[256.0])
}

/// One row of grey values of 16 bits.
pub fn row(item: Item, values: &[u16]) -> Item {
    grey(item, [1, values.len()], values)
}

/// Grey values of 16 bits, `[rows, columns]`, of as many frames as there are.
pub fn grey(item: Item, [rows, columns]: [usize; 2], values: &[u16]) -> Item {
    size(item, [rows, columns], "MONOCHROME2", 1, 16).with(
        tags::PIXEL_DATA,
        VR::OW,
        PrimitiveValue::U16(values.into()),
    )
}

/// One row of bytes, `samples` a pixel.
pub fn bytes(item: Item, samples: u16, photometric: &str, values: &[u8]) -> Item {
    let columns = values.len() / usize::from(samples);
    let mut padded = values.to_vec();
    padded.resize(values.len().next_multiple_of(2), 0);
    let item = size(item, [1, columns], photometric, samples, 8);
    let item = match samples {
        1 => item,
        _ => item.short(tags::PLANAR_CONFIGURATION, &[0]),
    };
    item.bytes(tags::PIXEL_DATA, VR::OB, padded)
}

fn size(
    item: Item,
    [rows, columns]: [usize; 2],
    photometric: &str,
    samples: u16,
    bits: u16,
) -> Item {
    item.short(tags::SAMPLES_PER_PIXEL, &[samples])
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric)
        .short(tags::ROWS, &[rows as u16])
        .short(tags::COLUMNS, &[columns as u16])
        .short(tags::BITS_ALLOCATED, &[bits])
        .short(tags::BITS_STORED, &[bits])
        .short(tags::HIGH_BIT, &[bits - 1])
        .short(tags::PIXEL_REPRESENTATION, &[0])
}

/// A lookup table: how many entries, the first value that it maps, bits of an entry, and the entries.
pub fn table(item: Item, bits: u16, entries: &[u16]) -> Item {
    item.short(tags::LUT_DESCRIPTOR, &[entries.len() as u16, 0, bits])
        .short(tags::LUT_DATA, entries)
}

/// Where an image lies: rows run to the left of the patient, columns to the back.
pub fn placed(item: Item, z_mm: f64, spacing_mm: [f64; 2]) -> Item {
    item.decimals(tags::IMAGE_POSITION_PATIENT, &[0.0, 0.0, z_mm])
        .decimals(
            tags::IMAGE_ORIENTATION_PATIENT,
            &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        )
        .decimals(tags::PIXEL_SPACING, &spacing_mm)
}

/// A case of one file made from the common header.
pub fn case(
    rule: u8,
    title: &'static str,
    expected: &'static str,
    observe: Observe,
    make: impl Fn(Item) -> Item,
) -> Result<SelfTestCase, DicomError> {
    series(rule, title, expected, observe, 1, |item, _| make(item))
}

/// A case of several files.
pub fn series(
    rule: u8,
    title: &'static str,
    expected: &'static str,
    observe: Observe,
    count: usize,
    make: impl Fn(Item, usize) -> Item,
) -> Result<SelfTestCase, DicomError> {
    let files = (0..count).map(|number| {
        let instance = format!("{ROOT}.{rule}.{}", number + 1);
        let item = make(header(rule, number, title), number);
        let class = item.class();
        item.file(&class, &instance)
    });
    Ok(SelfTestCase {
        rule,
        title,
        files: files.collect::<Result<_, _>>()?,
        expected,
        observe,
    })
}
