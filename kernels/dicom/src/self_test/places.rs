//! Rules 15 to 21 and 33: shapes, lengths, letters, order, gaps, sides, and which pixels count.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use kernel_imaging::{Region, ViewTransform, length_between, region_figures};

use super::build::{case, placed, row, series};
use super::{Read, SelfTestCase};
use crate::arrange::arrange;
use crate::error::DicomError;

/// Said where a notice is due.
const WARNED: &str = "warned";

fn positions(read: &Read) -> String {
    let (studies, _) = arrange(read.instances.clone());
    let frames = studies.iter().flat_map(|study| &study.series);
    let frames = frames.flat_map(|series| &series.frames);
    let z = frames.filter_map(|frame| Some(frame.attributes().plane.as_ref()?.position_lps_mm[2]));
    z.map(|z| z.to_string()).collect::<Vec<_>>().join(" ")
}

pub fn cases() -> Result<Vec<SelfTestCase>, DicomError> {
    Ok(vec![
        case(
            15,
            "Pixels that are not square are drawn so",
            "twice as high as wide",
            |read| match read.reference(0)?.attributes().aspect() {
                2.0 => Ok("twice as high as wide".to_owned()),
                other => Ok(format!("{other} times as high as wide")),
            },
            |item| row(item, &[0, 255]).texts(tags::PIXEL_ASPECT_RATIO, VR::IS, &["2", "1"]),
        )?,
        case(
            16,
            "A length on a radiograph says that it is at the detector",
            "1.0 mm (at detector)",
            |read| {
                let reference = read.reference(0)?;
                let length = length_between(reference.attributes(), [0.0, 0.5], [10.0, 0.5]);
                Ok(length.to_string())
            },
            |item| {
                row(item, &[0; 10])
                    .text(
                        tags::SOP_CLASS_UID,
                        VR::UI,
                        uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
                    )
                    .text(tags::MODALITY, VR::CS, "DX")
                    .decimals(tags::IMAGER_PIXEL_SPACING, &[0.1, 0.1])
            },
        )?,
        case(
            17,
            "The first spacing is that of the rows",
            "across 5.0 mm, down 20.0 mm",
            |read| {
                let reference = read.reference(0)?;
                let to = |point| length_between(reference.attributes(), [0.0, 0.0], point);
                Ok(format!(
                    "across {}, down {}",
                    to([10.0, 0.0]),
                    to([0.0, 10.0])
                ))
            },
            |item| placed(row(item, &[0; 10]), 0.0, [2.0, 0.5]),
        )?,
        case(
            18,
            "Letters follow the image as it is turned",
            "R L A P, turned P A R L",
            |read| {
                let reference = read.reference(0)?;
                let mut view = ViewTransform::identity([2, 1]);
                let letters = |view: &ViewTransform| {
                    let found = reference.attributes().letters(view, false);
                    [found.left, found.right, found.top, found.bottom].join(" ")
                };
                let before = letters(&view);
                view.quarter_turns = 1;
                Ok(format!("{before}, turned {}", letters(&view)))
            },
            |item| placed(row(item, &[0, 255]), 0.0, [1.0, 1.0]),
        )?,
        series(
            19,
            "Slices are in the order of their places",
            "0 5 10",
            |read| Ok(positions(read)),
            3,
            |item, number| placed(row(item, &[0, 255]), [10.0, 0.0, 5.0][number], [1.0, 1.0]),
        )?,
        series(
            20,
            "Gaps that differ are told",
            WARNED,
            |read| {
                let (studies, _) = arrange(read.instances.clone());
                let mut series = studies.iter().flat_map(|study| &study.series);
                let told = series.any(|series| !series.warnings.is_empty());
                Ok(if told { WARNED } else { "silent" }.to_owned())
            },
            4,
            |item, number| {
                placed(
                    row(item, &[0, 255]),
                    [0.0, 5.0, 10.0, 20.0][number],
                    [1.0, 1.0],
                )
            },
        )?,
        case(
            21,
            "Sides that contradict each other are told",
            WARNED,
            |read| {
                let told = read.first()?.problems.iter();
                let told = told.into_iter().any(|text| text.contains("laterality"));
                Ok(if told { WARNED } else { "silent" }.to_owned())
            },
            |item| {
                row(item, &[0, 255])
                    .text(tags::IMAGE_LATERALITY, VR::CS, "R")
                    .text(tags::LATERALITY, VR::CS, "L")
            },
        )?,
        case(
            33,
            "Pixels whose centre lies inside count",
            "2 pixels, mean 25",
            |read| {
                let reference = read.reference(0)?;
                let region = Region::Rectangle([[0.6, 0.0], [3.4, 1.0]]);
                let found = region_figures(&read.frame(0)?, reference.attributes(), &region);
                let found = found.map_err(|error| error.to_string())?;
                let found = found.ok_or_else(|| "no pixel counts".to_owned())?;
                Ok(format!("{} pixels, mean {}", found.pixels, found.mean))
            },
            |item| row(item, &[10, 20, 30, 40]),
        )?,
    ])
}
