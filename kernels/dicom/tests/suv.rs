//! Rule 28: the standardised uptake value of PET images, and every reason for which there is none.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::Path;

use kernel_dicom::read_instance;
use shared::build::{image, sequence, text};

mod shared;

/// What a PET file says, so that one thing at a time can be otherwise.
#[derive(Clone)]
struct Said {
    modality: &'static str,
    units: &'static str,
    corrected: &'static str,
    decay: &'static str,
    weight: &'static str,
    dose: &'static str,
    half_life: &'static str,
    series: [&'static str; 2],
    acquisition: [&'static str; 2],
    start_time: &'static str,
    start: &'static str,
    zone: &'static str,
    injections: usize,
}

/// 70 kg, 370 MBq of F-18, scanned an hour after the injection.
const SAID: Said = Said {
    modality: "PT",
    units: "BQML",
    corrected: "NORM\\DTIM\\ATTN\\DECY",
    decay: "START",
    weight: "70",
    dose: "370000000",
    half_life: "6586.2",
    series: ["20240131", "101500"],
    acquisition: ["20240131", "101730.5"],
    start_time: "091500",
    start: "",
    zone: "",
    injections: 1,
};

fn factor(said: &Said) -> Option<f64> {
    let mut injection = Vec::new();
    if !said.start_time.is_empty() {
        injection.extend(text(0x0018, 0x1072, b"TM", said.start_time));
    }
    injection.extend(text(0x0018, 0x1074, b"DS", said.dose));
    injection.extend(text(0x0018, 0x1075, b"DS", said.half_life));
    if !said.start.is_empty() {
        injection.extend(text(0x0018, 0x1078, b"DT", said.start));
    }
    let mut before = Vec::new();
    for (number, value) in [(0x0021, said.series[0]), (0x0022, said.acquisition[0])] {
        before.push(text(0x0008, number, b"DA", value));
    }
    for (number, value) in [(0x0031, said.series[1]), (0x0032, said.acquisition[1])] {
        before.push(text(0x0008, number, b"TM", value));
    }
    before.push(text(0x0008, 0x0060, b"CS", said.modality));
    before.push(text(0x0008, 0x0201, b"SH", said.zone));
    before.push(text(0x0010, 0x1030, b"DS", said.weight));
    let after = [
        text(0x0028, 0x0051, b"CS", said.corrected),
        sequence(0x0054, 0x0016, &vec![injection; said.injections]),
        text(0x0054, 0x1001, b"CS", said.units),
        text(0x0054, 0x1102, b"CS", said.decay),
    ];
    let bytes = image([1, 1], 16, &before, &after, &[7]);
    let path = Path::new("test.dcm");
    let instance = read_instance(
        Cursor::new(&bytes),
        bytes.len() as u64,
        path,
        kernel_imaging::TextRule::default(),
    )
    .unwrap();
    instance.frames[0].suv_factor
}

/// 70 kg over what is left of 370 MBq after so many seconds.
fn expected(seconds: f64) -> f64 {
    70_000.0 / (370e6 * 0.5_f64.powf(seconds / 6_586.2))
}

fn is_near(found: Option<f64>, seconds: f64) -> bool {
    found.is_some_and(|found| (found / expected(seconds) - 1.0).abs() < 1e-12)
}

#[test]
fn rule_28_the_uptake_value_counts_the_decay_since_the_injection() {
    assert!(is_near(factor(&SAID), 3_600.0), "{:?}", factor(&SAID));
    let admin = Said {
        decay: "ADMIN",
        ..SAID
    };
    assert!(is_near(factor(&admin), 0.0));
    // Injected before midnight, as a time of the day and as a moment.
    let night = Said {
        series: ["20240201", "001500"],
        acquisition: ["20240201", "001500"],
        start_time: "231500.000",
        ..SAID
    };
    assert!(is_near(factor(&night), 3_600.0));
    let moment = Said {
        start: "20240131231500.00",
        start_time: "",
        ..night.clone()
    };
    assert!(is_near(factor(&moment), 3_600.0));
    let zones = Said {
        start: "20240131231500+0100",
        zone: "+0100",
        ..moment.clone()
    };
    assert!(is_near(factor(&zones), 3_600.0));
}

#[test]
fn rule_28_without_all_that_it_needs_there_is_no_uptake_value() {
    let otherwise: [(&str, Said); 14] = [
        (
            "another modality",
            Said {
                modality: "NM",
                ..SAID
            },
        ),
        (
            "counts",
            Said {
                units: "CNTS",
                ..SAID
            },
        ),
        (
            "no attenuation correction",
            Said {
                corrected: "DECY",
                ..SAID
            },
        ),
        (
            "no decay correction",
            Said {
                corrected: "ATTN",
                ..SAID
            },
        ),
        (
            "decay correction to nothing",
            Said {
                decay: "NONE",
                ..SAID
            },
        ),
        ("no weight", Said { weight: "", ..SAID }),
        (
            "a weight of zero",
            Said {
                weight: "0",
                ..SAID
            },
        ),
        ("no dose", Said { dose: "", ..SAID }),
        (
            "no half-life",
            Said {
                half_life: "",
                ..SAID
            },
        ),
        (
            "no start",
            Said {
                start_time: "",
                ..SAID
            },
        ),
        (
            "two injections",
            Said {
                injections: 2,
                ..SAID
            },
        ),
        (
            "a series made after its acquisition",
            Said {
                series: ["20240131", "120000"],
                ..SAID
            },
        ),
        (
            "another zone",
            Said {
                start: "20240131091500-0500",
                zone: "+0100",
                ..SAID
            },
        ),
        (
            "an injection after the scan",
            Said {
                start: "20240131111500",
                ..SAID
            },
        ),
    ];
    for (what, said) in otherwise {
        assert_eq!(factor(&said), None, "{what}");
    }
}
