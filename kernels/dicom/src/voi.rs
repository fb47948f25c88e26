//! Windows and VOI tables that an image, a frame or a presentation state offers (PS3.3 C.11.2, rules 5 to 8).

use dicom_dictionary_std::tags;
use kernel_imaging::{VoiFunction, VoiLut, WindowLevel};

use crate::dataset::Dataset;
use crate::problems::Problems;
use crate::tables::{has_table, lookup_table};

/// Windows of `source`, then the tables of `items`; `signed` tells whether a table's input is.
pub(crate) fn offers(
    source: &Dataset<'_>,
    items: Vec<Dataset<'_>>,
    signed: bool,
    problems: &mut Problems,
) -> Vec<VoiLut> {
    let centers = source.numbers(tags::WINDOW_CENTER);
    let widths = source.numbers(tags::WINDOW_WIDTH);
    let names = source.texts(tags::WINDOW_CENTER_WIDTH_EXPLANATION);
    let code = source.codes(tags::VOILUT_FUNCTION).join("\\");
    let mut offers = Vec::new();
    match VoiFunction::from_code(&code) {
        Some(function) => {
            for (index, (center, width)) in centers.iter().zip(&widths).enumerate() {
                match WindowLevel::with_function(*center, *width, function) {
                    Ok(level) => offers.push(VoiLut::Window {
                        level,
                        function,
                        name: names.get(index).cloned().unwrap_or_default(),
                    }),
                    Err(error) => problems.add(error.to_string()),
                }
            }
        }
        None => problems.add(format!(
            "The file's windows use the function `{code}`, which is not known"
        )),
    }
    for item in items.into_iter().filter(has_table) {
        match lookup_table(&item, signed) {
            Ok(table) => offers.push(VoiLut::Table {
                table,
                name: item.text(tags::LUT_EXPLANATION).unwrap_or_default(),
            }),
            Err(text) => problems.add(format!("{text} (VOI LUT)")),
        }
    }
    offers
}
