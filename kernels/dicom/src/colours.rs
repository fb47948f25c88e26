//! Palettes and colour profiles of an image (PS3.3 C.7.9, C.7.6.19, C.11.15, rules 12 and 13).

use std::sync::Arc;

use dicom_dictionary_std::tags;
use kernel_imaging::{ColourTable, Instance, Palette, PhotometricInterpretation};
use moxcms::{ColorProfile, Layout, TransformOptions};

use crate::dataset::Dataset;
use crate::problems::Problems;
use crate::tables::palette;

/// Change of a channel that is not worth a conversion: the profile is sRGB but for rounding.
const SAME_COLOUR: u8 = 2;

/// What colours a file's frames.
pub(crate) struct Colours {
    pub palette: Option<Arc<Palette>>,
    pub supplemental: Option<Arc<Palette>>,
    pub profile: Option<Arc<ColourTable>>,
}

impl Colours {
    pub fn read(root: &Dataset<'_>, instance: &Instance, problems: &mut Problems) -> Self {
        let is_palette = instance.photometric == PhotometricInterpretation::PaletteColor;
        // A palette beside another interpretation belongs to something else, but for a supplemental
        // one, which has to be announced (rule 12).
        let is_supplemental = instance.photometric == PhotometricInterpretation::Monochrome2
            && is_coloured(&root.code(tags::PIXEL_PRESENTATION))
            && root.has_value(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR);
        let mut read = |wanted: bool| match wanted.then(|| palette(root)) {
            Some(Ok(palette)) => Some(palette),
            Some(Err(text)) => {
                problems.add(text);
                None
            }
            None => None,
        };
        let (palette, supplemental) = (read(is_palette), read(is_supplemental));
        let profile = if is_palette || instance.samples_per_pixel == 3 {
            profile(root, problems)
        } else {
            None
        };
        Self {
            palette,
            supplemental,
            profile,
        }
    }
}

/// Pixel Presentation (0008,9205) of an image with some frames in colour.
fn is_coloured(code: &str) -> bool {
    matches!(code.to_ascii_uppercase().as_str(), "COLOR" | "MIXED")
}

/// The ICC profile of the image, or of its first optical path, as a table to sRGB.
fn profile(root: &Dataset<'_>, problems: &mut Problems) -> Option<Arc<ColourTable>> {
    let mut bytes = root.bytes(tags::ICC_PROFILE);
    if bytes.is_empty() {
        let path = root.item(tags::OPTICAL_PATH_SEQUENCE)?;
        bytes = path.bytes(tags::ICC_PROFILE);
    }
    if bytes.is_empty() {
        return None;
    }
    let Some(table) = ColourTable::from_conversion(|inputs| convert(&bytes, inputs)) else {
        problems.add("The ICC profile cannot be read: colours are shown as stored".to_owned());
        return None;
    };
    (table.greatest_change() > SAME_COLOUR).then(|| Arc::new(table))
}

fn convert(profile: &[u8], inputs: &[[u8; 3]]) -> Option<Vec<[u8; 3]>> {
    let from = ColorProfile::new_from_slice(profile).ok()?;
    let options = TransformOptions::default();
    let transform = from
        .create_transform_8bit(Layout::Rgb, &ColorProfile::new_srgb(), Layout::Rgb, options)
        .ok()?;
    let mut outputs = vec![[0_u8; 3]; inputs.len()];
    let (source, target) = (inputs.as_flattened(), outputs.as_flattened_mut());
    transform.transform(source, target).ok()?;
    Some(outputs)
}
