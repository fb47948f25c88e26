//! Digests of schedules: BLAKE3 in named domains over integers and ids in a fixed order.

use crate::Id;

/// A digest under construction; every variable part is preceded by its length.
pub(crate) struct Hash(blake3::Hasher);

impl Hash {
    /// `domain` names what is hashed and its version.
    pub(crate) fn new(domain: &str) -> Self {
        Self(blake3::Hasher::new_derive_key(domain))
    }

    pub(crate) fn integer(&mut self, value: u64) -> &mut Self {
        self.0.update(&value.to_le_bytes());
        self
    }

    pub(crate) fn id(&mut self, id: &Id) -> &mut Self {
        self.0.update(id);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.integer(text.len() as u64);
        self.0.update(text.as_bytes());
        self
    }

    pub(crate) fn finish(&self) -> Id {
        *self.0.finalize().as_bytes()
    }

    /// The first eight bytes, as an integer.
    pub(crate) fn finish_integer(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.finalize_xof().fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// 64 hexadecimal digits.
pub(crate) fn hex(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
