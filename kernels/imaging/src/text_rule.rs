//! Which character set text is read in where a file names none, or names a wrong one (PS3.3 C.12.1.1.2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The user's word on text that a file leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRule {
    /// The set that text is taken to be in.
    pub character_set: FallbackCharacterSet,
    /// Whether it holds against what files declare, too: for systems that declare a set which they do not write.
    pub overrides: bool,
}

impl TextRule {
    /// The defined term to read text by, given what the file declares; `declared` itself where that holds.
    pub fn term<'a>(&self, declared: &'a str) -> &'a str {
        let absent = declared.trim_matches([' ', '\0']).is_empty();
        match self.character_set.term() {
            Some(term) if absent || self.overrides => term,
            _ => declared,
        }
    }
}

macro_rules! sets {
    ($($(#[$about:meta])* $name:ident $term:literal $label:literal;)*) => {
        /// A set to read text in.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub enum FallbackCharacterSet {
            /// UTF-8 where the bytes are that, Latin 1 where they are not.
            #[default]
            Guess,
            $($(#[$about])* $name,)*
        }

        impl FallbackCharacterSet {
            /// All, in the order of a list to choose from.
            pub const ALL: &[Self] = &[Self::Guess, $(Self::$name),*];

            /// Its defined term of PS3.3 C.12.1.1.2; none for the guess.
            pub fn term(self) -> Option<&'static str> {
                match self {
                    Self::Guess => None,
                    $(Self::$name => Some($term),)*
                }
            }

            /// Its name for people.
            pub fn label(self) -> &'static str {
                match self {
                    Self::Guess => "Guess",
                    $(Self::$name => $label,)*
                }
            }
        }
    };
}

sets! {
    /// UTF-8.
    Unicode "ISO_IR 192" "Unicode (UTF-8)";
    /// ISO 8859-1.
    Latin1 "ISO_IR 100" "Latin 1, Western Europe";
    /// ISO 8859-2.
    Latin2 "ISO_IR 101" "Latin 2, Central Europe";
    /// ISO 8859-3.
    Latin3 "ISO_IR 109" "Latin 3, Southern Europe";
    /// ISO 8859-4.
    Latin4 "ISO_IR 110" "Latin 4, Northern Europe";
    /// ISO 8859-9.
    Latin5 "ISO_IR 148" "Latin 5, Turkish";
    /// ISO 8859-15.
    Latin9 "ISO_IR 203" "Latin 9, with the euro sign";
    /// ISO 8859-5.
    Cyrillic "ISO_IR 144" "Cyrillic";
    /// ISO 8859-7.
    Greek "ISO_IR 126" "Greek";
    /// ISO 8859-6.
    Arabic "ISO_IR 127" "Arabic";
    /// ISO 8859-8.
    Hebrew "ISO_IR 138" "Hebrew";
    /// TIS 620-2533.
    Thai "ISO_IR 166" "Thai";
    /// JIS X 0201, read as Shift JIS.
    Japanese "ISO_IR 13" "Japanese (Shift JIS)";
    /// KS X 1001.
    Korean "ISO 2022 IR 149" "Korean";
    /// GB 18030.
    Chinese "GB18030" "Chinese (GB 18030)";
}

impl fmt::Display for FallbackCharacterSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.term().unwrap_or("guess"))
    }
}

impl FromStr for FallbackCharacterSet {
    type Err = String;

    /// Reads a defined term, or `guess`.
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |term: &str| term.replace(['_', '-'], " ").to_ascii_uppercase();
        let found = Self::ALL
            .iter()
            .find(|set| plain(&set.to_string()) == plain(text.trim()));
        found.copied().ok_or_else(|| {
            let known: Vec<String> = Self::ALL.iter().map(Self::to_string).collect();
            format!(
                "`{text}` is no character set to read text in; there are {}",
                known.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_set_holds_unless_the_user_overrides_it() {
        let mut rule = TextRule {
            character_set: FallbackCharacterSet::Cyrillic,
            overrides: false,
        };
        assert_eq!(rule.term(""), "ISO_IR 144");
        assert_eq!(rule.term("ISO_IR 100"), "ISO_IR 100");
        rule.overrides = true;
        assert_eq!(rule.term("ISO_IR 100"), "ISO_IR 144");
        rule.character_set = FallbackCharacterSet::Guess;
        assert_eq!(rule.term("ISO_IR 100"), "ISO_IR 100");
    }

    #[test]
    fn every_set_is_read_by_its_own_term() {
        for set in FallbackCharacterSet::ALL {
            assert_eq!(set.to_string().parse(), Ok(*set));
        }
        assert_eq!("iso-ir 144".parse(), Ok(FallbackCharacterSet::Cyrillic));
        let error = "KOI8-R".parse::<FallbackCharacterSet>();
        assert!(error.is_err_and(|text| text.contains("`KOI8-R`")));
    }
}
