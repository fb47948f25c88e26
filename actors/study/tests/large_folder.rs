//! A folder of 10,000 images: its rows stream while it is read, all of it opens, and it stops when it is told to.

use std::fs;
use std::path::Path;

use actor_messages::CancelFlag;
use actor_study::{Progress, Scanned, scan};

const SERIES: usize = 20;
const SLICES: usize = 500;
const FILES: usize = SERIES * SLICES;

/// One element in explicit little endian.
fn element(out: &mut Vec<u8>, tag: [u16; 2], vr: &str, value: &[u8]) {
    out.extend(tag.iter().flat_map(|half| half.to_le_bytes()));
    out.extend(vr.as_bytes());
    let padded = value.len() + value.len() % 2;
    if vr == "OW" {
        out.extend([0, 0]);
        out.extend(u32::try_from(padded).expect("short").to_le_bytes());
    } else {
        out.extend(u16::try_from(padded).expect("short").to_le_bytes());
    }
    out.extend(value);
    out.resize(out.len() + padded - value.len(), b' ');
}

/// A slice of 2 x 2 pixels.
fn image(series: usize, slice: usize) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    element(&mut out, [2, 0x10], "UI", b"1.2.840.10008.1.2.1");
    let texts = [
        ([8, 0x16], "UI", "1.2.840.10008.5.1.4.1.1.2".to_owned()),
        ([8, 0x18], "UI", format!("1.2.3.{series}.{}", slice + 1)),
        ([8, 0x60], "CS", "CT".to_owned()),
        ([0x20, 0x0D], "UI", "1.2.3".to_owned()),
        ([0x20, 0x0E], "UI", format!("1.2.3.{}", series + 1)),
        ([0x20, 0x11], "IS", series.to_string()),
        ([0x20, 0x13], "IS", slice.to_string()),
        ([0x20, 0x32], "DS", format!("0\\0\\{slice}")),
        ([0x20, 0x37], "DS", "1\\0\\0\\0\\1\\0".to_owned()),
    ];
    for (tag, vr, text) in texts {
        element(&mut out, tag, vr, text.as_bytes());
    }
    let mut word = |number: u16, value: u16| {
        element(&mut out, [0x28, number], "US", &value.to_le_bytes());
    };
    word(0x02, 1);
    for (number, value) in [
        (0x10, 2),
        (0x11, 2),
        (0x100, 16),
        (0x101, 16),
        (0x102, 15),
        (0x103, 0),
    ] {
        word(number, value);
    }
    element(&mut out, [0x7FE0, 0x10], "OW", &[0; 8]);
    out
}

fn write_all(folder: &Path) {
    for series in 0..SERIES {
        let folder = folder.join(series.to_string());
        fs::create_dir(&folder).expect("a folder");
        for slice in 0..SLICES {
            fs::write(folder.join(slice.to_string()), image(series, slice)).expect("room");
        }
    }
}

fn frames(found: &Scanned) -> usize {
    let series = found.studies.iter().flat_map(|study| &study.series);
    series.map(|series| series.frames.len()).sum()
}

#[test]
fn ten_thousand_images_stream_as_they_are_found_and_the_scan_stops_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    write_all(folder.path());
    let paths = [folder.path().to_owned()];

    let mut told: Vec<usize> = Vec::new();
    let mut steps = 0;
    let found = scan(
        &paths,
        kernel_imaging::TextRule::default(),
        &CancelFlag::new(),
        |progress| match progress {
            Progress::Studies(so_far) => told.push(frames(so_far)),
            Progress::Files(seen, read) => {
                steps += 1;
                assert!(read <= seen && seen <= FILES, "{read} of {seen}");
            }
        },
    );
    assert_eq!(frames(&found), FILES);
    assert_eq!(found.studies.len(), 1);
    assert_eq!(found.studies[0].series.len(), SERIES);
    assert!(found.notices.is_empty(), "{:?}", found.notices);
    assert!(!found.cancelled);
    // The first rows wait for a step or two only, and each later look shows more: twice as many at most, and one step.
    assert!(told[0] <= 16 + 64, "{told:?}");
    assert!(told.len() >= 7 && told.is_sorted(), "{told:?}");
    assert!(steps > 100, "{steps}");

    let cancel = CancelFlag::new();
    let mut last = 0;
    let stopped = scan(
        &paths,
        kernel_imaging::TextRule::default(),
        &cancel,
        |progress| {
            if let Progress::Files(_, read) = progress {
                last = read;
                if read >= FILES / 3 {
                    cancel.cancel();
                }
            }
        },
    );
    assert!(stopped.cancelled);
    assert!((FILES / 3..FILES / 2).contains(&last), "{last}");
    assert_eq!(frames(&stopped), last, "what was read is shown");
}
