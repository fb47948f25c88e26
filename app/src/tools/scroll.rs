//! Scroll by dragging: the height of the pane is the length of the series, and never less than two pixels an image.

/// Answers with the whole images that the movement is worth, and keeps the rest in `carried`.
pub(super) fn moved(carried: &mut f64, by: [f64; 2], images: usize, size: [usize; 2]) -> i64 {
    let pixels_an_image = (size[1] as f64 * 0.75 / images.max(1) as f64).clamp(2.0, 24.0);
    *carried += by[1] / pixels_an_image;
    let whole = carried.trunc();
    *carried -= whole;
    whole as i64
}
