//! What a colour profile makes of colours, as a grid that is interpolated: the profile itself is read elsewhere.

use std::fmt;

/// Grid points on each axis.
const SIDE: usize = 33;

/// A grid of 33 x 33 x 33 colours over the RGB cube.
#[derive(Clone, PartialEq)]
pub struct ColourTable {
    /// Blue runs fastest, then green, then red.
    grid: Vec<[u8; 3]>,
}

impl ColourTable {
    /// Asks `convert` for all grid points at once, red slowest and blue fastest; `None` when it fails.
    pub fn from_conversion(
        convert: impl FnOnce(&[[u8; 3]]) -> Option<Vec<[u8; 3]>>,
    ) -> Option<Self> {
        let level = |step: usize| (step as f64 * 255.0 / (SIDE as f64 - 1.0)).round() as u8;
        let inputs: Vec<[u8; 3]> = (0..SIDE * SIDE * SIDE)
            .map(|point| {
                [
                    level(point / (SIDE * SIDE)),
                    level(point / SIDE % SIDE),
                    level(point % SIDE),
                ]
            })
            .collect();
        let grid = convert(&inputs)?;
        (grid.len() == inputs.len()).then_some(Self { grid })
    }

    /// The greatest change of a channel at any grid point.
    pub fn greatest_change(&self) -> u8 {
        let same = Self::from_conversion(|inputs| Some(inputs.to_vec()));
        let inputs = same.map(|table| table.grid).unwrap_or_default();
        self.grid
            .iter()
            .zip(&inputs)
            .flat_map(|(out, input)| (0..3).map(|channel| out[channel].abs_diff(input[channel])))
            .max()
            .unwrap_or(0)
    }

    /// The converted colour, interpolated between the eight grid points around it.
    pub fn colour(&self, rgb: [u8; 3]) -> [u8; 3] {
        let place = rgb.map(|value| {
            let scaled = f64::from(value) * (SIDE as f64 - 1.0) / 255.0;
            let low = (scaled as usize).min(SIDE - 2);
            (low, scaled - low as f64)
        });
        std::array::from_fn(|channel| {
            let at = |red: usize, green: usize, blue: usize| {
                let point = ((place[0].0 + red) * SIDE + place[1].0 + green) * SIDE;
                f64::from(self.grid[point + place[2].0 + blue][channel])
            };
            let along_blue = |red, green| mix(at(red, green, 0), at(red, green, 1), place[2].1);
            let along_green = |red| mix(along_blue(red, 0), along_blue(red, 1), place[1].1);
            let value = mix(along_green(0), along_green(1), place[0].1);
            (value + 0.5) as u8
        })
    }
}

fn mix(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

impl fmt::Debug for ColourTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ColourTable {SIDE} x {SIDE} x {SIDE}")
    }
}
