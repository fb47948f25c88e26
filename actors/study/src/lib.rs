//! The study actor: walks folders, archives and directories, reads headers in parallel, streams the studies as they are
//! found; reads objects beside images and the tags of a file.

mod actor;
mod archive;
mod copies;
mod header;
mod objects;
mod pdf;
mod pictures;
mod scan;
mod self_test;
mod walk;
mod write;

pub use actor::StudyActor;
pub use copies::{Copied, Copying, copy_files};
pub use kernel_dicom::{
    Code, Derivation, ImagesToWrite, LabelsToWrite, Pseudonyms, SegmentToWrite, SegmentationToWrite,
};
pub use objects::{read_object, read_tag_rows};
pub use pictures::{Cine, Values16, picture, values16};
pub use scan::{Progress, Scanned, scan};
pub use self_test::self_test;
pub use write::{in_new_folder, measurement_report, save_images, save_segmentation, write_whole};
