//! Archives, directories, mixed folders and cancelled scans: all of it opens, and nothing outside of it does.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use actor_messages::CancelFlag;
use actor_study::{Progress, Scanned, read_tag_rows, scan};
use kernel_imaging::{Severity, TextRule};

fn sample() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample");
    let entries = fs::read_dir(folder).expect("the sample study");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

fn scanned(path: &Path) -> Scanned {
    scan(
        &[path.to_owned()],
        TextRule::default(),
        &CancelFlag::new(),
        |_| {},
    )
}

fn frames(found: &Scanned) -> Vec<PathBuf> {
    let series = found.studies.iter().flat_map(|study| &study.series);
    series
        .flat_map(|series| &series.frames)
        .map(|frame| frame.instance.path.clone())
        .collect()
}

fn zipped(path: &Path, files: &[(&str, Vec<u8>)]) {
    let file = fs::File::create(path).expect("a file");
    let mut archive = zip::ZipWriter::new(file);
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).expect("a place");
        archive.write_all(bytes).expect("room");
    }
    archive.finish().expect("an end");
}

#[test]
fn a_mixed_folder_with_an_archive_and_files_without_extension_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = sample();
    let bytes = |at: usize| fs::read(&sample[at]).expect("a slice");
    fs::write(folder.path().join("IM0001"), bytes(0)).expect("room");
    // Without preamble: the data set begins with the file meta group.
    fs::write(folder.path().join("bare"), &bytes(1)[132..]).expect("room");
    fs::write(folder.path().join("letter.txt"), "Dear colleague").expect("room");
    let archive = folder.path().join("scan.zip");
    zipped(
        &archive,
        &[
            ("a/IM1", bytes(2)),
            ("b/note.txt", b"text".to_vec()),
            ("IM2", bytes(3)),
        ],
    );
    let found = scanned(folder.path());
    assert_eq!(frames(&found).len(), 4, "{:?}", found.notices);
    let inside = archive.join("a/IM1");
    assert!(frames(&found).contains(&inside));
    let rows = read_tag_rows(&inside, TextRule::default()).expect("it is read out of the archive");
    assert!(rows.iter().any(|row| row.name == "PatientName"));
    assert!(read_tag_rows(&archive.join("a/nothing"), TextRule::default()).is_err());
    let foreign = found
        .notices
        .iter()
        .filter(|it| it.severity == Severity::Info);
    assert_eq!(foreign.count(), 2, "{:?}", found.notices);
}

#[test]
fn a_damaged_archive_is_a_notice_and_the_rest_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = sample();
    fs::copy(&sample[0], folder.path().join("IM0001")).expect("room");
    let archive = folder.path().join("scan.zip");
    zipped(&archive, &[("IM1", fs::read(&sample[1]).expect("a slice"))]);
    let bytes = fs::read(&archive).expect("the archive");
    fs::write(&archive, &bytes[..bytes.len() / 2]).expect("room");
    let found = scanned(folder.path());
    assert_eq!(frames(&found).len(), 1);
    let [notice] = &found.notices[..] else {
        panic!("{:?}", found.notices)
    };
    assert!(notice.text.contains("zip archive"), "{}", notice.text);
}

#[test]
fn the_first_images_are_told_before_the_rest_and_a_cancelled_scan_keeps_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = sample();
    for copy in 0..8 {
        let inner = folder.path().join(copy.to_string());
        fs::create_dir(&inner).expect("a folder");
        for (number, file) in sample.iter().enumerate() {
            fs::copy(file, inner.join(number.to_string())).expect("room");
        }
    }
    let (cancelled, mut first, mut last) = (CancelFlag::new(), None, 0);
    let found = scan(
        &[folder.path().to_owned()],
        TextRule::default(),
        &cancelled,
        |progress| match progress {
            Progress::Files(_, read) => last = read,
            Progress::Studies(studies) => {
                first = Some(frames(studies).len());
                cancelled.cancel();
            }
        },
    );
    let all = sample.len() * 8;
    let first = first.expect("studies before the end");
    assert!(
        first > 0 && last < all,
        "{first} images, {last} of {all} files"
    );
    assert!(found.cancelled);
    assert!(frames(&found).len() >= first);
}

#[test]
fn a_file_that_vanishes_is_a_notice() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(&sample()[0], folder.path().join("IM0001")).expect("room");
    let gone = folder.path().join("gone");
    let found = scan(
        &[folder.path().to_owned(), gone],
        TextRule::default(),
        &CancelFlag::new(),
        |_| {},
    );
    assert_eq!(frames(&found).len(), 1);
    assert_eq!(found.notices[0].text, "There is no such file or folder");
}

#[cfg(unix)]
#[test]
fn a_directory_opens_its_files_and_none_that_a_link_leads_out_to() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/public");
    let from = shared.join("pydicom+pydicom/src/pydicom/data/test_files/dicomdirtests");
    if !from.join("DICOMDIR").is_file() && !from.join("DICOMDIR-implicit").is_file() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is absent",
            from.display()
        );
        eprintln!(
            "SKIPPED a_directory_opens_its_files: {} is absent",
            from.display()
        );
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let copy = std::process::Command::new("cp")
        .arg("-r")
        .arg(from.join("."))
        .arg(folder.path())
        .status();
    assert!(copy.is_ok_and(|status| status.success()));
    let directory = folder.path().join("DICOMDIR-implicit");
    let listed = frames(&scanned(&directory));
    assert!(listed.len() > 1, "{listed:?}");
    assert!(listed.iter().all(|path| path.starts_with(folder.path())));
    // One of them becomes a link to a file elsewhere.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let outside = elsewhere.path().join("outside");
    fs::rename(&listed[0], &outside).expect("moved");
    std::os::unix::fs::symlink(&outside, &listed[0]).expect("a link");
    let found = scanned(&directory);
    assert_eq!(frames(&found).len(), listed.len() - 1);
    let told = found
        .notices
        .iter()
        .any(|notice| notice.text.contains("out of its folder"));
    assert!(told, "{:?}", found.notices);
}
