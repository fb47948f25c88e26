//! A presentation state turns and flips what `clisonix render` writes, in the standard's order and direction (PS3.3 C.10.6).

use std::path::{Path, PathBuf};

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject, open_file};

use crate::rendered;

fn text(object: &mut InMemDicomObject, tag: dicom_core::Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn items(object: &mut InMemDicomObject, tag: dicom_core::Tag, item: InMemDicomObject) {
    object.put(DataElement::new(
        tag,
        VR::SQ,
        DataSetSequence::from(vec![item]),
    ));
}

/// A state that turns an image clockwise by `degrees`, and flips it then where it is told to.
fn state(image: &InMemDicomObject, degrees: u16, flip: bool, path: &Path) {
    let of = |tag| {
        let element = image.element(tag).expect("the image has it");
        element.to_str().expect("text").into_owned()
    };
    let number = |tag| {
        let element = image.element(tag).expect("the image has it");
        element.to_int::<i32>().expect("a number")
    };
    let mut reference = InMemDicomObject::new_empty();
    for (tag, of_image) in [
        (tags::REFERENCED_SOP_CLASS_UID, tags::SOP_CLASS_UID),
        (tags::REFERENCED_SOP_INSTANCE_UID, tags::SOP_INSTANCE_UID),
    ] {
        text(&mut reference, tag, VR::UI, &of(of_image));
    }
    let mut series = InMemDicomObject::new_empty();
    let series_uid = of(tags::SERIES_INSTANCE_UID);
    text(&mut series, tags::SERIES_INSTANCE_UID, VR::UI, &series_uid);
    items(&mut series, tags::REFERENCED_IMAGE_SEQUENCE, reference);
    let mut area = InMemDicomObject::new_empty();
    let corner = |values: [i32; 2]| PrimitiveValue::I32(values.as_slice().into());
    let last = [number(tags::COLUMNS), number(tags::ROWS)];
    area.put(DataElement::new(
        tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER,
        VR::SL,
        corner([1, 1]),
    ));
    area.put(DataElement::new(
        tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER,
        VR::SL,
        corner(last),
    ));
    text(
        &mut area,
        tags::PRESENTATION_SIZE_MODE,
        VR::CS,
        "SCALE TO FIT",
    );
    text(
        &mut area,
        tags::PRESENTATION_PIXEL_ASPECT_RATIO,
        VR::IS,
        "1\\1",
    );
    let class = uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE;
    let mut object = InMemDicomObject::new_empty();
    text(&mut object, tags::SOP_CLASS_UID, VR::UI, class);
    text(&mut object, tags::SOP_INSTANCE_UID, VR::UI, "2.25.1");
    text(&mut object, tags::SERIES_INSTANCE_UID, VR::UI, "2.25.2");
    let study_uid = of(tags::STUDY_INSTANCE_UID);
    text(&mut object, tags::STUDY_INSTANCE_UID, VR::UI, &study_uid);
    text(&mut object, tags::MODALITY, VR::CS, "PR");
    text(
        &mut object,
        tags::PRESENTATION_LUT_SHAPE,
        VR::CS,
        "IDENTITY",
    );
    object.put(DataElement::new(
        tags::IMAGE_ROTATION,
        VR::US,
        PrimitiveValue::from(degrees),
    ));
    let flip = if flip { "Y" } else { "N" };
    text(&mut object, tags::IMAGE_HORIZONTAL_FLIP, VR::CS, flip);
    items(&mut object, tags::REFERENCED_SERIES_SEQUENCE, series);
    items(&mut object, tags::DISPLAYED_AREA_SELECTION_SEQUENCE, area);
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(class)
        .media_storage_sop_instance_uid("2.25.1");
    let file = object.with_meta(meta).expect("a file");
    file.write_to_file(path).expect("written");
}

/// Rows of pixels.
type Rows = Vec<Vec<[u8; 3]>>;

fn clockwise(rows: &Rows) -> Rows {
    let width = rows[0].len();
    (0..width)
        .map(|column| rows.iter().rev().map(|row| row[column]).collect())
        .collect()
}

fn sample() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample");
    let entries = std::fs::read_dir(folder).expect("the sample study");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| open_file(path).is_ok())
        .collect();
    files.sort();
    files.swap_remove(files.len() / 2)
}

#[test]
fn a_presentation_state_turns_clockwise_then_flips_what_is_rendered() {
    let path = sample();
    let image = open_file(&path).expect("an image");
    let size = |tag| {
        let element = image.element(tag).expect("the image has a size");
        element.to_int::<usize>().expect("a number")
    };
    let (columns, rows) = (size(tags::COLUMNS), size(tags::ROWS));
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("state.dcm");
    let drawn = |degrees: u16, flip, width: usize| -> Rows {
        state(&image, degrees, flip, &at);
        let object = Some(at.as_path());
        let pixels = rendered(&path, 0, object, columns * rows).expect("a picture");
        pixels.chunks(width).map(<[_]>::to_vec).collect()
    };
    let upright = drawn(0, false, columns);
    let distinct: std::collections::BTreeSet<_> = upright.iter().flatten().collect();
    assert!(distinct.len() > 50, "the picture shows something");
    let turned = clockwise(&upright);
    assert!(drawn(90, false, rows) == turned, "a quarter clockwise");
    assert!(
        drawn(180, false, columns) == clockwise(&turned),
        "half a turn"
    );
    let flipped = |rows: &Rows| -> Rows {
        let backwards = |row: &Vec<[u8; 3]>| row.iter().rev().copied().collect();
        rows.iter().map(backwards).collect()
    };
    assert!(
        drawn(0, true, columns) == flipped(&upright),
        "left for right"
    );
    assert!(
        drawn(90, true, rows) == flipped(&turned),
        "first turned, then flipped"
    );
}
