//! Objects beside images and the tags of a file, read when somebody wants to see them.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use actor_messages::{Attachment, ObjectContent};
use kernel_dicom::{
    DicomError, Source, open_source, read_document, read_presentation_state, read_report,
    read_segmentation, read_structure_set, read_tags,
};
use kernel_imaging::{ObjectKind, TagRow, TextRule};

pub(crate) type Opened = (Source<BufReader<File>>, u64);

/// A file, or a file within a zip archive.
pub(crate) fn open(path: &Path) -> Result<Opened, String> {
    open_source(path, |path| match path.metadata() {
        Ok(about) if about.is_file() => Ok(Some((BufReader::new(File::open(path)?), about.len()))),
        _ => Ok(None),
    })
    .map_err(|error| error.to_string())
}

/// Reads an object of a known kind. The error is a sentence without the file's path.
pub fn read_object(path: &Path, kind: ObjectKind, text: TextRule) -> Result<Attachment, String> {
    let (source, length) = open(path)?;
    let content = match kind {
        ObjectKind::Segmentation => {
            read_segmentation(source, length, path, text).map(ObjectContent::Segmentation)
        }
        ObjectKind::StructureSet => {
            read_structure_set(source, length, text).map(ObjectContent::StructureSet)
        }
        ObjectKind::PresentationState => read_presentation_state(source, length, text)
            .map(|state| ObjectContent::PresentationState(Box::new(state))),
        ObjectKind::Report => read_report(source, length, text).map(ObjectContent::Report),
        ObjectKind::Document => read_document(source, length, text).map(ObjectContent::Document),
        _ => Err(DicomError::Unsupported(
            "an object of this kind; its tags can be looked at".to_owned(),
        )),
    };
    Ok(Attachment {
        path: path.to_owned(),
        content: content.map_err(|error| error.to_string())?,
    })
}

/// All elements of a file, as rows.
pub fn read_tag_rows(path: &Path, text: TextRule) -> Result<Vec<TagRow>, String> {
    let (source, length) = open(path)?;
    read_tags(source, length, text).map_err(|error| error.to_string())
}
