//! From a reference to stored values: opens the file, or the file in its archive, and reads one frame.

use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use kernel_dicom::{DicomError, Source, open_source};
use kernel_imaging::{Frame, FrameReference, Overlay};

/// Reads and decodes one frame. The error is a sentence without the file's path, which may hold a name.
pub fn decode(reference: &FrameReference) -> Result<Frame, String> {
    guarded(|| {
        let (source, length) = open(&reference.instance.path)?;
        kernel_dicom::decode_frame(source, length, &reference.instance, reference.frame)
            .map_err(|error| error.to_string())
    })
}

/// Reads the overlays of one frame, those in unused bits of its pixels as well.
pub fn overlays(reference: &FrameReference) -> Result<Vec<Overlay>, String> {
    guarded(|| {
        let (source, length) = open(&reference.instance.path)?;
        kernel_dicom::decode_overlays(source, length, &reference.instance, reference.frame)
            .map_err(|error| error.to_string())
    })
}

/// The workers catch panics too; here the command line and `verify` get their sentence.
fn guarded<T>(reading: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(reading))
        .unwrap_or_else(|_| Err("The decoder failed on this image".to_owned()))
}

fn open(path: &Path) -> Result<(Source<BufReader<File>>, u64), String> {
    let opened = open_source(path, |path| match path.metadata() {
        Ok(about) if about.is_file() => Ok(Some((BufReader::new(File::open(path)?), about.len()))),
        Ok(_) => Ok(None),
        // Inside of an archive, or gone: the folders above tell.
        Err(error) if matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::NotFound) => {
            Ok(None)
        }
        Err(error) => Err(error),
    });
    opened.map_err(|error| match error {
        DicomError::Read(error) => format!("The image file cannot be opened: {error}"),
        other => format!("The image file cannot be opened: {other}"),
    })
}
