//! Rules 2 to 4: from stored values to what the modality measures.

use std::sync::Arc;

use kernel_imaging::*;

use crate::support::*;

#[test]
fn rule_02_rescale_is_slope_times_stored_plus_intercept() {
    let frame = row(Samples::I16(vec![-1000, 0, 5, 32_767]));
    let values = modality_values(&frame, &rescaled(0.5, -1024.0)).unwrap();
    assert_eq!(
        values.into_raw_vec_and_offset().0,
        [-1524.0, -1024.0, -1021.5, 15_359.5]
    );
}

#[test]
fn rule_02_a_modality_table_replaces_the_rescale_and_its_entries_are_unsigned() {
    let lut = table(-1, 16, &[65_535, 1000, 500, 250]);
    let attributes = FrameAttributes {
        modality_lut: ModalityLut::Table(lut),
        ..FrameAttributes::default()
    };
    let frame = row(Samples::I8(vec![-128, -1, 0, 1, 2, 127]));
    let values = modality_values(&frame, &attributes).unwrap();
    assert_eq!(
        values.into_raw_vec_and_offset().0,
        [65_535.0, 65_535.0, 1000.0, 500.0, 250.0, 250.0]
    );
    let window = manual(500.0, 1001.0, VoiFunction::Linear);
    let expected: Vec<u8> = [65_535.0, 65_535.0, 1000.0, 500.0, 250.0, 250.0]
        .map(|x| linear(x, 500.0, 1001.0))
        .into();
    assert_eq!(shown(&frame, &attributes, &window), expected);
}

#[test]
fn rule_02_a_table_of_65536_entries_reaches_both_ends() {
    let entries: Vec<u16> = (0..=65_535).rev().collect();
    let attributes = FrameAttributes {
        modality_lut: ModalityLut::Table(table(-32_768, 16, &entries)),
        ..FrameAttributes::default()
    };
    let frame = row(Samples::I16(vec![-32_768, 0, 32_767]));
    let values = modality_values(&frame, &attributes).unwrap();
    assert_eq!(
        values.into_raw_vec_and_offset().0,
        [65_535.0, 32_767.0, 0.0]
    );
}

#[test]
fn rule_03_each_frame_is_rescaled_by_its_own_attributes() {
    let attributes =
        [(1.0, 5.0), (10.0, 0.0)].map(|(slope, intercept)| Arc::new(rescaled(slope, intercept)));
    let instance = Arc::new(Instance {
        frames: attributes.into(),
        bits_stored: 8,
        ..Instance::default()
    });
    let frame = row(Samples::U8(vec![0, 5]));
    let shown = [0, 1].map(|number| {
        let reference = FrameReference {
            instance: Arc::clone(&instance),
            frame: number,
        };
        modality_values(&frame, reference.attributes())
            .unwrap()
            .into_raw_vec_and_offset()
            .0
    });
    assert_eq!(shown, [[5.0, 10.0], [0.0, 50.0]]);
}

#[test]
fn rule_04_a_real_world_value_is_a_measure_of_its_own() {
    let mapping = RealWorldMapping {
        stored_range: (0.0, 100.0),
        slope: 0.01,
        intercept: 1.0,
        unit: "g/ml".to_owned(),
        label: "SUVbw".to_owned(),
    };
    let attributes = FrameAttributes {
        real_world: vec![mapping.clone()],
        ..rescaled(2.0, 0.0)
    };
    let frame = row(Samples::U16(vec![50]));
    assert_eq!(
        modality_values(&frame, &attributes).unwrap()[[0, 0]],
        100.0,
        "not replaced silently"
    );
    assert_eq!(
        (mapping.value(50.0), mapping.value(101.0)),
        (Some(1.5), None)
    );
}
