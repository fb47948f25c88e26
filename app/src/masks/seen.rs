//! Masks as they lie over what a view shows: over an image of the series, or cut by a plane through its volume.

use kernel_imaging::{BitPlane, ImagePlane, Volume};

use super::Mask;
use crate::models::LabelImage;
use crate::stack::StackView;
use crate::state::State;

/// Of what a formula marks before it is a mask.
const PREVIEW_COLOUR: [u8; 3] = [250, 250, 120];

/// What lies over the image of a view: a label a pixel, the last mask on top, and the colours by label.
/// A plane shows the voxel nearest to each of its pixels; a slab shows what lies in its middle.
pub fn labels(state: &State, view: &StackView) -> Option<(LabelImage, Vec<[u8; 3]>)> {
    let shown = view.shown.as_ref()?;
    let key = view.stack.as_ref()?.key.as_str();
    if view.solid {
        return None;
    }
    let (rows, columns) = (shown.frame.rows, shown.frame.columns);
    let mut laid = Laid {
        image: LabelImage {
            rows,
            columns,
            labels: vec![0; rows * columns],
        },
        palette: vec![[0; 3]],
        any: false,
    };
    let masks: Vec<&Mask> = state.masks.of(key).filter(|mask| mask.visible).collect();
    if view.plane.is_some() {
        let plane = shown.reference.attributes().plane?;
        let cut = state.planes.cut.as_deref()?;
        for mask in masks {
            laid.cut(mask, &cut.volume, &plane);
        }
        return laid.done();
    }
    for mask in masks {
        if let Some(Some(plane)) = mask.planes.get(shown.index) {
            laid.lay(plane, mask.colour);
        }
    }
    let preview = state.masks.preview.as_ref().filter(|preview| {
        state.masks.look && crate::stack::same_frame(&preview.frame, &shown.reference)
    });
    if let Some(plane) = preview.and_then(|preview| preview.plane.as_ref()) {
        laid.lay(plane, PREVIEW_COLOUR);
    }
    laid.done()
}

struct Laid {
    image: LabelImage,
    palette: Vec<[u8; 3]>,
    any: bool,
}

impl Laid {
    fn done(self) -> Option<(LabelImage, Vec<[u8; 3]>)> {
        self.any.then_some((self.image, self.palette))
    }

    /// A plane of the same matrix.
    fn lay(&mut self, plane: &BitPlane, colour: [u8; 3]) {
        let label = self.palette.len() as u8;
        self.palette.push(colour);
        let (rows, columns) = (self.image.rows, self.image.columns);
        if plane.rows() != rows || plane.columns() != columns {
            return;
        }
        self.any = true;
        for (row, line) in self.image.labels.chunks_exact_mut(columns).enumerate() {
            for (column, pixel) in line.iter_mut().enumerate() {
                if plane.is_set(row, column) {
                    *pixel = label;
                }
            }
        }
    }

    /// What a plane cuts out of a mask.
    fn cut(&mut self, mask: &Mask, volume: &Volume, plane: &ImagePlane) {
        let label = self.palette.len() as u8;
        self.palette.push(mask.colour);
        if mask.planes.iter().all(Option::is_none) {
            return;
        }
        let voxel = |point: [f64; 2]| volume.voxel_from_lps(plane.lps_from_image(point));
        // The map is affine: two steps say where every pixel lies.
        let first = voxel([0.0, 0.0]);
        let step =
            |to: [f64; 3]| -> [f64; 3] { std::array::from_fn(|axis| to[axis] - first[axis]) };
        let (across, down) = (step(voxel([1.0, 0.0])), step(voxel([0.0, 1.0])));
        let sizes = [volume.size[2], volume.size[1], volume.size[0]].map(|size| size as f64);
        let columns = self.image.columns.max(1);
        for (row, line) in self.image.labels.chunks_exact_mut(columns).enumerate() {
            for (column, pixel) in line.iter_mut().enumerate() {
                let place: [f64; 3] = std::array::from_fn(|axis| {
                    first[axis] + across[axis] * column as f64 + down[axis] * row as f64 + 0.5
                });
                if (0..3).any(|axis| !(place[axis] >= 0.0 && place[axis] < sizes[axis])) {
                    continue;
                }
                let [x, y, z] = place.map(|part| part as usize);
                if let Some(Some(bits)) = mask.planes.get(z)
                    && bits.is_set(y, x)
                {
                    *pixel = label;
                    self.any = true;
                }
            }
        }
    }
}
