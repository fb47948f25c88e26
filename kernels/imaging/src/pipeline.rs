//! From stored values to pixels, PS3.4 N.2, on the processor and in stored types.

use ndarray::Array2;
use rayon::prelude::*;

use crate::attributes::FrameAttributes;
use crate::display_lut::DisplayLut;
use crate::error::ImagingError;
use crate::frame::{Frame, Rgba8Image, with_samples};
use crate::lut::{ModalityLut, WindowLevel};
use crate::presentation::Presentation;
use crate::stored::Stored;
use crate::view::{Interpolation, ViewTransform};
use crate::viewport::present_viewport;

/// Samples that one task reads; constant, so that nothing depends on the number of threads.
const CHUNK_SAMPLES: usize = 64 * 1024;

/// Values after the modality LUT, `[rows, columns]`, padding included and not marked.
///
/// Evaluated in doubles and rounded once. Errors: a colour image, a table without entries, or
/// samples that do not fill the matrix.
pub fn modality_values(
    frame: &Frame,
    attributes: &FrameAttributes,
) -> Result<Array2<f32>, ImagingError> {
    let mut values = vec![0.0; frame.rows * frame.columns];
    modality_values_into(frame, attributes, &mut values)?;
    Array2::from_shape_vec((frame.rows, frame.columns), values)
        .map_err(|_| ImagingError::NoPixels([frame.rows, frame.columns]))
}

/// The same, row by row into `out`: a slice of a volume, without a copy between.
///
/// Errors: those of [`modality_values`], and an `out` that has not one value for each pixel.
pub fn modality_values_into(
    frame: &Frame,
    attributes: &FrameAttributes,
    out: &mut [f32],
) -> Result<(), ImagingError> {
    fn fill<T: Stored>(values: &[T], lut: &ModalityLut, out: &mut [f32]) {
        let parts = out.par_chunks_mut(CHUNK_SAMPLES);
        parts
            .zip(values.par_chunks(CHUNK_SAMPLES))
            .for_each(|(out, values)| match lut {
                // Decided once a part, so that the loop has no branch.
                ModalityLut::Rescale { slope, intercept } => {
                    for (out, value) in out.iter_mut().zip(values) {
                        *out = (value.value() * slope + intercept) as f32;
                    }
                }
                lut => {
                    for (out, value) in out.iter_mut().zip(values) {
                        *out = lut.modality_value(value.value()) as f32;
                    }
                }
            });
    }
    frame.checked()?;
    if frame.samples_per_pixel != 1 {
        return Err(ImagingError::NotMonochrome(frame.samples_per_pixel));
    }
    if matches!(&attributes.modality_lut, ModalityLut::Table(table) if table.values.is_empty()) {
        return Err(ImagingError::EmptyTable("modality"));
    }
    if out.len() != frame.samples.len() {
        return Err(ImagingError::NoPixels([frame.rows, frame.columns]));
    }
    with_samples!(&frame.samples, values => fill(values, &attributes.modality_lut, out));
    Ok(())
}

/// Least and greatest modality value of the frame without padding and without NaN or infinity;
/// `None` when nothing is left.
pub fn modality_range(frame: &Frame, attributes: &FrameAttributes) -> Option<(f64, f64)> {
    fn range_of<T: Stored>(
        values: &[T],
        measure: impl Fn(f64) -> Option<f64> + Sync,
    ) -> Option<(f64, f64)> {
        let ranges: Vec<(f64, f64)> = values
            .par_chunks(CHUNK_SAMPLES)
            .map(|chunk| {
                let counted = chunk.iter().filter_map(|value| measure(value.value()));
                counted.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (
                        if value < low { value } else { low },
                        if value > high { value } else { high },
                    )
                })
            })
            .collect();
        let whole = ranges
            .into_iter()
            .reduce(|left, right| (left.0.min(right.0), left.1.max(right.1)));
        whole.filter(|(low, high)| low <= high)
    }
    let is_float = frame.samples.is_float();
    // With nothing to leave out, a range that no value lies in.
    let (first, last) = attributes
        .padding_range(is_float)
        .unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
    let counts = |stored: &f64| stored.is_finite() & !((*stored >= first) & (*stored <= last));
    let lut = &attributes.modality_lut;
    let counted = |stored: f64| Some(stored).filter(counts);
    let measured = |stored: f64| counted(stored).map(|stored| lut.modality_value(stored));
    let (low, high) = match lut {
        // A straight line has its extremes at the ends of the stored range.
        ModalityLut::Rescale { .. } => {
            let (low, high) = if first > last && !is_float {
                frame.samples.min_max()?
            } else {
                with_samples!(&frame.samples, values => range_of(values, counted))?
            };
            (lut.modality_value(low), lut.modality_value(high))
        }
        ModalityLut::Table(_) => {
            with_samples!(&frame.samples, values => range_of(values, measured))?
        }
    };
    Some((low.min(high), low.max(high))).filter(|(low, high)| low.is_finite() && high.is_finite())
}

/// The window in which the least modality value is black and the greatest white, padding left out
/// (rule 9). It is meant for LINEAR_EXACT, whose width may be as small as the values of a
/// parametric map are.
///
/// A constant image is windowed against zero: constant zero and below is black, above is white.
/// Without any value that counts, the window is center 0.5, width 1.
pub fn auto_window(frame: &Frame, attributes: &FrameAttributes) -> WindowLevel {
    let (mut low, mut high) = modality_range(frame, attributes).unwrap_or((0.0, 0.0));
    if low == high {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    WindowLevel::new(low + (high - low) / 2.0, high - low)
        .or_else(|_| WindowLevel::new(0.5, 1.0))
        .expect("a width of one is above zero")
}

/// The whole frame, one pixel for each image pixel: the path the others are measured against.
///
/// Errors: those of [`DisplayLut::new`], or samples that do not fill the matrix.
pub fn present(
    frame: &Frame,
    attributes: &FrameAttributes,
    presentation: &Presentation,
) -> Result<Rgba8Image, ImagingError> {
    frame.checked()?;
    DisplayLut::new(frame, attributes, presentation)?.apply(frame)
}

/// A small picture of the frame as it is first shown, pixel aspect applied, its longer side
/// `max_side` pixels.
pub fn thumbnail(
    frame: &Frame,
    attributes: &FrameAttributes,
    max_side: usize,
) -> Result<Rgba8Image, ImagingError> {
    frame.checked()?;
    let lut = DisplayLut::new(frame, attributes, &Presentation::initial(attributes, ""))?;
    let (width, height) = (
        frame.columns as f64,
        frame.rows as f64 * attributes.aspect(),
    );
    let scale = max_side.max(1) as f64 / width.max(height);
    let side = |length: f64| ((length * scale + 0.5) as usize).clamp(1, max_side.max(1));
    let out_size = [side(width), side(height)];
    let view = ViewTransform::fit([frame.columns, frame.rows], attributes.aspect(), out_size);
    let view = ViewTransform {
        interpolation: Interpolation::Linear,
        ..view
    };
    Ok(present_viewport(frame, attributes, &lut, &view, out_size))
}
