//! Icons drawn with lines, sharp at every scale and in no need of a font.

use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2};

/// What there is to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A sheet of paper.
    Files,
    /// A folder.
    Folder,
    /// A disc, half light and half dark.
    WindowLevel,
    /// A magnifying glass.
    Zoom,
    /// Four arrows.
    Pan,
    /// A stack with arrows up and down.
    Scroll,
    /// An arrow back around.
    Reset,
    /// A square, half filled.
    Invert,
    /// Two triangles left and right of a line.
    FlipHorizontal,
    /// Two triangles above and below a line.
    FlipVertical,
    /// A turn to the right.
    RotateRight,
    /// A turn to the left.
    RotateLeft,
    /// Lines of text in the corners.
    Annotations,
    /// Three panes.
    Compare,
    /// A panel at the left.
    PanelLeft,
    /// A panel at the right.
    PanelRight,
    /// A bell.
    Notices,
    /// A question mark's key.
    Keys,
    /// A cross.
    Close,
}

/// Draws an icon into a square.
pub fn paint(painter: &Painter, icon: Icon, square: Rect, ink: Color32) {
    let brush = Brush {
        painter,
        square,
        stroke: Stroke::new(1.4, ink),
        ink,
    };
    match icon {
        Icon::Files => {
            brush.line(&[
                (0.2, 0.05),
                (0.62, 0.05),
                (0.85, 0.28),
                (0.85, 0.95),
                (0.2, 0.95),
                (0.2, 0.05),
            ]);
            brush.line(&[(0.62, 0.05), (0.62, 0.28), (0.85, 0.28)]);
        }
        Icon::Folder => brush.line(&[
            (0.04, 0.85),
            (0.04, 0.18),
            (0.38, 0.18),
            (0.48, 0.32),
            (0.96, 0.32),
            (0.96, 0.85),
            (0.04, 0.85),
        ]),
        Icon::WindowLevel => {
            brush.arc((0.5, 0.5), 0.44, -90.0, 270.0);
            brush.filled(&arc_points((0.5, 0.5), 0.44, -90.0, 90.0));
        }
        Icon::Zoom => {
            brush.arc((0.42, 0.42), 0.34, 0.0, 360.0);
            brush.line(&[(0.67, 0.67), (0.97, 0.97)]);
            brush.line(&[(0.27, 0.42), (0.57, 0.42)]);
            brush.line(&[(0.42, 0.27), (0.42, 0.57)]);
        }
        Icon::Pan => {
            brush.line(&[(0.5, 0.04), (0.5, 0.96)]);
            brush.line(&[(0.04, 0.5), (0.96, 0.5)]);
            brush.line(&[(0.36, 0.18), (0.5, 0.04), (0.64, 0.18)]);
            brush.line(&[(0.36, 0.82), (0.5, 0.96), (0.64, 0.82)]);
            brush.line(&[(0.18, 0.36), (0.04, 0.5), (0.18, 0.64)]);
            brush.line(&[(0.82, 0.36), (0.96, 0.5), (0.82, 0.64)]);
        }
        Icon::Scroll => {
            brush.line(&[
                (0.05, 0.3),
                (0.35, 0.15),
                (0.65, 0.3),
                (0.35, 0.45),
                (0.05, 0.3),
            ]);
            brush.line(&[(0.05, 0.5), (0.35, 0.65), (0.65, 0.5)]);
            brush.line(&[(0.05, 0.7), (0.35, 0.85), (0.65, 0.7)]);
            brush.line(&[(0.9, 0.1), (0.9, 0.9)]);
            brush.line(&[(0.8, 0.22), (0.9, 0.1), (1.0, 0.22)]);
            brush.line(&[(0.8, 0.78), (0.9, 0.9), (1.0, 0.78)]);
        }
        Icon::Reset => {
            brush.arc((0.5, 0.54), 0.38, -60.0, 210.0);
            brush.line(&[(0.02, 0.2), (0.14, 0.42), (0.38, 0.34)]);
        }
        Icon::Invert => {
            brush.rect(0.08, 0.08, 0.92, 0.92);
            brush.filled(&[(0.08, 0.92), (0.92, 0.08), (0.92, 0.92)]);
        }
        Icon::FlipHorizontal => {
            brush.line(&[(0.5, 0.02), (0.5, 0.98)]);
            brush.line(&[(0.38, 0.2), (0.38, 0.8), (0.04, 0.8), (0.38, 0.2)]);
            brush.filled(&[(0.62, 0.2), (0.62, 0.8), (0.96, 0.8)]);
        }
        Icon::FlipVertical => {
            brush.line(&[(0.02, 0.5), (0.98, 0.5)]);
            brush.line(&[(0.2, 0.38), (0.8, 0.38), (0.8, 0.04), (0.2, 0.38)]);
            brush.filled(&[(0.2, 0.62), (0.8, 0.62), (0.8, 0.96)]);
        }
        Icon::RotateRight => {
            brush.arc((0.46, 0.56), 0.36, -250.0, 20.0);
            brush.line(&[(0.62, 0.46), (0.82, 0.68), (1.0, 0.44)]);
        }
        Icon::RotateLeft => {
            brush.arc((0.54, 0.56), 0.36, 160.0, 430.0);
            brush.line(&[(0.38, 0.46), (0.18, 0.68), (0.0, 0.44)]);
        }
        Icon::Annotations => {
            brush.rect(0.03, 0.08, 0.97, 0.92);
            brush.line(&[(0.16, 0.26), (0.48, 0.26)]);
            brush.line(&[(0.16, 0.42), (0.38, 0.42)]);
            brush.line(&[(0.56, 0.76), (0.84, 0.76)]);
        }
        Icon::Compare => {
            brush.rect(0.0, 0.15, 0.28, 0.85);
            brush.rect(0.36, 0.15, 0.64, 0.85);
            brush.rect(0.72, 0.15, 1.0, 0.85);
        }
        Icon::PanelLeft => {
            brush.rect(0.04, 0.12, 0.96, 0.88);
            brush.filled(&[(0.04, 0.12), (0.34, 0.12), (0.34, 0.88), (0.04, 0.88)]);
        }
        Icon::PanelRight => {
            brush.rect(0.04, 0.12, 0.96, 0.88);
            brush.filled(&[(0.66, 0.12), (0.96, 0.12), (0.96, 0.88), (0.66, 0.88)]);
        }
        Icon::Notices => {
            brush.line(&[(0.1, 0.76), (0.22, 0.6), (0.22, 0.4)]);
            brush.arc((0.5, 0.4), 0.28, 180.0, 360.0);
            brush.line(&[(0.78, 0.4), (0.78, 0.6), (0.9, 0.76), (0.1, 0.76)]);
            brush.arc((0.5, 0.82), 0.12, 0.0, 180.0);
        }
        Icon::Keys => {
            brush.rect(0.0, 0.2, 1.0, 0.82);
            brush.line(&[(0.26, 0.66), (0.74, 0.66)]);
            for x in [0.18, 0.39, 0.61, 0.82] {
                brush.dot((x, 0.4));
            }
        }
        Icon::Close => {
            brush.line(&[(0.15, 0.15), (0.85, 0.85)]);
            brush.line(&[(0.85, 0.15), (0.15, 0.85)]);
        }
    }
}

/// A pen on a unit square.
struct Brush<'a> {
    painter: &'a Painter,
    square: Rect,
    stroke: Stroke,
    ink: Color32,
}

impl Brush<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        let square = self.square;
        pos2(
            square.left() + x * square.width(),
            square.top() + y * square.height(),
        )
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter.add(Shape::line(points, self.stroke));
    }

    fn filled(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter
            .add(Shape::convex_polygon(points, self.ink, Stroke::NONE));
    }

    fn arc(&self, centre: (f32, f32), radius: f32, from_degrees: f32, to_degrees: f32) {
        self.line(&arc_points(centre, radius, from_degrees, to_degrees));
    }

    fn rect(&self, left: f32, top: f32, right: f32, bottom: f32) {
        let rect = Rect::from_min_max(self.at((left, top)), self.at((right, bottom)));
        self.painter
            .rect_stroke(rect, 1.0, self.stroke, StrokeKind::Middle);
    }

    fn dot(&self, centre: (f32, f32)) {
        self.painter.circle_filled(self.at(centre), 1.0, self.ink);
    }
}

/// Points of an arc; degrees clockwise from the right.
fn arc_points(
    centre: (f32, f32),
    radius: f32,
    from_degrees: f32,
    to_degrees: f32,
) -> Vec<(f32, f32)> {
    const STEPS: usize = 24;
    (0..=STEPS)
        .map(|step| {
            let part = step as f32 / STEPS as f32;
            let angle = (from_degrees + (to_degrees - from_degrees) * part).to_radians();
            (
                centre.0 + radius * angle.cos(),
                centre.1 + radius * angle.sin(),
            )
        })
        .collect()
}
