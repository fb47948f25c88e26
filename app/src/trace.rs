//! Times of the window for whoever measures it: the first frame, the first image, and at the end how long frames took.

use std::time::{Duration, Instant};

use eframe::egui::Context;

/// Set to have these times on standard error.
pub const TRACE_VARIABLE: &str = "CLISONIX_TRACE_START";

/// Frames whose times are kept at most; later ones are only counted.
const FRAMES_KEPT_MAX: usize = 200_000;

/// Times to say, each once.
pub struct Trace {
    started: Instant,
    frames: usize,
    opened: Option<Instant>,
    image_drawn: bool,
    said_image: bool,
    begun: Option<Instant>,
    /// What the interface thread needs for a frame by itself: taking in events, deciding, laying out. ms.
    own_ms: Vec<f32>,
    /// The same with the painting, without the wait for the screen, ms.
    frame_ms: Vec<f32>,
}

impl Trace {
    /// Times count from `started`.
    pub fn new(started: Instant) -> Self {
        Self {
            started,
            frames: 0,
            opened: None,
            image_drawn: false,
            said_image: false,
            begun: None,
            own_ms: Vec::new(),
            frame_ms: Vec::new(),
        }
    }

    /// Something is opened by hand: the first image counts from here.
    pub fn opens(&mut self) {
        self.opened.get_or_insert_with(Instant::now);
    }

    /// A frame begins.
    pub fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    /// How long the frame before this one took with its painting.
    pub fn painted(&mut self, before_s: Option<f32>) {
        if let Some(seconds) = before_s.filter(|_| self.frame_ms.len() < FRAMES_KEPT_MAX) {
            self.frame_ms.push(seconds * 1e3);
        }
    }

    /// A frame is laid out. It is known to be on screen when the next one begins.
    pub fn end(&mut self, context: &Context, has_image: bool) {
        if let Some(begun) = self.begun.take()
            && self.own_ms.len() < FRAMES_KEPT_MAX
        {
            self.own_ms.push(ms(begun.elapsed()));
        }
        self.frames = self.frames.saturating_add(1);
        if self.frames == 1 {
            context.request_repaint();
        } else if self.frames == 2 {
            eprintln!("window_visible_ms={}", self.started.elapsed().as_millis());
        }
        if self.said_image || !has_image {
            return;
        }
        if self.image_drawn {
            let since = self.opened.unwrap_or(self.started);
            eprintln!("first_image_ms={}", since.elapsed().as_millis());
            self.said_image = true;
        } else {
            self.image_drawn = true;
            context.request_repaint();
        }
    }

    /// What is said when the window closes.
    pub fn summary(&self) -> String {
        let [own, whole] = [&self.own_ms, &self.frame_ms].map(|times| {
            let mut times = times.clone();
            times.sort_by(f32::total_cmp);
            let at = |part: f64| {
                let index = (part * times.len().saturating_sub(1) as f64).round();
                times.get(index as usize).copied().unwrap_or(0.0)
            };
            format!(
                "p50 {:.2} p99 {:.2} worst {:.2}",
                at(0.5),
                at(0.99),
                at(1.0)
            )
        });
        format!(
            "frames={} interface_ms: {own}; with_painting_ms: {whole}",
            self.frames
        )
    }
}

fn ms(time: Duration) -> f32 {
    time.as_secs_f32() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_the_middle_and_the_worst_of_the_frames() {
        let mut trace = Trace::new(Instant::now());
        for frame in [3.0, 1.0, 2.0] {
            trace.painted(Some(frame / 1e3));
        }
        trace.painted(None);
        let said = trace.summary();
        assert!(
            said.starts_with("frames=0 interface_ms: p50 0.00"),
            "{said}"
        );
        assert!(
            said.ends_with("with_painting_ms: p50 2.00 p99 3.00 worst 3.00"),
            "{said}"
        );
    }
}
