//! Which images fill the cells of a protocol: the same study gives the same places, whatever the order of opening.

use actor_messages::RequestId;
use kernel_imaging::{FrameReference, Series, Study};

use super::{Cell, HangingProtocol};

/// An image of an open series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The scan it came with.
    pub scan: Option<RequestId>,
    /// `Series::key`.
    pub key: String,
    /// Which image, where the cell asks for one; else the series' own first one.
    pub index: Option<usize>,
}

/// An open study with its scan.
pub type Opened<'a> = (Option<RequestId>, &'a Study);

/// The study and those of the same patient before it, the latest first.
fn with_priors<'a>(all: &[Opened<'a>], hung: Opened<'a>) -> Vec<Opened<'a>> {
    let study = hung.1;
    let when = |study: &Study| {
        (
            study.header.date.reveal().clone(),
            study.header.time.reveal().clone(),
        )
    };
    let mut earlier: Vec<Opened<'a>> = all
        .iter()
        .copied()
        .filter(|(_, other)| {
            let known = !other.patient.id.reveal().trim().is_empty()
                || !other.patient.name.reveal().trim().is_empty();
            let same = known && same_patient(other, study);
            same && other.uid != study.uid && when(other) < when(study) && !when(other).0.is_empty()
        })
        .collect();
    earlier.sort_by(|(_, one), (_, other)| {
        let latest = when(other).cmp(&when(one));
        latest.then_with(|| one.uid.cmp(&other.uid))
    });
    earlier.dedup_by(|(_, one), (_, other)| one.uid == other.uid);
    std::iter::once(hung).chain(earlier).collect()
}

fn same_patient(one: &Study, other: &Study) -> bool {
    let (one, other) = (&one.patient, &other.patient);
    one.id == other.id && one.name == other.name && one.birth_date == other.birth_date
}

/// The places of a protocol's cells, `None` where nothing fits; empty when the protocol is not made for the study.
pub fn fill(
    protocol: &HangingProtocol,
    all: &[Opened<'_>],
    hung: Opened<'_>,
) -> Vec<Option<Place>> {
    let condition = &protocol.when;
    let named = |list: &[String], value: &str| {
        list.is_empty() || list.iter().any(|one| is_word(one, value))
    };
    let made_for = images(hung.1).any(|series| {
        let part = series
            .frames
            .first()
            .map_or("", |it| &it.instance.body_part);
        named(&condition.modality, &series.modality) && named(&condition.body_part, part)
    });
    if !made_for {
        return Vec::new();
    }
    let studies = with_priors(all, hung);
    let mut places: Vec<Option<Place>> = Vec::new();
    for cell in &protocol.cells {
        if cell.empty {
            places.push(None);
            continue;
        }
        let like = cell
            .like
            .and_then(|like| places.get(like.checked_sub(1)?)?.clone())
            .and_then(|place| found(&studies, &place));
        if cell.like.is_some() && like.is_none() {
            places.push(None);
            continue;
        }
        let place = studies
            .get(cell.prior)
            .and_then(|study| best(cell, *study, like, &places));
        places.push(place);
    }
    places
}

/// Whether so many cells found an image as the protocol asks for.
pub fn fits(protocol: &HangingProtocol, places: &[Option<Place>]) -> bool {
    let found = places.iter().flatten().count();
    let least = protocol.when.cells_min.unwrap_or(protocol.cells.len());
    found >= least.max(1)
}

fn found<'a>(studies: &[Opened<'a>], place: &Place) -> Option<&'a Series> {
    let mut of_scan = studies.iter().filter(|(scan, _)| *scan == place.scan);
    of_scan.find_map(|(_, study)| study.series.iter().find(|series| series.key == place.key))
}

/// Series that are looked at: with frames, and no segmentation.
fn images(study: &Study) -> impl Iterator<Item = &Series> {
    let seen = |series: &&Series| !series.frames.is_empty() && series.modality != "SEG";
    study.series.iter().filter(seen)
}

/// The best image for a cell that no cell before it has: for presentation before raw data, more images
/// before fewer where the cell asks for many, then in the order of the study.
fn best(
    cell: &Cell,
    (scan, study): Opened<'_>,
    like: Option<&Series>,
    taken: &[Option<Place>],
) -> Option<Place> {
    let by_image = cell.laterality.is_some() || cell.view.is_some();
    let mut candidates = Vec::new();
    for (order, series) in images(study).enumerate() {
        if !of_series(cell, series, like) {
            continue;
        }
        let fewer = match cell.images_min {
            0 => 0,
            _ => usize::MAX - series.frames.len(),
        };
        let frames = series.frames.iter().enumerate();
        for (index, frame) in frames.filter(|(_, frame)| of_image(cell, frame)) {
            let place = Place {
                scan,
                key: series.key.clone(),
                index: by_image.then_some(index),
            };
            let raw = is_word("FOR PROCESSING", &frame.instance.presentation_intent);
            if !taken.iter().flatten().any(|other| *other == place) {
                candidates.push(((raw, fewer, order, index), place));
            }
            if !by_image {
                break;
            }
        }
    }
    let best = candidates.into_iter().min_by_key(|(rank, _)| *rank);
    best.map(|(_, place)| place)
}

fn of_series(cell: &Cell, series: &Series, like: Option<&Series>) -> bool {
    let part = |series: &Series| {
        let first = series.frames.first();
        first.map_or(String::new(), |it| it.instance.body_part.clone())
    };
    let asked = |wanted: &Option<String>, value: &str| {
        wanted.as_ref().is_none_or(|wanted| is_word(wanted, value))
    };
    let described = |words: &String| {
        let description = series.description.reveal().to_lowercase();
        description.contains(&words.to_lowercase())
    };
    let alike = |other: &Series| {
        let (one, two) = (part(other), part(series));
        let parts = one.is_empty() || two.is_empty() || is_word(&one, &two);
        other.modality == series.modality && parts
    };
    asked(&cell.modality, &series.modality)
        && asked(&cell.body_part, &part(series))
        && cell.description.as_ref().is_none_or(described)
        && series.frames.len() >= cell.images_min
        && like.is_none_or(alike)
}

fn of_image(cell: &Cell, frame: &FrameReference) -> bool {
    let asked = |wanted: &Option<String>, value: &str| {
        wanted.as_ref().is_none_or(|wanted| is_word(wanted, value))
    };
    asked(&cell.laterality, &frame.attributes().laterality)
        && asked(&cell.view, &frame.instance.view_position)
}

/// Whether two code strings are the same word; spaces around and the case of letters mean nothing.
fn is_word(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}
