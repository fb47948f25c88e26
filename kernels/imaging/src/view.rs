//! How an image lies in its viewport: zoom, pan, turns and flips, and the way back for the probe.

/// How a screen pixel is made from the image pixels around it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Interpolation {
    /// The pixel that covers the point.
    Nearest,
    /// Weighted by distance between the four pixels around the point.
    #[default]
    Linear,
}

/// Where each image point falls on the screen.
///
/// Points are `[x, y]` from the top left corner: the first pixel covers 0 to 1, its centre is
/// (0.5, 0.5), for the image as for the view. The image is flipped first, then turned.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ViewTransform {
    /// Screen pixels for the width of one image pixel; its height takes the aspect times as many.
    pub zoom: f64,
    /// The image point at the centre of the view.
    pub pan: [f64; 2],
    /// Clockwise turns by 90 degrees, 0 to 3.
    pub quarter_turns: u8,
    /// Left and right exchanged, before turning.
    pub flip_horizontal: bool,
    /// Top and bottom exchanged, before turning.
    pub flip_vertical: bool,
    /// How pixels between pixels are made.
    pub interpolation: Interpolation,
}

impl ViewTransform {
    /// Every image pixel on one screen pixel, for a view of the image's own size `[columns, rows]`.
    pub fn identity(image: [usize; 2]) -> Self {
        Self {
            zoom: 1.0,
            pan: [image[0] as f64 / 2.0, image[1] as f64 / 2.0],
            quarter_turns: 0,
            flip_horizontal: false,
            flip_vertical: false,
            interpolation: Interpolation::Linear,
        }
    }

    /// The whole image of `[columns, rows]` centred in a view of `[width, height]`, as large as it goes.
    /// `aspect` is the height of a pixel over its width (rule 15).
    pub fn fit(image: [usize; 2], aspect: f64, view_size: [usize; 2]) -> Self {
        Self::identity(image).fitted(image, aspect, view_size)
    }

    /// This view's turns and flips kept, zoom and pan fitted anew.
    pub fn fitted(mut self, image: [usize; 2], aspect: f64, view_size: [usize; 2]) -> Self {
        let aspect = usable(aspect);
        let (width, height) = (image[0].max(1) as f64, image[1].max(1) as f64 * aspect);
        let (shown_width, shown_height) = if self.is_turned() {
            (height, width)
        } else {
            (width, height)
        };
        let across = view_size[0].max(1) as f64 / shown_width;
        let down = view_size[1].max(1) as f64 / shown_height;
        self.zoom = across.min(down);
        self.pan = [image[0] as f64 / 2.0, image[1] as f64 / 2.0];
        self
    }

    /// True when rows run up or down on the screen.
    pub fn is_turned(&self) -> bool {
        self.quarter_turns % 2 == 1
    }

    /// Turned by 90 degrees, as the user sees it.
    pub fn turned_clockwise(mut self) -> Self {
        self.quarter_turns = (self.quarter_turns + 1) % 4;
        self
    }

    /// Left and right of what the user sees exchanged.
    pub fn flipped_left_right(mut self) -> Self {
        if self.is_turned() {
            self.flip_vertical = !self.flip_vertical;
        } else {
            self.flip_horizontal = !self.flip_horizontal;
        }
        self
    }

    /// Top and bottom of what the user sees exchanged.
    pub fn flipped_top_bottom(mut self) -> Self {
        if self.is_turned() {
            self.flip_horizontal = !self.flip_horizontal;
        } else {
            self.flip_vertical = !self.flip_vertical;
        }
        self
    }

    /// The view point on which an image point falls.
    pub fn view_from_image(&self, point: [f64; 2], aspect: f64, view_size: [usize; 2]) -> [f64; 2] {
        let scale = self.scale(aspect);
        let offset = [
            (point[0] - self.pan[0]) * scale[0],
            (point[1] - self.pan[1]) * scale[1],
        ];
        let [x, y] = self.displayed(offset);
        [view_size[0] as f64 / 2.0 + x, view_size[1] as f64 / 2.0 + y]
    }

    /// The image point under a view point; it may lie outside of the image.
    pub fn image_from_view(&self, point: [f64; 2], aspect: f64, view_size: [usize; 2]) -> [f64; 2] {
        let x = point[0] - view_size[0] as f64 / 2.0;
        let y = point[1] - view_size[1] as f64 / 2.0;
        let [x, y] = match self.quarter_turns % 4 {
            0 => [x, y],
            1 => [y, -x],
            2 => [-x, -y],
            _ => [-y, x],
        };
        let scale = self.scale(aspect);
        let x = if self.flip_horizontal { -x } else { x };
        let y = if self.flip_vertical { -y } else { y };
        [self.pan[0] + x / scale[0], self.pan[1] + y / scale[1]]
    }

    /// The same point at the same place, with another zoom: what a wheel does.
    pub fn zoomed_at(
        mut self,
        view_point: [f64; 2],
        factor: f64,
        aspect: f64,
        view_size: [usize; 2],
    ) -> Self {
        let kept = self.image_from_view(view_point, aspect, view_size);
        self.zoom = (self.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        let moved = self.image_from_view(view_point, aspect, view_size);
        self.pan = [
            self.pan[0] + kept[0] - moved[0],
            self.pan[1] + kept[1] - moved[1],
        ];
        self
    }

    /// An image direction as it points on the screen, flipped and turned, without scale.
    pub(crate) fn displayed(&self, direction: [f64; 2]) -> [f64; 2] {
        let x = if self.flip_horizontal {
            -direction[0]
        } else {
            direction[0]
        };
        let y = if self.flip_vertical {
            -direction[1]
        } else {
            direction[1]
        };
        match self.quarter_turns % 4 {
            0 => [x, y],
            1 => [-y, x],
            2 => [-x, -y],
            _ => [y, -x],
        }
    }

    /// Screen pixels for the width and for the height of an image pixel.
    fn scale(&self, aspect: f64) -> [f64; 2] {
        let zoom = if self.zoom.is_finite() {
            self.zoom.clamp(ZOOM_MIN, ZOOM_MAX)
        } else {
            1.0
        };
        [zoom, zoom * usable(aspect)]
    }
}

/// Least zoom: an image of 65,535 columns on fewer than one hundred screen pixels.
const ZOOM_MIN: f64 = 0.001;
/// Greatest zoom: one image pixel over a thousand screen pixels.
const ZOOM_MAX: f64 = 1000.0;

/// An aspect that can be drawn: positive and finite, or else square.
fn usable(aspect: f64) -> f64 {
    if aspect.is_finite() && aspect > 0.0 {
        aspect
    } else {
        1.0
    }
}
