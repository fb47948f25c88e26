//! The view as a picture for others: laid out again without a window, with or without the identity, and drawn into pixels.

mod raster;
mod view;

pub use view::picture;
