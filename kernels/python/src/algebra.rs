//! `BinaryAlgebra`: products, compression and grey levels.

use kernel_algebra::{Fidelity, InstructionSet};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arguments::{self, Matrix, matrix, matrix_f32};
use crate::errors::{not_one_of, refused, wrong_kind};
use crate::low_rank::LowRank;

/// Exact matrix algebra on pixel values. The bits of a result depend neither on the instruction set nor on the number
/// of threads (environment variable RAYON_NUM_THREADS).
#[pyclass(frozen, module = "clisonix.liam")]
pub struct BinaryAlgebra {
    pub inner: kernel_algebra::BinaryAlgebra,
}

#[pymethods]
impl BinaryAlgebra {
    /// Takes the widest instruction set of the machine, or the one named: scalar, NEON, AVX2 or AVX-512.
    #[new]
    #[pyo3(signature = (instruction_set=None))]
    fn new(instruction_set: Option<&str>) -> PyResult<Self> {
        let Some(name) = instruction_set else {
            return Ok(Self {
                inner: kernel_algebra::BinaryAlgebra::new(),
            });
        };
        let all = [
            InstructionSet::Scalar,
            InstructionSet::Neon,
            InstructionSet::Avx2,
            InstructionSet::Avx512,
        ];
        let set = all
            .into_iter()
            .find(|set| set.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| not_one_of("instruction_set", name, "scalar, NEON, AVX2, AVX-512"))?;
        let inner = kernel_algebra::BinaryAlgebra::with_instruction_set(set).map_err(refused)?;
        Ok(Self { inner })
    }

    /// The instruction set in use.
    #[getter]
    fn instruction_set(&self) -> String {
        self.inner.instruction_set().to_string()
    }

    fn __repr__(&self) -> String {
        format!(
            "BinaryAlgebra(instruction_set='{}')",
            self.instruction_set()
        )
    }

    /// data · weightsᵀ: [n, m] by [p, m] gives [n, p]. Integers of 8 or 16 bits are rescaled while they are read.
    #[pyo3(signature = (data, weights, *, slope=1.0, intercept=0.0))]
    fn transform_matrix<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        weights: &Bound<'py, PyAny>,
        slope: f64,
        intercept: f64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let data = matrix("data", data)?;
        if !matches!(data, Matrix::Stored(_)) && (slope, intercept) != (1.0, 0.0) {
            return Err(PyValueError::new_err(format!(
                "The parameters `slope` and `intercept` are {slope} and {intercept}; they must be 1 and 0 for `data` that is not stored integers"
            )));
        }
        match data {
            Matrix::F32(data) => {
                let weights = matrix_f32("weights", weights)?;
                let (data, weights) = (data.as_array(), weights.as_array());
                let product = py.detach(|| self.inner.transform_matrix(data, weights));
                Ok(product.map_err(refused)?.into_pyarray(py).into_any())
            }
            Matrix::F64(data) => {
                let weights: PyReadonlyArray2<'py, f64> = weights.extract().map_err(|_| {
                    let expected = "a numpy array with 2 axes of float64, as `data` is";
                    wrong_kind("weights", weights, expected)
                })?;
                let (data, weights) = (data.as_array(), weights.as_array());
                let product = py.detach(|| {
                    <f64 as kernel_algebra::Real>::product(&self.inner, data, weights.t())
                });
                Ok(product.map_err(refused)?.into_pyarray(py).into_any())
            }
            Matrix::Stored(data) => {
                let weights = matrix_f32("weights", weights)?;
                let (samples, weights) = (data.samples(), weights.as_array());
                let shape = data.shape();
                let product = py.detach(|| {
                    let stored = samples.view(shape)?;
                    self.inner
                        .transform_stored(stored, slope, intercept, weights)
                });
                Ok(product.map_err(refused)?.into_pyarray(py).into_any())
            }
        }
    }

    /// The best approximation of rank k that the range finder gives, or the one of the least rank that keeps an error
    /// or an energy: exactly one of `k`, `max_relative_error`, `max_abs_error` and `energy`. A matrix of float64 is
    /// rounded to float32 first.
    #[pyo3(signature = (x, k=None, *, max_relative_error=None, max_abs_error=None, energy=None))]
    fn svd_compress<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        k: Option<i64>,
        max_relative_error: Option<f64>,
        max_abs_error: Option<f32>,
        energy: Option<f64>,
    ) -> PyResult<LowRank> {
        let asked = [
            max_relative_error.map(Fidelity::MaxRelativeError),
            max_abs_error.map(Fidelity::MaxAbsError),
            energy.map(Fidelity::Energy),
        ];
        let mut asked = asked.into_iter().flatten();
        let fidelity = asked.next();
        if usize::from(k.is_some()) + usize::from(fidelity.is_some()) + asked.count() != 1 {
            return Err(PyValueError::new_err(
                "Exactly one of `k`, `max_relative_error`, `max_abs_error` and `energy` must be given",
            ));
        }
        let k = k
            .map(|k| {
                usize::try_from(k).map_err(|_| {
                    PyValueError::new_err(format!(
                        "The parameter `k` is {k}; it must be at least 1"
                    ))
                })
            })
            .transpose()?;
        let compress = |x: ndarray::ArrayView2<'_, f32>| match (k, fidelity) {
            (Some(k), _) => self.inner.svd_compress(x, k),
            (None, Some(fidelity)) => self.inner.svd_compress_to(x, fidelity),
            (None, None) => self.inner.svd_compress(x, 0),
        };
        let factors = match matrix("x", x)? {
            Matrix::F32(x) => {
                let x = x.as_array();
                py.detach(|| compress(x))
            }
            Matrix::F64(x) => {
                let x = x.as_array();
                py.detach(|| compress(x.mapv(|value| value as f32).view()))
            }
            Matrix::Stored(_) => {
                let expected = "a numpy array with 2 axes of float32 or float64";
                return Err(wrong_kind("x", x, expected));
            }
        };
        Ok(LowRank {
            inner: factors.map_err(refused)?,
        })
    }

    /// Grey levels 0 to 255 of stored integers by the linear window of DICOM PS3.3 C.11.2.1.2.1.
    #[pyo3(signature = (stored, center, width, *, slope=1.0, intercept=0.0))]
    fn window<'py>(
        &self,
        py: Python<'py>,
        stored: &Bound<'py, PyAny>,
        center: f64,
        width: f64,
        slope: f64,
        intercept: f64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = arguments::stored("stored", stored)?;
        let (samples, shape) = (array.samples(), array.shape().to_vec());
        let length = shape.iter().product::<usize>();
        let levels = py.detach(|| {
            let view = samples.view([length])?;
            self.inner
                .window_stored(view, slope, intercept, center, width)
        });
        let levels: Bound<'py, PyArray1<u8>> = levels.map_err(refused)?.into_pyarray(py);
        Ok(levels.reshape(shape)?.into_any())
    }

    /// data · weightsᵀ of int8 as int32, exact.
    fn transform_i8<'py>(
        &self,
        py: Python<'py>,
        data: PyReadonlyArray2<'py, i8>,
        weights: PyReadonlyArray2<'py, i8>,
    ) -> PyResult<Bound<'py, PyArray2<i32>>> {
        let (data, weights) = (data.as_array(), weights.as_array());
        let product = py.detach(|| self.inner.transform_i8(data, weights));
        Ok(product.map_err(refused)?.into_pyarray(py))
    }

    /// sign(data) · sign(weights)ᵀ as int32, exact; the sign of zero counts as positive.
    fn transform_signs<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        weights: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<i32>>> {
        let (data, weights) = (matrix_f32("data", data)?, matrix_f32("weights", weights)?);
        let (data, weights) = (data.as_array(), weights.as_array());
        let product = py.detach(|| {
            let data = kernel_algebra::SignMatrix::of(data)?;
            let weights = kernel_algebra::SignMatrix::of(weights)?;
            self.inner.transform_signs(&data, &weights)
        });
        Ok(product.map_err(refused)?.into_pyarray(py))
    }
}
