//! Rules 1 to 14: from stored bits to greys and colours.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::build::{bytes, case, grey, row, table};
use super::{Read, SelfTestCase};
use crate::error::DicomError;
use crate::written::Item;

/// An enhanced image of two frames with their functional groups.
fn two_frames(item: Item, values: &[u16], groups: [Item; 2]) -> Item {
    let pixels = [values, values].concat();
    grey(item, [1, values.len()], &pixels)
        .text(tags::SOP_CLASS_UID, VR::UI, uids::ENHANCED_CT_IMAGE_STORAGE)
        .without(tags::WINDOW_CENTER)
        .without(tags::WINDOW_WIDTH)
        .whole(tags::NUMBER_OF_FRAMES, 2)
        .items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, vec![Item::new()])
        .items(
            tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
            groups.into_iter().collect(),
        )
}

fn window(center: f64, width: f64) -> Item {
    Item::new()
        .decimals(tags::WINDOW_CENTER, &[center])
        .decimals(tags::WINDOW_WIDTH, &[width])
}

fn with_window(item: Item, center: f64, width: f64) -> Item {
    item.items(tags::FRAME_VOILUT_SEQUENCE, vec![window(center, width)])
}

fn rescaled(slope: f64) -> Item {
    let rescale = Item::new()
        .decimals(tags::RESCALE_INTERCEPT, &[0.0])
        .decimals(tags::RESCALE_SLOPE, &[slope])
        .text(tags::RESCALE_TYPE, VR::LO, "US");
    let item = Item::new().items(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, vec![rescale]);
    with_window(item, 128.0, 256.0)
}

pub fn cases() -> Result<Vec<SelfTestCase>, DicomError> {
    Ok(vec![
        case(
            1,
            "Only the bits that are stored are read",
            "10 10 255",
            Read::greys,
            |item| {
                row(item, &[0xF00A, 0x000A, 0xF0FF])
                    .short(tags::BITS_STORED, &[12])
                    .short(tags::HIGH_BIT, &[11])
            },
        )?,
        case(
            2,
            "A modality table is looked through",
            "250 160 60 10",
            Read::greys,
            |item| {
                let table = table(Item::new(), 16, &[10, 60, 160, 250]);
                let table = table.text(tags::MODALITY_LUT_TYPE, VR::LO, "US");
                row(item, &[3, 2, 1, 0]).items(tags::MODALITY_LUT_SEQUENCE, vec![table])
            },
        )?,
        case(
            3,
            "Each frame has its own rescale",
            "10 20 100 | 20 40 200",
            Read::greys,
            |item| two_frames(item, &[10, 20, 100], [rescaled(1.0), rescaled(2.0)]),
        )?,
        case(
            4,
            "Real world values stand beside the modality's",
            "10 20; 10 is 25",
            |read| {
                let reference = read.reference(0)?;
                let mapping = reference.attributes().real_world.first();
                let value = mapping.and_then(|mapping| mapping.value(10.0));
                let value = value.map_or("nothing".to_owned(), |value| value.to_string());
                Ok(format!("{}; 10 is {value}", read.greys()?))
            },
            |item| {
                let mapping = Item::new()
                    .short(tags::REAL_WORLD_VALUE_FIRST_VALUE_MAPPED, &[0])
                    .short(tags::REAL_WORLD_VALUE_LAST_VALUE_MAPPED, &[100])
                    .with(tags::REAL_WORLD_VALUE_INTERCEPT, VR::FD, 5.0_f64)
                    .with(tags::REAL_WORLD_VALUE_SLOPE, VR::FD, 2.0_f64);
                row(item, &[10, 20]).items(tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE, vec![mapping])
            },
        )?,
        case(
            5,
            "A linear window is that of the standard",
            "0 127 128 255",
            Read::greys,
            |item| {
                row(item, &[0, 2047, 2048, 4095])
                    .decimals(tags::WINDOW_CENTER, &[2048.0])
                    .decimals(tags::WINDOW_WIDTH, &[4096.0])
            },
        )?,
        case(
            6,
            "A sigmoid window is that of the standard",
            "5 69 186",
            Read::greys,
            |item| {
                row(item, &[0, 96, 160])
                    .decimals(tags::WINDOW_WIDTH, &[128.0])
                    .text(tags::VOILUT_FUNCTION, VR::CS, "SIGMOID")
            },
        )?,
        case(
            7,
            "A radiograph for presentation begins with its table",
            "255 200 100 0",
            Read::greys,
            |item| {
                let table = table(Item::new(), 8, &[255, 200, 100, 0]);
                row(item, &[0, 1, 2, 3])
                    .text(
                        tags::SOP_CLASS_UID,
                        VR::UI,
                        uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
                    )
                    .text(tags::MODALITY, VR::CS, "DX")
                    .items(tags::VOILUT_SEQUENCE, vec![table])
            },
        )?,
        case(
            8,
            "Each frame has its own window",
            "0 64 127 | 0 255 255",
            Read::greys,
            |item| {
                let groups = [(128.0, 256.0), (32.0, 1.0)];
                let groups = groups.map(|(center, width)| with_window(Item::new(), center, width));
                two_frames(item, &[0, 64, 127], groups)
            },
        )?,
        case(
            9,
            "A window that is found leaves padding out",
            "0 255 0",
            Read::greys,
            |item| {
                row(item, &[100, 355, 4000])
                    .without(tags::WINDOW_CENTER)
                    .without(tags::WINDOW_WIDTH)
                    .short(tags::PIXEL_PADDING_VALUE, &[4000])
            },
        )?,
        case(
            10,
            "The least value of MONOCHROME1 is white",
            "255 155 0",
            Read::greys,
            |item| {
                row(item, &[0, 100, 255]).text(
                    tags::PHOTOMETRIC_INTERPRETATION,
                    VR::CS,
                    "MONOCHROME1",
                )
            },
        )?,
        case(
            11,
            "Padding is black, whatever is inverted",
            "0 255 0",
            Read::greys,
            |item| {
                row(item, &[4000, 0, 255])
                    .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1")
                    .short(tags::PIXEL_PADDING_VALUE, &[4000])
            },
        )?,
        case(
            12,
            "A palette gives the colours",
            "255,0,0 0,255,0 0,0,255",
            Read::colours,
            |item| {
                let (red, green, blue) = (
                    tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                    tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                    tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                );
                let full = u16::MAX;
                bytes(item, 1, "PALETTE COLOR", &[0, 1, 2])
                    .short(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, &[3, 0, 16])
                    .short(
                        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                        &[3, 0, 16],
                    )
                    .short(
                        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                        &[3, 0, 16],
                    )
                    .words(red, &[full, 0, 0])
                    .words(green, &[0, full, 0])
                    .words(blue, &[0, 0, full])
            },
        )?,
        case(
            13,
            "Luminance and chrominance become red, green and blue",
            "254,0,0",
            Read::colours,
            |item| bytes(item, 3, "YBR_FULL", &[76, 85, 255]),
        )?,
        case(
            14,
            "A window leaves colours as they are",
            "10,20,30",
            Read::colours,
            |item| {
                bytes(item, 3, "RGB", &[10, 20, 30])
                    .decimals(tags::WINDOW_CENTER, &[10.0])
                    .decimals(tags::WINDOW_WIDTH, &[2.0])
            },
        )?,
        case(
            35,
            "The numbers are those of the file",
            "0 1 65535",
            |read| {
                let samples = read.frame(0)?.samples;
                let all = (0..samples.len()).filter_map(|at| samples.get(at));
                Ok(all.map(|it| it.to_string()).collect::<Vec<_>>().join(" "))
            },
            |item| row(item, &[0, 1, u16::MAX]),
        )?,
    ])
}
