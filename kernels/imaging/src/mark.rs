//! What can be drawn on an image: its kind, its points, the words and figures that belong to it.

use crate::mark_figures::MarkFigures;
use crate::object::ImageReference;
use crate::region::Region;
use crate::study::FrameReference;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// One pixel.
    Probe,
    /// Between two points.
    Length,
    /// Two arms from one vertex, the middle point.
    Angle,
    /// Between two lines.
    Cobb,
    /// Two corners.
    Rectangle,
    /// Two corners of the box around it.
    Ellipse,
    /// Corners, one by one.
    Polygon,
    /// A line drawn around.
    Freehand,
    /// Words at a point.
    Text,
    /// From its tail to what it points at.
    Arrow,
}

impl MarkKind {
    /// All, in the order of the menu.
    pub const ALL: [Self; 10] = [
        Self::Probe,
        Self::Length,
        Self::Angle,
        Self::Cobb,
        Self::Rectangle,
        Self::Ellipse,
        Self::Polygon,
        Self::Freehand,
        Self::Text,
        Self::Arrow,
    ];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Probe => "Probe",
            Self::Length => "Length",
            Self::Angle => "Angle",
            Self::Cobb => "Cobb angle",
            Self::Rectangle => "Rectangle",
            Self::Ellipse => "Ellipse",
            Self::Polygon => "Polygon",
            Self::Freehand => "Freehand",
            Self::Text => "Text",
            Self::Arrow => "Arrow",
        }
    }

    /// How many points complete it; none for outlines that the user closes.
    pub fn points(self) -> Option<usize> {
        match self {
            Self::Probe | Self::Text => Some(1),
            Self::Length | Self::Rectangle | Self::Ellipse | Self::Arrow => Some(2),
            Self::Angle => Some(3),
            Self::Cobb => Some(4),
            Self::Polygon | Self::Freehand => None,
        }
    }

    /// The region that these points enclose; none for lines, angles and words.
    pub fn region(self, points: &[[f64; 2]]) -> Option<Region> {
        match (self, points) {
            (Self::Rectangle, [from, to]) => Some(Region::Rectangle([*from, *to])),
            (Self::Ellipse, [from, to]) => Some(Region::Ellipse([*from, *to])),
            (Self::Polygon | Self::Freehand, points) if points.len() >= 3 => {
                Some(Region::Polygon(points.to_vec()))
            }
            _ => None,
        }
    }
}

/// One thing drawn on one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Counts up; never used again.
    pub id: u32,
    /// What it is.
    pub kind: MarkKind,
    /// Image points `[x, y]`; the first pixel covers 0 to 1.
    pub points: Vec<[f64; 2]>,
    /// The image that it lies on.
    pub frame: FrameReference,
    /// The user's own words.
    pub text: String,
    /// What was measured.
    pub figures: MarkFigures,
}

/// A mark as a report tells it, before its image is known to be open.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedMark {
    /// The image that it lies on, with its frame where the image has several.
    pub image: ImageReference,
    /// What it is.
    pub kind: MarkKind,
    /// Image points `[x, y]`; the first pixel covers 0 to 1.
    pub points: Vec<[f64; 2]>,
    /// The user's own words.
    pub text: String,
    /// What was measured, as the report says it; without a histogram.
    pub figures: MarkFigures,
}
