//! Eight words that two people compare by eye: 88 bits, so that no second key with the same words can be searched for.

use bip39::Language;

const NODE_DOMAIN: &str = "clisonix 2026-11 node fingerprint v1";
const PAIR_DOMAIN: &str = "clisonix 2026-11 pairing fingerprint v1";

/// Words of a fingerprint.
pub const FINGERPRINT_WORDS: usize = 8;
/// One word of the list stands for so many bits.
const WORD_BITS: usize = 11;

/// The words of one node, from the text form of its peer id.
pub fn node_fingerprint(peer: &str) -> String {
    words(
        &blake3::derive_key(NODE_DOMAIN, peer.as_bytes()),
        FINGERPRINT_WORDS,
    )
    .join(" ")
}

/// The words of a pair of nodes: the same on both sides.
pub fn pair_fingerprint(one: &str, other: &str) -> String {
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    // Peer ids are base58, so a line break separates them without doubt.
    let both = format!("{first}\n{second}");
    words(
        &blake3::derive_key(PAIR_DOMAIN, both.as_bytes()),
        FINGERPRINT_WORDS,
    )
    .join(" ")
}

/// The first `count` groups of eleven bits as words of the English list.
pub(crate) fn words(bytes: &[u8; 32], count: usize) -> Vec<&'static str> {
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let number =
        |word: usize| (0..WORD_BITS).fold(0, |number, at| number << 1 | bit(word * WORD_BITS + at));
    (0..count)
        .map(|word| Language::English.word_list()[number(word)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_pair_see_the_same_words() {
        assert_eq!(
            pair_fingerprint("12D3KooWa", "12D3KooWb"),
            pair_fingerprint("12D3KooWb", "12D3KooWa")
        );
        assert_ne!(
            pair_fingerprint("12D3KooWa", "12D3KooWb"),
            pair_fingerprint("12D3KooWa", "12D3KooWc")
        );
    }

    #[test]
    fn a_fingerprint_has_eight_words_of_the_list() {
        let fingerprint = node_fingerprint("12D3KooWa");
        let words: Vec<&str> = fingerprint.split(' ').collect();
        assert_eq!(words.len(), FINGERPRINT_WORDS);
        assert!(
            words
                .iter()
                .all(|word| Language::English.find_word(word).is_some())
        );
    }

    #[test]
    fn the_highest_and_lowest_words_are_reached() {
        assert_eq!(words(&[0; 32], 2), ["abandon", "abandon"]);
        assert_eq!(words(&[0xff; 32], 2), ["zoo", "zoo"]);
    }
}
