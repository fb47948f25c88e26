//! Promises of the journal: whatever is torn or altered, what is good before it is read, and nothing panics.

#[path = "support/mutants.rs"]
mod mutants;
mod support;

use actor_labor::journal::{MAGIC, VERSION, parse_journal};
use actor_labor::replay::replay_records;
use actor_labor::{JournalError, Record, TornTail};
use kernel_labor::Input;
use support::mesh::{Conduct, peer};
use support::{House, HouseOptions, request};

/// The bytes of a real journal: three members, one of them lost.
fn written() -> Vec<u8> {
    let peers = vec![peer("a", Conduct::LostAfter(1)), peer("z", Conduct::Honest)];
    let hold = support::compute::Hold::Tasks;
    let mut house = House::open(HouseOptions {
        peers,
        hold,
        ..HouseOptions::default()
    });
    let (outcome, _) = house.run(request("threshold", &[], 9));
    let bytes = std::fs::read(outcome.journal.as_ref().expect("a journal")).expect("bytes");
    house.close();
    bytes
}

fn name() -> String {
    "test.journal".to_owned()
}

#[test]
fn a_journal_torn_at_any_byte_reads_back_to_its_last_whole_record() {
    let bytes = written();
    let (header, records, torn) = parse_journal(&bytes, name).expect("a journal");
    assert_eq!(torn, None);
    assert!(matches!(records.last(), Some(Record::Completed { .. })));
    let mut longest = 0;
    for length in 0..bytes.len() {
        match parse_journal(&bytes[..length], name) {
            Ok((again, kept, torn)) => {
                assert_eq!(again, header);
                assert_eq!(kept, records[..kept.len()]);
                assert!(kept.len() >= longest && kept.len() < records.len());
                longest = kept.len();
                if let Some(TornTail {
                    kept_bytes,
                    dropped_bytes,
                }) = torn
                {
                    assert_eq!(kept_bytes + dropped_bytes, length as u64);
                    assert!(dropped_bytes > 0);
                }
                let again = replay_records(again, kept, torn).expect("a replay");
                assert!(again.is_equal(), "{length}: {:?}", again.first_difference);
            }
            Err(JournalError::NotAJournal { .. }) => assert!(length < MAGIC.len() + 2),
            Err(JournalError::NoHeader { .. }) => assert!(length >= MAGIC.len() + 2),
            Err(other) => panic!("{length}: {other}"),
        }
    }
    assert_eq!(longest, records.len() - 1);
}

#[test]
fn an_altered_byte_ends_the_good_part_or_is_refused() {
    let bytes = written();
    let (_, records, _) = parse_journal(&bytes, name).expect("a journal");
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 0x40;
        match parse_journal(&altered, name) {
            Ok((_, kept, torn)) => {
                assert!(
                    kept.len() < records.len() && torn.is_some(),
                    "byte {at} was altered unnoticed"
                );
                assert_eq!(kept, records[..kept.len()]);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn a_journal_of_another_version_or_of_something_else_is_named() {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&(VERSION + 1).to_le_bytes());
    let error = parse_journal(&bytes, name).expect_err("another version");
    assert_eq!(
        error.to_string(),
        "The journal `test.journal` has version 5, and version 4 is read"
    );
    for junk in [&b""[..], b"clisonix", &[0xff; 4096]] {
        let error = parse_journal(junk, name).expect_err("junk");
        assert_eq!(
            error.to_string(),
            "`test.journal` is not a journal of the labor array"
        );
    }
    bytes.truncate(MAGIC.len());
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0xff; 4096]);
    let error = parse_journal(&bytes, name).expect_err("no header");
    assert_eq!(error, JournalError::NoHeader { file: name() });
}

#[test]
fn a_replay_says_where_a_journal_first_differs() {
    let bytes = written();
    let (header, records, _) = parse_journal(&bytes, name).expect("a journal");
    let check = |records: Vec<Record>, words: &str| {
        let again = replay_records(header.clone(), records, None).expect("a replay");
        let difference = again.first_difference.clone().expect(words);
        assert!(difference.contains(words), "{difference}");
        assert!(!again.is_equal());
    };
    let at = records
        .iter()
        .position(|record| matches!(record, Record::Commit { .. }))
        .expect("a commit");
    let mut left_out = records.clone();
    left_out.remove(at);
    check(left_out, "which the journal leaves out");
    let mut other = records.clone();
    if let Record::Commit { output, .. } = &mut other[at] {
        *output = kernel_tasks::Digest::of(b"other");
    }
    check(other, "where the replay gives");
    let mut epoch = records.clone();
    let lost = records
        .iter()
        .position(|record| matches!(record, Record::Epoch { .. }))
        .expect("a loss");
    if let Record::Epoch {
        assignment_digest, ..
    } = &mut epoch[lost]
    {
        *assignment_digest = kernel_tasks::Digest::of(b"other");
    }
    check(epoch, "of epoch 1");
    let mut twice = records.clone();
    twice.insert(at, records[at].clone());
    check(twice, "which the");
    let mut forged = records;
    let done = forged.iter_mut().find_map(|record| match record {
        Record::Input(Input::Done { digest, .. }) => Some(digest),
        _ => None,
    });
    *done.expect("an answer") = [1; 32];
    check(forged, "where the replay gives");
    let mut header = header.clone();
    header.epoch.assignment_digest = [3; 32];
    let again = replay_records(header, Vec::new(), None).expect("a replay");
    assert!(
        again
            .first_difference
            .expect("epoch 0")
            .contains("of epoch 0")
    );
}

#[test]
fn mutants_whose_checksums_are_right_again_are_refused_or_replayed() {
    let bytes = written();
    let replayed = (0..2000)
        .filter(|seed| mutants::read_mutant(&bytes, *seed))
        .count();
    assert!((20..1990).contains(&replayed), "{replayed} of 2000");
}
