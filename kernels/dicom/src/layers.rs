//! Looks up an attribute per frame, then shared, then in the root data set (PS3.3 C.7.6.16).

use dicom_core::Tag;

use crate::dataset::Dataset;

/// The places an attribute of one frame may stand in.
#[derive(Clone, Copy)]
pub(crate) struct Layers<'a> {
    /// The root data set.
    pub root: Dataset<'a>,
    /// Item of the Shared Functional Groups Sequence.
    pub shared: Option<Dataset<'a>>,
    /// Item of the Per-Frame Functional Groups Sequence.
    pub frame: Option<Dataset<'a>>,
}

impl<'a> Layers<'a> {
    /// First item of a functional group, of the frame or else shared.
    pub fn group(&self, sequence: Tag) -> Option<Dataset<'a>> {
        let item = |layer: Option<Dataset<'a>>| layer.and_then(|layer| layer.item(sequence));
        item(self.frame).or_else(|| item(self.shared))
    }

    /// Where an attribute of a functional group is read from: the group, or else the root.
    pub fn group_or_root(&self, sequence: Tag, tag: Tag) -> Dataset<'a> {
        match self.group(sequence) {
            Some(item) if item.has_value(tag) => item,
            _ => self.root,
        }
    }

    /// Items of a sequence that may stand in a functional group item or in the root.
    pub fn items(&self, sequence: Tag) -> Vec<Dataset<'a>> {
        let of = |layer: Option<Dataset<'a>>| {
            layer.map(|layer| layer.items(sequence)).unwrap_or_default()
        };
        let mut items = of(self.frame);
        if items.is_empty() {
            items = of(self.shared);
        }
        if items.is_empty() {
            items = self.root.items(sequence);
        }
        items
    }
}
