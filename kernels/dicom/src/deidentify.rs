//! Copies of files without identities: the Basic Application Level Confidentiality Profile of PS3.15 E, with identifiers that stay
//! consistent, private elements left out, and the pixels as they are.

use std::io::{Cursor as Bytes, Read, Seek, SeekFrom};

use dicom_core::VR;
use dicom_core::value::{PixelFragmentSequence, PrimitiveValue};
use dicom_dictionary_std::{tags, uids};

use crate::cursor::Ahead;
use crate::dataset::Dataset;
use crate::deidentification_table::{EDITION, Treatment, treatment};
use crate::element::Encoding;
use crate::error::DicomError;
use crate::limits::{COPY_BYTES_MAX, NESTING_DEPTH_MAX};
use crate::open::{ReadHeader, inflate, is_deflated, open, read_header};
use crate::pixel_element::{PixelLocation, SampleKind, Span};
use crate::values::vr;
use crate::wanted::Wanted;
use crate::whole::value;
use crate::written::{Code, Item, pixels_of};

/// Names instead of the real ones; equal ones for equal ones, wherever they stand.
pub struct Pseudonyms<'a> {
    /// Of a UID.
    pub uid: &'a (dyn Fn(&str) -> String + Sync),
    /// Of another identifier, such as a patient's; at most 16 characters.
    pub word: &'a (dyn Fn(&str) -> String + Sync),
}

/// A copy without identities.
pub struct Deidentified {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its new SOP Instance UID.
    pub sop_instance_uid: String,
    /// The file says that identities are burned into its pixels, which are left as they are.
    pub burned_in: bool,
}

/// Dummies of the representations.
const DATE: &str = "19000101";
const TIME: &str = "000000";
const WORD: &str = "ANONYMIZED";
/// UIDs that are no instance's: of classes, transfer syntaxes and coding schemes.
const REGISTERED: &str = "1.2.840.10008.";

/// Makes the copy. Reports and documents are refused: their content cannot be cleaned by a table.
///
/// # Errors
/// Those of reading; [`DicomError::Unsupported`] for reports, documents, and files of more than [`COPY_BYTES_MAX`] bytes.
pub fn deidentify<R: Read + Seek>(
    source: R,
    length: u64,
    names: &Pseudonyms<'_>,
) -> Result<Deidentified, DicomError> {
    if length > COPY_BYTES_MAX {
        return Err(DicomError::OverLimit {
            what: "The size of the file in bytes",
            value: length,
            limit: COPY_BYTES_MAX,
        });
    }
    let mut source = Ahead::new(source);
    let opened = open(&mut source, length)?;
    let syntax = opened.transfer_syntax_uid.clone();
    if is_deflated(&syntax) {
        let data = inflate(&mut source, &opened)?;
        let end = data.len() as u64;
        let mut inflated = Ahead::new(Bytes::new(data));
        let plain = crate::open::Opened {
            transfer_syntax_uid: uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned(),
            start: 0,
            dataset_offset: 0,
            ..opened
        };
        let header = read_header(
            &mut inflated,
            end,
            &plain,
            Wanted::Object,
            kernel_imaging::TextRule::default(),
        )?;
        return copy(&mut inflated, &header, &plain.transfer_syntax_uid, names);
    }
    let header = read_header(
        &mut source,
        length,
        &opened,
        Wanted::Object,
        kernel_imaging::TextRule::default(),
    )?;
    copy(&mut source, &header, &syntax, names)
}

fn copy<R: Read + Seek>(
    source: &mut Ahead<R>,
    header: &ReadHeader,
    syntax: &str,
    names: &Pseudonyms<'_>,
) -> Result<Deidentified, DicomError> {
    let root = Dataset::new(&header.walked.header, &header.sets);
    if root.has_value(tags::CONTENT_SEQUENCE)
        || root.has_value(tags::MIME_TYPE_OF_ENCAPSULATED_DOCUMENT)
    {
        return Err(DicomError::Unsupported(
            "a report or document without identities; its words would have to be read".to_owned(),
        ));
    }
    let sop_class_uid = root.code(tags::SOP_CLASS_UID);
    let sop_instance_uid = renamed(&root.code(tags::SOP_INSTANCE_UID), names);
    if sop_class_uid.is_empty() || sop_instance_uid.is_empty() {
        return Err(DicomError::Damaged(
            "it names no class or instance".to_owned(),
        ));
    }
    let mut item = cleaned(&root, names, 0);
    let patient = root.text(tags::PATIENT_ID).unwrap_or_default();
    let pseudonym = (names.word)(&patient);
    for (tag, kind) in [(tags::PATIENT_NAME, VR::PN), (tags::PATIENT_ID, VR::LO)] {
        item = item.text(tag, kind, &pseudonym);
    }
    for (tag, kind) in [(tags::ACCESSION_NUMBER, VR::SH), (tags::STUDY_ID, VR::SH)] {
        if let Some(text) = root.text(tag) {
            item = item.text(tag, kind, &(names.word)(&text));
        }
    }
    let item = marked(item);
    let (item, syntax) = match &header.walked.pixels {
        None => (item, uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned()),
        Some(pixels) => with_pixels(item, source, header, pixels, syntax)?,
    };
    let burned_in = root
        .code(tags::BURNED_IN_ANNOTATION)
        .eq_ignore_ascii_case("YES");
    Ok(Deidentified {
        bytes: item.file_in(&sop_class_uid, &sop_instance_uid, &syntax)?,
        sop_instance_uid,
        burned_in,
    })
}

/// That identities were removed, and how.
fn marked(item: Item) -> Item {
    let method = format!("DICOM PS3.15 {EDITION} Basic Application Level Confidentiality Profile");
    let code = Code::new("113100", "DCM", "Basic Application Confidentiality Profile");
    item.text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
        .text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, "YES")
        .text(
            tags::DEIDENTIFICATION_METHOD,
            VR::LO,
            &crate::written::short(&method),
        )
        .items(
            tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
            vec![code.item()],
        )
        .text(
            tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED,
            VR::CS,
            "REMOVED",
        )
}

/// A data set without identities, in sequences too.
fn cleaned(from: &Dataset<'_>, names: &Pseudonyms<'_>, depth: u64) -> Item {
    let mut item = Item::new();
    for index in from.elements() {
        let entry = &from.header.entries[index as usize];
        let (tag, kind) = (entry.tag, vr(from.header, index));
        if tag.group() >= 0x7FE0 || tag.group() == 0xFFFE {
            continue;
        }
        let treatment = treatment(tag).or_else(|| unlisted(kind));
        if entry.vr == VR::SQ {
            let items = match treatment {
                Some(Treatment::Remove) => continue,
                Some(Treatment::Empty) => Vec::new(),
                _ if depth >= NESTING_DEPTH_MAX => Vec::new(),
                _ => {
                    let items = from.items(tag).into_iter();
                    items.map(|one| cleaned(&one, names, depth + 1)).collect()
                }
            };
            item = item.items(tag, items);
            continue;
        }
        let held = value(from, index, kind);
        let new = match treatment {
            Some(Treatment::Remove) => continue,
            Some(Treatment::Empty) => PrimitiveValue::Empty,
            Some(Treatment::Replace) => dummy(kind, &held),
            Some(Treatment::Rename) => uids_renamed(&held, names),
            None if kind == VR::UI => uids_renamed(&held, names),
            None => held,
        };
        item = item.with(tag, kind, new);
    }
    item
}

/// Persons and times that the table does not list say nothing either.
fn unlisted(kind: VR) -> Option<Treatment> {
    matches!(kind, VR::PN | VR::DA | VR::DT | VR::TM | VR::AE | VR::AS)
        .then_some(Treatment::Replace)
}

fn renamed(uid: &str, names: &Pseudonyms<'_>) -> String {
    match uid {
        "" => String::new(),
        uid if uid.starts_with(REGISTERED) => uid.to_owned(),
        uid => (names.uid)(uid),
    }
}

fn uids_renamed(held: &PrimitiveValue, names: &Pseudonyms<'_>) -> PrimitiveValue {
    let all = held.to_multi_str();
    let new = all
        .iter()
        .map(|uid| renamed(uid.trim_matches([' ', '\0']), names));
    PrimitiveValue::Strs(new.collect())
}

/// A value of this representation that says nothing; nothing where there was nothing.
fn dummy(kind: VR, held: &PrimitiveValue) -> PrimitiveValue {
    if held.calculate_byte_len() == 0 {
        return PrimitiveValue::Empty;
    }
    match kind {
        VR::DA => DATE.into(),
        VR::TM => TIME.into(),
        VR::DT => format!("{DATE}{TIME}").into(),
        VR::AS => "000Y".into(),
        VR::IS | VR::DS => "0".into(),
        VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV => PrimitiveValue::from(0_u16),
        VR::FL | VR::OF => PrimitiveValue::from(0.0_f32),
        VR::FD | VR::OD => PrimitiveValue::from(0.0_f64),
        VR::OB | VR::OW | VR::OL | VR::OV | VR::UN | VR::AT => PrimitiveValue::Empty,
        _ => WORD.into(),
    }
}

/// The pixels as they are in the file; uncompressed ones with their low byte first.
fn with_pixels<R: Read + Seek>(
    item: Item,
    source: &mut Ahead<R>,
    header: &ReadHeader,
    pixels: &PixelLocation,
    syntax: &str,
) -> Result<(Item, String), DicomError> {
    match pixels {
        PixelLocation::Native(kind, span) => {
            let mut bytes = read(source, *span)?;
            let root = Dataset::new(&header.walked.header, &header.sets);
            let allocated = root.integer(tags::BITS_ALLOCATED).unwrap_or(8);
            let (tag, vr, unit) = match kind {
                SampleKind::Integer if allocated <= 8 => (tags::PIXEL_DATA, VR::OB, 1),
                SampleKind::Integer => {
                    let sample_bytes = usize::try_from(allocated / 8).unwrap_or(2);
                    (tags::PIXEL_DATA, VR::OW, sample_bytes.clamp(2, 8))
                }
                SampleKind::Float => (tags::FLOAT_PIXEL_DATA, VR::OF, 4),
                SampleKind::Double => (tags::DOUBLE_FLOAT_PIXEL_DATA, VR::OD, 8),
            };
            if header.walked.encoding == Encoding::ExplicitBig {
                bytes.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
            }
            if bytes.len() % 2 == 1 {
                bytes.push(0);
            }
            Ok((
                item.bytes(tag, vr, bytes),
                uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned(),
            ))
        }
        PixelLocation::Fragments {
            table, fragments, ..
        } => {
            let offsets = table.iter().map(|at| u32::try_from(*at).ok());
            // A table that needs 64 bits is left out; it is not needed to find the frames.
            let offsets: Vec<u32> = offsets.collect::<Option<_>>().unwrap_or_default();
            let fragments = fragments
                .iter()
                .map(|span| read(source, *span))
                .collect::<Result<Vec<_>, _>>()?;
            let sequence = PixelFragmentSequence::new(offsets, fragments);
            Ok((pixels_of(item, sequence), syntax.to_owned()))
        }
    }
}

fn read<R: Read + Seek>(source: &mut Ahead<R>, span: Span) -> Result<Vec<u8>, DicomError> {
    source.seek(SeekFrom::Start(span.offset))?;
    // The walk has checked it against the file, whose size is bounded above.
    let mut bytes = Vec::new();
    source.by_ref().take(span.length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != span.length {
        return Err(DicomError::CutShort {
            part: "The pixel data".to_owned(),
            declared: span.length,
            left: bytes.len() as u64,
        });
    }
    Ok(bytes)
}
