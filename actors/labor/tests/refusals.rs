//! Promises about what cannot be done: one sentence that names it, and nothing left behind.

mod support;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actor_labor::storage::{Disk, Storage, StoredFile};
use actor_labor::{Record, read_journal, replay};
use actor_messages::{JobRequest, JobState};
use support::compute::{Hold, Release};
use support::{House, HouseOptions, names, notices, request};

/// Runs a wish that must fail with a sentence containing `words`; no file may be in the output folder or in the home.
fn check(wish: JobRequest, words: &[&str]) {
    let mut house = House::open(HouseOptions::default());
    let out = house.home.path().join("out");
    let sentence = house.refused(JobRequest {
        out: Some(out.clone()),
        ..wish
    });
    for word in words {
        assert!(sentence.contains(word), "`{word}` is missing: {sentence}");
    }
    let home = house.close();
    assert!(!out.exists());
    assert_eq!(names(&home.path().join("journals")), [""; 0]);
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_runs() {
    check(request("svd-compress", &[("k", "0")], 2), &["k", "0", "1"]);
    check(request("svd-compress", &[("k", "many")], 2), &["k", "many"]);
    check(request("svd-compress", &[("rank", "3")], 2), &["rank"]);
    check(request("sharpen", &[], 2), &["sharpen", "svd-compress"]);
    check(request("svd-compress", &[("k", "3")], 0), &[]);
    check(request("transform-matrix", &[], 2), &["weights"]);
    check(
        request("transform-matrix", &[("weights", "dct:none")], 2),
        &["weights", "dct:none"],
    );
    check(
        request("transform-matrix", &[("weights", "dct:41")], 2),
        &["41", "40"],
    );
    check(
        request("transform-matrix", &[("weights", "/no/such.npy")], 2),
        &["such.npy", "does not exist"],
    );
}

#[test]
fn shapes_that_do_not_fit_are_refused_once_the_slices_are_known() {
    check(request("svd-compress", &[("k", "41")], 2), &["41", "40"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("weights.npy");
    let weights = ndarray::Array2::<f32>::ones((3, 39));
    ndarray_npy::write_npy(&path, &weights).expect("written");
    let path = path.to_string_lossy().into_owned();
    check(
        request("transform-matrix", &[("weights", &path)], 2),
        &["39", "40"],
    );
}

#[test]
fn a_frame_that_cannot_be_read_fails_the_job_with_the_reason() {
    let hold = Hold::Broken("Frame 3 is truncated");
    let mut house = House::open(HouseOptions {
        hold,
        ..HouseOptions::default()
    });
    assert_eq!(
        house.refused(request("threshold", &[], 4)),
        "Frame 3 is truncated"
    );
    house.close();
}

#[test]
fn an_output_folder_that_cannot_be_used_costs_the_files_only() {
    let mut house = House::open(HouseOptions::default());
    let file = house.home.path().join("file");
    std::fs::write(&file, b"in the way").expect("written");
    let mut wish = request("threshold", &[], 3);
    wish.out = Some(file.join("out"));
    let job = house.start(wish);
    let sentence = house.end(&job).0.expect_err("no folder can be there");
    assert!(sentence.contains("file/out` cannot be used"), "{sentence}");
    assert_eq!(std::fs::read(&file).expect("untouched"), b"in the way");
    // What was computed can still be looked at.
    house.show(&job, 0);
    house.wait(|event| matches!(event, actor_messages::Event::SliceReady(_)).then_some(()));
    house.close();
}

/// A disk with so many bytes left for files whose name contains `of`.
struct FullDisk {
    left_bytes: Arc<AtomicU64>,
    of: &'static str,
}

struct FullFile {
    file: Box<dyn StoredFile>,
    left_bytes: Arc<AtomicU64>,
}

impl Write for FullFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left_bytes.load(Ordering::Relaxed);
        if left == 0 && !bytes.is_empty() {
            return Err(io::Error::from_raw_os_error(28));
        }
        // As a disk does: the last write is cut short, and the next one fails.
        let fits = bytes.len().min(usize::try_from(left).expect("small"));
        self.left_bytes.fetch_sub(fits as u64, Ordering::Relaxed);
        self.file.write_all(&bytes[..fits])?;
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl StoredFile for FullFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}

impl Storage for FullDisk {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        let file = Disk.create(path)?;
        if !path.to_string_lossy().contains(self.of) {
            return Ok(file);
        }
        Ok(Box::new(FullFile {
            file,
            left_bytes: Arc::clone(&self.left_bytes),
        }))
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn create_folder(&mut self, path: &Path) -> io::Result<bool> {
        Disk.create_folder(path)
    }

    fn remove_folder(&mut self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)
    }

    fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
        Disk.sync_folder(path)
    }
}

fn full_disk(of: &'static str, left_bytes: u64) -> HouseOptions {
    let storage = Box::new(FullDisk {
        left_bytes: Arc::new(AtomicU64::new(left_bytes)),
        of,
    });
    HouseOptions {
        storage,
        ..HouseOptions::default()
    }
}

#[test]
fn a_disk_that_fills_up_leaves_no_result_under_a_final_name() {
    for left_bytes in [0, 1, 700, 5_000] {
        let mut house = House::open(full_disk("slice-", left_bytes));
        let out = house.home.path().join("out");
        let mut wish = request("svd-compress", &[("k", "8")], 6);
        wish.out = Some(out.clone());
        let sentence = house.refused(wish);
        assert!(
            sentence.contains("the disk is full") && sentence.contains("slice-000"),
            "{sentence}"
        );
        let home = house.close();
        assert!(!out.exists(), "{left_bytes}: {:?}", names(&out));
        drop(home);
    }
    // A folder that was there stays, with what was in it.
    let mut house = House::open(full_disk("slice-", 3_000));
    let out = house.home.path().join("out");
    std::fs::create_dir(&out).expect("made");
    std::fs::write(out.join("notes.txt"), b"kept").expect("written");
    let mut wish = request("svd-compress", &[("k", "8")], 6);
    wish.out = Some(out.clone());
    house.refused(wish);
    let home = house.close();
    assert_eq!(names(&out), ["notes.txt"]);
    drop(home);
}

#[test]
fn a_journal_that_cannot_be_written_costs_the_journal_and_not_the_results() {
    for left_bytes in [0, 40, 1_200] {
        let mut house = House::open(full_disk(".journal", left_bytes));
        let (outcome, seen) = house.run(request("threshold", &[], 6));
        let home = house.close();
        assert_eq!(outcome.journal, None);
        let said = notices(&seen);
        let words = "The journal of job 0000000000000001 cannot be kept: the disk is full; the job goes on without a journal";
        assert_eq!(said, [words]);
        for name in names(&home.path().join("journals")) {
            let path = home.path().join("journals").join(name);
            assert!(
                read_journal(&path).is_ok(),
                "{left_bytes}: a torn tail must not hide what is good"
            );
        }
    }
}

#[test]
fn a_cancelled_job_says_so_and_keeps_what_was_done_in_its_journal() {
    let mut house = House::open(HouseOptions {
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let out = house.home.path().join("out");
    let mut wish = request("threshold", &[], 6);
    wish.out = Some(out.clone());
    let job = house.start(wish);
    let running = house.snapshot(|snapshot| snapshot.state == JobState::Running);
    assert_eq!(
        (running.done, running.tasks.len(), running.prepared),
        (0, 6, 6)
    );
    house.stop(&job);
    house.snapshot(|snapshot| snapshot.job == job && snapshot.state == JobState::Cancelled);
    // Answers that come after the end change nothing.
    house.workers.try_send(Release).expect("room");
    let (after, _) = house.run(request("threshold", &[], 6));
    let journal = actor_labor::journal_path(house.home.path(), &job);
    let home = house.close();
    assert_eq!(after.snapshot.state, JobState::Completed);
    assert!(!out.exists());
    let (_, records, torn) = read_journal(&journal).expect("a journal");
    assert_eq!((records.last(), torn), (Some(&Record::Stopped), None));
    let again = replay(&journal).expect("a journal");
    assert!(
        again.is_equal() && !again.complete,
        "{:?}",
        again.first_difference
    );
    drop(home);
}

#[test]
fn a_job_is_named_by_sixteen_digits_and_once() {
    let mut house = House::open(HouseOptions::default());
    let (outcome, _) = house.run(request("threshold", &[], 1));
    for name in [outcome.snapshot.job.0.as_str(), "../../etc/passwd", ""] {
        let job = actor_messages::JobId(name.to_owned());
        let wish = request("threshold", &[], 1);
        let start = actor_messages::work::StartJob {
            request: wish,
            job: job.clone(),
            resumes: None,
        };
        house.labor.try_send(start).expect("room");
        let sentence = house.end(&job).0.expect_err("refused");
        assert!(sentence.contains(name), "{sentence}");
    }
    house.close();
}
