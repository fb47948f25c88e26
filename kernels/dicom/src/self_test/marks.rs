//! Rules 22 to 26, 29 and 31: what lies over images, and what is said of them.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use kernel_imaging::{ViewTransform, apply_shutters, draw_overlays};

use super::build::{case, grey, row};
use super::{SelfTestCase, greys};
use crate::error::DicomError;

/// The first of the groups of overlays.
const fn overlay(element: u16) -> Tag {
    Tag(0x6000, element)
}

pub fn cases() -> Result<Vec<SelfTestCase>, DicomError> {
    Ok(vec![
        case(
            22,
            "Overlay planes are drawn where they lie",
            "0 255 0",
            |read| {
                let reference = read.reference(0)?;
                let mut image = read.shown(0)?;
                let view = ViewTransform::identity([3, 1]);
                let planes = &reference.attributes().overlays;
                draw_overlays(&mut image, planes, [255; 3], &view, 1.0);
                Ok(greys(&image))
            },
            |item| {
                row(item, &[0, 0, 0])
                    .short(overlay(0x0010), &[1])
                    .short(overlay(0x0011), &[3])
                    .text(overlay(0x0040), VR::CS, "G")
                    .with(
                        overlay(0x0050),
                        VR::SS,
                        dicom_core::PrimitiveValue::I16([1, 1].as_slice().into()),
                    )
                    .short(overlay(0x0100), &[1])
                    .short(overlay(0x0102), &[0])
                    .words(overlay(0x3000), &[0b010])
            },
        )?,
        case(
            23,
            "A shutter hides what lies outside",
            "0 200 0",
            |read| {
                let reference = read.reference(0)?;
                let mut image = read.shown(0)?;
                let attributes = reference.attributes();
                let view = ViewTransform::identity([9, 9]);
                if let Some(shutters) = &attributes.shutters {
                    apply_shutters(&mut image, shutters, &[], &view, 1.0);
                }
                let all = greys(&image);
                let all: Vec<&str> = all.split(' ').collect();
                let middle = |column: usize| all.get(4 * 9 + column).copied().unwrap_or("none");
                Ok(format!("{} {} {}", middle(0), middle(4), middle(8)))
            },
            |item| {
                grey(item, [9, 9], &[200; 81])
                    .text(tags::SHUTTER_SHAPE, VR::CS, "RECTANGULAR")
                    .whole(tags::SHUTTER_LEFT_VERTICAL_EDGE, 3)
                    .whole(tags::SHUTTER_RIGHT_VERTICAL_EDGE, 7)
                    .whole(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, 1)
                    .whole(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, 9)
            },
        )?,
        case(
            24,
            "Lossy compression is marked with its ratio",
            "Lossy 12.5:1 ISO_10918_1",
            |read| {
                let lossy = read.first()?.lossy.as_ref();
                Ok(lossy.map_or("no mark".to_owned(), ToString::to_string))
            },
            |item| {
                row(item, &[0, 255])
                    .text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "01")
                    .decimals(tags::LOSSY_IMAGE_COMPRESSION_RATIO, &[12.5])
                    .text(tags::LOSSY_IMAGE_COMPRESSION_METHOD, VR::CS, "ISO_10918_1")
            },
        )?,
        case(
            25,
            "Who it is of is known",
            "Selftest^Display, SELFTEST",
            |read| {
                let patient = &read.first()?.patient;
                Ok(format!(
                    "{}, {}",
                    patient.name.reveal(),
                    patient.id.reveal()
                ))
            },
            |item| row(item, &[0, 255]),
        )?,
        case(
            26,
            "Names in other letters are read",
            "Yamada^Tarou=山田^太郎",
            |read| Ok(read.first()?.patient.name.reveal().clone()),
            |item| {
                let name = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B ";
                row(item, &[0, 255])
                    .texts(
                        tags::SPECIFIC_CHARACTER_SET,
                        VR::CS,
                        &["", "ISO 2022 IR 87"],
                    )
                    .bytes(tags::PATIENT_NAME, VR::PN, name.to_vec())
            },
        )?,
        case(
            29,
            "A cine keeps the file's time",
            "40 ms",
            |read| {
                let time = read.reference(0)?.attributes().frame_time_ms;
                Ok(time.map_or("no time".to_owned(), |ms| format!("{ms} ms")))
            },
            |item| {
                grey(item, [1, 2], &[0, 255, 255, 0])
                    .whole(tags::NUMBER_OF_FRAMES, 2)
                    .tag(tags::FRAME_INCREMENT_POINTER, tags::FRAME_TIME)
                    .decimals(tags::FRAME_TIME, &[40.0])
            },
        )?,
        case(
            31,
            "What may be burned in is said before sharing",
            "Identity may be burned into the picture",
            |read| {
                let flags = read.first()?.sharing_flags();
                Ok(flags.into_iter().next().unwrap_or_default())
            },
            |item| row(item, &[0, 255]).text(tags::BURNED_IN_ANNOTATION, VR::CS, "YES"),
        )?,
    ])
}
