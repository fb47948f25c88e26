//! Whether the side a file states agrees with where the image lies (rule 21).

use crate::attributes::FrameAttributes;

/// How far all of an image must lie on one side before its side is doubted, mm.
const BESIDE_MIDDLE_MM: f64 = 10.0;

/// A sentence when an image lies wholly on one side of the patient's middle and its laterality names
/// the other; `size` is `[columns, rows]`. The middle is the origin of the patient's coordinates,
/// which the scanner places, so that this is a doubt and no proof.
pub fn laterality_conflict(attributes: &FrameAttributes, size: [usize; 2]) -> Option<String> {
    let plane = attributes.plane.as_ref()?;
    let stated = match attributes.laterality.as_str() {
        "R" => 'R',
        "L" => 'L',
        _ => return None,
    };
    let [columns, rows] = size.map(|length| length as f64);
    let corners = [[0.0, 0.0], [columns, 0.0], [0.0, rows], [columns, rows]];
    let places = corners.map(|corner| plane.lps_from_image(corner)[0]);
    // Patient coordinates grow towards the left.
    let side = if places.iter().all(|x| *x > BESIDE_MIDDLE_MM) {
        'L'
    } else if places.iter().all(|x| *x < -BESIDE_MIDDLE_MM) {
        'R'
    } else {
        return None;
    };
    (side != stated).then(|| {
        let word = |code| if code == 'L' { "left" } else { "right" };
        format!(
            "Laterality {stated} ({}), but the image lies on the patient's {} side",
            word(stated),
            word(side)
        )
    })
}
