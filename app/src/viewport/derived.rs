//! The result and the difference of a slice as frames that the display pipeline can show.

use std::sync::Arc;

use actor_messages::{OutputKind, SliceResult};
use kernel_imaging::{
    Colormap, Frame, FrameAttributes, ModalityLut, PhotometricInterpretation, Presentation,
    Samples, VoiChoice, VoiFunction, WindowLevel,
};

use super::picture::Subject;
use crate::models::LabelImage;

/// What is shown beside an original.
pub struct Derived {
    /// The slice that it was made from.
    pub slice: Arc<SliceResult>,
    /// The result.
    pub result: Subject,
    /// Result minus original, where that means something.
    pub difference: Option<Difference>,
    /// What the operation gives.
    pub output: OutputKind,
    /// Labels that lie over the image, where it gives those.
    pub labels: Option<Arc<LabelImage>>,
}

/// How far the result is from the original at each pixel, without sign: dark where they agree.
pub struct Difference {
    /// In modality units.
    pub subject: Subject,
    /// Black is no difference, white is `full` and more.
    pub presentation: Presentation,
    /// Four times the root mean square, in modality units: rare outliers do not hide the rest.
    pub full: f64,
}

/// White is this many root mean squares.
const FULL_RMS: f64 = 4.0;

impl Derived {
    /// Frames of a slice; geometry and polarity are the original's where the matrix is.
    pub fn new(slice: Arc<SliceResult>, output: OutputKind, original: &Subject) -> Self {
        if let Some(labels) = &slice.labels {
            // The image itself, with its labels over it.
            let (rows, columns) = slice.result.dim();
            let labels = labels.to_vec();
            return Self {
                labels: Some(Arc::new(LabelImage {
                    rows,
                    columns,
                    labels,
                })),
                slice,
                result: original.clone(),
                difference: None,
                output,
            };
        }
        let same_shape = slice.original.dim() == slice.result.dim();
        // A matrix changes what rows and columns mean, and a pipeline may have one.
        let kept = !matches!(output, OutputKind::Image | OutputKind::Steps) && same_shape;
        let attributes = match kept {
            true => in_modality_units(&original.attributes),
            false => FrameAttributes::default(),
        };
        let photometric = match output {
            OutputKind::LowRank | OutputKind::Model => original.frame.photometric.clone(),
            _ => PhotometricInterpretation::Monochrome2,
        };
        let (rows, columns) = slice.result.dim();
        let values: Vec<f32> = slice.result.iter().copied().collect();
        let attributes = Arc::new(attributes);
        let result = subject(rows, columns, values, photometric, attributes.clone());
        let difference =
            (kept && output == OutputKind::LowRank).then(|| Difference::new(&slice, &attributes));
        Self {
            slice,
            result,
            difference,
            output,
            labels: None,
        }
    }

    /// How the result's greys are chosen: as the original's where the unit is the same.
    pub fn presentation(&self, original: &Presentation) -> Presentation {
        match self.output {
            OutputKind::LowRank | OutputKind::Model => *original,
            // A pipeline's last step may give marks, and those are 0 and 1.
            OutputKind::Steps if marks(&self.slice) => Presentation {
                voi: window(0.5, 1.0),
                invert: false,
                ..Presentation::default()
            },
            OutputKind::Mask => Presentation {
                voi: window(0.5, 1.0),
                invert: false,
                ..Presentation::default()
            },
            OutputKind::Image | OutputKind::Steps => Presentation {
                voi: VoiChoice::Auto,
                ..*original
            },
        }
    }
}

/// Whether a result has no values but 0 and 1.
fn marks(slice: &SliceResult) -> bool {
    slice
        .result
        .iter()
        .all(|value| *value == 0.0 || *value == 1.0)
}

/// The attributes of an image whose values are in modality units already.
pub fn in_modality_units(original: &FrameAttributes) -> FrameAttributes {
    FrameAttributes {
        modality_lut: ModalityLut::IDENTITY,
        bits_stored: 0,
        padding: None,
        float_padding: None,
        palette: None,
        ..original.clone()
    }
}

impl Difference {
    fn new(slice: &SliceResult, attributes: &Arc<FrameAttributes>) -> Self {
        let (rows, columns) = slice.result.dim();
        let values: Vec<f32> = slice
            .result
            .iter()
            .zip(slice.original.iter())
            .map(|(new, old)| (new - old).abs())
            .collect();
        let squares: f64 = values.iter().map(|value| f64::from(*value).powi(2)).sum();
        let rms = (squares / values.len().max(1) as f64).sqrt();
        let full = (FULL_RMS * rms).max(1e-6);
        let grey = PhotometricInterpretation::Monochrome2;
        // Polarity belongs to the original's greys, not to a difference.
        let plain = FrameAttributes {
            presentation_inverse: None,
            ..(**attributes).clone()
        };
        Self {
            subject: subject(rows, columns, values, grey, Arc::new(plain)),
            presentation: Presentation {
                voi: window(full / 2.0, full),
                colormap: Colormap::Hot,
                ..Presentation::default()
            },
            full,
        }
    }
}

fn window(center: f64, width: f64) -> VoiChoice {
    let function = VoiFunction::LinearExact;
    WindowLevel::with_function(center, width, function)
        .map_or(VoiChoice::Auto, |level| VoiChoice::Manual(level, function))
}

fn subject(
    rows: usize,
    columns: usize,
    values: Vec<f32>,
    photometric: PhotometricInterpretation,
    attributes: Arc<FrameAttributes>,
) -> Subject {
    let samples = Samples::F32(values);
    let frame = Frame {
        rows,
        columns,
        samples_per_pixel: 1,
        samples,
        photometric,
    };
    Subject {
        frame: Arc::new(frame),
        attributes,
    }
}
