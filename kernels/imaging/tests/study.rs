//! The study tree, its small answers, and names that stay inside.

use std::sync::Arc;

use kernel_imaging::*;

fn series(signed: bool, bits_stored: u16, luts: Vec<ModalityLut>) -> Series {
    let frames = luts.into_iter().map(|modality_lut| {
        Arc::new(FrameAttributes {
            modality_lut,
            ..FrameAttributes::default()
        })
    });
    let instance = Arc::new(Instance {
        frames: frames.collect(),
        signed,
        bits_stored,
        ..Instance::default()
    });
    let frames = (0..instance.frames.len()).map(|frame| FrameReference {
        instance: Arc::clone(&instance),
        frame,
    });
    Series {
        frames: frames.collect(),
        ..Series::default()
    }
}

#[test]
fn a_series_knows_the_range_its_bits_can_reach() {
    let rescale = |slope, intercept| ModalityLut::Rescale { slope, intercept };
    assert_eq!(
        series(false, 12, vec![rescale(1.0, -1024.0)]).modality_range(),
        Some((-1024.0, 3071.0))
    );
    let two = series(true, 8, vec![rescale(-1.0, 0.0), rescale(2.0, 1.0)]);
    assert_eq!(two.modality_range(), Some((-255.0, 255.0)));
    let table = LookupTable {
        first_mapped: 0,
        bits: 16,
        values: vec![7, 900, 30],
    };
    assert_eq!(
        series(false, 8, vec![ModalityLut::Table(Arc::new(table))]).modality_range(),
        Some((7.0, 900.0))
    );
    assert_eq!(Series::default().modality_range(), None);
}

#[test]
fn a_frame_that_is_not_there_has_plain_attributes() {
    let reference = FrameReference {
        instance: Arc::new(Instance::default()),
        frame: 3,
    };
    assert_eq!(reference.attributes(), &FrameAttributes::default());
}

#[test]
fn printing_a_study_names_nobody() {
    let patient = Patient {
        name: Phi::new("Roe^Jane".into()),
        id: Phi::new("4711".into()),
        birth_date: Phi::new("19700101".into()),
        sex: Phi::new("F".into()),
        quadruped: false,
    };
    let header = StudyHeader {
        date: Phi::new("20200202".into()),
        ..StudyHeader::default()
    };
    let study = Study {
        patient: Arc::new(patient),
        header: Arc::new(header),
        ..Study::default()
    };
    let text = format!("{study:?}");
    for word in ["Roe", "4711", "1970", "2020", "\"F\""] {
        assert!(!text.contains(word), "{text}");
    }
}

#[test]
fn colour_maps_have_names_and_run_from_dark_to_light() {
    for colormap in Colormap::ALL {
        assert_eq!(colormap.name().parse(), Ok(colormap));
    }
    assert_eq!(" Gray".parse(), Ok(Colormap::Grey));
    assert_eq!("Cool_Warm".parse(), Ok(Colormap::CoolWarm));
    let error = "jet".parse::<Colormap>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "Unknown colour map `jet`, choose grey, hot, bone or cool-warm"
    );
    for colormap in [Colormap::Grey, Colormap::Hot, Colormap::Bone] {
        assert_eq!(
            (colormap.colour(0), colormap.colour(255)),
            ([0; 3], [255; 3]),
            "{colormap:?}"
        );
        let sums = (0..=255).map(|level| {
            colormap
                .colour(level)
                .iter()
                .map(|c| u32::from(*c))
                .sum::<u32>()
        });
        assert!(sums.collect::<Vec<_>>().is_sorted(), "{colormap:?}");
    }
}
