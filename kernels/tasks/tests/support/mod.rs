//! A store in memory, phantoms made by code, and a small seeded generator for the tests of this crate.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel_tasks::{
    Blobs, BlockShape, Determinism, Digest, Job, MatrixBlock, PixelBlock, StoredSamples, Task,
    split,
};

/// SplitMix64.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

#[derive(Default)]
pub struct Store {
    pub blobs: BTreeMap<Digest, Arc<[u8]>>,
    pub shapes: BTreeMap<Digest, BlockShape>,
}

impl Blobs for Store {
    fn get(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.blobs.get(digest).cloned()
    }
}

impl Store {
    pub fn put(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.blobs.insert(digest, bytes.into());
        digest
    }

    pub fn put_block(&mut self, block: &PixelBlock) -> Digest {
        let digest = self.put(block.encode().unwrap());
        self.shapes.insert(digest, block.shape());
        digest
    }

    pub fn put_matrix(&mut self, matrix: &MatrixBlock) -> Digest {
        let digest = self.put(matrix.encode().unwrap());
        self.shapes.insert(digest, matrix.shape());
        digest
    }
}

/// A slice of 12-bit noise over a ramp.
pub fn phantom(seed: u64, rows: u32, columns: u32) -> PixelBlock {
    let mut seeded = Seeded(seed);
    let sample = |index| (index % columns as usize * 2 + seeded.below(512)) as i16 - 300;
    PixelBlock {
        rows,
        columns,
        samples: StoredSamples::I16((0..(rows * columns) as usize).map(sample).collect()),
        slope: 1.5,
        intercept: -100.0,
        padding: None,
        voxel_mm: Some([2.0, 0.5, 0.5]),
    }
}

pub fn weights(rows: u32, columns: u32) -> MatrixBlock {
    let mut seeded = Seeded(u64::from(rows));
    let values = (0..rows * columns)
        .map(|_| seeded.below(2001) as f32 / 1000.0 - 1.0)
        .collect();
    MatrixBlock {
        rows,
        columns,
        values,
    }
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub fn job(name: &str, parameters: &[(&str, &str)], inputs: Vec<Digest>) -> Job {
    Job::new(name, &pairs(parameters), inputs, Determinism::Strict).unwrap()
}

pub fn task(name: &str, parameters: &[(&str, &str)], input: Digest) -> Task {
    split(&job(name, parameters, vec![input]))
        .unwrap()
        .remove(0)
}
