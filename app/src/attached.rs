//! Objects beside images and the tags of a file, as the window knows them: what is read, what is to be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actor_messages::{Attachment, ObjectContent};
use kernel_imaging::{AttachedObject, FrameReference, PresentationState, TagRow};

use crate::state::State;

/// Objects kept once read; with more, those that are not seen are forgotten.
pub const ATTACHMENTS_KEPT_MAX: usize = 64;

/// Objects beside images.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// What was read, or why not, by file.
    pub read: BTreeMap<PathBuf, Result<Arc<Attachment>, String>>,
    /// What is being read.
    pub asked: BTreeSet<PathBuf>,
    /// Segmentations and structure sets that are to be seen, those on top last.
    pub visible: Vec<PathBuf>,
    /// The presentation state that images are seen through.
    pub applied: Option<PathBuf>,
    /// Only the graphics of the presentation state, none of its greys and places.
    pub graphics_only: bool,
    /// The report or document that is read.
    pub opened: Option<PathBuf>,
}

impl Attached {
    /// An object that was read.
    pub fn content(&self, path: &Path) -> Option<&ObjectContent> {
        match self.read.get(path) {
            Some(Ok(attachment)) => Some(&attachment.content),
            _ => None,
        }
    }

    /// The presentation state in force, once it is read.
    pub fn presentation(&self) -> Option<&PresentationState> {
        match self.content(self.applied.as_deref()?) {
            Some(ObjectContent::PresentationState(state)) => Some(state),
            _ => None,
        }
    }

    /// What is to be laid over images, those on top last.
    pub fn over_images(&self) -> Vec<Arc<Attachment>> {
        let read = |path: &PathBuf| self.read.get(path)?.as_ref().ok().cloned();
        self.visible.iter().filter_map(read).collect()
    }

    /// Whether an object is to be seen.
    pub fn is_on(&self, path: &Path) -> bool {
        self.visible.iter().any(|one| one == path)
            || self.applied.as_deref() == Some(path)
            || self.opened.as_deref() == Some(path)
    }

    /// A frame as the presentation state in force wants it seen.
    pub fn presented(&self, reference: FrameReference) -> FrameReference {
        let state = self.presentation().filter(|_| !self.graphics_only);
        let Some(state) = state.filter(|state| state.is_for(&reference)) else {
            return reference;
        };
        let mut instance = (*reference.instance).clone();
        if let Some(frame) = instance.frames.get_mut(reference.frame) {
            *frame = Arc::new(state.attributes(&reference));
        }
        FrameReference {
            instance: Arc::new(instance),
            frame: reference.frame,
        }
    }
}

/// The rows of a file, or the reason why there are none.
pub type Rows = Result<Arc<Vec<TagRow>>, String>;

/// The tag inspector.
#[derive(Clone, Debug, Default)]
pub struct TagInspector {
    /// What is searched for.
    pub words: String,
    /// The file whose tags are here, with its rows.
    pub read: Option<(PathBuf, Rows)>,
    /// The file that is being read.
    pub asked: Option<PathBuf>,
    /// The field of the search is to get the focus.
    pub wants_focus: bool,
}

impl TagInspector {
    /// Places of the rows that match the search, with the sequences they are in.
    pub fn matching(&self) -> Vec<usize> {
        let Some((_, Ok(rows))) = &self.read else {
            return Vec::new();
        };
        if self.words.trim().is_empty() {
            return (0..rows.len()).collect();
        }
        let mut kept: Vec<usize> = Vec::new();
        // The rows that lead to the one at hand, by depth.
        let mut above: Vec<usize> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            above.truncate(row.depth);
            above.push(at);
            if row.matches(&self.words) {
                // What leads here and stands before the last row kept leads to that one too.
                let last = kept.last().copied();
                let missing = above.iter().filter(|place| Some(**place) > last);
                kept.extend(missing);
            }
        }
        kept
    }
}

impl State {
    /// The objects of the studies that are open, those of the study on screen first.
    pub fn objects(&self) -> Vec<&AttachedObject> {
        let shown = self.view.wanted().map(|frame| &frame.instance.study_uid);
        let all = self.scans.iter().flat_map(|scan| scan.studies.iter());
        let (mut first, rest): (Vec<_>, Vec<_>) = all.partition(|study| Some(&study.uid) == shown);
        first.extend(rest);
        first.into_iter().flat_map(|study| &study.objects).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_imaging::Phi;

    fn row(depth: usize, name: &str) -> TagRow {
        TagRow {
            depth,
            tag: (8, 0x60),
            vr: *b"CS",
            name: name.to_owned(),
            value: Phi::new(String::new()),
            length_bytes: None,
        }
    }

    #[test]
    fn a_search_keeps_the_sequences_that_lead_to_what_it_found() {
        let rows = vec![
            row(0, "Modality"),
            row(0, "ReferencedSeriesSequence"),
            row(1, "Item 1"),
            row(2, "SeriesInstanceUID"),
            row(2, "Rows"),
            row(0, "Rows"),
        ];
        let check = |words: &str, expected: &[usize]| {
            let inspector = TagInspector {
                words: words.to_owned(),
                read: Some((PathBuf::new(), Ok(Arc::new(rows.clone())))),
                ..TagInspector::default()
            };
            assert_eq!(inspector.matching(), expected, "{words}");
        };
        check("seriesinstance", &[1, 2, 3]);
        check("rows", &[1, 2, 4, 5]);
        check("", &[0, 1, 2, 3, 4, 5]);
        check("nothing of that name", &[]);
    }
}
