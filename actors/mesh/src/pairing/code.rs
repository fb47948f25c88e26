//! The one-use code: six words of the bip39 English list, 66 bits.

use std::fmt;

use bip39::Language;
use libp2p::identity::ed25519::SecretKey;
use spake2::Password;

use crate::error::MeshError;
use crate::fingerprint::words;
use crate::settings::plain_text;

/// Words of a code.
const CODE_WORDS: usize = 6;
const DOMAIN: &str = "clisonix 2026-11 pairing code v1";

/// Six words. Printed for debugging as dots: a code is shown to the person and written nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Code(String);

impl Code {
    /// A fresh code.
    pub(crate) fn generate() -> Self {
        // A secret key of ed25519 is 32 bytes of the system's random generator, which libp2p has at hand.
        let entropy = blake3::derive_key(DOMAIN, SecretKey::generate().as_ref());
        Self(words(&entropy, CODE_WORDS).join(" "))
    }

    /// Reads what a person typed: any case, separated by spaces, commas or hyphens.
    pub(crate) fn parse(typed: &str) -> Result<Self, MeshError> {
        let separator =
            |character: char| character.is_whitespace() || matches!(character, ',' | '-' | '.');
        let given: Vec<String> = typed
            .split(separator)
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        if given.len() != CODE_WORDS {
            return Err(MeshError::CodeLength { count: given.len() });
        }
        if let Some(wrong) = given
            .iter()
            .find(|word| Language::English.find_word(word).is_none())
        {
            return Err(MeshError::CodeWord {
                word: plain_text(wrong, 20),
            });
        }
        Ok(Self(given.join(" ")))
    }

    /// The words, for the person who reads them out.
    pub(crate) fn shown(&self) -> String {
        self.0.clone()
    }

    pub(super) fn password(&self) -> Password {
        Password::new(self.0.as_bytes())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Code(•••)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let code = Code::generate();
        let shouted = code.shown().to_uppercase().replace(' ', " - ");
        assert_eq!(Code::parse(&shouted).expect("a code"), code);
        assert_ne!(Code::generate(), code);
    }

    #[test]
    fn a_wrong_word_is_named_and_a_missing_one_counted() {
        let error = Code::parse("abandon ability able about above zzz").expect_err("refused");
        assert_eq!(error.to_string(), "`zzz` is not a word of a pairing code");
        let error = Code::parse("abandon").expect_err("refused");
        assert_eq!(error.to_string(), "A pairing code has six words, not 1");
    }

    #[test]
    fn a_code_is_not_printed() {
        assert_eq!(format!("{:?}", Code::generate()), "Code(•••)");
    }
}
