//! The Python module `clisonix.liam._liam`: the kernels on numpy's arrays, without copies and without the interpreter's lock.

mod algebra;
mod arguments;
mod components;
mod denoising;
mod dense;
mod errors;
mod filters;
mod low_rank;
mod mask;
mod series_pass;

use pyo3::prelude::*;

/// LIAM Binary Algebra on numpy arrays.
#[pymodule]
fn _liam(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<algebra::BinaryAlgebra>()?;
    module.add_class::<low_rank::LowRank>()?;
    module.add_class::<mask::BitMask>()?;
    module.add_class::<components::Components>()?;
    module.add_class::<series_pass::SeriesPass>()?;
    module.add_class::<series_pass::SeriesComponents>()?;
    module.add_function(wrap_pyfunction!(denoising::mask_formula, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
