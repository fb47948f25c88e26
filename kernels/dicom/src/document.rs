//! Reads what an encapsulated document (PDF, CDA, a model) is called and how large it is (PS3.3 C.24).

use std::io::{Read, Seek};

use dicom_dictionary_std::tags;
use kernel_imaging::{EncapsulatedDocument, Phi, TextRule};

use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::open::read_object;
use crate::tag_rows::read_tags;

/// Reads title, type and length of an encapsulated document; its bytes are not read.
///
/// # Errors
/// [`DicomError::Unsupported`] when the file holds no document.
pub fn read_document<R: Read + Seek>(
    mut source: R,
    length: u64,
    text: TextRule,
) -> Result<EncapsulatedDocument, DicomError> {
    let header = read_object(&mut source, length, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    let rows = read_tags(&mut source, length, text)?;
    let place = (
        tags::ENCAPSULATED_DOCUMENT.group(),
        tags::ENCAPSULATED_DOCUMENT.element(),
    );
    let element = rows.iter().find(|row| row.depth == 0 && row.tag == place);
    let Some(element) = element else {
        return Err(DicomError::Unsupported(
            "an object that holds no document".to_owned(),
        ));
    };
    let held = u64::from(element.length_bytes.unwrap_or(0));
    let stated = root
        .integer(tags::ENCAPSULATED_DOCUMENT_LENGTH)
        .and_then(|bytes| u64::try_from(bytes).ok());
    Ok(EncapsulatedDocument {
        title: Phi::new(root.text(tags::DOCUMENT_TITLE).unwrap_or_default()),
        mime_type: root.code(tags::MIME_TYPE_OF_ENCAPSULATED_DOCUMENT),
        length_bytes: stated.filter(|bytes| *bytes <= held).unwrap_or(held),
    })
}
