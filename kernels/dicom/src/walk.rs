//! Bounded walk over tags, value representations and lengths: nothing else reads a file before this has.
//!
//! The walk copies the few elements this program needs into a small header in which every sequence
//! has undefined length and every length has been checked, and finds the pixel data without reading it.
//! It reads no values: [`crate::dataset`] does, when they are asked for.

use std::io::{BufRead, Seek};

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use crate::cursor::Cursor;
use crate::element::{Element, Encoding, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, dictionary_vr};
use crate::error::DicomError;
use crate::header_writer::{HeaderWriter, SmallHeader};
use crate::limits::{
    ELEMENTS_PER_FRAME_MAX, FRAMES_MAX, HEADER_BYTES_MAX, HEADER_VALUE_BYTES_MAX, NESTING_DEPTH_MAX,
};
use crate::pixel_element::{PixelLocation, SampleKind, extended_table, fragments, native};
use crate::wanted::Wanted;

/// What the walk found.
#[derive(Debug)]
pub(crate) struct Walked {
    /// The elements that are wanted.
    pub header: SmallHeader,
    /// Encoding of `header` and of native pixel data.
    pub encoding: Encoding,
    /// The root's value of (0008,0005), which `header` leaves out.
    pub character_set: Vec<u8>,
    /// The pixel data, if the file has any.
    pub pixels: Option<PixelLocation>,
    /// First byte that was not walked.
    pub end: u64,
}

/// A sequence or an item that the walk is inside of.
#[derive(Clone, Copy)]
struct Scope {
    kind: ScopeKind,
    /// Where it ends, when its length is stated.
    end: Option<u64>,
    encoding: Encoding,
    /// Whether it is copied into the small header.
    keep: bool,
    /// The sequence of the root data set that it stands in.
    root: Tag,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Sequence,
    /// The Per-Frame Functional Groups Sequence of the root.
    PerFrame,
    /// A sequence whose items are not data sets.
    Fragments,
    Item,
}

/// Walks a data set from the cursor to its pixel data or its end.
///
/// With `only_group`, stops before the first element of another group (used for the file meta group).
pub(crate) fn walk<R: BufRead + Seek>(
    cursor: &mut Cursor<R>,
    encoding: Encoding,
    only_group: Option<u16>,
    wanted: Wanted,
) -> Result<Walked, DicomError> {
    let mut walk = Walk {
        cursor,
        root: encoding,
        only_group,
        scopes: Vec::new(),
        visited: 0,
        visited_max: wanted.elements_max(),
        wanted,
        header: HeaderWriter::new(encoding),
        character_set: Vec::new(),
        extended_table: Vec::new(),
        pixels: None,
    };
    while walk.step()? {}
    Ok(Walked {
        end: walk.cursor.position(),
        header: walk.header.finish(),
        encoding,
        character_set: walk.character_set,
        pixels: walk.pixels,
    })
}

struct Walk<'c, R> {
    cursor: &'c mut Cursor<R>,
    root: Encoding,
    only_group: Option<u16>,
    scopes: Vec<Scope>,
    visited: u64,
    /// Most elements to visit; grows with the frames that are described.
    visited_max: u64,
    wanted: Wanted,
    header: HeaderWriter,
    character_set: Vec<u8>,
    extended_table: Vec<u64>,
    pixels: Option<PixelLocation>,
}

impl<R: BufRead + Seek> Walk<'_, R> {
    /// Visits one element, item or delimiter; false at the end.
    fn step(&mut self) -> Result<bool, DicomError> {
        self.visited += 1;
        within("The number of elements", self.visited, self.visited_max)?;
        let header_bytes = self.header.len() as u64;
        within(
            "The size of the header in bytes",
            header_bytes,
            HEADER_BYTES_MAX,
        )?;
        match self.scopes.last().copied() {
            None => self.step_at_root(),
            Some(scope) => self.step_inside(scope).map(|()| true),
        }
    }

    fn step_at_root(&mut self) -> Result<bool, DicomError> {
        if self.cursor.left() < 8 {
            return Ok(false);
        }
        if let Some(group) = self.only_group {
            // What follows may be deflated: only its first two bytes are looked at.
            let start = self.cursor.position();
            let next = u16::from_le_bytes(self.cursor.array::<2>()?);
            self.cursor.seek(start)?;
            if next != group {
                return Ok(false);
            }
        }
        let element = Element::read(self.cursor, self.root)?;
        match element.tag {
            ITEM_END | SEQUENCE_END => {}
            ITEM => {
                let text = "an item stands outside of a sequence";
                return Err(DicomError::Damaged(text.to_owned()));
            }
            tags::SPECIFIC_CHARACTER_SET => {
                let length = element.check_length(self.cursor)?;
                if length > HEADER_VALUE_BYTES_MAX {
                    self.cursor.skip(length)?;
                } else {
                    self.character_set.clear();
                    self.cursor.append(length, &mut self.character_set)?;
                }
            }
            tags::EXTENDED_OFFSET_TABLE if element.length != UNDEFINED => {
                self.extended_table = extended_table(self.cursor, &element)?;
            }
            tags::PIXEL_DATA => return self.pixels(&element, SampleKind::Integer),
            tags::FLOAT_PIXEL_DATA => return self.pixels(&element, SampleKind::Float),
            tags::DOUBLE_FLOAT_PIXEL_DATA => return self.pixels(&element, SampleKind::Double),
            tag => {
                let meta = self.only_group == Some(tag.group());
                let keep = meta || self.wanted.at_root(tag, element.is_sequence());
                self.enter(element, keep)?;
            }
        }
        Ok(true)
    }

    /// The pixel data end the walk: what follows them is not needed.
    fn pixels(&mut self, element: &Element, kind: SampleKind) -> Result<bool, DicomError> {
        self.pixels = if element.length == UNDEFINED {
            let table = std::mem::take(&mut self.extended_table);
            Some(fragments(self.cursor, table)?)
        } else {
            native(self.cursor, element, kind)?
        };
        Ok(false)
    }

    fn step_inside(&mut self, scope: Scope) -> Result<(), DicomError> {
        if let Some(end) = scope.end {
            if self.cursor.position() == end {
                self.close(scope);
                return Ok(());
            }
            if self.cursor.position() > end {
                let text = "a sequence or item ends in the middle of an element";
                return Err(DicomError::Damaged(text.to_owned()));
            }
        }
        let element = Element::read(self.cursor, scope.encoding)?;
        match (scope.kind, element.tag) {
            (ScopeKind::Item, ITEM_END) => self.close(scope),
            (kind, SEQUENCE_END) if kind != ScopeKind::Item => self.close(scope),
            (ScopeKind::Fragments, ITEM) => {
                let length = element.check_length(self.cursor)?;
                self.cursor.skip(length)?;
            }
            (ScopeKind::Sequence | ScopeKind::PerFrame, ITEM) => {
                if scope.kind == ScopeKind::PerFrame {
                    let most = self.wanted.elements_max() + FRAMES_MAX * ELEMENTS_PER_FRAME_MAX;
                    self.visited_max = most.min(self.visited_max + ELEMENTS_PER_FRAME_MAX);
                }
                let end = self.end_of(&element)?;
                if scope.keep {
                    self.header.item();
                }
                let kind = ScopeKind::Item;
                self.push(Scope { kind, end, ..scope })?;
            }
            (ScopeKind::Item, tag) if tag.group() != 0xFFFE => {
                let sequence = element.is_sequence();
                let keep = scope.keep && self.wanted.in_item(scope.root, tag, sequence);
                self.enter(element, keep)?;
            }
            (ScopeKind::Item, tag) => {
                let text = format!("delimiter {tag} stands inside an item");
                return Err(DicomError::Damaged(text));
            }
            (_, tag) => {
                let text = format!("element {tag} stands where an item should begin");
                return Err(DicomError::Damaged(text));
            }
        }
        Ok(())
    }

    /// Goes into a sequence, or past a plain value, copying what is kept.
    fn enter(&mut self, element: Element, keep: bool) -> Result<(), DicomError> {
        let sequence = element.is_sequence();
        // A big-endian header cannot hold the little-endian values of a UN element.
        let keep = keep && (self.root != Encoding::ExplicitBig || element.encoding == self.root);
        if element.length == UNDEFINED || (sequence && keep) {
            let keep = keep && sequence;
            if keep {
                self.header.sequence(element.tag);
            }
            let outermost = self.scopes.first().map(|scope| scope.root);
            return self.push(Scope {
                kind: self.kind_of(&element),
                end: self.end_of(&element)?,
                encoding: element.encoding,
                keep,
                root: outermost.unwrap_or(element.tag),
            });
        }
        let length = element.check_length(self.cursor)?;
        let vr = match element.vr {
            VR::UN => dictionary_vr(element.tag),
            vr => vr,
        };
        let keep = keep && !sequence && length <= self.wanted.value_bytes_max(element.tag);
        if keep && self.header.fits(vr, element.length) {
            let header = self.header.element(element.tag, vr, element.length);
            return self.cursor.append(length, header);
        }
        self.cursor.skip(length)
    }

    fn kind_of(&self, element: &Element) -> ScopeKind {
        let per_frame = element.tag == tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE;
        if holds_fragments(element) {
            ScopeKind::Fragments
        } else if per_frame && self.scopes.is_empty() {
            ScopeKind::PerFrame
        } else {
            ScopeKind::Sequence
        }
    }

    fn push(&mut self, scope: Scope) -> Result<(), DicomError> {
        self.scopes.push(scope);
        // A level of nesting is a sequence and its item.
        let depth = self.scopes.len().div_ceil(2) as u64;
        within("The nesting of sequences", depth, NESTING_DEPTH_MAX)
    }

    fn close(&mut self, scope: Scope) {
        self.scopes.pop();
        if scope.keep {
            match scope.kind {
                ScopeKind::Item => self.header.item_end(),
                _ => self.header.sequence_end(),
            }
        }
    }

    fn end_of(&self, element: &Element) -> Result<Option<u64>, DicomError> {
        if element.length == UNDEFINED {
            return Ok(None);
        }
        let length = element.check_length(self.cursor)?;
        Ok(Some(self.cursor.position() + length))
    }
}

/// Whether an element of undefined length holds fragments rather than data sets.
fn holds_fragments(element: &Element) -> bool {
    let bytes = [VR::OB, VR::OW, VR::OF, VR::OD, VR::OL, VR::OV];
    element.tag == tags::PIXEL_DATA || bytes.contains(&element.vr)
}

fn within(what: &'static str, value: u64, limit: u64) -> Result<(), DicomError> {
    if value <= limit {
        return Ok(());
    }
    Err(DicomError::OverLimit { what, value, limit })
}
