//! Which way the three axes of an array point in the patient, as letters and as one small number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InferenceError;

/// Letters in the order of their numbers; a letter and its opposite are three apart.
const LETTERS: [char; 6] = ['L', 'P', 'S', 'R', 'A', 'I'];

/// The directions of increasing index, first axis first: `SPL` goes to the head, to the back, to the patient's left.
///
/// Invariant: the three axes are different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Orientation([u8; 3]);

impl Orientation {
    /// From directions in LPS (mm or unit), each given its nearest patient axis; `None` where two share one.
    pub fn nearest(directions: [[f64; 3]; 3]) -> Option<Self> {
        let axis = |direction: [f64; 3]| {
            let mut best = 0;
            for index in 1..3 {
                if direction[index].abs() > direction[best].abs() {
                    best = index;
                }
            }
            let back = if direction[best] < 0.0 { 3 } else { 0 };
            u8::try_from(best + back).unwrap_or(0)
        };
        Self::checked(directions.map(axis))
    }

    /// The number of an orientation, 1 to 216; 0 is kept for "not known".
    pub fn code(self) -> i64 {
        let [a, b, c] = self.0.map(i64::from);
        1 + a * 36 + b * 6 + c
    }

    /// The orientation of a number that [`Orientation::code`] gave.
    pub fn from_code(code: i64) -> Option<Self> {
        let code = code.checked_sub(1).filter(|code| (0..216).contains(code))?;
        let digit = |value: i64| u8::try_from(value % 6).unwrap_or(0);
        Self::checked([digit(code / 36), digit(code / 6), digit(code)])
    }

    /// For each axis of `self`: which axis of `other` runs along it, and whether it runs the other way.
    pub fn axes_of(self, other: Self) -> [(usize, bool); 3] {
        self.0.map(|wanted| {
            let at = other.0.iter().position(|axis| axis % 3 == wanted % 3);
            // Both hold each of the three axes once.
            let at = at.unwrap_or(0);
            (at, other.0[at] != wanted)
        })
    }

    fn checked(axes: [u8; 3]) -> Option<Self> {
        let [a, b, c] = axes.map(|axis| axis % 3);
        (a != b && a != c && b != c).then_some(Self(axes))
    }
}

impl fmt::Display for Orientation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|axis| write!(out, "{}", LETTERS[usize::from(*axis)]))
    }
}

impl FromStr for Orientation {
    type Err = InferenceError;

    fn from_str(text: &str) -> Result<Self, InferenceError> {
        let letters: Vec<u8> = text
            .chars()
            .filter_map(|letter| LETTERS.iter().position(|known| *known == letter))
            .filter_map(|at| u8::try_from(at).ok())
            .collect();
        let axes = <[u8; 3]>::try_from(letters)
            .ok()
            .filter(|_| text.chars().count() == 3);
        axes.and_then(Self::checked).ok_or_else(|| {
            InferenceError::manifest(format_args!(
                "orientation `{}` is not three of L/R, P/A and S/I, such as LIA",
                text.chars().take(20).collect::<String>()
            ))
        })
    }
}

impl TryFrom<String> for Orientation {
    type Error = InferenceError;

    fn try_from(text: String) -> Result<Self, InferenceError> {
        text.parse()
    }
}

impl From<Orientation> for String {
    fn from(orientation: Orientation) -> Self {
        orientation.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_has_its_own_number_and_its_letters() {
        let mut found = 0;
        for code in 1..=216 {
            if let Some(orientation) = Orientation::from_code(code) {
                assert_eq!(orientation.code(), code);
                assert_eq!(orientation.to_string().parse(), Ok(orientation));
                found += 1;
            }
        }
        assert_eq!(found, 48);
        assert_eq!(Orientation::from_code(0), None);
        assert!("LLA".parse::<Orientation>().is_err());
    }

    #[test]
    fn an_axial_series_is_told_from_its_directions() {
        let axial = [[0.0, 0.1, 0.9], [0.0, 0.9, -0.1], [1.0, 0.0, 0.0]];
        let series = Orientation::nearest(axial).expect("three axes");
        assert_eq!(series.to_string(), "SPL");
        let model: Orientation = "LIA".parse().expect("letters");
        assert_eq!(model.axes_of(series), [(2, false), (0, true), (1, true)]);
    }
}
