//! Arguments from Python: arrays by their element type, borrowed without a copy, and words for what a kernel enumerates.

use std::borrow::Cow;

use kernel_algebra::{
    AlgebraError, Border, Dimensions, Extension, Interpolation, Neighbours, StoredSamples,
    StoredView,
};
use ndarray::{ArrayView3, Axis};
use numpy::{
    PyArray2, PyArrayDyn, PyArrayMethods, PyReadonlyArray2, PyReadonlyArray3, PyReadonlyArrayDyn,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;

use crate::errors::{not_one_of, refused, wrong_kind};

/// A matrix of one of the types that kernels read.
pub enum Matrix<'py> {
    F32(PyReadonlyArray2<'py, f32>),
    F64(PyReadonlyArray2<'py, f64>),
    Stored(Stored2<'py>),
}

/// A matrix of stored integers.
pub enum Stored2<'py> {
    U8(PyReadonlyArray2<'py, u8>),
    I8(PyReadonlyArray2<'py, i8>),
    U16(PyReadonlyArray2<'py, u16>),
    I16(PyReadonlyArray2<'py, i16>),
}

/// Stored integers of any shape.
pub enum Stored<'py> {
    U8(PyReadonlyArrayDyn<'py, u8>),
    I8(PyReadonlyArrayDyn<'py, i8>),
    U16(PyReadonlyArrayDyn<'py, u16>),
    I16(PyReadonlyArrayDyn<'py, i16>),
}

/// Borrows an array as the first variant whose type it has, or `None`. The types are compared and no extraction is tried in vain: each
/// that fails makes an exception, and a few of those take as long as the window of a slice.
macro_rules! borrowed {
    ($found:expr, $array:ident, $($element:ty => $variant:path),*) => {{
        let found = $found;
        'found: {
            $(
                if let Ok(array) = found.cast::<$array<$element>>() {
                    break 'found Some($variant(array.try_readonly()?));
                }
            )*
            None
        }
    }};
}

/// Stored integers of any shape; nothing if the argument is something else.
pub fn stored_or_nothing<'py>(found: &Bound<'py, PyAny>) -> PyResult<Option<Stored<'py>>> {
    Ok(borrowed!(found, PyArrayDyn,
        i16 => Stored::I16, u16 => Stored::U16, u8 => Stored::U8, i8 => Stored::I8))
}

/// Stored integers of any shape, or an error that names the argument and what it is.
pub fn stored<'py>(name: &str, found: &Bound<'py, PyAny>) -> PyResult<Stored<'py>> {
    let expected = "a numpy array of uint8, int8, uint16 or int16";
    stored_or_nothing(found)?.ok_or_else(|| wrong_kind(name, found, expected))
}

/// Runs one expression with whichever array an enumeration holds.
#[macro_export]
macro_rules! with_stored {
    ($kind:ident, $array:expr, $view:ident => $body:expr) => {
        match $array {
            $kind::U8($view) => $body,
            $kind::I8($view) => $body,
            $kind::U16($view) => $body,
            $kind::I16($view) => $body,
        }
    };
}

/// Samples in C order: borrowed if they lie so, copied if not. A kernel reads either.
pub enum Samples<'a> {
    U8(Cow<'a, [u8]>),
    I8(Cow<'a, [i8]>),
    U16(Cow<'a, [u16]>),
    I16(Cow<'a, [i16]>),
}

macro_rules! in_c_order {
    ($array:expr) => {
        match $array.as_slice() {
            Ok(samples) => Cow::Borrowed(samples),
            Err(_) => Cow::Owned($array.as_array().iter().copied().collect()),
        }
    };
}

impl Stored2<'_> {
    pub fn samples(&self) -> Samples<'_> {
        match self {
            Self::U8(array) => Samples::U8(in_c_order!(array)),
            Self::I8(array) => Samples::I8(in_c_order!(array)),
            Self::U16(array) => Samples::U16(in_c_order!(array)),
            Self::I16(array) => Samples::I16(in_c_order!(array)),
        }
    }

    pub fn shape(&self) -> [usize; 2] {
        with_stored!(Self, self, array => [array.shape()[0], array.shape()[1]])
    }
}

impl Stored<'_> {
    pub fn samples(&self) -> Samples<'_> {
        match self {
            Self::U8(array) => Samples::U8(in_c_order!(array)),
            Self::I8(array) => Samples::I8(in_c_order!(array)),
            Self::U16(array) => Samples::U16(in_c_order!(array)),
            Self::I16(array) => Samples::I16(in_c_order!(array)),
        }
    }

    pub fn shape(&self) -> &[usize] {
        with_stored!(Self, self, array => array.shape())
    }
}

impl Samples<'_> {
    pub fn view<const AXES: usize>(
        &self,
        shape: [usize; AXES],
    ) -> Result<StoredView<'_, AXES>, AlgebraError> {
        let samples = match self {
            Self::U8(samples) => StoredSamples::U8(samples),
            Self::I8(samples) => StoredSamples::I8(samples),
            Self::U16(samples) => StoredSamples::U16(samples),
            Self::I16(samples) => StoredSamples::I16(samples),
        };
        StoredView::new(samples, shape)
    }
}

/// A matrix, or an error that names the argument and what it is.
pub fn matrix<'py>(name: &str, found: &Bound<'py, PyAny>) -> PyResult<Matrix<'py>> {
    if let Some(real) = borrowed!(found, PyArray2, f32 => Matrix::F32, f64 => Matrix::F64) {
        return Ok(real);
    }
    let array = borrowed!(found, PyArray2,
        i16 => Stored2::I16, u16 => Stored2::U16, u8 => Stored2::U8, i8 => Stored2::I8);
    array.map(Matrix::Stored).ok_or_else(|| {
        let expected =
            "a numpy array with 2 axes of float32, float64, uint8, int8, uint16 or int16";
        wrong_kind(name, found, expected)
    })
}

pub fn matrix_f32<'py>(
    name: &str,
    found: &Bound<'py, PyAny>,
) -> PyResult<PyReadonlyArray2<'py, f32>> {
    found
        .extract()
        .map_err(|_| wrong_kind(name, found, "a numpy array with 2 axes of float32"))
}

/// A volume of one or more slices; an image counts as one slice.
pub enum Volume<'py> {
    Slices(PyReadonlyArray3<'py, f32>),
    Slice(PyReadonlyArray2<'py, f32>),
}

impl<'py> Volume<'py> {
    pub fn of(name: &str, found: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(volume) = found.extract() {
            return Ok(Self::Slices(volume));
        }
        found
            .extract()
            .map(Self::Slice)
            .map_err(|_| wrong_kind(name, found, "a numpy array with 2 or 3 axes of float32"))
    }

    pub fn view(&self) -> ArrayView3<'_, f32> {
        match self {
            Self::Slices(volume) => volume.as_array(),
            Self::Slice(image) => image.as_array().insert_axis(Axis(0)),
        }
    }

    pub fn is_image(&self) -> bool {
        matches!(self, Self::Slice(_))
    }
}

/// The shape of a volume; an image counts as one slice.
pub fn volume_shape(name: &str, shape: &[usize]) -> PyResult<[usize; 3]> {
    match *shape {
        [rows, columns] => Ok([1, rows, columns]),
        [slices, rows, columns] => Ok([slices, rows, columns]),
        _ => Err(refused(AlgebraError::Parameter {
            parameter: "axes",
            value: format!("{} in `{name}`", shape.len()),
            rule: "2 or 3".to_owned(),
        })),
    }
}

/// One number for all axes, or one for each of slices, rows and columns.
#[derive(FromPyObject)]
pub enum PerAxis {
    One(f64),
    Each([f64; 3]),
}

impl PerAxis {
    /// One number is for rows and columns alone where the argument is an image.
    pub fn values(self, is_image: bool, neutral: f64) -> [f64; 3] {
        match self {
            Self::One(value) if is_image => [neutral, value, value],
            Self::One(value) => [value; 3],
            Self::Each(values) => values,
        }
    }
}

pub fn neighbours(value: u32) -> PyResult<Neighbours> {
    match value {
        4 => Ok(Neighbours::Four),
        6 => Ok(Neighbours::Six),
        8 => Ok(Neighbours::Eight),
        18 => Ok(Neighbours::Eighteen),
        26 => Ok(Neighbours::TwentySix),
        _ => Err(not_one_of("neighbours", value, "4, 6, 8, 18, 26")),
    }
}

pub fn border(value: &str) -> PyResult<Border> {
    match value {
        "empty" => Ok(Border::Empty),
        "full" => Ok(Border::Full),
        _ => Err(not_one_of("border", value, "empty, full")),
    }
}

pub fn extension(value: &str, constant: f32) -> PyResult<Extension> {
    match value {
        "reflect" => Ok(Extension::Reflect),
        "mirror" => Ok(Extension::Mirror),
        "nearest" => Ok(Extension::Nearest),
        "wrap" => Ok(Extension::Wrap),
        "constant" => Ok(Extension::Constant(constant)),
        _ => {
            let allowed = "reflect, mirror, nearest, wrap, constant";
            Err(not_one_of("mode", value, allowed))
        }
    }
}

pub fn interpolation(value: &str) -> PyResult<Interpolation> {
    match value {
        "nearest" => Ok(Interpolation::Nearest),
        "linear" => Ok(Interpolation::Linear),
        "cubic" => Ok(Interpolation::Cubic),
        "lanczos" => Ok(Interpolation::Lanczos),
        _ => {
            let allowed = "nearest, linear, cubic, lanczos";
            Err(not_one_of("interpolation", value, allowed))
        }
    }
}

pub fn dimensions(is_image: bool) -> Dimensions {
    if is_image {
        Dimensions::Plane
    } else {
        Dimensions::Volume
    }
}
