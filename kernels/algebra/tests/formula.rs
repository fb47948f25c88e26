//! A formula gives what its parts give by themselves, whatever the slab, and says where it is wrong.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BitMask, Border, FormulaSource, MaskFormula};
use support::{noise_mask, phantom_volume};

const SPACING_MM: [f64; 3] = [2.5, 0.7, 0.9];

#[test]
fn a_formula_is_what_its_parts_are_over_the_whole_volume() {
    // More slices than two slabs, so that halos are cut on both sides.
    let shape = [37, 20, 70];
    let (a, b) = (noise_mask(shape, 60, 1), noise_mask(shape, 4, 2));
    let image = phantom_volume(37, 20, 70);
    let sources = [
        ("A", FormulaSource::Mask(&a)),
        ("B", FormulaSource::Mask(&b)),
        ("image", FormulaSource::Image(image.view())),
    ];
    let found = |text: &str| {
        let formula = MaskFormula::parse(text).unwrap();
        formula.evaluate(&sources, Some(SPACING_MM)).unwrap()
    };
    let ball = |mask: &BitMask| mask.dilate_mm(6.0, SPACING_MM).unwrap();
    assert_eq!(
        found("A and not dilate(B, 6 mm)"),
        a.andnot(&ball(&b)).unwrap()
    );
    assert_eq!(
        found("not (A xor B) or erode(not B, 3 mm)"),
        a.xor(&b)
            .unwrap()
            .not()
            .or(&b.not().erode_mm(3.0, SPACING_MM, Border::Empty).unwrap())
            .unwrap()
    );
    assert_eq!(
        found("open(A, 1 voxel) or close(dilate(B, 2.6 mm), 4 voxels)"),
        a.open_mm(1.0, [1.0; 3], Border::Empty)
            .unwrap()
            .or(&b
                .dilate_mm(2.6, SPACING_MM)
                .unwrap()
                .close_mm(4.0, [1.0; 3])
                .unwrap())
            .unwrap()
    );
    let bright = BitMask::threshold(image.view(), 100.0, f32::MAX).unwrap();
    assert_eq!(found("image >= 100 and A"), bright.and(&a).unwrap());
    assert_eq!(found("not image < 100"), bright);
    // `not` binds most, then `and`, `xor`, `or`.
    assert_eq!(found("A or B and not A"), found("A or (B and (not A))"));
    assert_eq!(found("not not A"), a);
}

#[test]
fn what_is_wrong_with_a_formula_is_said_with_its_place() {
    let said = |text: &str| MaskFormula::parse(text).unwrap_err().to_string();
    let at = |text: &str, place: usize| {
        let said = said(text);
        assert!(
            said.contains(&format!("at character {place}:")),
            "{text}: {said}"
        );
    };
    at("A and", 6);
    at("A & B", 3);
    at("(A or B", 8);
    at("dilate(A, 2)", 12);
    at("dilate(A, 2 cm)", 13);
    at("grow(A, 2 mm)", 6);
    at("image >= tall", 10);
    at("", 1);
    at("é and and", 7);
    assert!(said(&"(".repeat(200)).contains("parentheses"));
    assert!(said(&"not ".repeat(600)).contains("at most 2000 bytes"));
    let a = noise_mask([2, 3, 4], 9, 1);
    let image = phantom_volume(2, 3, 5);
    let sources = [
        ("A", FormulaSource::Mask(&a)),
        ("image", FormulaSource::Image(image.view())),
    ];
    let refused = |text: &str, spacing| {
        let formula = MaskFormula::parse(text).unwrap();
        formula.evaluate(&sources, spacing).unwrap_err().to_string()
    };
    assert!(refused("A and C", None).contains('C'));
    assert!(refused("image and A", None).contains("compared with a number"));
    assert!(refused("A >= 3", None).contains("it is a mask"));
    assert!(refused("A and image > 3", None).contains("[2, 3, 5]"));
    assert!(refused("dilate(A, 2 mm)", None).contains("2 mm"));
}

#[test]
fn no_text_brings_the_reader_down() {
    // Every text of a small alphabet up to a length: read or refused, never a panic.
    let parts = [
        "A", "(", ")", "not ", " and ", "dilate(", ",", "2 mm", ">", "-3e", "é",
    ];
    for code in 0..parts.len().pow(4) {
        let mut rest = code;
        let mut text = String::new();
        for _ in 0..4 {
            text.push_str(parts[rest % parts.len()]);
            rest /= parts.len();
        }
        let _ = MaskFormula::parse(&text);
    }
}
