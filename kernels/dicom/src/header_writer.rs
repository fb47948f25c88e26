//! Writes the small header that dicom-rs reads: every sequence of undefined length, every length checked.

use dicom_core::{Tag, VR};

use crate::element::{Encoding, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, is_short, unit_bytes};

/// Bytes of a small header in one encoding.
pub(crate) struct HeaderWriter {
    encoding: Encoding,
    bytes: Vec<u8>,
}

impl HeaderWriter {
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            bytes: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether dicom-rs reads exactly `length` bytes for a value of this kind.
    ///
    /// It takes whole numbers only and leaves the rest of an odd length in the stream, after which it
    /// would take values for lengths.
    pub fn fits(&self, vr: VR, length: u32) -> bool {
        let short = self.encoding != Encoding::ImplicitLittle && is_short(vr);
        vr != VR::UN && length.is_multiple_of(unit_bytes(vr)) && (!short || length <= 0xFFFF)
    }

    /// Writes the header of an element whose value follows, checked by [`Self::fits`].
    pub fn element(&mut self, tag: Tag, vr: VR, length: u32) -> &mut Vec<u8> {
        self.tag(tag);
        if self.encoding == Encoding::ImplicitLittle {
            self.long(length);
            return &mut self.bytes;
        }
        self.bytes.extend_from_slice(vr.to_string().as_bytes());
        if is_short(vr) {
            self.short(length as u16);
        } else {
            self.short(0);
            self.long(length);
        }
        &mut self.bytes
    }

    pub fn sequence(&mut self, tag: Tag) {
        self.element(tag, VR::SQ, UNDEFINED);
    }

    pub fn sequence_end(&mut self) {
        self.delimiter(SEQUENCE_END, 0);
    }

    pub fn item(&mut self) {
        self.delimiter(ITEM, UNDEFINED);
    }

    pub fn item_end(&mut self) {
        self.delimiter(ITEM_END, 0);
    }

    fn delimiter(&mut self, tag: Tag, length: u32) {
        self.tag(tag);
        self.long(length);
    }

    fn tag(&mut self, tag: Tag) {
        self.short(tag.group());
        self.short(tag.element());
    }

    fn short(&mut self, value: u16) {
        let bytes = match self.encoding {
            Encoding::ExplicitBig => value.to_be_bytes(),
            _ => value.to_le_bytes(),
        };
        self.bytes.extend_from_slice(&bytes);
    }

    fn long(&mut self, value: u32) {
        let bytes = match self.encoding {
            Encoding::ExplicitBig => value.to_be_bytes(),
            _ => value.to_le_bytes(),
        };
        self.bytes.extend_from_slice(&bytes);
    }
}
