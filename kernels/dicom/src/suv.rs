//! The standardised uptake value by body weight of PET images: only where the file says all that it needs (rule 28).

use dicom_core::value::deserialize::{parse_date, parse_time};
use dicom_dictionary_std::tags;

use crate::dataset::Dataset;

/// Grams in the kilogram that Patient's Weight counts.
const GRAMS: f64 = 1_000.0;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// No scan begins later after its injection.
const DECAY_MS_MAX: i64 = DAY_MS;

/// What a value in Bq/ml is multiplied by to be a standardised uptake value by body weight, g/ml; `None`
/// where the values are not attenuation and decay corrected activity, or anything that it is found by is
/// not stated or contradicts itself. Then the file's own unit is shown.
pub(crate) fn suv_factor(root: &Dataset<'_>) -> Option<f64> {
    let corrected = root.codes(tags::CORRECTED_IMAGE);
    let has = |code: &str| corrected.iter().any(|one| one.eq_ignore_ascii_case(code));
    let is_activity = root.code(tags::UNITS).eq_ignore_ascii_case("BQML");
    if !(is_activity && has("ATTN") && has("DECY")) {
        return None;
    }
    let positive = |value: &f64| value.is_finite() && *value > 0.0;
    let weight_kg = root.number(tags::PATIENT_WEIGHT).filter(positive)?;
    // With several injections it is not known which of them is seen.
    let injections = root.items(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE);
    let [injection] = injections.as_slice() else {
        return None;
    };
    let dose_bq = injection
        .number(tags::RADIONUCLIDE_TOTAL_DOSE)
        .filter(positive)?;
    let remaining = match root
        .code(tags::DECAY_CORRECTION)
        .to_ascii_uppercase()
        .as_str()
    {
        "ADMIN" => 1.0,
        "START" => {
            let half_life_s = injection
                .number(tags::RADIONUCLIDE_HALF_LIFE)
                .filter(positive)?;
            let decay_s = decay_ms(root, injection)? as f64 / 1_000.0;
            0.5_f64.powf(decay_s / half_life_s)
        }
        _ => return None,
    };
    Some(weight_kg * GRAMS / (dose_bq * remaining)).filter(positive)
}

/// From the injection to the beginning of the scan, ms.
fn decay_ms(root: &Dataset<'_>, injection: &Dataset<'_>) -> Option<i64> {
    let (day, time) = (root.code(tags::SERIES_DATE), root.code(tags::SERIES_TIME));
    // A series that was made after its acquisition does not say when the scan began.
    let (scanned_day, scanned_time) = (
        root.code(tags::ACQUISITION_DATE),
        root.code(tags::ACQUISITION_TIME),
    );
    let begins_first = moments_apart_ms((&day, &time), (&scanned_day, &scanned_time))? >= 0;
    if !begins_first {
        return None;
    }
    let whole = injection.code(tags::RADIOPHARMACEUTICAL_START_DATE_TIME);
    let passed_ms = match whole.len() {
        0 => {
            // Only a time of the day: that of the scan, or of the day before.
            let start = injection.code(tags::RADIOPHARMACEUTICAL_START_TIME);
            let same_day = moments_apart_ms((&day, &start), (&day, &time))?;
            if same_day < 0 {
                same_day + DAY_MS
            } else {
                same_day
            }
        }
        _ => {
            let zone = root.code(tags::TIMEZONE_OFFSET_FROM_UTC);
            let (start, offset) = match whole.find(['+', '-']) {
                Some(at) => (whole.get(..at)?, whole.get(at..)?),
                None => (whole.as_str(), ""),
            };
            // Times of another zone than the scan's are not compared.
            if !offset.is_empty() && offset != zone {
                return None;
            }
            moments_apart_ms((start.get(..8)?, start.get(8..)?), (&day, &time))?
        }
    };
    (0..=DECAY_MS_MAX).contains(&passed_ms).then_some(passed_ms)
}

/// How long the second moment is after the first, ms; `None` where one of them is not stated in full.
fn moments_apart_ms(first: (&str, &str), second: (&str, &str)) -> Option<i64> {
    let moment = |(day, time): (&str, &str)| {
        let day = parse_date(day.trim().as_bytes()).ok()?;
        let (time, rest) = parse_time(time.trim().as_bytes()).ok()?;
        rest.is_empty().then(|| day.and_time(time))
    };
    Some((moment(second)? - moment(first)?).num_milliseconds())
}
