//! Overlay planes (60xx) of each frame: bits of their own, or hidden in unused bits of the pixels (PS3.3 C.9, rule 22).

use std::io::{Read, Seek};
use std::sync::Arc;

use dicom_core::Tag;
use kernel_imaging::{BitPlane, Instance, Overlay, OverlayBits, OverlayKind, Phi, Samples};

use crate::dataset::Dataset;
use crate::decode::decode_frame;
use crate::error::DicomError;
use crate::problems::Problems;

/// Number of Frames in Overlay and Image Frame Origin: the frames a plane is over.
#[derive(Clone, Copy)]
struct Reach {
    first: usize,
    frames: Option<usize>,
}

/// The overlays of a file.
#[derive(Default)]
pub(crate) struct Overlays(Vec<(Overlay, Arc<[u8]>, Reach)>);

impl Overlays {
    /// Reads all sixteen groups; planes that cannot be shown are problems.
    pub fn read(root: &Dataset<'_>, matrix: [usize; 2], problems: &mut Problems) -> Self {
        let mut all = Vec::new();
        for group in (0x6000..=0x601E_u16).step_by(2) {
            let is_there = [0x3000, 0x0010, 0x0102]
                .iter()
                .any(|element| root.has_value(Tag(group, *element)));
            if !is_there {
                continue;
            }
            match one(root, group, matrix) {
                Ok(overlay) => all.push(overlay),
                Err(text) => problems.add(format!("Overlay {group:04X} is not shown: {text}")),
            }
        }
        Self(all)
    }

    /// The planes over one frame, from 0.
    pub fn of_frame(&self, index: usize) -> Vec<Overlay> {
        let over = |(overlay, bytes, reach): &(Overlay, Arc<[u8]>, Reach)| {
            let place = match reach.frames {
                None => 0,
                Some(frames) => index
                    .checked_sub(reach.first)
                    .filter(|place| *place < frames)?,
            };
            if overlay.plane().is_none() {
                return Some(overlay.clone());
            }
            let first_bit = place.checked_mul(overlay.rows * overlay.columns)?;
            let plane = BitPlane::new(overlay.rows, overlay.columns, Arc::clone(bytes), first_bit)?;
            Some(Overlay {
                bits: OverlayBits::Plane(plane),
                ..overlay.clone()
            })
        };
        self.0.iter().filter_map(over).collect()
    }
}

fn one(
    root: &Dataset<'_>,
    group: u16,
    matrix: [usize; 2],
) -> Result<(Overlay, Arc<[u8]>, Reach), String> {
    let tag = |element: u16| Tag(group, element);
    let embedded = !root.has_value(tag(0x3000));
    let side = |element: u16, name: &str, of_image: usize| match root.integer(tag(element)) {
        Some(value) if (1..=65_535).contains(&value) => Ok(value as usize),
        None if embedded => Ok(of_image),
        Some(value) => Err(format!("its {name} are {value}")),
        None => Err(format!("its {name} are missing")),
    };
    let (rows, columns) = (
        side(0x0010, "rows", matrix[0])?,
        side(0x0011, "columns", matrix[1])?,
    );
    let count = |element: u16| {
        let value = root.integer(tag(element))?;
        usize::try_from(value).ok().filter(|value| *value > 0)
    };
    let reach = Reach {
        first: count(0x0051).unwrap_or(1) - 1,
        frames: count(0x0015),
    };
    let (bits, bytes) = if embedded {
        let bit = root.integer(tag(0x0102)).unwrap_or(0);
        let bit = u16::try_from(bit).map_err(|_| format!("its bit position is {bit}"))?;
        (OverlayBits::Embedded { bit }, Arc::from([]))
    } else {
        let bytes: Arc<[u8]> = root.bytes(tag(0x3000)).into();
        let pixels = rows * columns * reach.frames.unwrap_or(1).min(bytes.len() * 8 + 1);
        if pixels > bytes.len() * 8 {
            return Err(format!(
                "it needs {pixels} bits where {} are there",
                bytes.len() * 8
            ));
        }
        let plane = BitPlane::new(rows, columns, Arc::clone(&bytes), 0);
        let plane = plane.ok_or_else(|| "it has too few bits".to_owned())?;
        (OverlayBits::Plane(plane), bytes)
    };
    // Row, then column of the first pixel, from 1.
    let origin = root.integers(tag(0x0050));
    let [row, column] = origin.first_chunk::<2>().copied().unwrap_or([1, 1]);
    let kind = match root.code(tag(0x0040)).as_str() {
        "R" => OverlayKind::Roi,
        _ => OverlayKind::Graphics,
    };
    let label = root.text(tag(0x1500)).or_else(|| root.text(tag(0x0022)));
    let overlay = Overlay {
        group,
        rows,
        columns,
        origin: [column.saturating_sub(1), row.saturating_sub(1)],
        bits,
        kind,
        label: Phi::new(label.unwrap_or_default()),
    };
    Ok((overlay, bytes, reach))
}

/// The overlays of frame `frame` (from 0), those embedded in unused bits of the pixels read as well.
///
/// Files without embedded overlays are not read: their planes are in the frame's attributes already.
///
/// # Errors
/// Those of [`decode_frame`], for embedded overlays only.
pub fn decode_overlays<R: Read + Seek>(
    source: R,
    length: u64,
    instance: &Instance,
    frame: usize,
) -> Result<Vec<Overlay>, DicomError> {
    let attributes = instance.frames.get(frame).ok_or(DicomError::NoSuchFrame {
        frame,
        frames: instance.frames.len(),
    })?;
    let mut overlays = attributes.overlays.clone();
    if overlays.iter().all(|overlay| overlay.plane().is_some()) {
        return Ok(overlays);
    }
    // The same words with nothing masked: overlay bits are what the pixels do not use (rule 1).
    let unmasked = Instance {
        bits_stored: instance.bits_allocated,
        high_bit: instance.bits_allocated.saturating_sub(1),
        signed: false,
        ..instance.clone()
    };
    let words = decode_frame(source, length, &unmasked, frame)?;
    for overlay in &mut overlays {
        let OverlayBits::Embedded { bit } = overlay.bits else {
            continue;
        };
        let set = |word: u64| word.checked_shr(u32::from(bit)).unwrap_or(0) & 1 == 1;
        let (rows, columns) = (words.rows, words.columns);
        let plane = match &words.samples {
            Samples::U8(all) => {
                BitPlane::from_pixels(rows, columns, all.iter().map(|word| set(u64::from(*word))))
            }
            Samples::U16(all) => {
                BitPlane::from_pixels(rows, columns, all.iter().map(|word| set(u64::from(*word))))
            }
            Samples::U32(all) => {
                BitPlane::from_pixels(rows, columns, all.iter().map(|word| set(u64::from(*word))))
            }
            _ => continue,
        };
        (overlay.rows, overlay.columns) = (rows, columns);
        overlay.bits = OverlayBits::Plane(plane);
    }
    Ok(overlays)
}
