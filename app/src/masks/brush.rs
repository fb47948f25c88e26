//! What the hand marks: discs along a stroke, and outlines, on one plane.

use kernel_imaging::{BitPlane, Region};

/// A plane with all pixels marked, or unmarked, whose centre is within `radius` of the way from `from` to `to`; image points.
pub fn stroke(
    plane: Option<&BitPlane>,
    [rows, columns]: [usize; 2],
    [from, to]: [[f64; 2]; 2],
    radius: f64,
    mark: bool,
) -> Option<BitPlane> {
    changed(plane, [rows, columns], mark, |point| {
        distance(from, to, point) <= radius
    })
}

/// A plane with all pixels marked whose centre lies in a region.
pub fn region(plane: Option<&BitPlane>, size: [usize; 2], region: &Region) -> Option<BitPlane> {
    changed(plane, size, true, |point| region.contains(point))
}

fn changed(
    plane: Option<&BitPlane>,
    [rows, columns]: [usize; 2],
    mark: bool,
    touched: impl Fn([f64; 2]) -> bool,
) -> Option<BitPlane> {
    let mut any = false;
    let pixels: Vec<bool> = (0..rows * columns)
        .map(|at| {
            let (row, column) = (at / columns, at % columns);
            let was = plane.is_some_and(|plane| plane.is_set(row, column));
            let set = match touched([column as f64 + 0.5, row as f64 + 0.5]) {
                true => mark,
                false => was,
            };
            any |= set;
            set
        })
        .collect();
    any.then(|| BitPlane::from_pixels(rows, columns, pixels))
}

fn distance(from: [f64; 2], to: [f64; 2], at: [f64; 2]) -> f64 {
    let way = [to[0] - from[0], to[1] - from[1]];
    let square = way[0] * way[0] + way[1] * way[1];
    let part = match square > 0.0 {
        true => ((at[0] - from[0]) * way[0] + (at[1] - from[1]) * way[1]) / square,
        false => 0.0,
    };
    let part = part.clamp(0.0, 1.0);
    (from[0] + way[0] * part - at[0]).hypot(from[1] + way[1] * part - at[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_marks_its_way_and_an_eraser_gives_it_back() {
        let size = [10, 20];
        let way = [[2.5, 5.5], [12.5, 5.5]];
        let plane = stroke(None, size, way, 1.0, true).expect("marked");
        assert!(plane.is_set(5, 2) && plane.is_set(5, 12) && plane.is_set(4, 7));
        assert!(!plane.is_set(5, 14) && !plane.is_set(3, 7));
        let rest = stroke(Some(&plane), size, [[2.5, 5.5]; 2], 1.0, false).expect("some is left");
        assert!(!rest.is_set(5, 2) && rest.is_set(5, 12));
        assert!(stroke(Some(&plane), size, way, 30.0, false).is_none());
        let beside = stroke(None, size, [[-50.0, -50.0]; 2], 3.0, true);
        assert!(beside.is_none(), "nothing beside the image");
    }
}
