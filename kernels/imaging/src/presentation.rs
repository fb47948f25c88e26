//! What the user chose to see: the window, the inversion, the colours.

use crate::attributes::FrameAttributes;
use crate::colormap::Colormap;
use crate::lut::{VoiFunction, VoiLut, WindowLevel};

/// Which window or table is looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub enum VoiChoice {
    /// Least to greatest modality value of the frame, without padding (rule 9).
    #[default]
    Auto,
    /// One of `FrameAttributes::voi`; a frame that has no such entry is shown as with `Auto`.
    File(usize),
    /// The user's own window.
    Manual(WindowLevel, VoiFunction),
}

impl VoiChoice {
    /// What a file is opened with (rule 7): its first table for presented radiographs, else its first
    /// window or table, else `Auto`.
    pub fn initial(attributes: &FrameAttributes, modality: &str) -> Self {
        let tables_first = matches!(modality, "CR" | "DX" | "MG" | "IO" | "PX" | "RG");
        let table = attributes
            .voi
            .iter()
            .position(|voi| matches!(voi, VoiLut::Table { .. }));
        match table {
            Some(index) if tables_first => Self::File(index),
            _ if attributes.voi.is_empty() => Self::Auto,
            _ => Self::File(0),
        }
    }
}

/// Everything the user can change about the grey values and colours of a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Presentation {
    /// Window or table.
    pub voi: VoiChoice,
    /// Inverted once more than the file asks for.
    pub invert: bool,
    /// Colours the greys are drawn with; colour images keep their own.
    pub colormap: Colormap,
    /// Draws padding like any other value instead of black (the off switch of rule 11).
    pub show_padding: bool,
}

impl Presentation {
    /// How a file is first shown.
    pub fn initial(attributes: &FrameAttributes, modality: &str) -> Self {
        Self {
            voi: VoiChoice::initial(attributes, modality),
            ..Self::default()
        }
    }
}
