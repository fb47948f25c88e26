//! The markers at the start of a JPEG or JPEG-LS frame: matrix, precision, components, colour (ITU-T T.81 B, T.87 C).

use kernel_imaging::Instance;

/// What a frame's own headers say.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Headers {
    pub rows: usize,
    pub columns: usize,
    pub precision: u8,
    pub components: usize,
    pub lossless: bool,
    pub jfif: bool,
    /// Transform flag of an Adobe marker: 0 none, 1 YCbCr.
    pub adobe_transform: Option<u8>,
    /// Interleave mode of a JPEG-LS scan: 0 by plane, 1 by line, 2 by sample.
    pub interleave: u8,
}

impl Headers {
    /// Checks that the frame has the matrix and the bits that the DICOM header declares.
    pub fn check(&self, instance: &Instance) -> Result<(), String> {
        if (self.rows, self.columns) != (instance.rows, instance.columns) {
            return Err(format!(
                "its matrix is {} x {}, the header says {} x {}",
                self.rows, self.columns, instance.rows, instance.columns
            ));
        }
        if self.components != instance.samples_per_pixel {
            return Err(format!(
                "it has {} components, the header says {}",
                self.components, instance.samples_per_pixel
            ));
        }
        if u16::from(self.precision) > instance.bits_allocated {
            return Err(format!(
                "it has {} bits, the header allocates {}",
                self.precision, instance.bits_allocated
            ));
        }
        Ok(())
    }
}

/// Reads the markers up to the first scan; the error is the reason it cannot.
pub(crate) fn read_headers(data: &[u8]) -> Result<Headers, String> {
    let mut headers = Headers::default();
    let mut found_frame = false;
    if !data.starts_with(&[0xFF, 0xD8]) {
        return Err("the frame does not begin with a start marker".to_owned());
    }
    let mut at = 2;
    let cut = || "its headers are cut short".to_owned();
    loop {
        while data.get(at) == Some(&0xFF) && data.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let marker = match data.get(at..at + 2) {
            Some([0xFF, marker]) => *marker,
            Some(_) => return Err(format!("byte {at} is not a marker")),
            None => return Err(cut()),
        };
        at += 2;
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            continue;
        }
        let length = match data.get(at..at + 2) {
            Some([high, low]) => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err(cut()),
        };
        let body = at
            .checked_add(2)
            .zip(at.checked_add(length))
            .and_then(|(from, to)| data.get(from..to));
        let body = body.ok_or_else(cut)?;
        match marker {
            // Start of frame: T.81 Table B.1, and F7 for JPEG-LS.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7 => {
                let [
                    precision,
                    row_high,
                    row_low,
                    column_high,
                    column_low,
                    components,
                    ..,
                ] = body
                else {
                    return Err(cut());
                };
                headers.precision = *precision;
                headers.rows = usize::from(u16::from_be_bytes([*row_high, *row_low]));
                headers.columns = usize::from(u16::from_be_bytes([*column_high, *column_low]));
                headers.components = usize::from(*components);
                headers.lossless = matches!(marker, 0xC3 | 0xC7 | 0xCB | 0xCF | 0xF7);
                found_frame = true;
            }
            0xE0 if body.starts_with(b"JFIF\0") => headers.jfif = true,
            0xEE if body.starts_with(b"Adobe") => headers.adobe_transform = body.get(11).copied(),
            0xDA => {
                if !found_frame {
                    return Err("its scan comes before its frame header".to_owned());
                }
                headers.interleave = body
                    .len()
                    .checked_sub(2)
                    .and_then(|i| body.get(i))
                    .copied()
                    .unwrap_or(0);
                return Ok(headers);
            }
            0xD9 => return Err("it has no scan".to_owned()),
            _ => {}
        }
        at += length;
    }
}
