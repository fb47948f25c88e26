//! Seeded breaks of a journal, with its checksums made right again, so that the reader has to bear what is behind them.

use actor_labor::journal::{MAGIC, parse_journal};
use actor_labor::replay::replay_records;

const START_BYTES: usize = MAGIC.len() + 2;
const CHECKSUM_BYTES: usize = 8;

/// Sebastiano Vigna's SplitMix64 (public domain, 2015).
struct Seeded(u64);

impl Seeded {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.bits() % limit.max(1) as u64) as usize
    }
}

/// Breaks a whole journal and reads it; whether it was read and replayed. Says nothing else, and must not panic.
pub fn read_mutant(journal: &[u8], seed: u64) -> bool {
    let mut seeded = Seeded(seed);
    let mut bodies = bodies(journal);
    // The header as often as everything else together: most is in it.
    let at = match seeded.below(2) {
        0 => 0,
        _ => seeded.below(bodies.len()),
    };
    for _ in 0..=seeded.below(3) {
        let body = &mut bodies[at];
        let place = seeded.below(body.len());
        match seeded.below(5) {
            0 => body.truncate(place),
            1 if !body.is_empty() => drop(body.remove(place)),
            2 => body.insert(place, seeded.bits() as u8),
            3 if !body.is_empty() => body[place] = 0xff,
            _ if !body.is_empty() => body[place] = seeded.bits() as u8,
            _ => {}
        }
    }
    match seeded.below(8) {
        0 => bodies.swap(at, 0),
        1 => bodies.push(bodies[at].clone()),
        2 if at > 0 => drop(bodies.remove(at)),
        _ => {}
    }
    let mut bytes = framed(&journal[..START_BYTES], &bodies);
    if seeded.below(10) == 0 {
        bytes.truncate(seeded.below(bytes.len()));
    }
    let Ok((header, records, torn)) = parse_journal(&bytes, || "mutant".to_owned()) else {
        return false;
    };
    match replay_records(header, records, torn) {
        Ok(_) => true,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

fn bodies(journal: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut bodies) = (&journal[START_BYTES..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        bodies.push(after[..length].to_vec());
        rest = &after[length + CHECKSUM_BYTES..];
    }
    bodies
}

fn framed(start: &[u8], bodies: &[Vec<u8>]) -> Vec<u8> {
    let (mut bytes, mut chain) = (start.to_vec(), vec![0; CHECKSUM_BYTES]);
    for body in bodies {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&chain).update(body);
        chain = hasher.finalize().as_bytes()[..CHECKSUM_BYTES].to_vec();
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(&chain);
    }
    bytes
}
