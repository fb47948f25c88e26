//! Where the pixel data lie: one stretch of bytes, or fragments (PS3.5 A.4), found without reading them.

use std::io::{BufRead, Seek};

use crate::cursor::Cursor;
use crate::element::{Element, Encoding, ITEM, SEQUENCE_END, UNDEFINED};
use crate::error::DicomError;
use crate::limits::FRAGMENTS_MAX;

/// A stretch of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// First byte, from the start of the source.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// Which of the three pixel data elements a file has (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleKind {
    /// (7FE0,0010) Pixel Data.
    Integer,
    /// (7FE0,0008) Float Pixel Data.
    Float,
    /// (7FE0,0009) Double Float Pixel Data.
    Double,
}

/// Where the pixel data lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PixelLocation {
    /// One uncompressed stretch.
    Native(SampleKind, Span),
    /// Fragments, without the basic offset table's own item.
    Fragments {
        /// Basic or extended offset table: first byte of each frame from `first_item`.
        table: Vec<u64>,
        /// Offset of the item after the offset table.
        first_item: u64,
        /// The fragments' values.
        fragments: Vec<Span>,
        /// Which fragments begin with the start marker of a JPEG, JPEG-LS or JPEG 2000 image.
        starts: Vec<bool>,
        /// Whether the end of the fragments is marked.
        ended: bool,
    },
}

/// The stretch of an uncompressed element; nothing when it is empty.
pub(crate) fn native<R: BufRead + Seek>(
    cursor: &Cursor<R>,
    element: &Element,
    kind: SampleKind,
) -> Result<Option<PixelLocation>, DicomError> {
    let length = element.check_length(cursor)?;
    let span = Span {
        offset: cursor.position(),
        length,
    };
    Ok((length > 0).then_some(PixelLocation::Native(kind, span)))
}

/// Walks the items of compressed pixel data; `extended` is the Extended Offset Table, if any.
pub(crate) fn fragments<R: BufRead + Seek>(
    cursor: &mut Cursor<R>,
    extended: Vec<u64>,
) -> Result<PixelLocation, DicomError> {
    let mut table = extended;
    let mut fragments = Vec::new();
    let mut starts = Vec::new();
    let mut first_item = None;
    let mut ended = false;
    while cursor.left() >= 8 {
        let item = Element::read(cursor, Encoding::ExplicitLittle)?;
        if item.tag == SEQUENCE_END {
            ended = true;
            break;
        }
        if item.tag != ITEM || item.length == UNDEFINED {
            return Err(DicomError::Damaged(format!(
                "element {} stands where a fragment of pixel data should begin",
                item.tag
            )));
        }
        let length = u64::from(item.length);
        cursor.need(length, || {
            format!("Fragment {} of the pixel data", fragments.len() + 1)
        })?;
        if first_item.is_none() {
            offset_table(cursor, length, &mut table)?;
            first_item = Some(cursor.position());
            continue;
        }
        if fragments.len() == FRAGMENTS_MAX {
            return Err(DicomError::OverLimit {
                what: "The number of fragments",
                value: fragments.len() as u64 + 1,
                limit: FRAGMENTS_MAX as u64,
            });
        }
        fragments.push(Span {
            offset: cursor.position(),
            length,
        });
        if length < 4 {
            starts.push(false);
            cursor.skip(length)?;
            continue;
        }
        let marker = cursor.array::<4>()?;
        starts.push(matches!(
            marker,
            [0xFF, 0xD8, 0xFF, _] | [0xFF, 0x4F, 0xFF, 0x51]
        ));
        cursor.skip(length - 4)?;
    }
    Ok(PixelLocation::Fragments {
        table,
        first_item: first_item.unwrap_or(0),
        fragments,
        starts,
        ended,
    })
}

/// Reads the basic offset table, unless an extended one is there already.
fn offset_table<R: BufRead + Seek>(
    cursor: &mut Cursor<R>,
    length: u64,
    table: &mut Vec<u64>,
) -> Result<(), DicomError> {
    if !table.is_empty() || length / 4 > FRAGMENTS_MAX as u64 {
        return cursor.skip(length);
    }
    let mut bytes = Vec::new();
    cursor.append(length, &mut bytes)?;
    let words = bytes.as_chunks::<4>().0;
    *table = words
        .iter()
        .map(|word| u64::from(u32::from_le_bytes(*word)))
        .collect();
    Ok(())
}

/// Reads the Extended Offset Table (7FE0,0001); a table over the bound is passed over.
pub(crate) fn extended_table<R: BufRead + Seek>(
    cursor: &mut Cursor<R>,
    element: &Element,
) -> Result<Vec<u64>, DicomError> {
    let length = element.check_length(cursor)?;
    if length / 8 > FRAGMENTS_MAX as u64 {
        cursor.skip(length)?;
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    cursor.append(length, &mut bytes)?;
    let words = bytes.as_chunks::<8>().0;
    Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}
