//! `clisonix pass`: a series through the steps of a pipeline in one pass and little memory, with factors, labels and figures as files.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use actor_engine::{SeriesComponents, SeriesPassRequest, SliceFactors};
use ndarray::{Dimension, Ix2, Ix3};
use ndarray_npy::{WritableElement, write_zeroed_npy};
use serde::Serialize;

use super::failure::Failure;
use super::run::THREADS_MAX;
use super::session::Session;
use super::{images, interrupt, save};

/// Bytes of the text of a pipeline at most, so that no other file is read whole by mistake.
const TEXT_BYTES_MAX: u64 = 1 << 20;

/// Puts a series through the steps of a pipeline, slice by slice: smooth, factors, threshold, opening, components.
///
/// Writes NumPy's factors_U.npy, factors_s.npy, factors_V.npy and labels.npy, and stats.json with the figures of the components.
#[derive(clap::Args)]
pub struct Pass {
    /// A TOML file with a [[step]] each: gaussian, svd-compress, threshold, morphology (open), components; in this order, each or none.
    pipeline: PathBuf,
    /// Files and folders that hold the series.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    input: Vec<PathBuf>,
    /// Which series, by key, UID or number, where there are several.
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// The folder for what is kept.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Threads that compute; all cores unless given. No result depends on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX))]
    threads: Option<u64>,
}

/// One component in stats.json.
#[derive(Serialize)]
struct ComponentRecord {
    label: u32,
    voxels: u64,
    mean: f64,
    std: f64,
    /// Slice, row and column.
    centroid: [f64; 3],
    volume_ml: Option<f64>,
}

/// What `pass --json` prints.
#[derive(Serialize)]
struct PassRecord {
    slices: usize,
    shape: [usize; 2],
    /// Frobenius norm of what the factors leave out, over that of the smoothed series.
    relative_error: Option<f64>,
    mask_voxels: Option<u64>,
    components: Option<usize>,
    /// Components with figures.
    kept: usize,
    files: Vec<PathBuf>,
}

impl Pass {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let text = self.text()?;
        let series = images::one_series(session, &self.input, self.series.as_deref())?;
        save::folder(&self.out)?;
        let cancelled = interrupt::listen()?;
        let request = SeriesPassRequest {
            frames: &series.frames,
            slice_mm: series.voxel_mm.map(|[slice_mm, ..]| slice_mm),
            text: &text,
            threads: self
                .threads
                .and_then(|threads| usize::try_from(threads).ok()),
            cancelled: &cancelled,
        };
        let slices = series.frames.len();
        let mut factors = None;
        let mut keep = |found: SliceFactors| -> Result<(), String> {
            if factors.is_none() {
                factors = Some(FactorFiles::begin(&self.out, slices, &found)?);
            }
            factors.as_mut().map_or(Ok(()), |files| files.write(found))
        };
        let passed = actor_engine::series_pass(&request, &mut keep).map_err(Failure::failed)?;
        let mut files = Vec::new();
        let relative_error = match factors {
            Some(factors) => Some(factors.finish(&mut files).map_err(Failure::failed)?),
            None => None,
        };
        let (mut kept, mut mask_voxels, mut count) = (Vec::new(), None, None);
        if let Some(found) = &passed.components {
            files.push(labels(&self.out, slices, passed.shape, found).map_err(Failure::failed)?);
            let voxel_mm3 = passed.voxel_mm.map(|[z, y, x]| z * y * x);
            kept = figures(found, passed.voxels_min, voxel_mm3);
            let path = self.out.join("stats.json");
            save::whole(&path, |file| serde_json::to_writer_pretty(file, &kept))?;
            files.push(path);
            (mask_voxels, count) = (Some(found.mask().count()), Some(found.statistics().len()));
        }
        let record = PassRecord {
            slices,
            shape: passed.shape,
            relative_error,
            mask_voxels,
            components: count,
            kept: kept.len(),
            files,
        };
        session.answer(&record, || record.text())
    }

    fn text(&self) -> Result<String, Failure> {
        let told = |reason: &dyn std::fmt::Display| {
            Failure::usage(format!(
                "The pipeline `{}` cannot be read: {reason}",
                self.pipeline.display()
            ))
        };
        let about = fs::metadata(&self.pipeline).map_err(|error| told(&error))?;
        if about.len() > TEXT_BYTES_MAX {
            let reason = format!("it has {} bytes, at most {TEXT_BYTES_MAX}", about.len());
            return Err(told(&reason));
        }
        fs::read_to_string(&self.pipeline).map_err(|error| told(&error))
    }
}

impl PassRecord {
    fn text(&self) -> String {
        let [rows, columns] = self.shape;
        let mut lines = vec![format!("{} slices of {rows} x {columns}", self.slices)];
        if let Some(error) = self.relative_error {
            lines.push(format!("relative error of the factors  {error:.6}"));
        }
        if let (Some(voxels), Some(components)) = (self.mask_voxels, self.components) {
            lines.push(format!(
                "{voxels} voxels marked in {components} components, {} of them with figures",
                self.kept
            ));
        }
        let names = self.files.iter().map(|path| path.display().to_string());
        lines.extend(names);
        lines.join("\n")
    }
}

/// The components with enough voxels, the largest first.
fn figures(
    found: &SeriesComponents,
    voxels_min: u64,
    voxel_mm3: Option<f64>,
) -> Vec<ComponentRecord> {
    let all = found.statistics().iter().zip(found.figures());
    let kept = all.filter(|(component, _)| component.voxels >= voxels_min);
    let mut records: Vec<ComponentRecord> = kept
        .map(|(component, figures)| ComponentRecord {
            label: component.label,
            voxels: component.voxels,
            mean: figures.mean,
            std: figures.standard_deviation,
            centroid: component.centroid,
            volume_ml: voxel_mm3.map(|mm3| component.volume_ml(mm3)),
        })
        .collect();
    // A stable sort: of equally large ones the first comes first.
    records.sort_by_key(|record| std::cmp::Reverse(record.voxels));
    records
}

/// The labels of all voxels, written slice by slice: what is zero is never written, and takes no room where the file system knows how.
fn labels(
    out: &Path,
    slices: usize,
    [rows, columns]: [usize; 2],
    found: &SeriesComponents,
) -> Result<PathBuf, String> {
    let path = out.join("labels.npy");
    let mut file = NpyFile::begin::<u32, Ix3>(&path, Ix3(slices, rows, columns))?;
    let mut of_slice = vec![0u32; rows * columns];
    for slice in 0..slices {
        found
            .labels_of_slice(slice, &mut of_slice)
            .map_err(|error| error.to_string())?;
        let marked = |label: &u32| *label != 0;
        let (Some(first), Some(last)) = (
            of_slice.iter().position(marked),
            of_slice.iter().rposition(marked),
        ) else {
            continue;
        };
        let marked = &of_slice[first..=last];
        file.write_at(slice * rows * columns + first, marked, u32::to_le_bytes)?;
    }
    file.finish()?;
    Ok(path)
}

/// The three files of factors, while they grow.
struct FactorFiles {
    u: NpyFile,
    s: NpyFile,
    vt: NpyFile,
    square: f64,
    kept_square: f64,
}

impl FactorFiles {
    fn begin(out: &Path, slices: usize, like: &SliceFactors) -> Result<Self, String> {
        let (rows, k) = like.factors.u.dim();
        let columns = like.factors.vt.ncols();
        Ok(Self {
            u: NpyFile::begin::<f32, Ix3>(&out.join("factors_U.npy"), Ix3(slices, rows, k))?,
            s: NpyFile::begin::<f32, Ix2>(&out.join("factors_s.npy"), Ix2(slices, k))?,
            vt: NpyFile::begin::<f32, Ix3>(&out.join("factors_V.npy"), Ix3(slices, k, columns))?,
            square: 0.0,
            kept_square: 0.0,
        })
    }

    fn write(&mut self, found: SliceFactors) -> Result<(), String> {
        let factors = &found.factors;
        let parts = [
            (&mut self.u, factors.u.as_slice(), factors.u.len()),
            (&mut self.s, factors.s.as_slice(), factors.s.len()),
            (&mut self.vt, factors.vt.as_slice(), factors.vt.len()),
        ];
        for (file, values, length) in parts {
            let values = values.ok_or("The factors are not in the order of a file")?;
            file.write_at(found.slice * length, values, f32::to_le_bytes)?;
        }
        self.square += found.square;
        for s in &factors.s {
            self.kept_square += f64::from(*s) * f64::from(*s);
        }
        Ok(())
    }

    /// The error of all slices together, relative to them.
    fn finish(self, files: &mut Vec<PathBuf>) -> Result<f64, String> {
        for file in [self.u, self.s, self.vt] {
            files.push(file.path.clone());
            file.finish()?;
        }
        match self.square > 0.0 {
            true => Ok(((self.square - self.kept_square).max(0.0) / self.square).sqrt()),
            false => Ok(0.0),
        }
    }
}

/// A NumPy file of zeros over which values are written, beside its name until it is whole.
struct NpyFile {
    path: PathBuf,
    beside: PathBuf,
    file: File,
    /// Where the values begin.
    header_bytes: u64,
    /// What is about to be written.
    bytes: Vec<u8>,
    finished: bool,
}

/// Bytes of an element: f32 and u32.
const ELEMENT_BYTES: usize = 4;

impl NpyFile {
    fn begin<T: WritableElement, D: Dimension>(path: &Path, shape: D) -> Result<Self, String> {
        let told = told(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!("{name}.{}.part", std::process::id()));
        let file = File::create(&beside).map_err(|error| told(&error))?;
        let values_bytes = (shape.size() * ELEMENT_BYTES) as u64;
        let zeroed = write_zeroed_npy::<T, D>(&file, shape).map_err(|error| told(&error));
        let length = zeroed.and_then(|()| file.metadata().map_err(|error| told(&error)));
        let mut npy = Self {
            path: path.to_owned(),
            beside,
            file,
            header_bytes: 0,
            bytes: Vec::new(),
            finished: false,
        };
        npy.header_bytes = length?.len() - values_bytes;
        Ok(npy)
    }

    /// Writes values from the element of this number on.
    fn write_at<T: Copy>(
        &mut self,
        element: usize,
        values: &[T],
        bytes_of: impl Fn(T) -> [u8; ELEMENT_BYTES],
    ) -> Result<(), String> {
        let told = told(&self.path);
        self.bytes.resize(values.len() * ELEMENT_BYTES, 0);
        let places = self.bytes.as_chunks_mut::<ELEMENT_BYTES>().0;
        for (place, value) in places.iter_mut().zip(values) {
            *place = bytes_of(*value);
        }
        let from = self.header_bytes + (element * ELEMENT_BYTES) as u64;
        let sought = self.file.seek(SeekFrom::Start(from));
        sought
            .and_then(|_| self.file.write_all(&self.bytes))
            .map_err(|error| told(&error))
    }

    fn finish(mut self) -> Result<(), String> {
        let told = told(&self.path);
        let written = self.file.sync_all();
        let named = written.and_then(|()| fs::rename(&self.beside, &self.path));
        named.map_err(|error| told(&error))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for NpyFile {
    fn drop(&mut self) {
        if !self.finished {
            // What is there is cut short; the reason is told in any case.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn told(path: &Path) -> impl Fn(&dyn std::fmt::Display) -> String {
    let path = path.display().to_string();
    move |reason| format!("`{path}` cannot be written: {reason}")
}
