//! Volumes as seen from a camera, before everything that is not on screen; a newer wish of the view stops an older one.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use actor_messages::{Generation, ViewportId};
use kernel_imaging::{Camera, FrameReference, Occupancy, Rendering, Volume, render_volume};

use crate::pool::{Lane, Work};
use crate::screen::Screen;

/// What was found out about the volume that was rendered last, for as long as that is held elsewhere.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<Option<Kept>>>);

/// A volume and what was found out about it.
type Kept = (Weak<Volume>, Arc<Occupancy>);

impl Known {
    fn of(&self, volume: &Arc<Volume>) -> Arc<Occupancy> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, occupancy)) = known.as_ref()
            && std::ptr::eq(of.as_ptr(), Arc::as_ptr(volume))
        {
            return occupancy.clone();
        }
        let occupancy = Arc::new(Occupancy::of(volume));
        *known = Some((Arc::downgrade(volume), occupancy.clone()));
        occupancy
    }
}

impl Screen {
    /// Renders a volume, unless a newer wish of the view comes before it is done.
    pub fn solid(
        &self,
        viewport: ViewportId,
        generation: Generation,
        volume: Arc<Volume>,
        camera: Camera,
        rendering: Rendering,
        reference: FrameReference,
    ) {
        self.wants(viewport, generation);
        let (screen, failed, refused) = (self.clone(), self.clone(), self.clone());
        let work = Work {
            run: Box::new(move || {
                let stale = || screen.is_stale(viewport, generation);
                if stale() {
                    return;
                }
                let occupancy = screen.known.of(&volume);
                let made = render_volume(&volume, &occupancy, &camera, &rendering, &stale);
                let Some(frame) = made else { return };
                screen.inbox.push(actor_messages::Event::FrameReady {
                    viewport,
                    generation,
                    reference,
                    frame: Arc::new(frame),
                });
            }),
            panicked: Box::new(move |said| {
                failed.failed(
                    viewport,
                    generation,
                    format!("The volume rendering failed: {said}"),
                );
            }),
        };
        if let Err(full) = self.pool.submit(Lane::Screen, work) {
            refused.failed(viewport, generation, full.to_string());
        }
    }
}
