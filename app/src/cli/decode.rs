//! `clisonix decode`: the pixel values of one frame, exact, as a NumPy file.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use kernel_imaging::{Frame, FrameReference, Samples, modality_values};
use ndarray::ArrayD;
use ndarray_npy::{WritableElement, WriteNpyExt};
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;
use super::{images, save};

/// Writes the pixel values of one frame as NumPy: C order, little endian.
#[derive(clap::Args)]
pub struct Decode {
    /// A DICOM file; or a DICOMDIR or zip archive with one series, or a file within the archive.
    file: PathBuf,
    /// Which frame: of a file by its number there, of a directory or archive by its place in the series; from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    frame: usize,
    /// Which series of a directory or archive, by key, UID or number.
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Which values.
    #[arg(long, value_enum, default_value_t = Stage::Stored)]
    stage: Stage,
    /// The .npy file to write.
    #[arg(long, value_name = "X.npy")]
    out: PathBuf,
}

#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Stage {
    /// As stored: the type that Bits Allocated and Pixel Representation give, no colour conversion.
    Stored,
    /// After the modality LUT, as 32-bit floats.
    Modality,
}

#[derive(Serialize)]
struct Decoded {
    path: PathBuf,
    frame: usize,
    stage: Stage,
    shape: Vec<usize>,
    dtype: &'static str,
    minimum: Option<f64>,
    maximum: Option<f64>,
    unit: String,
    photometric: String,
    out: PathBuf,
}

impl Decode {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        if self.file.is_dir() {
            return Err(Failure::usage(format!(
                "`{}` is a folder; name one file",
                self.file.display()
            )));
        }
        let series = self.series.as_deref();
        let reference = images::frame_of_path(session, &self.file, series, self.frame)?;
        let frame = actor_engine::decode(&reference).map_err(Failure::failed)?;
        let (photometric, unit) = (
            frame.photometric.to_string(),
            reference.attributes().rescale_unit.clone(),
        );
        let samples = match self.stage {
            Stage::Stored => stored(frame, &reference)?,
            Stage::Modality => modality(&frame, &reference)?,
        };
        save::whole(&self.out, |writer| samples.write(writer))?;
        let (minimum, maximum) = samples.values.min_max().unzip();
        let answer = Decoded {
            path: self.file,
            frame: self.frame,
            stage: self.stage,
            dtype: dtype(&samples.values),
            shape: samples.shape,
            minimum,
            maximum,
            unit,
            photometric,
            out: self.out,
        };
        session.answer(&answer, || {
            format!(
                "{}: {:?} {}",
                answer.out.display(),
                answer.shape,
                answer.dtype
            )
        })
    }
}

/// Values with their shape, `[rows, columns]` or `[rows, columns, samples]`.
struct Shaped {
    shape: Vec<usize>,
    values: Samples,
}

impl Shaped {
    fn write(&self, writer: &mut BufWriter<File>) -> Result<(), String> {
        match &self.values {
            Samples::U8(values) => self.write_as(values, writer),
            Samples::I8(values) => self.write_as(values, writer),
            Samples::U16(values) => self.write_as(values, writer),
            Samples::I16(values) => self.write_as(values, writer),
            Samples::U32(values) => self.write_as(values, writer),
            Samples::I32(values) => self.write_as(values, writer),
            Samples::F32(values) => self.write_as(values, writer),
            Samples::F64(values) => self.write_as(values, writer),
        }
    }

    fn write_as<T: WritableElement + Copy>(
        &self,
        values: &[T],
        writer: &mut BufWriter<File>,
    ) -> Result<(), String> {
        let array = ArrayD::from_shape_vec(self.shape.clone(), values.to_vec())
            .map_err(|error| error.to_string())?;
        array.write_npy(writer).map_err(|error| error.to_string())
    }
}

fn stored(frame: Frame, reference: &FrameReference) -> Result<Shaped, Failure> {
    frame.checked().map_err(Failure::failed)?;
    let mut shape = vec![frame.rows, frame.columns];
    if frame.samples_per_pixel > 1 {
        shape.push(frame.samples_per_pixel);
    }
    let (bits, signed) = (reference.instance.bits_allocated, reference.instance.signed);
    Ok(Shaped {
        shape,
        values: allocated(frame.samples, bits, signed)?,
    })
}

fn modality(frame: &Frame, reference: &FrameReference) -> Result<Shaped, Failure> {
    let values = modality_values(frame, reference.attributes()).map_err(Failure::failed)?;
    let shape = values.shape().to_vec();
    Ok(Shaped {
        shape,
        values: Samples::F32(values.iter().copied().collect()),
    })
}

/// The values in the type that Bits Allocated and Pixel Representation give.
fn allocated(samples: Samples, bits_allocated: u16, signed: bool) -> Result<Samples, Failure> {
    if matches!(samples, Samples::F32(_) | Samples::F64(_)) {
        return Ok(samples);
    }
    Ok(match (bits_allocated, signed) {
        (..=8, false) => Samples::U8(fitted(&samples)?),
        (..=8, true) => Samples::I8(fitted(&samples)?),
        (..=16, false) => Samples::U16(fitted(&samples)?),
        (..=16, true) => Samples::I16(fitted(&samples)?),
        (_, false) => Samples::U32(fitted(&samples)?),
        (_, true) => Samples::I32(fitted(&samples)?),
    })
}

fn fitted<T: TryFrom<i64>>(samples: &Samples) -> Result<Vec<T>, Failure> {
    fn each<S: Copy + Into<i64>, T: TryFrom<i64>>(values: &[S]) -> Result<Vec<T>, Failure> {
        let one = |value: &S| {
            let value: i64 = (*value).into();
            T::try_from(value).map_err(|_| {
                Failure::failed(format!(
                    "The value {value} does not fit the file's Bits Allocated"
                ))
            })
        };
        values.iter().map(one).collect()
    }
    match samples {
        Samples::U8(values) => each(values),
        Samples::I8(values) => each(values),
        Samples::U16(values) => each(values),
        Samples::I16(values) => each(values),
        Samples::U32(values) => each(values),
        Samples::I32(values) => each(values),
        Samples::F32(_) | Samples::F64(_) => Err(Failure::failed(
            "Floating-point pixels have no Bits Allocated of their own",
        )),
    }
}

fn dtype(samples: &Samples) -> &'static str {
    match samples {
        Samples::U8(_) => "|u1",
        Samples::I8(_) => "|i1",
        Samples::U16(_) => "<u2",
        Samples::I16(_) => "<i2",
        Samples::U32(_) => "<u4",
        Samples::I32(_) => "<i4",
        Samples::F32(_) => "<f4",
        Samples::F64(_) => "<f8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_the_one_of_bits_allocated() {
        let narrow = Samples::U8(vec![0, 255]);
        let wide = allocated(narrow, 16, false).expect("fits");
        assert_eq!(wide, Samples::U16(vec![0, 255]));
        let signed = allocated(Samples::I16(vec![-5]), 16, true).expect("fits");
        assert_eq!(signed, Samples::I16(vec![-5]));
        assert!(allocated(Samples::I16(vec![-5]), 16, false).is_err());
        assert_eq!(
            dtype(&allocated(Samples::U8(vec![1]), 1, false).expect("fits")),
            "|u1"
        );
    }
}
