//! Broken files made of whole ones, each from a seed, and what a reader of the product does with them.

use std::io::Cursor;
use std::path::Path;

use kernel_dicom::{
    DicomError, arrange, attached_objects, decode_frame, decode_overlays, read_dicomdir,
    read_document, read_instance, read_presentation_state, read_report, read_segmentation,
    read_structure_set, read_tags, zip_entries,
};
use kernel_imaging::{ObjectKind, TextRule};

/// Bytes at the start that hold most headers.
const HEADER_BYTES: usize = 4096;

/// Values that lengths and counts break on.
const EDGES: [u32; 10] = [
    0,
    1,
    0x7F,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
];

/// A file with one to eight wounds: bytes, bits and lengths changed, stretches cut, doubled or exchanged.
/// Equal seeds give equal mutants.
pub fn mutant(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(8) {
        if out.is_empty() {
            return out;
        }
        wound(&mut out, &mut random);
    }
    out
}

fn wound(out: &mut Vec<u8>, random: &mut Random) {
    let end = match random.below(4) {
        0 => out.len(),
        _ => out.len().min(HEADER_BYTES),
    };
    let place = random.below(end);
    let stretch = 1 + random.below(64);
    let last = (place + stretch).min(out.len());
    match random.below(12) {
        0 => out[place] = 0,
        1 => out[place] = 0xFF,
        2..=4 => out[place] ^= 1 << random.below(8),
        5 | 6 => out[place] = random.below(256) as u8,
        7 | 8 => {
            let edge = EDGES[random.below(EDGES.len())].to_le_bytes();
            for (to, from) in out[place..].iter_mut().zip(edge) {
                *to = from;
            }
        }
        9 => {
            out.drain(place..last);
        }
        10 => {
            let again = out[place..last].to_vec();
            out.splice(place..place, again);
        }
        _ => match random.below(4) {
            0 => out.truncate(place.max(1)),
            _ => {
                let from = random.below(out.len());
                let moved = out[from..(from + stretch).min(out.len())].to_vec();
                for (to, from) in out[place..].iter_mut().zip(moved) {
                    *to = from;
                }
            }
        },
    }
}

/// xorshift64, so that a seed means one mutant on every machine.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        let mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Self((mixed ^ (mixed >> 27)).max(1))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) % bound.max(1) as u64) as usize
    }
}

/// Does with a file all that the application may do with it: its tags, its header, three of its
/// frames with their overlays, what it is beside images, a directory or an archive.
///
/// # Errors
/// The last sentence the reader gave.
pub fn read_everything(bytes: &[u8]) -> Result<(), DicomError> {
    let length = bytes.len() as u64;
    let source = || Cursor::new(bytes);
    if bytes.starts_with(b"PK") {
        let mut archive = zip_entries(source())?;
        for entry in archive.entries.clone().iter().take(4) {
            let inner = archive.read(entry)?;
            read_instance(
                Cursor::new(&inner),
                inner.len() as u64,
                Path::new("inner"),
                TextRule::default(),
            )?;
        }
        return Ok(());
    }
    let tags = read_tags(source(), length, TextRule::default()).map(drop);
    let instance = read_instance(
        source(),
        length,
        Path::new("mutant.dcm"),
        TextRule::default(),
    )?;
    let frames = instance.frames.len();
    let mut last = tags;
    for frame in [0, frames / 2, frames.saturating_sub(1)] {
        if frames > 0 {
            last = decode_frame(source(), length, &instance, frame).map(|frame| {
                frame
                    .checked()
                    .expect("a frame that decodes fills its matrix");
            });
            let _ = decode_overlays(source(), length, &instance, frame);
        }
    }
    for object in attached_objects(std::slice::from_ref(&instance)) {
        last = match object.kind {
            ObjectKind::Segmentation => {
                read_segmentation(source(), length, Path::new(""), TextRule::default()).map(drop)
            }
            ObjectKind::StructureSet => {
                read_structure_set(source(), length, TextRule::default()).map(drop)
            }
            ObjectKind::PresentationState => {
                read_presentation_state(source(), length, TextRule::default()).map(drop)
            }
            ObjectKind::Report => read_report(source(), length, TextRule::default()).map(drop),
            ObjectKind::Document => read_document(source(), length, TextRule::default()).map(drop),
            _ => Ok(()),
        };
    }
    let _ = read_dicomdir(source(), length, TextRule::default());
    let _ = arrange(vec![instance]);
    last
}
