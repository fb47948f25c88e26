//! Hanging protocols: data files that say which images of a study go where, and how they are seen.

mod apply;
mod matching;
mod saving;

use kernel_imaging::{Notice, Severity};
use serde::{Deserialize, Serialize};

use crate::layout::SIDE_MAX;

pub use apply::{choose, follow};
pub use matching::{Place, fill, fits};
pub use saving::{HangAction, update};

/// Files of the user's own that are read at most.
pub const PROTOCOLS_MAX: usize = 64;
/// Bytes of one of them at most.
pub const PROTOCOL_BYTES_MAX: u64 = 64 * 1024;
/// Letters of a name at most.
const NAME_MAX: usize = 80;

/// Those that ship, from `assets/hanging`.
const SHIPPED: [(&str, &str); 3] = [
    (
        "mammography.toml",
        include_str!("../../../assets/hanging/mammography.toml"),
    ),
    (
        "ct-three-planes.toml",
        include_str!("../../../assets/hanging/ct-three-planes.toml"),
    ),
    (
        "prior.toml",
        include_str!("../../../assets/hanging/prior.toml"),
    ),
];

/// One protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HangingProtocol {
    /// In the menu; a user's own of the same name takes a shipped one's place.
    pub name: String,
    /// The greatest of those that fit is taken.
    #[serde(default)]
    pub rank: i32,
    /// Whether a study that fits opens so.
    #[serde(default)]
    pub automatic: bool,
    /// For which studies it is made.
    #[serde(default)]
    pub when: Condition,
    /// How the views lie.
    pub layout: HangingLayout,
    /// What goes into each, row by row.
    #[serde(default, rename = "cell")]
    pub cells: Vec<Cell>,
}

/// For which studies a protocol is made; an empty list means any.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// One of these modalities.
    pub modality: Vec<String>,
    /// One of these values of Body Part Examined.
    pub body_part: Vec<String>,
    /// So many cells at least find an image; all of them where nothing is said.
    pub cells_min: Option<usize>,
}

/// How views lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HangingLayout {
    /// Rows of views.
    #[serde(default = "one")]
    pub rows: usize,
    /// Views in a row.
    #[serde(default = "one")]
    pub columns: usize,
    /// Three planes through the series of the first cell.
    #[serde(default)]
    pub planes: bool,
    /// Views scroll, zoom and are windowed together.
    #[serde(default)]
    pub linked: bool,
}

fn one() -> usize {
    1
}

/// Which image goes into a view; what is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cell {
    /// Nothing is shown here.
    pub empty: bool,
    /// Modality.
    pub modality: Option<String>,
    /// Body Part Examined.
    pub body_part: Option<String>,
    /// `R` or `L`.
    pub laterality: Option<String>,
    /// View Position, such as `CC`.
    pub view: Option<String>,
    /// Words that the series description contains.
    pub description: Option<String>,
    /// Images of the series at least.
    pub images_min: usize,
    /// How many studies before the one that is hung.
    pub prior: usize,
    /// Modality and body part as in this cell, counted from 1.
    pub like: Option<usize>,
    /// Where the chest wall lies; the image is flipped where it lies otherwise, and moved to that edge.
    pub chest_wall: Option<Edge>,
    /// The window.
    pub window: Option<CellWindow>,
}

/// An edge of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// A window in modality units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellWindow {
    /// Center.
    pub center: f64,
    /// Width, above 0.
    pub width: f64,
}

/// All protocols, and the one in force.
#[derive(Clone, Debug)]
pub struct Hanging {
    /// By rank, then by name.
    pub protocols: Vec<HangingProtocol>,
    /// The name of the one that the views were filled by.
    pub applied: Option<String>,
    /// Names of those that the user saved from the window.
    pub saved: Vec<String>,
    /// The name typed for the layout in view, while it is asked for.
    pub naming: Option<String>,
}

impl Default for Hanging {
    fn default() -> Self {
        Self::new(&[]).0
    }
}

impl Hanging {
    /// Those that ship and the user's own, given as file name and text, with a notice for each that cannot be used.
    pub fn new(own: &[(String, String)]) -> (Self, Vec<Notice>) {
        let mut hanging = Self {
            protocols: Vec::new(),
            applied: None,
            saved: Vec::new(),
            naming: None,
        };
        let mut notices = Vec::new();
        let shipped = SHIPPED.iter().map(|(file, text)| (*file, *text));
        let own = own
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str()));
        for (file, text) in shipped.chain(own) {
            match parse(text) {
                Ok(protocol) => hanging.add(protocol, false),
                Err(reason) => {
                    let text = format!("The hanging protocol `{file}` cannot be used: {reason}");
                    notices.push(Notice::new(Severity::Warning, text));
                }
            }
        }
        (hanging, notices)
    }

    /// Adds a protocol; one of the same name goes. `saved` tells whether the user saved it from the window.
    pub fn add(&mut self, protocol: HangingProtocol, saved: bool) {
        self.protocols.retain(|known| known.name != protocol.name);
        self.saved.retain(|known| *known != protocol.name);
        if saved {
            self.saved.push(protocol.name.clone());
        }
        self.protocols.push(protocol);
        self.protocols.sort_by(|one, other| {
            let rank = other.rank.cmp(&one.rank);
            rank.then_with(|| one.name.cmp(&other.name))
        });
    }

    /// The layouts that the user saved, as they are written.
    pub fn saved_text(&self) -> Result<Vec<u8>, serde_json::Error> {
        let saved = |protocol: &&HangingProtocol| self.saved.contains(&protocol.name);
        let all: Vec<&HangingProtocol> = self.protocols.iter().filter(saved).collect();
        serde_json::to_vec_pretty(&all)
    }

    /// Adds the layouts of such a text, or says why it cannot be used.
    pub fn read_saved(&mut self, text: &str) -> Result<(), String> {
        let all: Vec<HangingProtocol> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        for protocol in all.into_iter().take(PROTOCOLS_MAX) {
            self.add(check(protocol)?, true);
        }
        Ok(())
    }

    /// The protocol of a name.
    pub fn named(&self, name: &str) -> Option<&HangingProtocol> {
        self.protocols.iter().find(|protocol| protocol.name == name)
    }
}

/// Reads and checks one protocol; the error is part of a sentence.
pub fn parse(text: &str) -> Result<HangingProtocol, String> {
    let read: Result<HangingProtocol, toml::de::Error> = toml::from_str(text);
    let protocol = read.map_err(|error| {
        let line = |at: usize| {
            text.get(..at)
                .map_or(1, |before| before.matches('\n').count() + 1)
        };
        // The whole file is no place.
        let span = error.span().filter(|span| span.start > 0);
        let place = span.map(|span| format!(" in line {}", line(span.start)));
        format!("{}{}", error.message(), place.unwrap_or_default())
    })?;
    check(protocol)
}

/// A protocol that can be hung, or why it cannot.
fn check(protocol: HangingProtocol) -> Result<HangingProtocol, String> {
    let letters = protocol.name.trim().chars().count();
    if letters == 0 || letters > NAME_MAX {
        return Err(format!(
            "its name has {letters} letters, not 1 to {NAME_MAX}"
        ));
    }
    let layout = &protocol.layout;
    let sides = 1..=SIDE_MAX;
    if !sides.contains(&layout.rows) || !sides.contains(&layout.columns) {
        let (rows, columns) = (layout.rows, layout.columns);
        return Err(format!(
            "its layout is {rows} by {columns}, not 1 to {SIDE_MAX} by 1 to {SIDE_MAX}"
        ));
    }
    let room = match layout.planes {
        true => 1,
        false => layout.rows * layout.columns,
    };
    let cells = protocol.cells.len();
    if cells == 0 || cells > room {
        return Err(format!("it has {cells} cells for {room} views"));
    }
    for (at, cell) in protocol.cells.iter().enumerate() {
        if cell.like.is_some_and(|like| like == 0 || like > at) {
            return Err(format!("cell {} is like none before it", at + 1));
        }
        let usable = |window: CellWindow| {
            window.center.is_finite() && window.width.is_finite() && window.width > 0.0
        };
        if cell.window.is_some_and(|window| !usable(window)) {
            return Err(format!("the window of cell {} has no width", at + 1));
        }
    }
    Ok(protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_can_be_read_and_a_users_own_takes_its_place() {
        let (hanging, notices) = Hanging::new(&[]);
        assert_eq!(notices, []);
        let names: Vec<&str> = hanging
            .protocols
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "Mammography, four views",
                "CT, three planes",
                "Beside the prior"
            ]
        );
        let own =
            "name = \"CT, three planes\"\nautomatic = true\n[layout]\nplanes = true\n[[cell]]\n";
        let (hanging, notices) = Hanging::new(&[("own.toml".to_owned(), own.to_owned())]);
        assert_eq!((hanging.protocols.len(), notices.len()), (3, 0));
        assert!(
            hanging
                .named("CT, three planes")
                .is_some_and(|it| it.automatic)
        );
    }

    #[test]
    fn a_wrong_file_is_a_notice_that_names_it_and_the_line() {
        let wrong = |text: &str| {
            let (hanging, notices) = Hanging::new(&[("mine.toml".to_owned(), text.to_owned())]);
            assert_eq!(hanging.protocols.len(), 3);
            notices.first().expect("a notice").text.clone()
        };
        let said = wrong("name = \"A\"\nrows = 2\n");
        assert!(
            said.starts_with("The hanging protocol `mine.toml` cannot be used"),
            "{said}"
        );
        assert!(said.contains("unknown field `rows`"), "{said}");
        let said = wrong("name = \"A\"\nrank = \"high\"\n");
        assert!(said.ends_with("in line 2"), "{said}");
        let grid = "name = \"A\"\n[layout]\nrows = 5\n[[cell]]\n";
        assert!(wrong(grid).ends_with("its layout is 5 by 1, not 1 to 4 by 1 to 4"));
        let cells = "name = \"A\"\n[layout]\n[[cell]]\n[[cell]]\n";
        assert!(wrong(cells).ends_with("it has 2 cells for 1 views"));
        let like = "name = \"A\"\n[layout]\n[[cell]]\nlike = 1\n";
        assert!(wrong(like).ends_with("cell 1 is like none before it"));
        let window = "name = \"A\"\n[layout]\n[[cell]]\nwindow = { center = 1.0, width = 0.0 }\n";
        assert!(wrong(window).ends_with("the window of cell 1 has no width"));
    }
}
