//! All elements of a file as rows of text for the tag inspector: sequences, private elements, character sets.

use std::io::{BufRead, Cursor as Bytes, Read, Seek};

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use kernel_imaging::{Phi, TagRow, TextRule};

use crate::cursor::{Ahead, Cursor};
use crate::element::{
    Element, Encoding, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, dictionary_vr, unit_bytes,
};
use crate::error::DicomError;
use crate::limits::{NESTING_DEPTH_MAX, TAG_ROWS_MAX, TAG_VALUE_BYTES_MAX};
use crate::open::{encoding_of, inflate, is_deflated, open};
use crate::tag_text::value_text;
use crate::text::CharacterSets;

/// Reads the rows of all elements, the file meta group first, in the file's order.
///
/// Values longer than [`TAG_VALUE_BYTES_MAX`] are shown by their beginning, and after [`TAG_ROWS_MAX`]
/// rows the list ends with a row that says so. A file that is damaged further on gives the rows up to
/// there and a last row with the reason.
///
/// # Errors
/// [`DicomError::NotDicom`], or that the file cannot be read.
pub fn read_tags<R: Read + Seek>(
    source: R,
    length: u64,
    text: TextRule,
) -> Result<Vec<TagRow>, DicomError> {
    let mut source = Ahead::new(source);
    let opened = open(&mut source, length)?;
    let mut rows = Vec::new();
    {
        let mut meta = Cursor::new(&mut source, opened.start, opened.dataset_offset)?;
        collect(&mut meta, Encoding::ExplicitLittle, text, &mut rows);
    }
    if is_deflated(&opened.transfer_syntax_uid) {
        let data = inflate(&mut source, &opened)?;
        let end = data.len() as u64;
        of_data_set(&mut Cursor::new(Bytes::new(data), 0, end)?, text, &mut rows)?;
    } else {
        let mut cursor = Cursor::new(&mut source, opened.dataset_offset, length)?;
        of_data_set(&mut cursor, text, &mut rows)?;
    }
    Ok(rows)
}

fn of_data_set<R: BufRead + Seek>(
    cursor: &mut Cursor<R>,
    text: TextRule,
    rows: &mut Vec<TagRow>,
) -> Result<(), DicomError> {
    if cursor.left() < 8 {
        return Ok(());
    }
    let start = cursor.position();
    let head = cursor.array::<8>()?;
    cursor.seek(start)?;
    collect(cursor, encoding_of(&head), text, rows);
    Ok(())
}

/// Appends rows until the end, the bound, or damage.
fn collect<R: BufRead + Seek>(
    cursor: &mut Cursor<R>,
    encoding: Encoding,
    text: TextRule,
    rows: &mut Vec<TagRow>,
) {
    let mut walk = Rows {
        cursor,
        root: encoding,
        scopes: Vec::new(),
        sets: CharacterSets::new(b"", text).0,
        text,
        creators: Vec::new(),
        rows,
    };
    loop {
        match walk.step() {
            Ok(true) if walk.rows.len() < TAG_ROWS_MAX => {}
            Ok(true) => {
                walk.remark(format!("Only the first {TAG_ROWS_MAX} elements are listed"));
                return;
            }
            Ok(false) => return,
            Err(error) => {
                walk.remark(error.to_string());
                return;
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Scope {
    is_item: bool,
    end: Option<u64>,
    encoding: Encoding,
    holds_fragments: bool,
    items: u32,
}

struct Rows<'a, R> {
    cursor: &'a mut Cursor<R>,
    root: Encoding,
    scopes: Vec<Scope>,
    sets: CharacterSets,
    text: TextRule,
    /// Private creators by nesting depth, group and block.
    creators: Vec<(usize, u16, u16, String)>,
    rows: &'a mut Vec<TagRow>,
}

impl<R: BufRead + Seek> Rows<'_, R> {
    fn depth(&self) -> usize {
        self.scopes.len()
    }

    fn remark(&mut self, text: String) {
        let depth = self.depth();
        self.rows.push(TagRow {
            depth,
            tag: (0xFFFE, 0xE0DD),
            vr: *b"  ",
            name: text,
            value: Phi::default(),
            length_bytes: None,
        });
    }

    /// One element, item or delimiter; false at the end.
    fn step(&mut self) -> Result<bool, DicomError> {
        while let Some(scope) = self.scopes.last().copied() {
            match scope.end {
                Some(end) if self.cursor.position() >= end => self.close(),
                _ => break,
            }
        }
        if self.cursor.left() < 8 {
            return Ok(false);
        }
        let encoding = self.scopes.last().map_or(self.root, |scope| scope.encoding);
        let element = Element::read(self.cursor, encoding)?;
        match element.tag {
            ITEM_END | SEQUENCE_END => {
                self.close();
                if element.tag == SEQUENCE_END && self.scopes.last().is_some_and(|s| !s.is_item) {
                    self.close();
                }
                Ok(true)
            }
            ITEM => self.item(&element).map(|()| true),
            _ => self.element(element).map(|()| true),
        }
    }

    fn close(&mut self) {
        let depth = self.depth();
        self.creators.retain(|(at, ..)| *at < depth);
        self.scopes.pop();
    }

    fn item(&mut self, element: &Element) -> Result<(), DicomError> {
        let Some(scope) = self.scopes.last_mut().filter(|scope| !scope.is_item) else {
            return Err(DicomError::Damaged(
                "an item stands outside of a sequence".to_owned(),
            ));
        };
        scope.items += 1;
        let (number, scope) = (scope.items, *scope);
        let stated = (element.length != UNDEFINED).then_some(element.length);
        let depth = self.depth();
        let word = if scope.holds_fragments {
            "Fragment"
        } else {
            "Item"
        };
        self.rows.push(TagRow {
            depth,
            tag: (ITEM.group(), ITEM.element()),
            vr: *b"  ",
            name: format!("{word} {number}"),
            value: Phi::default(),
            length_bytes: stated,
        });
        if scope.holds_fragments {
            let length = element.check_length(self.cursor)?;
            return self.cursor.skip(length);
        }
        let end = self.end_of(element)?;
        self.push(Scope {
            is_item: true,
            end,
            items: 0,
            ..scope
        })
    }

    fn element(&mut self, element: Element) -> Result<(), DicomError> {
        let vr = match element.vr {
            VR::UN => dictionary_vr(element.tag),
            vr => vr,
        };
        let stated = (element.length != UNDEFINED).then_some(element.length);
        let is_bulk = matches!(vr, VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV);
        let opens = element.is_sequence() || element.length == UNDEFINED;
        let mut row = TagRow {
            depth: self.depth(),
            tag: (element.tag.group(), element.tag.element()),
            vr: if opens && !is_bulk {
                *b"SQ"
            } else {
                letters(vr)
            },
            name: self.name(element.tag),
            value: Phi::default(),
            length_bytes: stated,
        };
        if opens {
            self.rows.push(row);
            let end = self.end_of(&element)?;
            return self.push(Scope {
                is_item: false,
                end,
                encoding: element.encoding,
                holds_fragments: is_bulk || element.tag == tags::PIXEL_DATA,
                items: 0,
            });
        }
        let length = element.check_length(self.cursor)?;
        let unit = u64::from(unit_bytes(vr));
        let shown = length.min(TAG_VALUE_BYTES_MAX) / unit * unit;
        let mut bytes = Vec::new();
        self.cursor.append(shown, &mut bytes)?;
        self.cursor.skip(length - shown)?;
        if element.tag == tags::SPECIFIC_CHARACTER_SET {
            self.sets = CharacterSets::new(&bytes, self.text).0;
        }
        let big = element.encoding == Encoding::ExplicitBig;
        let mut text = value_text(vr, &bytes, big, &self.sets);
        if shown < length {
            text.push('…');
        }
        if let Some(block) = creator_block(element.tag) {
            let group = element.tag.group();
            self.creators.push((row.depth, group, block, text.clone()));
        }
        row.value = Phi::new(text);
        self.rows.push(row);
        Ok(())
    }

    fn name(&self, tag: Tag) -> String {
        if let Some(entry) = StandardDataDictionary.by_tag(tag)
            && tag.group().is_multiple_of(2)
        {
            return entry.alias().to_owned();
        }
        if tag.group().is_multiple_of(2) {
            return "Unknown".to_owned();
        }
        if creator_block(tag).is_some() {
            return "PrivateCreator".to_owned();
        }
        let depth = self.depth();
        let creator = self.creators.iter().rev().find(|(at, group, block, _)| {
            *at == depth && *group == tag.group() && *block == tag.element() >> 8
        });
        match creator {
            Some((.., creator)) => format!("Private {creator}"),
            None => "Private".to_owned(),
        }
    }

    fn push(&mut self, scope: Scope) -> Result<(), DicomError> {
        self.scopes.push(scope);
        let depth = self.scopes.len().div_ceil(2) as u64;
        if depth > NESTING_DEPTH_MAX {
            return Err(DicomError::OverLimit {
                what: "The nesting of sequences",
                value: depth,
                limit: NESTING_DEPTH_MAX,
            });
        }
        Ok(())
    }

    fn end_of(&self, element: &Element) -> Result<Option<u64>, DicomError> {
        if element.length == UNDEFINED {
            return Ok(None);
        }
        let length = element.check_length(self.cursor)?;
        Ok(Some(self.cursor.position() + length))
    }
}

/// The block of private elements that (gggg,00bb) reserves, PS3.5 7.8.1.
fn creator_block(tag: Tag) -> Option<u16> {
    let reserves = !tag.group().is_multiple_of(2) && (0x10..=0xFF).contains(&tag.element());
    reserves.then_some(tag.element())
}

fn letters(vr: VR) -> [u8; 2] {
    let text = vr.to_string();
    text.as_bytes()
        .first_chunk::<2>()
        .copied()
        .unwrap_or(*b"UN")
}
