//! How long each frame of a cine loop is shown (PS3.3 C.7.6.5 and C.7.6.6, rule 29).

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::dataset::Dataset;

/// The times a file states.
pub(crate) struct FrameTimes {
    vector: Vec<f64>,
    all_ms: Option<f64>,
}

fn positive(value: Option<f64>) -> Option<f64> {
    value.filter(|number| *number > 0.0)
}

/// Recommended Display Frame Rate, else Cine Rate, frames a second.
pub(crate) fn recommended_rate_hz(root: &Dataset<'_>) -> Option<f64> {
    positive(root.number(tags::RECOMMENDED_DISPLAY_FRAME_RATE))
        .or_else(|| positive(root.number(tags::CINE_RATE)))
}

impl FrameTimes {
    /// What the Frame Increment Pointer points at comes first, then the other time, then the rate.
    pub fn read(root: &Dataset<'_>) -> Self {
        let points_at = |tag: Tag| root.tags(tags::FRAME_INCREMENT_POINTER).contains(&tag);
        let frame_time_ms = positive(root.number(tags::FRAME_TIME));
        let vector = if points_at(tags::FRAME_TIME) && frame_time_ms.is_some() {
            Vec::new()
        } else {
            root.numbers(tags::FRAME_TIME_VECTOR)
        };
        let rate_ms = || recommended_rate_hz(root).map(|per_second| 1000.0 / per_second);
        Self {
            vector,
            all_ms: frame_time_ms.or_else(rate_ms),
        }
    }

    /// Milliseconds that a frame, from 0, is shown.
    pub fn of_frame(&self, index: usize) -> Option<f64> {
        // An entry is the time since the frame before, so a frame is shown for its successor's entry.
        let next = self
            .vector
            .get(index + 1)
            .or_else(|| self.vector.get(index));
        next.copied().filter(|ms| *ms > 0.0).or(self.all_ms)
    }
}
