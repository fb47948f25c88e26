//! Phantoms and formulas the rules are checked with; nothing here comes from the product's code.

#![allow(dead_code, reason = "each test program uses some of it")]

use std::sync::Arc;

use kernel_imaging::{
    Frame, FrameAttributes, LookupTable, ModalityLut, PhotometricInterpretation, Presentation,
    Rgba8Image, Samples, VoiChoice, VoiFunction, WindowLevel, present,
};

/// Attributes with a rescale and nothing else.
pub fn rescaled(slope: f64, intercept: f64) -> FrameAttributes {
    let modality_lut = ModalityLut::Rescale { slope, intercept };
    FrameAttributes {
        modality_lut,
        ..FrameAttributes::default()
    }
}

/// A frame of one row, grey.
pub fn row(samples: Samples) -> Frame {
    let columns = samples.len();
    grey(1, columns, samples)
}

pub fn grey(rows: usize, columns: usize, samples: Samples) -> Frame {
    Frame {
        rows,
        columns,
        samples_per_pixel: 1,
        samples,
        photometric: PhotometricInterpretation::Monochrome2,
    }
}

pub fn colour(columns: usize, samples: Samples, photometric: PhotometricInterpretation) -> Frame {
    let rows = samples.len() / columns / 3;
    Frame {
        rows,
        columns,
        samples_per_pixel: 3,
        samples,
        photometric,
    }
}

pub fn manual(center: f64, width: f64, function: VoiFunction) -> Presentation {
    let level = WindowLevel::with_function(center, width, function)
        .expect("the test asks for a window that is allowed");
    Presentation {
        voi: VoiChoice::Manual(level, function),
        ..Presentation::default()
    }
}

pub fn table(first_mapped: i64, bits: u8, values: &[u16]) -> Arc<LookupTable> {
    Arc::new(LookupTable {
        first_mapped,
        bits,
        values: values.to_vec(),
    })
}

/// Red of each pixel; for grey images green and blue must be the same.
pub fn greys(image: &Rgba8Image) -> Vec<u8> {
    let (pixels, rest) = image.pixels.as_chunks::<4>();
    assert!(rest.is_empty());
    for [red, green, blue, alpha] in pixels {
        assert_eq!(
            (red, red, 255),
            (green, blue, *alpha),
            "a grey image has a colour"
        );
    }
    pixels.iter().map(|pixel| pixel[0]).collect()
}

pub fn shown(frame: &Frame, attributes: &FrameAttributes, presentation: &Presentation) -> Vec<u8> {
    greys(
        &present(frame, attributes, presentation)
            .expect("the test draws a frame that is displayed"),
    )
}

/// PS3.3 C.11.2.1.2.1 with ymin 0 and ymax 255, and the nearest integer.
pub fn linear(x: f64, c: f64, w: f64) -> u8 {
    if x <= c - 0.5 - (w - 1.0) / 2.0 {
        0
    } else if x > c - 0.5 + (w - 1.0) / 2.0 {
        255
    } else {
        (((x - (c - 0.5)) / (w - 1.0) + 0.5) * 255.0).round() as u8
    }
}

/// PS3.3 C.11.2.1.3.2.
pub fn linear_exact(x: f64, c: f64, w: f64) -> u8 {
    if x <= c - w / 2.0 {
        0
    } else if x > c + w / 2.0 {
        255
    } else {
        (((x - c) / w + 0.5) * 255.0).round() as u8
    }
}

/// PS3.3 C.11.2.1.3.1.
pub fn sigmoid(x: f64, c: f64, w: f64) -> u8 {
    (255.0 / (1.0 + (-4.0 * (x - c) / w).exp())).round() as u8
}

/// FNV-1a, enough to notice a changed byte.
pub fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A frame of every kind the pipeline draws, 37 x 23 pixels, with attributes that use all stages.
pub fn one_of_each_kind() -> Vec<(String, Frame, FrameAttributes)> {
    use PhotometricInterpretation as P;
    let (rows, columns) = (23_usize, 37_usize);
    let count = rows * columns;
    let noise = |index: usize| (index as u64 * 2_654_435_761 % 4_093) as u16;
    let signed = |index: usize| i32::from(noise(index)) - 2_000;
    let grey_samples = [
        Samples::U8((0..count).map(|index| noise(index) as u8).collect()),
        Samples::I8((0..count).map(|index| noise(index) as u8 as i8).collect()),
        Samples::U16((0..count).map(noise).collect()),
        Samples::I16((0..count).map(|index| signed(index) as i16).collect()),
        Samples::U32(
            (0..count)
                .map(|index| u32::from(noise(index)) * 70_000)
                .collect(),
        ),
        Samples::I32((0..count).map(|index| signed(index) * 70_000).collect()),
        Samples::F32((0..count).map(|index| signed(index) as f32 / 7.0).collect()),
        Samples::F64(
            (0..count)
                .map(|index| f64::from(signed(index)) / 7.0)
                .collect(),
        ),
    ];
    let attributes = FrameAttributes {
        padding: Some((12, 40)),
        ..FrameAttributes::default()
    };
    let mut kinds = Vec::new();
    for samples in grey_samples {
        for photometric in [P::Monochrome1, P::Monochrome2] {
            let name = format!("{photometric} {}", samples.bytes() / count);
            let frame = Frame {
                photometric,
                ..grey(rows, columns, samples.clone())
            };
            kinds.push((name, frame, attributes.clone()));
        }
    }
    let ramp = |start: u16| LookupTable {
        first_mapped: -5,
        bits: 16,
        values: (0..256_u16)
            .map(|entry| (entry.wrapping_mul(251) ^ start) << 8)
            .collect(),
    };
    let palette = kernel_imaging::Palette {
        red: ramp(0),
        green: ramp(0x55),
        blue: ramp(0xaa),
    };
    let with_palette = FrameAttributes {
        palette: Some(Arc::new(palette)),
        ..FrameAttributes::default()
    };
    for samples in [
        Samples::U8((0..count).map(|index| noise(index) as u8).collect()),
        Samples::I16(
            (0..count)
                .map(|index| (noise(index) % 300) as i16 - 20)
                .collect(),
        ),
    ] {
        let frame = Frame {
            photometric: P::PaletteColor,
            ..grey(rows, columns, samples)
        };
        kinds.push(("PALETTE COLOR".to_owned(), frame, with_palette.clone()));
    }
    for photometric in [P::Rgb, P::YbrFull, P::YbrFull422, P::YbrRct, P::YbrIct] {
        let bytes = Samples::U8((0..count * 3).map(|index| noise(index) as u8).collect());
        let words = Samples::U16((0..count * 3).map(|index| noise(index) * 16).collect());
        for samples in [bytes, words] {
            let name = format!("{photometric} {}", samples.bytes() / count);
            kinds.push((
                name,
                colour(columns, samples, photometric.clone()),
                FrameAttributes::default(),
            ));
        }
    }
    kinds
}
