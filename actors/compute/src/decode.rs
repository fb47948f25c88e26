//! From a reference to stored values: opens the file and reads one frame.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kernel_imaging::{Frame, FrameReference};

/// Reads and decodes one frame. The error is a sentence without the file's path, which may hold a name.
pub fn decode(reference: &FrameReference) -> Result<Frame, String> {
    let file = File::open(&reference.instance.path)
        .map_err(|error| format!("The image file cannot be opened: {error}"))?;
    let length = file
        .metadata()
        .map_err(|error| format!("The image file cannot be read: {error}"))?
        .len();
    // The workers catch panics too; here the command line and `verify` get their sentence.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        kernel_dicom::decode_frame(
            BufReader::new(file),
            length,
            &reference.instance,
            reference.frame,
        )
        .map_err(|error| error.to_string())
    }));
    decoded.unwrap_or_else(|_| Err("The decoder failed on this image".to_owned()))
}
