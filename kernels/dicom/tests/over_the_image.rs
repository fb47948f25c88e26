//! What lies over an image: segmentations, contours and presentation states.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::sync::Arc;

use kernel_dicom::*;
use kernel_imaging::TextRule;
use kernel_imaging::*;
use shared::build::{element, file, floats, sequence, text, words};
use shared::{bytes_of, open_all};

mod shared;

#[test]
fn a_segmentation_lies_over_the_images_it_was_made_from() {
    let Some(root) = shared::public("a_segmentation_lies_over") else {
        return;
    };
    let path = root.join("QIICR+dcmqi/data/segmentations/23x38x3/seg/label.seg");
    let (file, length, _) = shared::open(&path).unwrap();
    let set = read_segmentation(&file, length, &path, TextRule::default()).unwrap();
    assert_eq!(
        (set.kind, set.segments.len(), set.frames.len()),
        (SegmentationKind::Binary, 1, 3)
    );
    assert_eq!(set.segments[0].label.reveal(), "Liver");
    let images: Vec<Arc<Instance>> = open_all(&root, "segmentations/23x38x3")
        .into_iter()
        .filter(|instance| instance.modality == "CT" && instance.frames.len() == 1)
        .collect();
    let mut covered = Vec::new();
    for instance in &images {
        let target = FrameReference {
            instance: Arc::clone(instance),
            frame: 0,
        };
        for index in set.frames_over(&target, None) {
            let named = &set.frames[index].references[0].sop_instance_uid;
            assert_eq!(*named, instance.sop_instance_uid);
            let decoded = decode_frame(&file, length, &set.instance, index).unwrap();
            let masks = set.masks(index, &decoded, &target);
            let inside: usize = masks
                .iter()
                .map(|mask| mask.levels.iter().filter(|level| **level == 255).count())
                .sum();
            covered.push(inside);
        }
    }
    covered.sort_unstable();
    assert_eq!(covered, [4, 314]);
}

#[test]
fn fractional_segments_have_levels_and_overlapping_ones_their_number() {
    let Some(root) = shared::public("fractional_segments") else {
        return;
    };
    let path = shared::find(&root, "seg_image_ct_true_fractional.dcm").unwrap();
    let (file, length, instance) = shared::open(&path).unwrap();
    let set = read_segmentation(&file, length, &path, TextRule::default()).unwrap();
    assert_eq!(set.kind, SegmentationKind::Fractional { maximum: 255 });
    let decoded = decode_frame(&file, length, &set.instance, 0).unwrap();
    let own = FrameReference {
        instance: Arc::new(instance),
        frame: 0,
    };
    let masks = set.masks(0, &decoded, &own);
    let sum: u64 = masks[0].levels.iter().map(|level| u64::from(*level)).sum();
    assert_eq!(sum, 17_664);
    let path = shared::find(&root, "seg_image_ct_binary_overlap.dcm").unwrap();
    let (file, length, _) = shared::open(&path).unwrap();
    let set = read_segmentation(&file, length, &path, TextRule::default()).unwrap();
    let numbers: Vec<Option<u32>> = set.frames.iter().map(|frame| frame.segment).collect();
    assert_eq!(numbers, [vec![Some(1); 4], vec![Some(2); 4]].concat());
}

#[test]
fn contours_become_polygons_of_the_image_they_name_or_lie_in() {
    let point = |x: f64, y: f64, z: f64| format!("{x}\\{y}\\{z}");
    let data = [
        point(0.0, 0.0, 5.0),
        point(4.0, 0.0, 5.0),
        point(4.0, 2.0, 5.0),
    ]
    .join("\\");
    let contour = |reference: &[Vec<u8>]| {
        let mut item = reference.concat();
        item.extend(text(0x3006, 0x0042, b"CS", "CLOSED_PLANAR"));
        item.extend(text(0x3006, 0x0046, b"IS", "3"));
        item.extend(text(0x3006, 0x0050, b"DS", &data));
        item
    };
    let named = sequence(0x3006, 0x0016, &[text(0x0008, 0x1155, b"UI", "1.2.3.9")]);
    let bytes = file(&[
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.481.3"),
        text(0x3006, 0x0002, b"SH", "Plan"),
        sequence(
            0x3006,
            0x0020,
            &[[
                text(0x3006, 0x0022, b"IS", "7"),
                text(0x3006, 0x0024, b"UI", "1.9"),
                text(0x3006, 0x0026, b"LO", "Lung"),
            ]
            .concat()],
        ),
        sequence(
            0x3006,
            0x0039,
            &[[
                text(0x3006, 0x002A, b"IS", "255\\0\\128"),
                sequence(0x3006, 0x0040, &[contour(&[]), contour(&[named])]),
                text(0x3006, 0x0084, b"IS", "7"),
            ]
            .concat()],
        ),
    ]);
    let set =
        read_structure_set(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    assert_eq!(
        (set.regions[0].colour, set.regions[0].contours.len()),
        ([255, 0, 128], 2)
    );
    let on = |uid: &str, height: f64, space: &str| {
        let plane = ImagePlane {
            position_lps_mm: [0.0, 0.0, height],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [1.0, 2.0],
        };
        let attributes = FrameAttributes {
            plane: Some(plane),
            ..FrameAttributes::default()
        };
        let target = FrameReference {
            instance: Arc::new(Instance {
                sop_instance_uid: uid.to_owned(),
                frame_of_reference_uid: space.to_owned(),
                frames: vec![Arc::new(attributes)],
                ..Instance::default()
            }),
            frame: 0,
        };
        set.polygons_on(&target, Some(2.0))
    };
    // Columns are 2 mm and rows 1 mm apart, the first pixel's centre lies at the position.
    let polygons = on("1.2.3.1", 5.5, "1.9");
    assert_eq!(polygons.len(), 1);
    assert_eq!(polygons[0].points, [[0.5, 0.5], [2.5, 0.5], [2.5, 2.5]]);
    assert!(on("1.2.3.1", 7.5, "1.9").is_empty() && on("1.2.3.1", 5.5, "1.8").is_empty());
    assert_eq!(on("1.2.3.9", 5.0, "").len(), 1);
}

#[test]
fn public_structure_sets_have_their_regions() {
    let Some(root) = shared::public("public_structure_sets") else {
        return;
    };
    let bytes = bytes_of(&root, "rtstruct.dcm");
    let set =
        read_structure_set(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    let counts: Vec<usize> = set
        .regions
        .iter()
        .map(|region| region.contours.len())
        .collect();
    assert_eq!(
        (set.regions[0].name.reveal().as_str(), counts),
        ("patient", vec![3, 1, 1])
    );
    assert_eq!(set.regions[1].contours[0].kind, ContourKind::Point);
}

fn state() -> Vec<u8> {
    let image = sequence(0x0008, 0x1140, &[text(0x0008, 0x1155, b"UI", "1.2.3")]);
    let series = sequence(0x0008, 0x1115, &[image]);
    let circle = [
        text(0x0070, 0x0005, b"CS", "PIXEL"),
        floats(0x0070, 0x0022, &[2.0, 2.0, 3.0, 2.0]),
        text(0x0070, 0x0023, b"CS", "CIRCLE"),
        text(0x0070, 0x0024, b"CS", "Y"),
    ]
    .concat();
    let words_there = [
        text(0x0070, 0x0004, b"CS", "DISPLAY"),
        text(0x0070, 0x0006, b"ST", "Here"),
        floats(0x0070, 0x0014, &[0.5, 0.25]),
    ]
    .concat();
    file(&[
        series,
        text(0x0018, 0x1600, b"CS", "RECTANGULAR"),
        text(0x0018, 0x1602, b"IS", "1"),
        text(0x0018, 0x1604, b"IS", "2"),
        text(0x0018, 0x1606, b"IS", "1"),
        text(0x0018, 0x1608, b"IS", "2"),
        sequence(
            0x0028,
            0x3110,
            &[[
                text(0x0028, 0x1050, b"DS", "40"),
                text(0x0028, 0x1051, b"DS", "400"),
            ]
            .concat()],
        ),
        sequence(
            0x0070,
            0x0001,
            &[[
                text(0x0070, 0x0002, b"CS", "TOP"),
                sequence(0x0070, 0x0008, &[words_there]),
                sequence(0x0070, 0x0009, &[circle]),
            ]
            .concat()],
        ),
        text(0x0070, 0x0041, b"CS", "Y"),
        words(0x0070, 0x0042, b"US", &[90]),
        sequence(
            0x0070,
            0x005A,
            &[[
                element(0x0070, 0x0052, b"SL", &[1, 0, 0, 0, 1, 0, 0, 0]),
                element(0x0070, 0x0053, b"SL", &[4, 0, 0, 0, 8, 0, 0, 0]),
                text(0x0070, 0x0100, b"CS", "SCALE TO FIT"),
            ]
            .concat()],
        ),
        sequence(
            0x0070,
            0x0060,
            &[[
                text(0x0070, 0x0002, b"CS", "TOP"),
                text(0x0070, 0x0062, b"IS", "1"),
                words(0x0070, 0x0401, b"US", &[65_535, 32_896, 32_896]),
            ]
            .concat()],
        ),
        text(0x2050, 0x0020, b"CS", "INVERSE"),
    ])
}

#[test]
fn rule_27_a_presentation_state_is_applied_to_the_images_it_names() {
    let bytes = state();
    let state =
        read_presentation_state(Cursor::new(&bytes), bytes.len() as u64, TextRule::default())
            .unwrap();
    let image = |uid: &str| FrameReference {
        instance: Arc::new(Instance {
            sop_instance_uid: uid.to_owned(),
            rows: 8,
            columns: 4,
            frames: vec![Arc::new(FrameAttributes::default())],
            ..Instance::default()
        }),
        frame: 0,
    };
    let target = image("1.2.3");
    assert!(state.is_for(&target) && !state.is_for(&image("1.2.4")));
    let attributes = state.attributes(&target);
    assert_eq!(
        (attributes.voi.len(), attributes.presentation_inverse),
        (1, Some(true))
    );
    assert_eq!(attributes.shutters.unwrap().shapes.len(), 1);
    // 4 columns of 8 rows on their side fill 80 x 40 tenfold.
    let view = state.view(&target, [80, 40]);
    assert_eq!(
        (view.quarter_turns, view.flip_horizontal, view.flip_vertical),
        (1, false, true),
        "turned, then flipped as it is seen"
    );
    assert_eq!(view.zoom, 10.0);
    assert_eq!(view.pan, [2.0, 4.0]);
    let graphics = state.graphics_on(&target);
    assert_eq!(graphics.len(), 2);
    assert!(
        graphics
            .iter()
            .all(|(_, colour)| colour.iter().all(|channel| *channel > 250))
    );
    assert!(graphics.iter().any(|(graphic, _)| graphic.is_filled
        && graphic.shape
            == GraphicShape::Circle {
                center: [2.0, 2.0],
                on_circle: [3.0, 2.0]
            }));
    // The middle of the top quarter of what is seen: flipped left to right, then turned clockwise.
    let seen = state.image_point([0.5, 0.25], GraphicUnits::Display, &target);
    let shown = view.view_from_image(seen, 1.0, [80, 40]);
    assert!(
        (shown[0] - 40.0).abs() < 1e-9 && (shown[1] - 10.0).abs() < 1e-9,
        "{shown:?}"
    );
}
