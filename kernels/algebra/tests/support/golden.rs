//! Digests of results, compared on every instruction set and with 1, 2 and 7 threads.
#![allow(dead_code, reason = "each test file uses some of these")]

use kernel_algebra::BinaryAlgebra;

use super::algebras;

/// The BLAKE3 digest of the little-endian bytes of a result.
#[derive(Default)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    pub fn floats<'a>(mut self, values: impl IntoIterator<Item = &'a f32>) -> Self {
        values
            .into_iter()
            .for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    pub fn doubles(mut self, values: &[f64]) -> Self {
        values
            .iter()
            .for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    pub fn words(mut self, words: &[u64]) -> Self {
        words
            .iter()
            .for_each(|word| self.0.extend(word.to_le_bytes()));
        self
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn digest(&self) -> String {
        blake3::hash(&self.0).to_hex().to_string()
    }
}

/// Computes with every instruction set and number of threads, and compares with the digest written here.
pub fn check(name: &str, expected: &str, compute: impl Fn(BinaryAlgebra) -> Bytes + Sync) {
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        for algebra in algebras() {
            let digest = pool.install(|| compute(algebra).digest());
            let set = algebra.instruction_set();
            assert_eq!(digest, expected, "{name} with {set} on {threads} threads");
        }
    }
}
