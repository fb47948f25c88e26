//! Rule 18: the letters at the edges come from the displayed directions, or are not there.

use kernel_imaging::*;

const AXIAL: ([f64; 3], [f64; 3]) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
const SAGITTAL: ([f64; 3], [f64; 3]) = ([0.0, 1.0, 0.0], [0.0, 0.0, -1.0]);
const CORONAL: ([f64; 3], [f64; 3]) = ([1.0, 0.0, 0.0], [0.0, 0.0, -1.0]);

fn view() -> ViewTransform {
    ViewTransform::identity([10, 20])
}

/// Left, right, top, bottom, joined by spaces.
fn check(letters: &Letters, expected: &str) {
    let found = [&letters.left, &letters.right, &letters.top, &letters.bottom]
        .map(String::as_str)
        .join(" ");
    assert_eq!(found, expected);
}

fn check_planes((row, column): ([f64; 3], [f64; 3]), view: &ViewTransform, expected: &str) {
    check(&orientation_letters(row, column, view, false), expected);
}

#[test]
fn rule_18_letters_follow_the_displayed_vectors() {
    check_planes(AXIAL, &view(), "R L A P");
    check_planes(SAGITTAL, &view(), "A P H F");
    check_planes(CORONAL, &view(), "R L H F");
    check_planes(AXIAL, &view().flipped_left_right(), "L R A P");
    check_planes(AXIAL, &view().flipped_top_bottom(), "R L P A");
    // Turned clockwise, what was at the left is at the top.
    check_planes(AXIAL, &view().turned_clockwise(), "P A R L");
    check_planes(
        AXIAL,
        &view().turned_clockwise().turned_clockwise(),
        "L R P A",
    );
    check_planes(
        AXIAL,
        &view().turned_clockwise().flipped_left_right(),
        "A P R L",
    );
    check_planes(
        AXIAL,
        &view().turned_clockwise().flipped_top_bottom(),
        "P A L R",
    );
}

#[test]
fn rule_18_oblique_directions_have_up_to_three_letters_the_greatest_first() {
    let (sine, cosine) = (0.5, 0.75_f64.sqrt());
    check_planes(
        ([cosine, sine, 0.0], [0.0, 0.0, -1.0]),
        &view(),
        "RA LP H F",
    );
    check_planes(
        ([0.36, 0.48, 0.8], [0.8, -0.6, 0.0]),
        &view(),
        "FAR HPL RP LA",
    );
    // A hundredth of a degree of rounding adds no letter.
    check_planes(([1.0, 1e-5, -1e-5], [0.0, 1.0, 0.0]), &view(), "R L A P");
}

#[test]
fn rule_18_no_letters_when_the_orientation_is_unknown() {
    check_planes(([0.0; 3], [0.0; 3]), &view(), "   ");
    check_planes(([f64::NAN, 0.0, 0.0], [0.0, 1.0, 0.0]), &view(), "   ");
    check(&FrameAttributes::default().letters(&view(), false), "   ");
    let half = [String::from("L"), String::new()];
    check(&patient_orientation_letters(&half, &view(), false), "R L  ");
    let strange = [String::from("XY"), String::from("F")];
    check(
        &patient_orientation_letters(&strange, &view(), false),
        "  H F",
    );
}

#[test]
fn rule_18_projections_permute_patient_orientation() {
    let codes = [String::from("L"), String::from("FP")];
    check(
        &patient_orientation_letters(&codes, &view(), false),
        "R L HA FP",
    );
    check(
        &patient_orientation_letters(&codes, &view().flipped_left_right(), false),
        "L R HA FP",
    );
    check(
        &patient_orientation_letters(&codes, &view().turned_clockwise(), false),
        "FP HA R L",
    );
    let attributes = FrameAttributes {
        patient_orientation: Some(codes),
        ..FrameAttributes::default()
    };
    check(&attributes.letters(&view(), false), "R L HA FP");
}

#[test]
fn rule_18_a_plane_wins_over_patient_orientation() {
    let plane = ImagePlane {
        position_lps_mm: [0.0; 3],
        row_direction_lps: SAGITTAL.0,
        column_direction_lps: SAGITTAL.1,
        spacing_mm: [1.0, 1.0],
    };
    let attributes = FrameAttributes {
        plane: Some(plane),
        patient_orientation: Some([String::from("L"), String::from("F")]),
        ..FrameAttributes::default()
    };
    check(&attributes.letters(&view(), false), "A P H F");
}

#[test]
fn rule_18_quadrupeds_have_codes_of_their_own() {
    let (row, column) = AXIAL;
    check(
        &orientation_letters(row, column, &view(), true),
        "RT LE V D",
    );
    let (row, column) = SAGITTAL;
    check(
        &orientation_letters(row, column, &view(), true),
        "V D CR CD",
    );
    let pair = |row: &str, column: &str| [row.to_owned(), column.to_owned()];
    check(
        &patient_orientation_letters(&pair("CD", "V"), &view(), true),
        "CR CD D V",
    );
    check(
        &patient_orientation_letters(&pair("le", "DI"), &view(), true),
        "RT LE PR DI",
    );
    check(
        &patient_orientation_letters(&pair("M", "CDV"), &view(), true),
        "L M CRD CDV",
    );
    // LE is no code of a biped: two letters cannot be guessed apart.
    check(
        &patient_orientation_letters(&pair("LE", "F"), &view(), false),
        "  H F",
    );
}
