//! Pictures for others: PNG, JPEG and PDF of what is seen, 16-bit PNG and TIFF of values, animated PNG of a cine.

use std::io::{Cursor, Write};
use std::path::Path;

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use kernel_imaging::Rgba8Image;

use crate::pdf;

/// Quality of a JPEG of what is seen, in the encoder's own scale up to 100.
const JPEG_QUALITY: u8 = 92;
/// Keyword of the text in a PNG.
const KEYWORD: &str = "Disclaimer";

/// What a name ends with, in small letters.
fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    extension.to_lowercase()
}

fn side(pixels: usize) -> Result<u32, String> {
    u32::try_from(pixels).map_err(|_| format!("A picture cannot be {pixels} pixels wide or high"))
}

/// The bytes of a picture, by what the name ends with: PNG with `marks` among its texts, JPEG, or a page of PDF with `marks` beneath.
///
/// # Errors
/// A sentence for another ending, and for a picture that is too large.
pub fn picture(path: &Path, picture: &Rgba8Image, marks: &[String]) -> Result<Vec<u8>, String> {
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    let mut bytes = Vec::new();
    match extension(path).as_str() {
        "png" => {
            let mut encoder = png::Encoder::new(&mut bytes, width, height);
            encoder.set_color(png::ColorType::Rgba);
            encoder.set_depth(png::BitDepth::Eight);
            let written = encoder
                .add_itxt_chunk(KEYWORD.to_owned(), marks.join("\n"))
                .and_then(|()| encoder.write_header())
                .and_then(|mut body| {
                    body.write_image_data(&picture.pixels)?;
                    body.finish()
                });
            written.map_err(|error| error.to_string())?;
        }
        "jpg" | "jpeg" => {
            let colours: Vec<u8> = picture
                .pixels
                .as_chunks::<4>()
                .0
                .iter()
                .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
                .collect();
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
                .encode(&colours, width, height, ExtendedColorType::Rgb8)
                .map_err(|error| error.to_string())?;
        }
        "pdf" => bytes = pdf::page(picture, marks)?,
        other => {
            return Err(format!(
                "`.{other}` is no kind of picture that is written; the name must end with .png, .jpg or .pdf"
            ));
        }
    }
    Ok(bytes)
}

/// Values as 16 bits: what they mean, and the bytes of the file.
#[derive(Debug)]
pub struct Values16 {
    /// The file.
    pub bytes: Vec<u8>,
    /// `value = pixel * step + offset`.
    pub step: f64,
    /// See `step`.
    pub offset: f64,
}

impl Values16 {
    /// What a pixel means, in words.
    pub fn meaning(&self, unit: &str) -> String {
        format!(
            "value = pixel * {} + {}{}{unit}",
            self.step,
            self.offset,
            if unit.is_empty() { "" } else { " " }
        )
    }
}

/// `[rows, columns]` values as 16 bits without a sign, by what the name ends with: PNG or TIFF. Whole numbers within a range of
/// 65,536 are exact; others are the nearest of 65,536 levels.
///
/// # Errors
/// A sentence for another ending, for values that are no numbers, and for a picture that is too large.
pub fn values16(
    path: &Path,
    [rows, columns]: [usize; 2],
    values: &[f32],
    unit: &str,
    marks: &[String],
) -> Result<Values16, String> {
    let (width, height) = (side(columns)?, side(rows)?);
    let fold = |with: fn(f32, f32) -> f32| values.iter().copied().reduce(with);
    let (Some(low), Some(high)) = (fold(f32::min), fold(f32::max)) else {
        return Err("The image has no pixels".to_owned());
    };
    if values.iter().any(|value| !value.is_finite()) {
        return Err("The image has values that are no numbers".to_owned());
    }
    let (low, high) = (f64::from(low), f64::from(high));
    let whole = values.iter().all(|value| value.fract() == 0.0);
    let extent = high - low;
    let step = match whole && extent <= 65_535.0 {
        true => 1.0,
        false if extent > 0.0 => extent / 65_535.0,
        false => 1.0,
    };
    let words: Vec<u16> = values
        .iter()
        .map(|value| {
            ((f64::from(*value) - low) / step)
                .round()
                .clamp(0.0, 65_535.0) as u16
        })
        .collect();
    let mut made = Values16 {
        bytes: Vec::new(),
        step,
        offset: low,
    };
    let text = format!("{}\n{}", made.meaning(unit), marks.join("\n"));
    made.bytes = match extension(path).as_str() {
        "png" => png16([width, height], &words, text),
        "tif" | "tiff" => tiff16([width, height], &words, &text),
        other => Err(format!(
            "`.{other}` is no kind of picture with 16 bits; the name must end with .png or .tif"
        )),
    }?;
    Ok(made)
}

fn png16([width, height]: [u32; 2], words: &[u16], text: String) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let big: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let written = encoder
        .add_itxt_chunk("Description".to_owned(), text)
        .and_then(|()| encoder.write_header())
        .and_then(|mut body| {
            body.write_image_data(&big)?;
            body.finish()
        });
    written.map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn tiff16([width, height]: [u32; 2], words: &[u16], text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Cursor::new(Vec::new());
    // TIFF texts have 7 bits.
    let text: String = text.chars().filter(char::is_ascii).collect();
    let written = tiff::encoder::TiffEncoder::new(&mut bytes).and_then(|mut encoder| {
        let mut image = encoder.new_image::<tiff::encoder::colortype::Gray16>(width, height)?;
        image
            .encoder()
            .write_tag(tiff::tags::Tag::ImageDescription, text.as_str())?;
        image.write_data(words)
    });
    written.map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// Writes pictures one by one into an animated PNG; all are of one size.
pub struct Cine<W: Write> {
    writer: png::Writer<W>,
    size: [usize; 2],
}

impl<W: Write> Cine<W> {
    /// Begins with the size `[width, height]`, how many pictures there are, and how long each is seen.
    ///
    /// # Errors
    /// A sentence.
    pub fn begin(
        to: W,
        size: [usize; 2],
        count: usize,
        frame_time_s: f64,
        marks: &[String],
    ) -> Result<Self, String> {
        let text = |error: png::EncodingError| error.to_string();
        let mut encoder = png::Encoder::new(to, side(size[0])?, side(size[1])?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_animated(side(count)?, 0).map_err(text)?;
        // Times are parts of 16 bits; a millisecond is fine enough for any screen.
        let ms = (frame_time_s * 1000.0).round().clamp(1.0, 65_535.0) as u16;
        encoder.set_frame_delay(ms, 1000).map_err(text)?;
        encoder
            .add_itxt_chunk(KEYWORD.to_owned(), marks.join("\n"))
            .map_err(text)?;
        Ok(Self {
            writer: encoder.write_header().map_err(text)?,
            size,
        })
    }

    /// The next picture.
    ///
    /// # Errors
    /// A sentence, also when it is of another size.
    pub fn add(&mut self, picture: &Rgba8Image) -> Result<(), String> {
        if [picture.width, picture.height] != self.size {
            return Err("The images of the cine are of several sizes".to_owned());
        }
        let colours: Vec<u8> = picture
            .pixels
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
            .collect();
        self.writer
            .write_image_data(&colours)
            .map_err(|error| error.to_string())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// A sentence, also when pictures are missing.
    pub fn finish(self) -> Result<(), String> {
        self.writer.finish().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Rgba8Image {
        Rgba8Image {
            width: 2,
            height: 1,
            pixels: vec![200, 10, 10, 255, 10, 10, 200, 255],
        }
    }

    #[test]
    fn the_ending_of_the_name_says_the_kind() {
        let bytes = picture(Path::new("a.png"), &shown(), &["Lossy".to_owned()]);
        assert_eq!(&bytes.expect("a PNG")[1..4], b"PNG");
        let bytes = picture(Path::new("a.JPG"), &shown(), &[]).expect("a JPEG");
        assert_eq!(bytes[..3], [0xFF, 0xD8, 0xFF]);
        let refused = picture(Path::new("a.bmp"), &shown(), &[]).expect_err("no kind");
        assert!(refused.contains(".bmp"), "{refused}");
    }

    #[test]
    fn values_are_told_by_step_and_offset() {
        let values = [-1024.0, 0.0, 3071.0, 5.0];
        for name in ["a.png", "a.tif"] {
            let made = values16(Path::new(name), [2, 2], &values, "HU", &[]).expect("made");
            assert_eq!((made.step, made.offset), (1.0, -1024.0));
            assert_eq!(made.meaning("HU"), "value = pixel * 1 + -1024 HU");
        }
        let made = values16(Path::new("a.png"), [1, 2], &[0.0, 0.5], "", &[]).expect("made");
        let mut reader = png::Decoder::new(Cursor::new(&made.bytes))
            .read_info()
            .expect("a PNG");
        let mut pixels = [0; 4];
        reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(pixels, [0, 0, 255, 255]);
        assert_eq!(made.step, 0.5 / 65_535.0);
        assert!(values16(Path::new("a.png"), [1, 1], &[f32::NAN], "", &[]).is_err());
        let mut tiff = tiff::decoder::Decoder::new(Cursor::new(
            values16(Path::new("a.tif"), [2, 2], &values, "HU", &[])
                .expect("made")
                .bytes,
        ))
        .expect("a TIFF");
        let tiff::decoder::DecodingResult::U16(words) = tiff.read_image().expect("pixels") else {
            panic!("no words");
        };
        assert_eq!(words, [0, 1024, 4095, 1029]);
    }

    #[test]
    fn a_cine_has_all_its_pictures_and_their_time() {
        let mut bytes = Vec::new();
        let mut cine = Cine::begin(&mut bytes, [2, 1], 2, 0.04, &[]).expect("begun");
        cine.add(&shown()).expect("added");
        let mut large = shown();
        large.width = 1;
        assert!(cine.add(&large).is_err());
        cine.add(&shown()).expect("added");
        cine.finish().expect("ended");
        let reader = png::Decoder::new(Cursor::new(&bytes)).read_info();
        let reader = reader.expect("a PNG");
        let info = reader.info();
        assert_eq!(info.animation_control.expect("animated").num_frames, 2);
        assert_eq!(info.frame_control.expect("timed").delay_num, 40);
    }
}
