//! The header of one element: tag, value representation, length (PS3.5 7.1).

use std::io::{BufRead, Seek};
use std::sync::LazyLock;

use dicom_core::dictionary::DataDictionary;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

use crate::cursor::Cursor;
use crate::error::DicomError;

/// A length that is not stated.
pub(crate) const UNDEFINED: u32 = 0xFFFF_FFFF;
/// Item of a sequence.
pub(crate) const ITEM: Tag = Tag(0xFFFE, 0xE000);
/// End of an item of undefined length.
pub(crate) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
/// End of a sequence of undefined length.
pub(crate) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// How elements are written: byte order, and whether the value representation is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Implicit VR Little Endian.
    ImplicitLittle,
    /// Explicit VR Little Endian.
    ExplicitLittle,
    /// Explicit VR Big Endian (retired).
    ExplicitBig,
}

/// One element header.
#[derive(Clone, Copy)]
pub(crate) struct Element {
    pub tag: Tag,
    /// As stated or, when implicit, from the dictionary; UN when neither knows.
    pub vr: VR,
    pub length: u32,
    /// How the element's own value is encoded; a UN value is always implicit (PS3.5 6.2.2).
    pub encoding: Encoding,
}

impl Element {
    /// Reads one element header.
    pub fn read<R: BufRead + Seek>(
        cursor: &mut Cursor<R>,
        encoding: Encoding,
    ) -> Result<Self, DicomError> {
        let bytes = cursor.array::<8>()?;
        let big = encoding == Encoding::ExplicitBig;
        let u16_at = |i: usize| {
            let pair = [bytes[i], bytes[i + 1]];
            if big {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
        let tag = Tag(u16_at(0), u16_at(2));
        let long = word([bytes[4], bytes[5], bytes[6], bytes[7]], big);
        let element = |vr, length, encoding| Element {
            tag,
            vr,
            length,
            encoding,
        };
        if tag.group() == 0xFFFE {
            return Ok(element(VR::UN, long, encoding));
        }
        if encoding == Encoding::ImplicitLittle {
            return Ok(element(dictionary_vr(tag), long, encoding));
        }
        let Some(vr) = vr_of([bytes[4], bytes[5]]) else {
            if bytes[4].is_ascii_uppercase() && bytes[5].is_ascii_uppercase() {
                // A representation of the future has a long length (PS3.5 7.1.2).
                return Ok(element(VR::UN, word(cursor.array()?, big), encoding));
            }
            if !big && (long == UNDEFINED || u64::from(long) <= cursor.left()) {
                // Some writers slip implicit elements into explicit data sets.
                return Ok(element(dictionary_vr(tag), long, Encoding::ImplicitLittle));
            }
            return Err(DicomError::Damaged(format!(
                "element {tag} has no value representation"
            )));
        };
        if is_short(vr) {
            return Ok(element(vr, u32::from(u16_at(6)), encoding));
        }
        let length = word(cursor.array()?, big);
        let inner = if vr == VR::UN {
            Encoding::ImplicitLittle
        } else {
            encoding
        };
        Ok(element(vr, length, inner))
    }

    /// Whether the value is a sequence, also when a UN hides it.
    pub fn is_sequence(&self) -> bool {
        self.vr == VR::SQ || (self.vr == VR::UN && dictionary_vr(self.tag) == VR::SQ)
    }

    /// Fails when the length is undefined or reaches past the end.
    pub fn check_length<R: BufRead + Seek>(&self, cursor: &Cursor<R>) -> Result<u64, DicomError> {
        if self.length == UNDEFINED {
            return Err(DicomError::Damaged(format!(
                "element {} has no length",
                self.tag
            )));
        }
        let length = u64::from(self.length);
        cursor.need(length, || format!("Element {}", self.tag))?;
        Ok(length)
    }
}

fn word(bytes: [u8; 4], big: bool) -> u32 {
    if big {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    }
}

/// The value representation the standard gives a tag, UN when it does not know it.
pub(crate) fn dictionary_vr(tag: Tag) -> VR {
    StandardDataDictionary
        .by_tag(tag)
        .map_or(VR::UN, |entry| entry.vr.relaxed())
}

/// The value representation that two letters stand for.
///
/// Every element of every file asks, so all pairs of letters have been looked up before.
pub(crate) fn vr_of(letters: [u8; 2]) -> Option<VR> {
    const LETTERS: usize = 26;
    static ALL: LazyLock<[Option<VR>; LETTERS * LETTERS]> = LazyLock::new(|| {
        std::array::from_fn(|pair| {
            // Both are below 26.
            let letter = |index: usize| b'A' + index as u8;
            VR::from_binary([letter(pair / LETTERS), letter(pair % LETTERS)])
        })
    });
    let [first, second] = letters.map(|letter| usize::from(letter.wrapping_sub(b'A')));
    if first >= LETTERS || second >= LETTERS {
        return None;
    }
    ALL[first * LETTERS + second]
}

/// True for the value representations whose explicit length has 16 bits (PS3.5 7.1.2).
pub(crate) fn is_short(vr: VR) -> bool {
    use VR::{AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, PN, SH, SL, SS, ST, TM, UI, UL, US};
    let text = matches!(
        vr,
        AE | AS | CS | DA | DS | DT | IS | LO | LT | PN | SH | ST | TM | UI
    );
    text || matches!(vr, AT | FD | FL | SL | SS | UL | US)
}

/// Bytes of one number; the length of a value must be a multiple of it.
pub(crate) fn unit_bytes(vr: VR) -> u32 {
    use VR::{AT, FD, FL, OD, OF, OL, OV, OW, SL, SS, SV, UL, US, UV};
    match vr {
        SS | US | OW => 2,
        AT | FL | SL | UL | OF | OL => 4,
        FD | SV | UV | OD | OV => 8,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_stand_for_what_the_library_says() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let pair = [first, second];
                assert_eq!(vr_of(pair), VR::from_binary(pair), "{pair:?}");
            }
        }
    }
}
