//! What the screen waits for: the frame to show, the frames to come, small pictures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use actor_messages::{Attachment, Event, EventInbox, FrameLayers, Generation, ViewportId};
use kernel_imaging::{Frame, FrameReference};

use crate::cache::{FrameCache, frame_key};
use crate::decode::decode;
use crate::latency::Latency;
use crate::layers::layers;
use crate::pool::{Lane, PoolHandle, Work};

/// Frames decoded ahead of one request at most.
pub const READ_AHEAD_MAX: usize = 16;

/// The longer side of a small picture, pixels.
const THUMBNAIL_SIDE: usize = 96;

/// What screen work shares with the actor.
#[derive(Clone)]
pub struct Screen {
    pub pool: PoolHandle,
    pub cache: Arc<FrameCache>,
    pub latency: Arc<Latency>,
    pub inbox: Arc<EventInbox>,
    /// The newest generation asked for, a viewport: older requests are stale.
    pub newest: Arc<Mutex<BTreeMap<ViewportId, Generation>>>,
    /// Of the volume that was rendered last.
    pub known: crate::solids::Known,
}

impl Screen {
    /// Shows a frame: at once from the cache, otherwise as soon as the screen lane has decoded it.
    pub fn show(
        &self,
        viewport: ViewportId,
        generation: Generation,
        reference: FrameReference,
        read_ahead: Vec<FrameReference>,
    ) {
        let asked = Instant::now();
        self.wants(viewport, generation);
        if let Some(frame) = self.cache.get(&frame_key(&reference)) {
            self.ready(viewport, generation, reference, frame, asked);
        } else {
            self.decode_for(viewport, generation, reference, asked);
        }
        for next in read_ahead.into_iter().take(READ_AHEAD_MAX) {
            self.decode_ahead(viewport, generation, next);
        }
    }

    fn decode_for(
        &self,
        viewport: ViewportId,
        generation: Generation,
        reference: FrameReference,
        asked: Instant,
    ) {
        let screen = self.clone();
        let failed = self.clone();
        let refused = self.clone();
        let work = Work {
            run: Box::new(move || {
                if screen.is_stale(viewport, generation) {
                    return;
                }
                match screen.decoded(&reference) {
                    Ok(frame) => screen.ready(viewport, generation, reference, frame, asked),
                    Err(reason) => screen.failed(viewport, generation, reason),
                }
            }),
            panicked: Box::new(move |said| {
                failed.failed(viewport, generation, format!("The decoder failed: {said}"));
            }),
        };
        if let Err(full) = self.pool.submit(Lane::Screen, work) {
            refused.failed(viewport, generation, full.to_string());
        }
    }

    fn decode_ahead(&self, viewport: ViewportId, generation: Generation, next: FrameReference) {
        if self.cache.contains(&frame_key(&next)) {
            return;
        }
        let screen = self.clone();
        let work = Work {
            run: Box::new(move || {
                if !screen.is_stale(viewport, generation) {
                    // A frame that cannot be decoded says so when it is shown.
                    let _ = screen.decoded(&next);
                }
            }),
            panicked: Box::new(|_| {}),
        };
        // With the lane full, the frame is decoded when it is asked for.
        let _ = self.pool.submit(Lane::Ahead, work);
    }

    /// Finds what lies over a frame, after the frames on screen; a stale wish has no answer.
    pub fn layers(
        &self,
        viewport: ViewportId,
        generation: Generation,
        reference: FrameReference,
        slice_mm: Option<f64>,
        objects: Vec<Arc<Attachment>>,
    ) {
        let screen = self.clone();
        let failed = self.clone();
        let empty = FrameLayers {
            reference: reference.clone(),
            overlays: None,
            masks: Vec::new(),
            polygons: Vec::new(),
            problems: vec!["What lies over this image could not be read".to_owned()],
        };
        let answer = move |screen: &Self, layers: FrameLayers| {
            screen.inbox.push(Event::LayersReady {
                viewport,
                generation,
                layers: Arc::new(layers),
            });
        };
        let work = Work {
            run: Box::new(move || {
                if !screen.is_stale(viewport, generation) {
                    answer(&screen, layers(&reference, slice_mm, &objects));
                }
            }),
            panicked: Box::new(move |_| answer(&failed, empty)),
        };
        // With the lane full, the layers come with the next image.
        let _ = self.pool.submit(Lane::Screen, work);
    }

    /// Makes a small picture of a frame for the study list.
    pub fn thumbnail(&self, series_key: String, reference: FrameReference) {
        let screen = self.clone();
        let work = Work {
            run: Box::new(move || {
                let (Ok(frame), Some(attributes)) = (
                    screen.decoded(&reference),
                    reference.instance.frames.get(reference.frame),
                ) else {
                    return;
                };
                if let Ok(image) = kernel_imaging::thumbnail(&frame, attributes, THUMBNAIL_SIDE) {
                    screen.inbox.push(Event::ThumbnailReady {
                        series_key,
                        image: Arc::new(image),
                    });
                }
            }),
            // Without a picture the list shows the series' number.
            panicked: Box::new(|_| {}),
        };
        let _ = self.pool.submit(Lane::Ahead, work);
    }

    pub(crate) fn decoded(&self, reference: &FrameReference) -> Result<Arc<Frame>, String> {
        let key = frame_key(reference);
        if let Some(frame) = self.cache.get(&key) {
            return Ok(frame);
        }
        let frame = Arc::new(decode(reference)?);
        self.cache.insert(key, frame.clone());
        Ok(frame)
    }

    /// From now on a viewport's older wishes are stale.
    pub(crate) fn wants(&self, viewport: ViewportId, generation: Generation) {
        self.newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(viewport, generation);
    }

    pub(crate) fn is_stale(&self, viewport: ViewportId, generation: Generation) -> bool {
        self.newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&viewport)
            .is_some_and(|newest| *newest > generation)
    }

    fn ready(
        &self,
        viewport: ViewportId,
        generation: Generation,
        reference: FrameReference,
        frame: Arc<Frame>,
        asked: Instant,
    ) {
        self.latency.record(asked.elapsed());
        self.inbox.push(Event::FrameReady {
            viewport,
            generation,
            reference,
            frame,
        });
    }

    pub(crate) fn failed(&self, viewport: ViewportId, generation: Generation, reason: String) {
        self.inbox.push(Event::FrameFailed {
            viewport,
            generation,
            reason,
        });
    }
}
