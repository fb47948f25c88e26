//! Colours for grey values, each made by a formula of our own.

use std::str::FromStr;

/// How grey levels are coloured after the window.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Colormap {
    /// Black to white.
    #[default]
    Grey,
    /// Black, red, yellow, white.
    Hot,
    /// Grey with a blue cast in the shadows.
    Bone,
    /// Blue through light grey to red: for values on both sides of a middle.
    CoolWarm,
}

impl Colormap {
    /// All of them, in the order of a menu.
    pub const ALL: [Self; 4] = [Self::Grey, Self::Hot, Self::Bone, Self::CoolWarm];

    /// The name used on the command line and in menus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Hot => "hot",
            Self::Bone => "bone",
            Self::CoolWarm => "cool-warm",
        }
    }

    /// The colour of a grey level, 0 to 255. Integers only, so equal on every machine.
    pub fn colour(self, grey: u8) -> [u8; 3] {
        let level = i32::from(grey);
        let byte = |value: i32| value.clamp(0, 255) as u8;
        match self {
            Self::Grey => [grey; 3],
            Self::Hot => [
                byte(level * 3),
                byte(level * 3 - 255),
                byte(level * 3 - 510),
            ],
            Self::Bone => {
                // Seven parts of grey and one part of a ramp that starts later, from blue to red.
                let ramp = |start: i32| (level - start).max(0) * 255 / (255 - start);
                [
                    byte((7 * level + ramp(160)) / 8),
                    byte((7 * level + ramp(80)) / 8),
                    byte((7 * level + (level * 3 / 2).min(255)) / 8),
                ]
            }
            Self::CoolWarm => {
                // Level 128 is the middle; both sides leave it by the same steps.
                let from_middle = (level - 128).clamp(-127, 127);
                let towards = |end: i32| byte(232 + (end - 232) * from_middle.abs() / 127);
                if from_middle < 0 {
                    [towards(34), towards(72), towards(190)]
                } else {
                    [towards(190), towards(34), towards(40)]
                }
            }
        }
    }

    /// All 256 colours as red, green, blue, alpha.
    pub(crate) fn table(self) -> [[u8; 4]; 256] {
        std::array::from_fn(|grey| {
            let [red, green, blue] = self.colour(grey as u8);
            [red, green, blue, 255]
        })
    }
}

/// A name that is none of the colour maps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Unknown colour map `{0}`, choose grey, hot, bone or cool-warm")]
pub struct UnknownColormap(pub String);

impl FromStr for Colormap {
    type Err = UnknownColormap;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        let known = Self::ALL
            .into_iter()
            .find(|colormap| colormap.name() == wanted);
        match (known, wanted.as_str()) {
            (Some(colormap), _) => Ok(colormap),
            (None, "gray") => Ok(Self::Grey),
            (None, _) => Err(UnknownColormap(name.to_owned())),
        }
    }
}
