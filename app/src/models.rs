//! Models as the window keeps them: the registry, the one that runs on the image on screen, and what it made of it.

use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{
    CanaryFigures, Digest, LiveLatency, LiveResult, ModelCard, ModelsSnapshot, TaskOutput,
};
use kernel_imaging::{Frame, FrameReference, PhotometricInterpretation, Samples};

/// The window's knowledge of models.
#[derive(Clone, Debug)]
pub struct ModelsView {
    /// The registry as last told; none before that.
    pub snapshot: Option<Arc<ModelsSnapshot>>,
    /// Models that ship with the program: name and folder.
    pub shipped: Vec<(String, PathBuf)>,
    /// A folder typed to be added.
    pub path: String,
    /// The model that runs on the image on screen.
    pub live: Option<Digest>,
    /// The version that is being made ready in its place.
    pub warming: Option<Digest>,
    /// How the trial of another version stands.
    pub trial: Option<Arc<CanaryFigures>>,
    /// What it made of the image.
    pub shown: Option<Live>,
    /// Why it made nothing.
    pub failure: Option<String>,
    /// How long the last request took.
    pub latency: Option<LiveLatency>,
    /// Of labels over the image, 0 to 1.
    pub opacity: f32,
}

impl Default for ModelsView {
    fn default() -> Self {
        Self {
            snapshot: None,
            shipped: Vec::new(),
            path: String::new(),
            live: None,
            warming: None,
            trial: None,
            shown: None,
            failure: None,
            latency: None,
            opacity: 0.5,
        }
    }
}

impl ModelsView {
    /// All models of the registry.
    pub fn cards(&self) -> &[ModelCard] {
        self.snapshot
            .as_ref()
            .map_or(&[], |snapshot| snapshot.models.as_slice())
    }

    /// One of them.
    pub fn card(&self, digest: &Digest) -> Option<&ModelCard> {
        self.cards().iter().find(|card| card.digest == *digest)
    }

    /// The colours of a model's labels, from 0 on; of some other model where it is not known any more.
    pub fn colours(&self, digest: &Digest) -> Vec<[u8; 3]> {
        let labels = self.card(digest).map(|card| &card.manifest.output.labels);
        labels
            .into_iter()
            .flatten()
            .map(|label| label.colour)
            .collect()
    }
}

/// What a model made of one image.
#[derive(Clone, Debug)]
pub struct Live {
    /// The image that it is shown on.
    pub reference: FrameReference,
    /// Whether it was made of a near image, until that of this one is there.
    pub of_near: bool,
    /// The model.
    pub model: Digest,
    /// What is shown.
    pub picture: LivePicture,
    /// Pixels of each label; empty for an image.
    pub counts: Vec<u64>,
}

/// An image in the place of the original, or labels over it.
#[derive(Clone, Debug)]
pub enum LivePicture {
    /// Modality values.
    Image(Arc<Frame>),
    /// One a pixel.
    Labels(Arc<LabelImage>),
}

/// Labels of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelImage {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// `[rows, columns]` in C order.
    pub labels: Vec<u8>,
}

impl Live {
    /// What was made of a near image, shown on `frame` until its own is there.
    pub fn standing_for(result: &LiveResult, frame: &FrameReference) -> Self {
        Self {
            reference: frame.clone(),
            of_near: true,
            ..Self::new(result)
        }
    }

    /// What the engine told, in the form that is drawn.
    pub fn new(result: &LiveResult) -> Self {
        let [rows, columns] = result.output.shape().map(|side| side as usize);
        let (picture, counts) = match &*result.output {
            TaskOutput::Labels { counts, .. } => {
                let labels = result.output.labels(0).unwrap_or_default().to_vec();
                let image = LabelImage {
                    rows,
                    columns,
                    labels,
                };
                (LivePicture::Labels(Arc::new(image)), counts.clone())
            }
            other => {
                let values = match other {
                    TaskOutput::Image { values, .. } => values.clone(),
                    _ => vec![0.0; rows * columns],
                };
                let frame = Frame {
                    rows,
                    columns,
                    samples_per_pixel: 1,
                    samples: Samples::F32(values),
                    photometric: PhotometricInterpretation::Monochrome2,
                };
                (LivePicture::Image(Arc::new(frame)), Vec::new())
            }
        };
        Self {
            reference: result.reference.clone(),
            of_near: false,
            model: result.model,
            picture,
            counts,
        }
    }
}
