//! Tables, geometry, calibration and names of public files, as their headers say them.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::Path;

use kernel_dicom::read_instance;
use kernel_imaging::{
    FallbackCharacterSet, FrameAttributes, Instance, ModalityLut, SpacingCalibration, TextRule,
};

mod shared;

fn read(name: &str) -> Option<Instance> {
    let root = shared::public(name)?;
    let path = shared::find(&root, name).unwrap_or_else(|| panic!("{name} is in the manifest"));
    Some(shared::open(&path).unwrap().2)
}

fn first(instance: &Instance) -> &FrameAttributes {
    &instance.frames[0]
}

#[test]
fn rule_26_names_in_every_character_set_are_read() {
    for (file, name) in [
        ("chrArab.dcm", "قباني^لنزار"),
        ("chrFren.dcm", "Buc^Jérôme"),
        ("chrGerm.dcm", "Äneas^Rüdiger"),
        ("chrGreek.dcm", "Διονυσιος"),
        ("chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("chrH32.dcm", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
        ("chrHbrw.dcm", "שרון^דבורה"),
        ("chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("chrJapMulti.dcm", "やまだ^たろう"),
        ("chrJapMultiExplicitIR6.dcm", "やまだ^たろう"),
        ("chrKoreanMulti.dcm", "김희중"),
        ("chrRuss.dcm", "Люкceмбypг"),
        ("chrX1.dcm", "Wang^XiaoDong=王^小東="),
        ("chrX2.dcm", "Wang^XiaoDong=王^小东="),
    ] {
        let Some(instance) = read(file) else { return };
        assert_eq!(instance.patient.name.reveal(), name, "{file}");
        assert!(
            instance.problems.is_empty(),
            "{file}: {:?}",
            instance.problems
        );
    }
}

#[test]
fn rule_26_an_absent_or_a_false_character_set_is_what_the_user_says() {
    let Some(root) = shared::public("chrRuss.dcm") else {
        return;
    };
    let bytes = shared::bytes_of(&root, "chrRuss.dcm");
    let term = b"ISO_IR 144";
    let at = bytes.windows(term.len()).position(|part| part == term);
    let at = at.unwrap();
    let name = |stated: &[u8; 10], character_set, overrides| {
        let mut bytes = bytes.clone();
        bytes[at..at + 10].copy_from_slice(stated);
        let rule = TextRule {
            character_set,
            overrides,
        };
        let length = bytes.len() as u64;
        let path = Path::new("names.dcm");
        let instance = read_instance(Cursor::new(bytes), length, path, rule).unwrap();
        instance.patient.name.reveal().clone()
    };
    use FallbackCharacterSet::{Cyrillic, Greek, Guess};
    assert_eq!(name(b"          ", Cyrillic, false), "Люкceмбypг");
    assert_ne!(name(b"          ", Guess, false), "Люкceмбypг");
    assert_eq!(name(b"ISO_IR 144", Greek, false), "Люкceмбypг");
    assert_ne!(name(b"ISO_IR 100", Cyrillic, false), "Люкceмбypг");
    assert_eq!(name(b"ISO_IR 100", Cyrillic, true), "Люкceмбypг");
}

#[test]
fn a_modality_table_replaces_the_rescale() {
    let Some(instance) = read("mlut_18.dcm") else {
        return;
    };
    let ModalityLut::Table(table) = &first(&instance).modality_lut else {
        panic!("a table");
    };
    assert_eq!(
        (table.values.len(), table.first_mapped, table.bits),
        (4096, -2048, 16)
    );
}

#[test]
fn a_palette_count_of_zero_is_65536() {
    let Some(instance) = read("gdcm-US-ALOKA-16.dcm") else {
        return;
    };
    let palette = first(&instance).palette.as_ref().unwrap();
    assert_eq!(
        (palette.red.values.len(), palette.red.first_mapped),
        (65_536, 0)
    );
    assert_eq!(first(&instance).calibration, SpacingCalibration::Region);
}

#[test]
fn frames_of_a_dose_grid_lie_at_their_offsets() {
    let Some(instance) = read("rtdose.dcm") else {
        return;
    };
    let heights: Vec<f64> = instance
        .frames
        .iter()
        .map(|frame| frame.plane.unwrap().position_lps_mm[2])
        .collect();
    assert_eq!(heights.len(), 15);
    let steps: Vec<f64> = heights.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        steps
            .iter()
            .all(|step| (step - steps[0]).abs() < 1e-6 && *step > 0.0),
        "{heights:?}"
    );
    assert_eq!(first(&instance).real_world.len(), 1);
}

#[test]
fn an_enhanced_image_has_a_plane_for_each_frame() {
    let Some(instance) = read("mf.dcm") else {
        return;
    };
    let positions: Vec<f64> = instance
        .frames
        .iter()
        .map(|frame| frame.plane.unwrap().position_lps_mm[2])
        .collect();
    assert_eq!(positions.len(), 3);
    assert_eq!(positions[0], -177.75);
    assert!(
        positions[0] != positions[1] && positions[1] != positions[2],
        "{positions:?}"
    );
    assert!(
        instance
            .frames
            .iter()
            .all(|frame| frame.in_stack_position.is_some() || !frame.dimension_index.is_empty())
    );
}

#[test]
fn frames_without_own_attributes_share_them() {
    let Some(instance) = read("jpeg_baseline_8bit.dcm") else {
        return;
    };
    assert!(
        instance
            .frames
            .iter()
            .all(|frame| std::sync::Arc::ptr_eq(frame, &instance.frames[0]))
    );
}

#[test]
fn a_lossy_image_is_marked_with_ratio_and_method() {
    let Some(instance) = read("RG2_JPLY.dcm") else {
        return;
    };
    let mark = instance.lossy.clone().unwrap();
    assert_eq!(
        (mark.ratio, mark.method.as_str()),
        (Some(35.0), "JPEG extended")
    );
    assert_eq!(first(&instance).calibration, SpacingCalibration::Detector);
}

#[test]
fn padding_is_read_with_the_sign_of_the_pixels() {
    let Some(instance) = read("693_J2KI.dcm") else {
        return;
    };
    assert_eq!(first(&instance).padding, Some((-2000, -2000)));
    assert_eq!(first(&instance).rescale_unit, "HU");
}
