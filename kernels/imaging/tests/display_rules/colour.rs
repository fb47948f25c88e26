//! Rules 12 to 14: palettes and colour images.

use std::sync::Arc;

use kernel_imaging::*;

use crate::support::*;

#[test]
fn rule_12_a_palette_maps_signed_values_and_has_no_window() {
    let channel = |values: &[u16]| LookupTable {
        first_mapped: -2,
        bits: 16,
        values: values.to_vec(),
    };
    let palette = Palette {
        red: channel(&[0x0000, 0xff00, 0x8000]),
        green: channel(&[0x1000, 0x0000, 0x8100]),
        blue: channel(&[0x2000, 0x00ff, 0x82ff]),
    };
    let attributes = FrameAttributes {
        palette: Some(Arc::new(palette)),
        padding: Some((-2, -2)),
        ..rescaled(3.0, 9.0)
    };
    let frame = Frame {
        photometric: PhotometricInterpretation::PaletteColor,
        ..row(Samples::I8(vec![-128, -2, -1, 0, 127]))
    };
    let expected: [[u8; 4]; 5] = [
        [0x00, 0x10, 0x20, 255],
        [0x00, 0x10, 0x20, 255],
        [0xff, 0x00, 0x00, 255],
        [0x80, 0x81, 0x82, 255],
        [0x80, 0x81, 0x82, 255],
    ];
    for presentation in [
        Presentation::default(),
        manual(1.0, 2.0, VoiFunction::Linear),
    ] {
        let image = present(&frame, &attributes, &presentation).unwrap();
        assert_eq!(image.pixels, expected.concat());
    }
    let bare = present(
        &frame,
        &FrameAttributes::default(),
        &Presentation::default(),
    );
    assert_eq!(bare, Err(ImagingError::MissingPalette));
}

#[test]
fn rule_12_eight_bit_palettes_are_taken_as_they_are_and_others_ignored() {
    let channel = |bits, values: &[u16]| LookupTable {
        first_mapped: 0,
        bits,
        values: values.to_vec(),
    };
    for bits in [8, 16] {
        let palette = Palette {
            red: channel(bits, &[7, 255]),
            green: channel(bits, &[8, 0]),
            blue: channel(bits, &[9, 1]),
        };
        let attributes = FrameAttributes {
            palette: Some(Arc::new(palette)),
            ..FrameAttributes::default()
        };
        let frame = row(Samples::U8(vec![0, 1]));
        let coloured = Frame {
            photometric: PhotometricInterpretation::PaletteColor,
            ..frame.clone()
        };
        let image = present(&coloured, &attributes, &Presentation::default()).unwrap();
        assert_eq!(image.pixels, [7, 8, 9, 255, 255, 0, 1, 255]);
        // The same tables beside MONOCHROME2 mean nothing.
        assert_eq!(
            shown(&frame, &attributes, &Presentation::default()),
            [0, 255]
        );
    }
}

#[test]
fn rule_13_ybr_full_becomes_rgb_by_the_standard() {
    // Y 76, Cb 85, Cr 255 is the red of the standard's matrix.
    let mut samples = vec![76_u8, 85, 255];
    for y in (0..=255).step_by(15) {
        for cb in (0..=255).step_by(17) {
            for cr in (0..=255).step_by(51) {
                samples.extend([y as u8, cb as u8, cr as u8]);
            }
        }
    }
    let expected: Vec<u8> = samples
        .chunks(3)
        .flat_map(|triple| {
            let [y, cb, cr] = [
                f64::from(triple[0]),
                f64::from(triple[1]) - 128.0,
                f64::from(triple[2]) - 128.0,
            ];
            let rgb = [
                y + 1.402 * cr,
                y - 0.344_136 * cb - 0.714_136 * cr,
                y + 1.772 * cb,
            ];
            let [r, g, b] = rgb.map(|value| value.round().clamp(0.0, 255.0) as u8);
            [r, g, b, 255]
        })
        .collect();
    assert_eq!(expected[..4], [254, 0, 0, 255]);
    for photometric in [
        PhotometricInterpretation::YbrFull,
        PhotometricInterpretation::YbrFull422,
    ] {
        let frame = colour(samples.len() / 3, Samples::U8(samples.clone()), photometric);
        let image = present(
            &frame,
            &FrameAttributes::default(),
            &Presentation::default(),
        )
        .unwrap();
        assert_eq!(image.pixels, expected);
    }
}

#[test]
fn rule_13_rgb_and_what_the_jpeg_2000_codec_gave_back_are_left_alone() {
    use PhotometricInterpretation as P;
    for photometric in [P::Rgb, P::YbrRct, P::YbrIct] {
        let frame = colour(
            2,
            Samples::U8(vec![1, 2, 3, 250, 251, 252]),
            photometric.clone(),
        );
        // Rule 14: no window, colour map or padding touches a colour image.
        let attributes = FrameAttributes {
            padding: Some((0, 255)),
            ..rescaled(5.0, 5.0)
        };
        let presentation = Presentation {
            colormap: Colormap::Hot,
            ..manual(1.0, 1.0, VoiFunction::Linear)
        };
        let image = present(&frame, &attributes, &presentation).unwrap();
        assert_eq!(
            image.pixels,
            [1, 2, 3, 255, 250, 251, 252, 255],
            "{photometric}"
        );
        let twelve_bits = FrameAttributes {
            bits_stored: 12,
            ..FrameAttributes::default()
        };
        let frame = colour(1, Samples::U16(vec![0x0ab0, 0x0fff, 0x0010]), photometric);
        let image = present(&frame, &twelve_bits, &Presentation::default()).unwrap();
        assert_eq!(image.pixels, [0xab, 0xff, 0x01, 255]);
    }
    let unknown = PhotometricInterpretation::from_code("ycbcr ");
    let frame = colour(1, Samples::U8(vec![1, 2, 3]), unknown);
    let error = present(
        &frame,
        &FrameAttributes::default(),
        &Presentation::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Unsupported photometric interpretation `YCBCR` with 3 samples a pixel"
    );
}

#[test]
fn rule_14_a_window_does_nothing_to_colour() {
    let samples = Samples::U8((0..30).map(|value| value * 8).collect());
    let frame = colour(5, samples, PhotometricInterpretation::Rgb);
    let attributes = FrameAttributes::default();
    let plain = present(&frame, &attributes, &Presentation::default()).expect("it is shown");
    for (center, width) in [(0.0, 1.0), (200.0, 10.0), (128.0, 4000.0)] {
        let windowed = manual(center, width, VoiFunction::Linear);
        let shown = present(&frame, &attributes, &windowed).expect("it is shown");
        assert_eq!(shown, plain, "window {center}, {width}");
    }
    assert_eq!(plain.pixel(1, 0), Some([24, 32, 40, 255]));
}
