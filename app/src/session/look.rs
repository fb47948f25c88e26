//! How greys are chosen, in a form that can be kept.

use kernel_imaging::{Colormap, Presentation, VoiChoice, VoiFunction, WindowLevel};
use serde::{Deserialize, Serialize};

/// Which window was looked through.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeptWindow {
    /// Least to greatest.
    Auto,
    /// One of the file's.
    File(usize),
    /// The user's own: center, width, function.
    Manual(f64, f64, VoiFunction),
}

/// Window, inversion, colours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptLook {
    /// The window.
    pub window: KeptWindow,
    /// Inverted once more than the file asks for.
    pub invert: bool,
    /// Colours.
    pub colormap: Colormap,
    /// Whether padding is drawn.
    pub show_padding: bool,
}

impl KeptLook {
    /// What is kept of a presentation.
    pub fn of(presentation: &Presentation) -> Self {
        Self {
            window: match presentation.voi {
                VoiChoice::Auto => KeptWindow::Auto,
                VoiChoice::File(index) => KeptWindow::File(index),
                VoiChoice::Manual(level, function) => {
                    KeptWindow::Manual(level.center(), level.width(), function)
                }
            },
            invert: presentation.invert,
            colormap: presentation.colormap,
            show_padding: presentation.show_padding,
        }
    }

    /// The presentation again; a window that is none is found anew.
    pub fn presentation(&self) -> Presentation {
        Presentation {
            voi: match self.window {
                KeptWindow::Auto => VoiChoice::Auto,
                KeptWindow::File(index) => VoiChoice::File(index),
                KeptWindow::Manual(center, width, function) => {
                    let level = WindowLevel::with_function(center, width, function);
                    level.map_or(VoiChoice::Auto, |level| VoiChoice::Manual(level, function))
                }
            },
            invert: self.invert,
            colormap: self.colormap,
            show_padding: self.show_padding,
        }
    }
}
