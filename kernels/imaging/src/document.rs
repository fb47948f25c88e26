//! Text beside the images: structured reports, encapsulated documents and the rows of a tag inspector.

use crate::mark::ReportedMark;
use crate::phi::Phi;

/// A structured report (SR) as an indented tree of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Concept name of the document.
    pub title: String,
    /// Completion Flag (0040,A491), or empty.
    pub completion: String,
    /// Verification Flag (0040,A493), or empty.
    pub verification: String,
    /// Content items from the top down; at most `kernel_dicom::limits::REPORT_LINES_MAX`.
    pub lines: Vec<ReportLine>,
    /// Measurements and annotations with a place on an image.
    pub marks: Vec<ReportedMark>,
    /// Set when the report is longer than what is kept.
    pub is_cut: bool,
}

/// One content item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// Steps below the document's own content, from 0.
    pub depth: usize,
    /// What it says something about, or the relationship when it has no concept name.
    pub concept: String,
    /// What it says: text, code meaning, number with unit, date, name or reference.
    pub value: Phi<String>,
}

/// A document inside a DICOM file, named and not opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncapsulatedDocument {
    /// Document Title (0042,0010), or empty.
    pub title: Phi<String>,
    /// MIME type, for example `application/pdf`.
    pub mime_type: String,
    /// Bytes of the document, without padding where the file states its length.
    pub length_bytes: u64,
}

/// One element of a file, for the tag inspector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRow {
    /// Sequences it is inside of.
    pub depth: usize,
    /// Group and element.
    pub tag: (u16, u16),
    /// Value representation, two letters; `  ` for items.
    pub vr: [u8; 2],
    /// Keyword of the dictionary, `Private` with its creator, `Item 1`, or `Unknown`.
    pub name: String,
    /// The value as text, shortened; empty for sequences.
    pub value: Phi<String>,
    /// Length as stated, in bytes; `None` when undefined.
    pub length_bytes: Option<u32>,
}

impl TagRow {
    /// The tag as the standard prints it, `(0008,0060)`.
    pub fn tag_text(&self) -> String {
        format!("({:04X},{:04X})", self.tag.0, self.tag.1)
    }

    /// True for what the row shows: tag, name or value hold the words, in any case.
    pub fn matches(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&words);
        words.is_empty()
            || holds(&self.tag_text())
            || holds(&self.name)
            || holds(self.value.reveal())
    }
}
