//! What models made, on the images: labels over the original, or an image in its place that says what it is.

use std::sync::Arc;

use kernel_imaging::Frame;

use super::derived::{Derived, in_modality_units};
use super::labels::{LabelPicture, Overlay};
use super::picture::Subject;
use crate::masks;
use crate::models::LivePicture;
use crate::stack::{StackView, same_frame};
use crate::state::State;

/// Textures and frames of models; everything that may be thrown away and made again.
#[derive(Default)]
pub struct Live {
    /// Labels over an image.
    pub labels: LabelPicture,
    /// An image in the original's place.
    subject: Option<Subject>,
    /// The user's masks over the view in hand.
    masks: Laid,
}

/// The subject to draw, what lies over it, and what must be said of it.
type Over = (Option<Subject>, Option<Overlay>, Option<String>);

impl Live {
    /// The image on screen with what the model of the moment made of it; the image alone until that has arrived.
    pub fn over(&mut self, state: &State, original: Option<Subject>) -> Over {
        let models = &state.models;
        let current = models.shown.as_ref().filter(|live| {
            let shown = state.view.shown.as_ref();
            // Made by the version of the moment, or by the one before it just now.
            models.live.is_some()
                && shown.is_some_and(|shown| same_frame(&shown.reference, &live.reference))
        });
        let (Some(live), Some(original)) = (current, original.as_ref()) else {
            let masks = self.masks.over(state, &state.view);
            return (original, masks, None);
        };
        let name = models
            .card(&live.model)
            .map_or_else(|| live.model.short(), |card| card.full_name.clone());
        match &live.picture {
            LivePicture::Labels(image) => {
                let overlay = Overlay {
                    image: Arc::clone(image),
                    palette: models.colours(&live.model),
                    opacity: models.opacity,
                };
                let note = if live.of_near {
                    format!("Labels by {name} of a near image; this one's follow")
                } else {
                    format!("Labels by {name}")
                };
                (Some(original.clone()), Some(overlay), Some(note))
            }
            LivePicture::Image(frame) => {
                let known = self.subject.take();
                let kept = known.filter(|subject| Arc::ptr_eq(&subject.frame, frame));
                let subject = kept.unwrap_or_else(|| Subject {
                    frame: Arc::clone(frame),
                    attributes: Arc::new(in_modality_units(&original.attributes)),
                });
                self.subject = Some(subject.clone());
                let note = format!("Made by {name}, not the image as acquired");
                (Some(subject), None, Some(note))
            }
        }
    }
}

/// The user's masks over a view, laid out anew only when they or the image changed.
#[derive(Default)]
pub struct Laid(Option<(u64, Arc<Frame>, Option<Overlay>)>);

impl Laid {
    /// What lies over the image of a view.
    pub fn over(&mut self, state: &State, view: &StackView) -> Option<Overlay> {
        let frame = &view.shown.as_ref()?.frame;
        let version = state.masks.version;
        let known = self
            .0
            .take()
            .filter(|(made, image, _)| *made == version && Arc::ptr_eq(image, frame));
        let (.., laid) = self.0.insert(known.unwrap_or_else(|| {
            let laid = masks::labels(state, view).map(|(image, palette)| Overlay {
                image: Arc::new(image),
                palette,
                opacity: state.masks.opacity,
            });
            (version, frame.clone(), laid)
        }));
        let mut laid = laid.clone()?;
        laid.opacity = state.masks.opacity;
        Some(laid)
    }
}

/// The labels of a job's result, to lie over its image.
pub fn of_result(state: &State, derived: &Derived) -> Option<Overlay> {
    let labels = derived.labels.as_ref()?;
    let model = state.compared_job()?.model?;
    Some(Overlay {
        image: Arc::clone(labels),
        palette: state.models.colours(&model),
        opacity: state.models.opacity,
    })
}
