//! Letters at the edges of a view: which way the patient lies, PS3.3 C.7.6.1.1.1 and C.7.6.2.1.1.

use crate::view::ViewTransform;

/// Direction cosines below this are rounding, not obliqueness.
const COSINE_MIN: f64 = 1e-4;

/// What to write at each edge of the view; empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// At the left edge.
    pub left: String,
    /// At the right edge.
    pub right: String,
    /// At the top edge.
    pub top: String,
    /// At the bottom edge.
    pub bottom: String,
}

/// Codes for + and - of x (to the patient's left), y (to the back) and z (to the head).
const BIPED: [[&str; 2]; 3] = [["L", "R"], ["P", "A"], ["H", "F"]];
/// The same for a quadruped, whose axes run to the left, dorsal and cranial.
const QUADRUPED: [[&str; 2]; 3] = [["LE", "RT"], ["D", "V"], ["CR", "CD"]];
/// Quadruped codes that are no axis of the trunk, with their opposites.
const QUADRUPED_OPPOSITES: [[&str; 2]; 7] = [
    ["M", "L"],
    ["L", "M"],
    ["PR", "DI"],
    ["DI", "PR"],
    ["R", "CD"],
    ["PA", "D"],
    ["PL", "D"],
];

/// The letters of a cross-sectional image from its row and column directions as displayed (rule 18).
///
/// One letter for a direction along an axis, up to three for an oblique one, the largest component
/// first. Directions that are not vectors give no letters.
pub fn orientation_letters(
    row_direction_lps: [f64; 3],
    column_direction_lps: [f64; 3],
    view: &ViewTransform,
    quadruped: bool,
) -> Letters {
    let known = |vector: [f64; 3]| {
        let length = vector
            .iter()
            .map(|component| component * component)
            .sum::<f64>();
        length.is_finite() && length > 0.25
    };
    if !known(row_direction_lps) || !known(column_direction_lps) {
        return Letters::default();
    }
    let edges = Edges::of(view);
    let text = |edge: Edge| {
        let vector = if edge.along_row {
            row_direction_lps
        } else {
            column_direction_lps
        };
        letters_of(vector.map(|component| component * edge.sign), quadruped)
    };
    edges.write(text)
}

/// The letters of a projection from Patient Orientation (0020,0020), permuted as the view is (rule 18).
///
/// `codes` are the directions in which rows and columns run, such as `L` and `FP`; an empty or
/// unknown code gives no letters for its axis.
pub fn patient_orientation_letters(
    codes: &[String; 2],
    view: &ViewTransform,
    quadruped: bool,
) -> Letters {
    let parsed: [Option<Vec<&'static str>>; 2] =
        [split(&codes[0], quadruped), split(&codes[1], quadruped)];
    let text = |edge: Edge| {
        let Some(parts) = &parsed[usize::from(!edge.along_row)] else {
            return String::new();
        };
        parts
            .iter()
            .map(|code| {
                if edge.sign > 0.0 {
                    code
                } else {
                    opposite(code, quadruped)
                }
            })
            .collect()
    };
    Edges::of(view).write(text)
}

/// Which image direction points to an edge of the view.
#[derive(Clone, Copy)]
struct Edge {
    /// True for the direction along a row, false for the one down a column.
    along_row: bool,
    /// +1 when the direction itself points there, -1 when its opposite does.
    sign: f64,
}

struct Edges {
    right: Edge,
    bottom: Edge,
}

impl Edges {
    fn of(view: &ViewTransform) -> Self {
        let row = view.displayed([1.0, 0.0]);
        let column = view.displayed([0.0, 1.0]);
        let pick = |axis: usize| {
            if row[axis] != 0.0 {
                Edge {
                    along_row: true,
                    sign: row[axis],
                }
            } else {
                Edge {
                    along_row: false,
                    sign: column[axis],
                }
            }
        };
        Self {
            right: pick(0),
            bottom: pick(1),
        }
    }

    fn write(&self, text: impl Fn(Edge) -> String) -> Letters {
        let opposite = |edge: Edge| Edge {
            sign: -edge.sign,
            ..edge
        };
        Letters {
            left: text(opposite(self.right)),
            right: text(self.right),
            top: text(opposite(self.bottom)),
            bottom: text(self.bottom),
        }
    }
}

/// Up to three letters, the largest component first; equal components in the order x, y, z.
fn letters_of(vector: [f64; 3], quadruped: bool) -> String {
    let codes = if quadruped { &QUADRUPED } else { &BIPED };
    let mut axes = [0, 1, 2];
    axes.sort_by(|left, right| vector[*right].abs().total_cmp(&vector[*left].abs()));
    let shown = axes
        .into_iter()
        .filter(|axis| vector[*axis].abs() > COSINE_MIN);
    shown
        .map(|axis| codes[axis][usize::from(vector[axis] < 0.0)])
        .collect()
}

/// The codes in a value such as `FP` or `CDV`; `None` when a part is not a code.
fn split(value: &str, quadruped: bool) -> Option<Vec<&'static str>> {
    let axes = if quadruped { &QUADRUPED } else { &BIPED };
    let mut known: Vec<&'static str> = axes.iter().flatten().copied().collect();
    if quadruped {
        known.extend(QUADRUPED_OPPOSITES.iter().map(|pair| pair[0]));
    }
    // The longest code that fits is taken, so that `LE` is left and not lateral.
    known.sort_by_key(|code| std::cmp::Reverse(code.len()));
    let value = value.trim().to_ascii_uppercase();
    let mut rest = value.as_str();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let code = known.iter().find(|code| rest.starts_with(**code))?;
        parts.push(*code);
        rest = &rest[code.len()..];
    }
    (!parts.is_empty() && parts.len() <= 3).then_some(parts)
}

fn opposite(code: &'static str, quadruped: bool) -> &'static str {
    let axes = if quadruped { &QUADRUPED } else { &BIPED };
    let on_axis = axes.iter().find_map(|[plus, minus]| match code {
        _ if code == *plus => Some(*minus),
        _ if code == *minus => Some(*plus),
        _ => None,
    });
    let beside = QUADRUPED_OPPOSITES
        .iter()
        .find(|pair| pair[0] == code)
        .map(|pair| pair[1]);
    on_axis.or(beside).unwrap_or("")
}
