//! Radiotherapy structure sets (RTSTRUCT, PS3.3 C.8.8): regions as contours, on the pixels of an image.

use crate::object::ImageReference;
use crate::phi::Phi;
use crate::study::FrameReference;

/// Distance that counts as the same plane when no slice distance is known, mm.
const SAME_PLANE_MM: f64 = 0.5;

/// What the points of a contour make (3006,0042).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContourKind {
    /// `POINT`.
    Point,
    /// `OPEN_PLANAR` and `OPEN_NONPLANAR`.
    Open,
    /// `CLOSED_PLANAR`, `CLOSEDPLANAR_XOR` and the like.
    Closed,
}

/// One contour.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// What its points make.
    pub kind: ContourKind,
    /// Points in patient coordinates, mm.
    pub points_lps_mm: Vec<[f64; 3]>,
    /// The images it was drawn on.
    pub references: Vec<ImageReference>,
}

/// One region of interest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StructureRegion {
    /// ROI Number.
    pub number: i64,
    /// ROI Name.
    pub name: Phi<String>,
    /// ROI Display Color, else from a fixed list by number.
    pub colour: [u8; 3],
    /// RT ROI Interpreted Type, for example `ORGAN`, or empty.
    pub interpreted_type: String,
    /// The frame of reference its points are in.
    pub frame_of_reference_uid: String,
    /// In the file's order.
    pub contours: Vec<Contour>,
}

/// A structure set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StructureSet {
    /// Structure Set Label.
    pub label: Phi<String>,
    /// In the file's order.
    pub regions: Vec<StructureRegion>,
}

/// A contour on the pixels of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionPolygon {
    /// Place of the region in [`StructureSet::regions`].
    pub region: usize,
    /// Colour to draw it in.
    pub colour: [u8; 3],
    /// What its points make.
    pub kind: ContourKind,
    /// Image points `[x, y]`, the first pixel covering 0 to 1.
    pub points: Vec<[f64; 2]>,
}

impl StructureSet {
    /// The contours that lie on an image, as polygons of its pixels.
    ///
    /// A contour belongs to the images it names; one that names none, to those of its frame of
    /// reference whose plane it lies in, within half of `slice_mm`.
    pub fn polygons_on(
        &self,
        target: &FrameReference,
        slice_mm: Option<f64>,
    ) -> Vec<RegionPolygon> {
        let Some(plane) = target.attributes().plane else {
            return Vec::new();
        };
        let reach_mm = slice_mm
            .filter(|mm| mm.is_finite() && *mm > 0.0)
            .map_or(SAME_PLANE_MM, |mm| mm / 2.0);
        let mut polygons = Vec::new();
        for (index, region) in self.regions.iter().enumerate() {
            let space = &target.instance.frame_of_reference_uid;
            let same_space = !space.is_empty() && *space == region.frame_of_reference_uid;
            for contour in &region.contours {
                let named = contour.references.iter().any(|image| image.names(target));
                let unnamed = contour.references.is_empty() && same_space;
                if !named && !unnamed {
                    continue;
                }
                let placed: Vec<([f64; 2], f64)> = contour
                    .points_lps_mm
                    .iter()
                    .map(|point| plane.image_from_lps(*point))
                    .collect();
                let in_plane = placed.iter().all(|(_, away_mm)| away_mm.abs() <= reach_mm);
                if named || in_plane {
                    polygons.push(RegionPolygon {
                        region: index,
                        colour: region.colour,
                        kind: contour.kind,
                        points: placed.into_iter().map(|(point, _)| point).collect(),
                    });
                }
            }
        }
        polygons
    }
}
