//! One picture on a page of A4, with what must be said of it beneath, as PDF.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use kernel_imaging::Rgba8Image;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

/// Sides of A4, points.
const A4: [f32; 2] = [595.0, 842.0];
/// Around everything, points.
const MARGIN: f32 = 36.0;
/// Of the lines beneath the picture, points.
const FONT: f32 = 9.0;
/// From line to line, points.
const LINE: f32 = 12.0;
/// Lines beneath the picture at most.
const LINES_MAX: usize = 12;
/// Letters of a line at most.
const LETTERS_MAX: usize = 150;

/// The bytes of a PDF of one page: the picture without loss, as large as the page allows, `marks` beneath it. The page
/// lies across where the picture is wider than high.
///
/// # Errors
/// A sentence for a picture without pixels or beyond what the format holds.
pub fn page(picture: &Rgba8Image, marks: &[String]) -> Result<Vec<u8>, String> {
    let side = |pixels: usize| {
        i32::try_from(pixels)
            .ok()
            .filter(|side| *side > 0)
            .ok_or_else(|| format!("A picture of a page cannot be {pixels} pixels wide or high"))
    };
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    let [short, long] = A4;
    let [page_width, page_height] = match picture.width > picture.height {
        true => [long, short],
        false => [short, long],
    };
    let lines = &marks[..marks.len().min(LINES_MAX)];
    let beneath = LINE * lines.len() as f32 + if lines.is_empty() { 0.0 } else { LINE };
    let room = [
        page_width - 2.0 * MARGIN,
        page_height - 2.0 * MARGIN - beneath,
    ];
    let scale = (room[0] / width as f32).min(room[1] / height as f32);
    let drawn = [width as f32 * scale, height as f32 * scale];
    let corner = [
        (page_width - drawn[0]) / 2.0,
        page_height - MARGIN - drawn[1],
    ];

    let [catalog, pages, page, image, text, font] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet
        .media_box(Rect::new(0.0, 0.0, page_width, page_height))
        .parent(pages)
        .contents(text);
    let mut resources = sheet.resources();
    resources.x_objects().pair(Name(b"Picture"), image);
    resources.fonts().pair(Name(b"Words"), font);
    resources.finish();
    sheet.finish();
    pdf.type1_font(font)
        .base_font(Name(b"Helvetica"))
        .encoding_predefined(Name(b"WinAnsiEncoding"));

    let packed =
        packed(picture).map_err(|error| format!("The picture cannot be packed: {error}"))?;
    let mut object = pdf.image_xobject(image, &packed);
    object.filter(Filter::FlateDecode);
    object.width(width).height(height);
    object.color_space().device_rgb();
    object.bits_per_component(8);
    object.finish();

    let mut content = Content::new();
    content.save_state();
    content.transform([drawn[0], 0.0, 0.0, drawn[1], corner[0], corner[1]]);
    content.x_object(Name(b"Picture"));
    content.restore_state();
    for (at, line) in lines.iter().enumerate() {
        let down = corner[1] - LINE * (at as f32 + 1.5);
        content.begin_text();
        content.set_font(Name(b"Words"), FONT);
        content.next_line(MARGIN, down);
        content.show(Str(&letters(line)));
        content.end_text();
    }
    pdf.stream(text, &content.finish());
    Ok(pdf.finish())
}

/// Red, green and blue, packed without loss.
fn packed(picture: &Rgba8Image) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let width = picture.width.max(1) * 4;
    for row in picture.pixels.chunks(width) {
        let pixels = row.as_chunks::<4>().0.iter();
        let colours: Vec<u8> = pixels
            .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
            .collect();
        encoder.write_all(&colours)?;
    }
    encoder.finish()
}

/// The letters of the font's own set; others become a question mark.
fn letters(line: &str) -> Vec<u8> {
    let letters = line.chars().take(LETTERS_MAX);
    letters
        .map(|letter| match u32::from(letter) {
            code @ (0x20..=0x7e | 0xa0..=0xff) => code as u8,
            _ => b'?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_the_picture_whole_and_every_line_beneath_it() {
        let picture = Rgba8Image {
            width: 40,
            height: 20,
            pixels: (0..40 * 20 * 4).map(|at| (at % 251) as u8).collect(),
        };
        let marks = [
            "Research use. Not a medical device.".to_owned(),
            "Lossy (1 to 10)".to_owned(),
        ];
        let bytes = page(&picture, &marks).expect("a page");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-") && text.trim_end().ends_with("%%EOF"));
        assert!(
            text.contains("[0 0 842 595]"),
            "wider than high lies across"
        );
        assert!(text.contains("(Research use. Not a medical device.)"));
        let packed = packed(&picture).expect("packed");
        assert!(bytes.windows(packed.len()).any(|part| part == packed));
        let none = Rgba8Image {
            width: 0,
            height: 0,
            pixels: Vec::new(),
        };
        assert!(page(&none, &[]).is_err());
    }
}
