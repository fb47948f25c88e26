//! Files that are there whole or not at all: written beside, flushed to the disk, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use kernel_imaging::Rgba8Image;

use super::failure::Failure;

/// Writes `path` with whatever `write` puts into the file; on failure nothing is left behind.
pub fn whole<E: std::fmt::Display>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), Failure> {
    let told = |reason: &dyn std::fmt::Display| {
        Failure::failed(format!("`{}` cannot be written: {reason}", path.display()))
    };
    let name = path
        .file_name()
        .ok_or_else(|| told(&"it is no file name"))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = write_and_sync(&beside, write)
        .and_then(|()| fs::rename(&beside, path).map_err(|error| error.to_string()));
    written.map_err(|reason| {
        // It may not exist at all; what matters is the reason above.
        let _ = fs::remove_file(&beside);
        told(&reason)
    })
}

fn write_and_sync<E: std::fmt::Display>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    let mut writer = BufWriter::new(File::create(path).map_err(text)?);
    write(&mut writer).map_err(|error| error.to_string())?;
    writer.flush().map_err(text)?;
    writer.get_ref().sync_all().map_err(text)
}

/// Writes an 8-bit RGBA picture, with what must be said of it among its texts as well.
pub fn png(path: &Path, image: &Rgba8Image, marks: &[String]) -> Result<(), Failure> {
    let side = |pixels: usize| {
        u32::try_from(pixels)
            .map_err(|_| Failure::failed(format!("A PNG cannot be {pixels} pixels wide or high")))
    };
    let (width, height) = (side(image.width)?, side(image.height)?);
    whole(path, |writer| -> Result<(), png::EncodingError> {
        let mut encoder = png::Encoder::new(writer, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.add_itxt_chunk("Disclaimer".to_owned(), marks.join("\n"))?;
        let mut body = encoder.write_header()?;
        body.write_image_data(&image.pixels)?;
        body.finish()
    })
}

/// Makes a folder and those above it.
pub fn folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| {
        Failure::failed(format!(
            "The folder `{}` cannot be made: {error}",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.npy");
        fs::write(&path, "old").expect("written");
        let failed = whole(&path, |writer| {
            writer
                .write_all(b"new")
                .map_err(|error| error.to_string())?;
            Err("the disk is full".to_owned())
        });
        let text = failed.expect_err("it cannot succeed").to_string();
        assert!(
            text.contains("a.npy") && text.contains("the disk is full"),
            "{text}"
        );
        assert_eq!(fs::read(&path).expect("there"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
    }

    #[test]
    fn a_picture_reads_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        let image = Rgba8Image {
            width: 2,
            height: 1,
            pixels: vec![1, 2, 3, 255, 5, 6, 7, 255],
        };
        let marks = ["Lossy 10:1".to_owned()];
        png(&path, &image, &marks).expect("written");
        let file = io::BufReader::new(File::open(&path).expect("there"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut pixels = vec![0; 8];
        reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(pixels, image.pixels);
        let texts = &reader.info().utf8_text;
        assert_eq!(texts[0].get_text().expect("a text"), marks[0]);
    }
}
