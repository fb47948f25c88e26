//! Display shutters of an image, of a frame or of a presentation state (PS3.3 C.7.6.11, C.7.6.15, rule 23).

use std::sync::Arc;

use dicom_dictionary_std::tags;
use kernel_imaging::{Shutter, Shutters};

use crate::dataset::Dataset;
use crate::problems::Problems;

/// The shutters that a data set or functional group states; one that is invalid is ignored and told.
pub(crate) fn shutters(item: &Dataset<'_>, problems: &mut Problems) -> Option<Arc<Shutters>> {
    let mut shapes = Vec::new();
    for code in item.codes(tags::SHUTTER_SHAPE) {
        match one(item, &code) {
            Ok(shape) => shapes.push(shape),
            Err(text) => problems.add(text),
        }
    }
    let grey = item.integer(tags::SHUTTER_PRESENTATION_VALUE).unwrap_or(0);
    let lab: Option<[u16; 3]> = item
        .words(tags::SHUTTER_PRESENTATION_COLOR_CIE_LAB_VALUE)
        .first_chunk::<3>()
        .copied();
    (!shapes.is_empty()).then(|| {
        Arc::new(Shutters {
            shapes,
            presentation_value: u16::try_from(grey).unwrap_or(0),
            presentation_cielab: lab,
        })
    })
}

fn one(item: &Dataset<'_>, code: &str) -> Result<Shutter, String> {
    let edge = |tag, name: &str| {
        let found = item.integer(tag);
        found.ok_or_else(|| format!("A shutter without its {name} is ignored"))
    };
    match code.to_ascii_uppercase().as_str() {
        "RECTANGULAR" => Ok(Shutter::Rectangular {
            left: edge(tags::SHUTTER_LEFT_VERTICAL_EDGE, "left edge")?,
            right: edge(tags::SHUTTER_RIGHT_VERTICAL_EDGE, "right edge")?,
            upper: edge(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, "upper edge")?,
            lower: edge(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, "lower edge")?,
        }),
        "CIRCULAR" => {
            let center = item.integers(tags::CENTER_OF_CIRCULAR_SHUTTER);
            let center = center.first_chunk::<2>().copied();
            Ok(Shutter::Circular {
                center: center.ok_or("A circular shutter without its center is ignored")?,
                radius: edge(tags::RADIUS_OF_CIRCULAR_SHUTTER, "radius")?,
            })
        }
        "POLYGONAL" => {
            let places = item.integers(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER);
            let (vertices, rest) = places.as_chunks::<2>();
            if vertices.len() < 3 || !rest.is_empty() {
                return Err(format!(
                    "A polygonal shutter of {} coordinates is ignored",
                    places.len()
                ));
            }
            Ok(Shutter::Polygonal {
                vertices: vertices.to_vec(),
            })
        }
        "BITMAP" => {
            let group = edge(tags::SHUTTER_OVERLAY_GROUP, "overlay group")?;
            let group = u16::try_from(group)
                .map_err(|_| format!("A bitmap shutter of overlay group {group} is ignored"))?;
            Ok(Shutter::Bitmap { group })
        }
        other => Err(format!("A shutter of shape `{other}` is ignored")),
    }
}
