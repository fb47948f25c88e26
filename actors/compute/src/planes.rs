//! Volumes and the planes through them: slices are decoded behind everything on screen, planes before it.

use std::sync::Arc;

use actor_messages::{CancelFlag, Event, Generation, RequestId, ViewportId};
use kernel_imaging::{
    Frame, FrameReference, ReslicePlane, SlabProjection, Volume, check_volume, reslice,
    reslice_slab,
};

use crate::pool::{Lane, Work};
use crate::screen::Screen;

/// Samples of one volume at most, bytes; while it is stacked, its slices take as many again.
pub const VOLUME_BYTES_MAX: u64 = 2 << 30;

/// The volume that is being stacked: one at a time.
#[derive(Default)]
pub struct Building(Option<(RequestId, CancelFlag)>);

impl Building {
    /// Stacks frames into a volume; one that is still being stacked ends.
    pub fn start(&mut self, screen: &Screen, request: RequestId, frames: Arc<[FrameReference]>) {
        if let Some((_, running)) = self.0.take() {
            running.cancel();
        }
        let cancel = CancelFlag::new();
        self.0 = Some((request, cancel.clone()));
        let failed = {
            let inbox = screen.inbox.clone();
            move |reason| inbox.push(Event::VolumeFailed { request, reason })
        };
        let (refused, panicked) = (failed.clone(), failed.clone());
        let decoding = screen.clone();
        let work = Work {
            run: Box::new(
                move || match stacked(&decoding, request, &frames, &cancel) {
                    Ok(Some(volume)) => decoding.inbox.push(Event::VolumeReady {
                        request,
                        volume: Arc::new(volume),
                    }),
                    Ok(None) => {}
                    Err(reason) => failed(reason),
                },
            ),
            panicked: Box::new(move |said| panicked(format!("The volume failed: {said}"))),
        };
        if let Err(full) = screen.pool.submit(Lane::Own, work) {
            refused(full.to_string());
        }
    }

    /// Ends the stacking that a request asked for.
    pub fn cancel(&self, request: RequestId) {
        if let Some((_, cancel)) = self.0.as_ref().filter(|(of, _)| *of == request) {
            cancel.cancel();
        }
    }
}

/// The volume of these frames; none when it was cancelled.
fn stacked(
    screen: &Screen,
    request: RequestId,
    frames: &[FrameReference],
    cancel: &CancelFlag,
) -> Result<Option<Volume>, String> {
    fits(frames)?;
    check_volume(frames.iter().map(FrameReference::attributes)).map_err(|it| it.to_string())?;
    let total = frames.len();
    let mut slices: Vec<(Arc<Frame>, _)> = Vec::with_capacity(total);
    for (done, reference) in frames.iter().enumerate() {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        screen.inbox.push(Event::VolumeProgress {
            request,
            done,
            total,
        });
        let frame = screen.decoded(reference);
        let frame =
            frame.map_err(|reason| format!("Slice {} cannot be read: {reason}", done + 1))?;
        slices.push((frame, reference.attributes()));
    }
    let volume = Volume::from_slices(&slices).map_err(|error| error.to_string())?;
    Ok((!cancel.is_cancelled()).then_some(volume))
}

/// Refuses volumes beyond the bound by what their headers say, before anything is decoded.
fn fits(frames: &[FrameReference]) -> Result<(), String> {
    let bytes = frames.iter().fold(0_u64, |sum, reference| {
        let instance = &reference.instance;
        let samples = (instance.rows as u64).saturating_mul(instance.columns as u64);
        let sample_bytes = u64::from(instance.bits_allocated.div_ceil(8).max(1));
        sum.saturating_add(samples.saturating_mul(sample_bytes))
    });
    if bytes > VOLUME_BYTES_MAX {
        let gibibytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
        return Err(format!(
            "The volume would take {:.1} GiB, more than the {:.0} GiB that one may",
            gibibytes(bytes),
            gibibytes(VOLUME_BYTES_MAX)
        ));
    }
    Ok(())
}

impl Screen {
    /// Makes a plane through a volume, unless a newer one is wanted by then.
    pub fn plane(
        &self,
        viewport: ViewportId,
        generation: Generation,
        volume: Arc<Volume>,
        plane: ReslicePlane,
        (planes, step_mm, projection): (usize, f64, SlabProjection),
        reference: FrameReference,
    ) {
        self.wants(viewport, generation);
        let (screen, failed, refused) = (self.clone(), self.clone(), self.clone());
        let work = Work {
            run: Box::new(move || {
                if screen.is_stale(viewport, generation) {
                    return;
                }
                let frame = match planes {
                    0 | 1 => reslice(&volume, &plane),
                    _ => reslice_slab(&volume, &plane, planes, step_mm, projection),
                };
                screen.inbox.push(Event::FrameReady {
                    viewport,
                    generation,
                    reference,
                    frame: Arc::new(frame),
                });
            }),
            panicked: Box::new(move |said| {
                failed.failed(viewport, generation, format!("The plane failed: {said}"));
            }),
        };
        if let Err(full) = self.pool.submit(Lane::Screen, work) {
            refused.failed(viewport, generation, full.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel_imaging::Instance;

    use super::*;

    #[test]
    fn a_volume_beyond_the_bound_is_refused_by_its_headers() {
        let of = |rows: usize, count: usize| {
            let instance = Arc::new(Instance {
                rows,
                columns: 4_096,
                bits_allocated: 16,
                ..Instance::default()
            });
            vec![FrameReference { instance, frame: 0 }; count]
        };
        assert_eq!(fits(&of(4_096, 64)), Ok(()));
        let refused = fits(&of(4_096, 65)).expect_err("2.03 GiB");
        assert!(
            refused.contains("2.0 GiB, more than the 2 GiB"),
            "{refused}"
        );
        assert!(fits(&of(usize::MAX, 2)).is_err(), "no overflow");
    }
}
