//! The chance of the world: SplitMix64, so that a seed is a life.

use kernel_labor::Id;

/// Sebastiano Vigna's SplitMix64 (public domain, 2015).
#[derive(Clone, Debug)]
pub struct Seeded(pub u64);

impl Seeded {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// 0 up to `limit`, which is left out.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// `first` up to `last`, both included.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True so many times in a thousand.
    pub fn permille(&mut self, chance: u64) -> bool {
        self.below(1000) < chance
    }

    /// Another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index as u64 + 1) as usize);
        }
    }

    /// 32 bytes.
    pub fn id(&mut self) -> Id {
        let mut id = [0; 32];
        id.chunks_mut(8)
            .for_each(|part| part.copy_from_slice(&self.bits().to_le_bytes()));
        id
    }
}
