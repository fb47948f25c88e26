//! Specific Character Set (0008,0005): bytes of text to Unicode, with ISO 2022 escapes (PS3.5 6.1, PS3.3 C.12.1.1.2).

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1252,
    WINDOWS_1254,
};

use kernel_imaging::TextRule;

const ESCAPE: u8 = 0x1B;

/// The character sets a file declares.
#[derive(Debug, Clone)]
pub(crate) struct CharacterSets {
    whole: Option<&'static Encoding>,
    upper: Option<&'static Encoding>,
}

/// What the bytes below 0x80 mean at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lower {
    Ascii,
    /// Pairs of JIS X 0208.
    Kanji,
    /// Pairs of JIS X 0212.
    SupplementaryKanji,
}

enum Designation {
    Lower(Lower),
    Upper(&'static Encoding),
}

impl CharacterSets {
    /// Reads the raw value of (0008,0005), or what the rule says instead; returns the defined terms that are not known as well.
    pub fn new(value: &[u8], rule: TextRule) -> (Self, Vec<String>) {
        let declared = String::from_utf8_lossy(value);
        let terms: Vec<String> = rule.term(&declared).split('\\').map(normal_term).collect();
        let mut unknown = Vec::new();
        let mut upper = None;
        for (index, term) in terms.iter().enumerate() {
            match encoding_of(term) {
                Some(encoding) if terms.len() == 1 => {
                    return (
                        Self {
                            whole: Some(encoding),
                            upper: None,
                        },
                        unknown,
                    );
                }
                Some(encoding) if index == 0 => upper = Some(encoding),
                Some(_) => {}
                None if term.is_empty() || term == "6" || term == "87" || term == "159" => {}
                None => unknown.push(term.clone()),
            }
        }
        (Self { whole: None, upper }, unknown)
    }

    /// Text of `bytes`, without trailing padding.
    pub fn decode(&self, bytes: &[u8]) -> String {
        let text = match self.whole {
            Some(encoding) if !bytes.contains(&ESCAPE) => {
                encoding.decode_without_bom_handling(bytes).0.into_owned()
            }
            _ => self.decode_with_escapes(bytes),
        };
        text.trim_end_matches([' ', '\0'])
            .trim_start_matches(' ')
            .to_owned()
    }

    fn decode_with_escapes(&self, bytes: &[u8]) -> String {
        let first_upper = self.whole.or(self.upper);
        let mut upper = first_upper;
        let mut lower = Lower::Ascii;
        let mut text = String::new();
        let mut rest = bytes;
        while let [byte, tail @ ..] = rest {
            if *byte == ESCAPE {
                rest = match designation(tail) {
                    Some((Designation::Lower(set), used)) => {
                        lower = set;
                        &tail[used..]
                    }
                    Some((Designation::Upper(set), used)) => {
                        upper = Some(set);
                        &tail[used..]
                    }
                    None => tail,
                };
            } else if *byte >= 0x80 {
                let run = rest.iter().position(|b| *b < 0x80).unwrap_or(rest.len());
                let (high, after) = rest.split_at(run);
                text.push_str(&decode_upper(upper, high));
                rest = after;
            } else if lower == Lower::Ascii || *byte <= 0x20 {
                // Delimiters bring back the first set (PS3.5 6.1.2.5.3).
                if matches!(*byte, b'\t' | b'\n' | b'\r' | 0x0C | b'^' | b'=' | b'\\') {
                    upper = first_upper.or(upper);
                    lower = Lower::Ascii;
                }
                text.push(char::from(*byte));
                rest = tail;
            } else {
                let [second, after @ ..] = tail else { break };
                let pair = [0x8F, byte | 0x80, second | 0x80];
                let euc = if lower == Lower::Kanji {
                    &pair[1..]
                } else {
                    &pair[..]
                };
                text.push_str(&EUC_JP.decode_without_bom_handling(euc).0);
                rest = after;
            }
        }
        text
    }
}

/// Bytes of 0x80 and more, in the set that is designated to G1 or by guess when there is none.
fn decode_upper(upper: Option<&'static Encoding>, bytes: &[u8]) -> String {
    match upper {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
                .into_owned(),
        },
    }
}

/// Reduces a defined term to its number or name: "ISO 2022 IR 87" and "ISO_IR 87" are "87".
fn normal_term(term: &str) -> String {
    let term = term.trim_matches([' ', '\0']).to_ascii_uppercase();
    let term = term.replace(['_', '-'], " ");
    match term.rsplit_once("IR") {
        Some((_, number)) if !number.trim().is_empty() => number.trim().to_owned(),
        _ => term,
    }
}

fn encoding_of(term: &str) -> Option<&'static Encoding> {
    Some(match term {
        "13" => SHIFT_JIS,
        "100" => WINDOWS_1252,
        "101" => ISO_8859_2,
        "109" => ISO_8859_3,
        "110" => ISO_8859_4,
        "126" => ISO_8859_7,
        "127" => ISO_8859_6,
        "138" => ISO_8859_8,
        "144" => ISO_8859_5,
        "148" => WINDOWS_1254,
        "149" => EUC_KR,
        "166" => WINDOWS_874,
        "203" => ISO_8859_15,
        "58" => GBK,
        "192" | "UTF 8" => UTF_8,
        "GB18030" => GB18030,
        "GBK" => GBK,
        _ => return None,
    })
}

/// Reads an escape sequence after its ESC; also says how many bytes it has (PS3.3 Tables C.12-3 and C.12-4).
fn designation(bytes: &[u8]) -> Option<(Designation, usize)> {
    Some(match bytes {
        [b'(', b'B' | b'J', ..] => (Designation::Lower(Lower::Ascii), 2),
        [b')', b'I', ..] => (Designation::Upper(SHIFT_JIS), 2),
        [b'$', b'B' | b'@', ..] => (Designation::Lower(Lower::Kanji), 2),
        [b'$', b'(', b'D', ..] => (Designation::Lower(Lower::SupplementaryKanji), 3),
        [b'$', b')', b'C', ..] => (Designation::Upper(EUC_KR), 3),
        [b'$', b')', b'A', ..] => (Designation::Upper(GBK), 3),
        [b'-', set, ..] => {
            let term = match set {
                b'A' => "100",
                b'B' => "101",
                b'C' => "109",
                b'D' => "110",
                b'F' => "126",
                b'G' => "127",
                b'H' => "138",
                b'L' => "144",
                b'M' => "148",
                b'T' => "166",
                b'b' => "203",
                _ => return None,
            };
            (Designation::Upper(encoding_of(term)?), 2)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(sets: &str, bytes: &[u8]) -> String {
        CharacterSets::new(sets.as_bytes(), TextRule::default())
            .0
            .decode(bytes)
    }

    #[test]
    fn names_of_the_standards_own_examples_are_read() {
        // PS3.5 Annex H.3.1, H.3.2, I.2.1, J and K.
        assert_eq!(
            decode(
                "\\ISO 2022 IR 87",
                b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"
            ),
            "Yamada^Tarou=山田^太郎=やまだ^たろう"
        );
        assert_eq!(
            decode(
                "ISO 2022 IR 13\\ISO 2022 IR 87",
                b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"
            ),
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"
        );
        assert_eq!(
            decode("\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"),
            "Hong^Gildong=洪^吉洞=홍^길동"
        );
        assert_eq!(
            decode("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"),
            "Wang^XiaoDong=王^小东"
        );
        assert_eq!(
            decode("ISO_IR 192", "Äneas^Rüdiger ".as_bytes()),
            "Äneas^Rüdiger"
        );
        assert_eq!(decode("ISO_IR 100", b"Buc^J\xe9r\xf4me"), "Buc^Jérôme");
        assert_eq!(decode("ISO_IR 144", b"\xbb\xee\xda"), "Люк");
    }

    #[test]
    fn an_undeclared_set_is_guessed_and_an_unknown_one_is_named() {
        assert_eq!(decode("", b"J\xe9r\xf4me"), "Jérôme");
        assert_eq!(decode("", "Jérôme".as_bytes()), "Jérôme");
        assert_eq!(
            CharacterSets::new(b"ISO_IR 999", TextRule::default()).1,
            ["999"]
        );
    }
}
