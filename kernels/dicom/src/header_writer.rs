//! The small header: the elements that are wanted, every length checked, and where each of them stands.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use crate::element::{Encoding, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, is_short, unit_bytes};

/// Bytes that the elements of most headers fit in, and how many they are.
const USUAL_BYTES: usize = 2 * 1024;
const USUAL_ENTRIES: usize = 64;
/// Places of tags that are noted, and the note of one that does not fit into a byte.
const SLOTS: usize = 256;
const FAR: u8 = u8::MAX;

/// One element, or one item of a sequence, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// [`ITEM`] for an item.
    pub tag: Tag,
    /// SQ for a sequence.
    pub vr: VR,
    /// First byte of the value.
    pub start: u32,
    /// Bytes of the value; 0 for sequences and items.
    pub length: u32,
    /// The entry after this one and all that is within it.
    pub next: u32,
}

/// The elements of a file that are wanted, with their values as they are written.
#[derive(Debug)]
pub(crate) struct SmallHeader {
    pub encoding: Encoding,
    /// A data set in `encoding`, in which every sequence has undefined length.
    pub bytes: Vec<u8>,
    pub entries: Vec<Entry>,
    /// Tags of the root data set in order, with their entries; of equal ones the last in the file is last.
    root: Vec<(u32, u32)>,
    /// For the tags of one [`slot_of`]: one more than the place in `root` of the last of them, 0 where there is none.
    slots: [u8; SLOTS],
    /// The entry of a Pixel Representation that says signed: what comes later takes its sign.
    pub signed_from: Option<u32>,
}

impl SmallHeader {
    /// The value of an entry.
    pub fn value(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        &self.bytes[start..start + entry.length as usize]
    }

    /// The entry of this tag in the root data set.
    pub fn find(&self, tag: Tag) -> Option<u32> {
        let key = key_of(tag);
        match self.slots[slot_of(key)] {
            // Most tags that are asked for are not there.
            0 => return None,
            FAR => {}
            slot => {
                let (found, index) = *self.root.get(usize::from(slot) - 1)?;
                if found == key {
                    return Some(index);
                }
            }
        }
        let after = self.root.partition_point(|(other, _)| *other <= key);
        let (found, index) = *self.root.get(after.checked_sub(1)?)?;
        (found == key).then_some(index)
    }
}

fn key_of(tag: Tag) -> u32 {
    u32::from(tag.group()) << 16 | u32::from(tag.element())
}

/// Where the place of a tag is noted.
fn slot_of(key: u32) -> usize {
    ((key ^ (key >> 16).wrapping_mul(37)) & 0xFF) as usize
}

/// Writes a small header.
pub(crate) struct HeaderWriter {
    encoding: Encoding,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Sequences and items that are not closed yet.
    open: Vec<u32>,
}

impl HeaderWriter {
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            bytes: Vec::with_capacity(USUAL_BYTES),
            entries: Vec::with_capacity(USUAL_ENTRIES),
            open: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The header as it is read.
    pub fn finish(mut self) -> SmallHeader {
        while !self.open.is_empty() {
            self.close();
        }
        let mut root = Vec::with_capacity(self.entries.len());
        let mut at = 0;
        while let Some(entry) = self.entries.get(at as usize) {
            let key = key_of(entry.tag);
            root.push((key, at));
            at = entry.next;
        }
        // Most files are in order already.
        if !root.is_sorted() {
            root.sort_unstable();
        }
        let mut slots = [0; SLOTS];
        for (place, (key, _)) in root.iter().enumerate() {
            slots[slot_of(*key)] = u8::try_from(place + 1).unwrap_or(FAR);
        }
        let mut header = SmallHeader {
            encoding: self.encoding,
            bytes: self.bytes,
            entries: self.entries,
            root,
            slots,
            signed_from: None,
        };
        header.signed_from = header.find(tags::PIXEL_REPRESENTATION).filter(|index| {
            let value = header.value(&header.entries[*index as usize]);
            value.iter().take(2).any(|byte| *byte != 0)
        });
        header
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
        self.head(tag, vr, length);
        self.enter(tag, vr, length);
        &mut self.bytes
    }

    pub fn sequence(&mut self, tag: Tag) {
        self.head(tag, VR::SQ, UNDEFINED);
        self.open.push(self.entries.len() as u32);
        self.enter(tag, VR::SQ, 0);
    }

    pub fn sequence_end(&mut self) {
        self.delimiter(SEQUENCE_END, 0);
        self.close();
    }

    pub fn item(&mut self) {
        self.delimiter(ITEM, UNDEFINED);
        self.open.push(self.entries.len() as u32);
        self.enter(ITEM, VR::UN, 0);
    }

    pub fn item_end(&mut self) {
        self.delimiter(ITEM_END, 0);
        self.close();
    }

    fn head(&mut self, tag: Tag, vr: VR, length: u32) {
        self.tag(tag);
        if self.encoding == Encoding::ImplicitLittle {
            self.long(length);
            return;
        }
        self.bytes.extend_from_slice(&vr.to_bytes());
        if is_short(vr) {
            self.short(length as u16);
        } else {
            self.short(0);
            self.long(length);
        }
    }

    /// The bytes and the entries stay below HEADER_BYTES_MAX, far within 32 bits.
    fn enter(&mut self, tag: Tag, vr: VR, length: u32) {
        let next = self.entries.len() as u32 + 1;
        self.entries.push(Entry {
            tag,
            vr,
            start: self.bytes.len() as u32,
            length,
            next,
        });
    }

    fn close(&mut self) {
        let next = self.entries.len() as u32;
        if let Some(entry) = self
            .open
            .pop()
            .and_then(|index| self.entries.get_mut(index as usize))
        {
            entry.next = next;
        }
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
