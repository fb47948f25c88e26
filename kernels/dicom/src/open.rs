//! From the first byte of a file to its walked data set: preamble, file meta group, inflation, encoding.

use std::io::{BufRead, Cursor as Bytes, Read, Seek, SeekFrom};

use dicom_dictionary_std::{tags, uids};
use kernel_imaging::TextRule;

use crate::cursor::{Ahead, Cursor};
use crate::dataset::Dataset;
use crate::element::{Encoding, vr_of};
use crate::error::DicomError;
use crate::limits::INFLATED_BYTES_MAX;
use crate::text::CharacterSets;
use crate::walk::{Walked, walk};
use crate::wanted::Wanted;

const PREAMBLE_BYTES: u64 = 128;

/// The file meta group of PS3.10 7.1, and what follows it.
pub(crate) struct Opened {
    /// Transfer Syntax UID (0002,0010); empty when the file does not state one.
    pub transfer_syntax_uid: String,
    /// Media Storage SOP Class UID (0002,0002), or empty.
    pub sop_class_uid: String,
    /// Media Storage SOP Instance UID (0002,0003), or empty.
    pub sop_instance_uid: String,
    /// First byte of the file meta group, or of the data set when there is none.
    pub start: u64,
    /// First byte of the data set.
    pub dataset_offset: u64,
}

/// Finds the data set of a file and reads its file meta group.
pub(crate) fn open<R: Read + Seek>(
    source: &mut Ahead<R>,
    length: u64,
) -> Result<Opened, DicomError> {
    let start = first_element(source, length)?;
    let mut opened = Opened {
        transfer_syntax_uid: String::new(),
        sop_class_uid: String::new(),
        sop_instance_uid: String::new(),
        start,
        dataset_offset: start,
    };
    let mut cursor = Cursor::new(&mut *source, start, length)?;
    if cursor.left() < 8 {
        return Err(DicomError::NotDicom);
    }
    let head = cursor.array::<8>()?;
    if head[0..2] != [0x02, 0x00] {
        return Ok(opened);
    }
    cursor.seek(start)?;
    // The group is read by its tags, since its stated length is often wrong.
    let walked = walk(
        &mut cursor,
        Encoding::ExplicitLittle,
        Some(0x0002),
        Wanted::Image,
    )?;
    let (sets, _) = CharacterSets::new(b"", TextRule::default());
    let meta = Dataset::new(&walked.header, &sets);
    opened.transfer_syntax_uid = meta.code(tags::TRANSFER_SYNTAX_UID);
    opened.sop_class_uid = meta.code(tags::MEDIA_STORAGE_SOP_CLASS_UID);
    opened.sop_instance_uid = meta.code(tags::MEDIA_STORAGE_SOP_INSTANCE_UID);
    opened.dataset_offset = walked.end;
    Ok(opened)
}

/// Whether the data set after the file meta group is deflated (PS3.5 A.5).
pub(crate) fn is_deflated(transfer_syntax_uid: &str) -> bool {
    transfer_syntax_uid == uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
}

/// Inflates the data set of a deflated file.
pub(crate) fn inflate<R: Read + Seek>(
    source: &mut Ahead<R>,
    opened: &Opened,
) -> Result<Vec<u8>, DicomError> {
    source.seek(SeekFrom::Start(opened.dataset_offset))?;
    let mut data = Vec::new();
    let read = flate2::read::DeflateDecoder::new(source)
        .take(INFLATED_BYTES_MAX + 1)
        .read_to_end(&mut data);
    if data.len() as u64 > INFLATED_BYTES_MAX {
        return Err(DicomError::OverLimit {
            what: "The size of the deflated data set in bytes",
            value: data.len() as u64,
            limit: INFLATED_BYTES_MAX,
        });
    }
    match read {
        Ok(_) => Ok(data),
        Err(_) => Err(DicomError::Damaged(
            "the deflated data set cannot be inflated".to_owned(),
        )),
    }
}

/// A data set that has been walked, with the character sets of its text.
pub(crate) struct ReadHeader {
    pub walked: Walked,
    pub sets: CharacterSets,
    pub unknown_sets: Vec<String>,
}

/// Walks the data set behind the file meta group.
pub(crate) fn read_header<R: Read + Seek>(
    source: &mut Ahead<R>,
    length: u64,
    opened: &Opened,
    wanted: Wanted,
    text: TextRule,
) -> Result<ReadHeader, DicomError> {
    if is_deflated(&opened.transfer_syntax_uid) {
        let data = inflate(source, opened)?;
        let end = data.len() as u64;
        return header_from(&mut Bytes::new(data), 0, end, wanted, text);
    }
    header_from(source, opened.dataset_offset, length, wanted, text)
}

/// Reads all public elements of an object beside images, but no pixels and no bulk.
pub(crate) fn read_object<R: Read + Seek>(
    source: &mut R,
    length: u64,
    text: TextRule,
) -> Result<ReadHeader, DicomError> {
    let mut source = Ahead::new(source);
    let opened = open(&mut source, length)?;
    read_header(&mut source, length, &opened, Wanted::Object, text)
}

fn header_from<R: BufRead + Seek>(
    source: &mut R,
    start: u64,
    end: u64,
    wanted: Wanted,
    text: TextRule,
) -> Result<ReadHeader, DicomError> {
    let mut cursor = Cursor::new(source, start, end)?;
    let encoding = if cursor.left() < 8 {
        Encoding::ExplicitLittle
    } else {
        let head = cursor.array::<8>()?;
        cursor.seek(start)?;
        encoding_of(&head)
    };
    let walked = walk(&mut cursor, encoding, None, wanted)?;
    let (sets, unknown_sets) = CharacterSets::new(&walked.character_set, text);
    Ok(ReadHeader {
        walked,
        sets,
        unknown_sets,
    })
}

/// The encoding the first element is written in, whatever the transfer syntax declares.
pub(crate) fn encoding_of(head: &[u8; 8]) -> Encoding {
    let explicit = vr_of([head[4], head[5]]).is_some();
    // Groups of a data set begin at 0008, so a first byte of zero is the high half.
    if explicit && head[0] == 0 && head[1] != 0 {
        Encoding::ExplicitBig
    } else if explicit {
        Encoding::ExplicitLittle
    } else {
        Encoding::ImplicitLittle
    }
}

/// Offset of the first element, with or without preamble.
fn first_element<R: Read + Seek>(source: &mut R, length: u64) -> Result<u64, DicomError> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(PREAMBLE_BYTES as usize + 12);
    source
        .by_ref()
        .take(PREAMBLE_BYTES + 12)
        .read_to_end(&mut head)?;
    let marker = PREAMBLE_BYTES as usize;
    if head.get(marker..marker + 4) == Some(b"DICM".as_slice()) {
        let after = head.get(marker + 4..marker + 6);
        let plausible =
            after.is_some_and(|group| matches!(group, [0x02, 0x00] | [0x08, 0x00] | [0x00, 0x08]));
        if plausible || !looks_like_element(&head, length) {
            return Ok(PREAMBLE_BYTES + 4);
        }
    }
    if head.starts_with(b"DICM") {
        return Ok(4);
    }
    if looks_like_element(&head, length) {
        return Ok(0);
    }
    Err(DicomError::NotDicom)
}

/// Whether a file without preamble may begin with this element: of group 0002 or 0008, of a length that fits.
fn looks_like_element(head: &[u8], length: u64) -> bool {
    let Some(head) = head.first_chunk::<12>() else {
        return false;
    };
    let explicit = vr_of([head[4], head[5]]).is_some();
    let little = matches!(head[0..2], [0x02, 0x00] | [0x08, 0x00]);
    let big = head[0..2] == [0x00, 0x08];
    if explicit {
        return little || big;
    }
    let stated = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    little && u64::from(stated) < length && head[3] < 0x80
}
