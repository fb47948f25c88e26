//! Promises of volume rendering: what is seen is what lies there, the same bits on any number of threads.

use kernel_imaging::{
    Camera, Frame, FrameAttributes, ImagePlane, Occupancy, PhotometricInterpretation, Rendering,
    Samples, TransferFunction, Volume, render_volume,
};

const SIDE: usize = 40;
const FRONT: [[f64; 3]; 2] = [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
const FEET: [[f64; 3]; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

/// A ball of 1000 with this radius in air of -1000 (stored 0), 1 mm voxels; around it padding where wanted.
fn ball(radius: f64, padding: Option<i64>) -> Volume {
    let middle = (SIDE as f64 - 1.0) / 2.0;
    let attributes = |slice: usize| FrameAttributes {
        plane: Some(ImagePlane {
            position_lps_mm: [0.0, 0.0, slice as f64],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [1.0, 1.0],
        }),
        modality_lut: kernel_imaging::ModalityLut::Rescale {
            slope: 1.0,
            intercept: -1_000.0,
        },
        padding: padding.map(|value| (value, value)),
        ..FrameAttributes::default()
    };
    let slices: Vec<(Frame, FrameAttributes)> = (0..SIDE)
        .map(|slice| {
            let values = (0..SIDE * SIDE).map(|at| {
                let place = [at % SIDE, at / SIDE, slice].map(|part| part as f64 - middle);
                let distance = place.iter().map(|part| part * part).sum::<f64>().sqrt();
                match padding {
                    Some(value) if distance > middle - 1.0 => value as u16,
                    _ if distance <= radius => 2_000,
                    _ => 0,
                }
            });
            let frame = Frame {
                rows: SIDE,
                columns: SIDE,
                samples_per_pixel: 1,
                samples: Samples::U16(values.collect()),
                photometric: PhotometricInterpretation::Monochrome2,
            };
            (frame, attributes(slice))
        })
        .collect();
    let slices: Vec<(std::sync::Arc<Frame>, &FrameAttributes)> = slices
        .iter()
        .map(|(frame, attributes)| (std::sync::Arc::new(frame.clone()), attributes))
        .collect();
    Volume::from_slices(&slices).expect("the slices make a volume")
}

fn seen(volume: &Volume, camera: &Camera, rendering: &Rendering) -> Frame {
    let occupancy = Occupancy::of(volume);
    render_volume(volume, &occupancy, camera, rendering, &|| false).expect("nothing stops it")
}

fn bytes(frame: &Frame) -> &[u8] {
    match &frame.samples {
        Samples::U8(values) => values,
        other => panic!("{other:?}"),
    }
}

fn lit(frame: &Frame) -> usize {
    let pixels = bytes(frame).as_chunks::<3>().0.iter();
    pixels.filter(|pixel| pixel[0] > 8).count()
}

#[test]
fn a_ball_is_a_disc_of_its_own_size_from_every_side_and_brightest_in_its_middle() {
    let volume = ball(12.0, None);
    let bone = Rendering::Shaded(TransferFunction::ct_bone());
    for directions in [FRONT, FEET] {
        let camera = Camera::around(&volume, directions, 128);
        let frame = seen(&volume, &camera, &bone);
        let area_mm2 = lit(&frame) as f64 * camera.pixel_mm * camera.pixel_mm;
        let disc_mm2 = std::f64::consts::PI * 12.0 * 12.0;
        assert!(
            (area_mm2 / disc_mm2 - 1.0).abs() < 0.06,
            "{area_mm2} {disc_mm2}"
        );
        let pixel = |row: usize, column: usize| bytes(&frame)[(row * 128 + column) * 3];
        let rim = (11.5 / camera.pixel_mm) as usize;
        assert!(pixel(64, 64) > 200, "{}", pixel(64, 64));
        assert!(pixel(64, 64) > pixel(64, 64 + rim) + 40);
        assert_eq!(pixel(2, 2), 0);
    }
}

#[test]
fn the_bits_are_the_same_on_one_thread_and_on_four() {
    let volume = ball(12.0, None);
    for rendering in [
        Rendering::Maximum,
        Rendering::Shaded(TransferFunction::ct_soft_tissue()),
    ] {
        let [row, column] = kernel_imaging::turned(FRONT[0], FRONT[1], [0.0, 0.6, 0.8], 33.0);
        let camera = Camera::around(&volume, [row, column], 96);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.expect("threads start");
            pool.install(|| format!("{:?}", seen(&volume, &camera, &rendering).samples))
        };
        assert_eq!(on(1), on(4));
    }
}

#[test]
fn the_greatest_value_along_a_ray_is_that_of_the_voxels_it_meets() {
    let volume = ball(9.0, None);
    let mut camera = Camera::around(&volume, FEET, SIDE);
    camera.pixel_mm = 1.0;
    let frame = seen(&volume, &camera, &Rendering::Maximum);
    let (Samples::F32(found), Samples::U16(stored)) = (&frame.samples, &volume.samples) else {
        panic!("{:?}", frame.samples);
    };
    for (at, found) in found.iter().enumerate() {
        let column = stored.iter().skip(at).step_by(SIDE * SIDE);
        let greatest = f32::from(column.copied().max().expect("forty slices"));
        assert_eq!(*found, greatest, "pixel {at}");
    }
}

#[test]
fn what_is_cropped_away_is_not_seen_and_padding_never_is() {
    let bone = Rendering::Shaded(TransferFunction::ct_bone());
    let volume = ball(12.0, None);
    let whole = Camera::around(&volume, FRONT, 128);
    let mut half = whole;
    half.crop[0] = [0.0, 0.5];
    let (all, some) = (
        lit(&seen(&volume, &whole, &bone)),
        lit(&seen(&volume, &half, &bone)),
    );
    assert!(
        (some as f64 / all as f64 - 0.5).abs() < 0.05,
        "{some} of {all}"
    );
    // Padding of a great value around the ball hides nothing and shows nothing.
    let padded = ball(12.0, Some(4_000));
    let seen_padded = seen(&padded, &whole, &bone);
    assert_eq!(bytes(&seen_padded), bytes(&seen(&volume, &whole, &bone)));
}

#[test]
fn a_rendering_that_is_stopped_gives_nothing() {
    let volume = ball(9.0, None);
    let camera = Camera::around(&volume, FRONT, 64);
    let occupancy = Occupancy::of(&volume);
    let stopped = render_volume(&volume, &occupancy, &camera, &Rendering::Maximum, &|| true);
    assert_eq!(stopped, None);
}
