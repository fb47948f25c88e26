//! Splits one series into stacks that can be scrolled, and puts each in order (rules 19 and 20).

use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

use kernel_imaging::{FrameReference, GeometryWarning, ImagePlane, Instance, Series};

use crate::arrange::{described, file_name};
use crate::slices::{SAME_POSITION_MM, measure};

/// Cosine above which two directions count as the same (about half a degree).
const SAME_DIRECTION_COSINE: f64 = 0.99996;

/// More orientations than this, each in one image only, are a rotation and stay together.
const LONE_ORIENTATIONS_MAX: usize = 3;

/// What separates the stacks of one series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct StackKey {
    matrix: (usize, usize, usize),
    /// A multi-frame instance is a stack of its own.
    multi_frame: Option<String>,
    orientation: Option<usize>,
    echo: Option<i64>,
    stack: String,
    time: Option<i64>,
    volume: usize,
}

/// Splits and sorts the instances of one series; the result does not depend on their order.
pub(crate) fn arrange_series(uid: &str, instances: &[Arc<Instance>]) -> Vec<Series> {
    let mut frames: Vec<FrameReference> = instances
        .iter()
        .flat_map(|instance| {
            (0..instance.frames.len()).map(|frame| FrameReference {
                instance: Arc::clone(instance),
                frame,
            })
        })
        .collect();
    frames.sort_by(by_number);
    let orientations = orientations(&frames);
    let mut keyed: Vec<(StackKey, FrameReference)> = frames
        .into_iter()
        .zip(orientations)
        .map(|(frame, orientation)| (stack_key(&frame, orientation), frame))
        .collect();
    keyed.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| by_number(x, y)));
    let mut stacks: Vec<(StackKey, Vec<FrameReference>)> = Vec::new();
    for (key, frame) in keyed {
        match stacks.last_mut() {
            Some((last, frames)) if *last == key => frames.push(frame),
            _ => stacks.push((key, vec![frame])),
        }
    }
    let stacks: Vec<_> = stacks
        .into_iter()
        .flat_map(|(key, frames)| split_repeats(key, frames))
        .collect();
    finish(uid, stacks)
}

/// Instance Number, then path, then frame: the order of a series without geometry.
fn by_number(a: &FrameReference, b: &FrameReference) -> Ordering {
    fn key(reference: &FrameReference) -> (bool, Option<i64>, &Path, usize) {
        let number = reference.instance.instance_number;
        (
            number.is_none(),
            number,
            reference.instance.path.as_path(),
            reference.frame,
        )
    }
    key(a).cmp(&key(b))
}

fn stack_key(frame: &FrameReference, orientation: Option<usize>) -> StackKey {
    let instance = &frame.instance;
    let attributes = frame.attributes();
    StackKey {
        matrix: (instance.rows, instance.columns, instance.samples_per_pixel),
        multi_frame: (instance.frames.len() > 1)
            .then(|| format!("{} {}", instance.sop_instance_uid, instance.path.display())),
        orientation,
        echo: instance.echo_number,
        stack: attributes.stack_id.clone(),
        time: attributes.temporal_position.or(instance.temporal_position),
        volume: 0,
    }
}

/// Numbers the orientations of frames in their order; all the same for a rotation.
fn orientations(frames: &[FrameReference]) -> Vec<Option<usize>> {
    let mut kinds: Vec<(ImagePlane, usize)> = Vec::new();
    let numbers: Vec<Option<usize>> = frames
        .iter()
        .map(|frame| {
            let plane = frame.attributes().plane?;
            let found = kinds
                .iter()
                .position(|(kind, _)| same_orientation(kind, &plane));
            let number = found.unwrap_or_else(|| {
                kinds.push((plane, 0));
                kinds.len() - 1
            });
            kinds[number].1 += 1;
            Some(number)
        })
        .collect();
    let rotation =
        kinds.len() > LONE_ORIENTATIONS_MAX && kinds.iter().all(|(_, count)| *count == 1);
    if rotation {
        numbers
            .into_iter()
            .map(|number| number.map(|_| 0))
            .collect()
    } else {
        numbers
    }
}

fn same_orientation(a: &ImagePlane, b: &ImagePlane) -> bool {
    dot(a.row_direction_lps, b.row_direction_lps) > SAME_DIRECTION_COSINE
        && dot(a.column_direction_lps, b.column_direction_lps) > SAME_DIRECTION_COSINE
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Distance of a frame along the normal that its stack is sorted by.
pub(crate) fn along(normal: [f64; 3], frame: &FrameReference) -> f64 {
    frame
        .attributes()
        .plane
        .map_or(0.0, |plane| dot(normal, plane.position_lps_mm))
}

/// The common normal of a stack, when all frames have a plane and one orientation.
fn normal_of(frames: &[FrameReference]) -> Option<[f64; 3]> {
    let first = frames.first()?.attributes().plane?;
    let alike = frames.iter().all(|frame| {
        frame
            .attributes()
            .plane
            .is_some_and(|plane| same_orientation(&first, &plane))
    });
    alike.then(|| first.normal())
}

/// When every position occurs equally often, the repeats are volumes of their own: by acquisition
/// number when that tells them apart, else in the order of instance numbers.
fn split_repeats(
    key: StackKey,
    mut frames: Vec<FrameReference>,
) -> Vec<(StackKey, Vec<FrameReference>)> {
    let Some(normal) = normal_of(&frames) else {
        return vec![(key, frames)];
    };
    frames.sort_by(|a, b| {
        along(normal, a)
            .total_cmp(&along(normal, b))
            .then_with(|| by_number(a, b))
    });
    let mut positions: Vec<Vec<FrameReference>> = Vec::new();
    for frame in frames {
        let here = along(normal, &frame);
        match positions.last_mut() {
            Some(group) if (here - along(normal, &group[0])).abs() < SAME_POSITION_MM => {
                group.push(frame)
            }
            _ => positions.push(vec![frame]),
        }
    }
    let repeats = positions[0].len();
    if repeats == 1 || positions.len() == 1 || positions.iter().any(|group| group.len() != repeats)
    {
        return vec![(key, positions.into_iter().flatten().collect())];
    }
    for group in &mut positions {
        group.sort_by(|a, b| {
            a.instance
                .acquisition_number
                .cmp(&b.instance.acquisition_number)
                .then_with(|| by_number(a, b))
        });
    }
    (0..repeats)
        .map(|volume| {
            let frames = positions
                .iter()
                .map(|group| group[volume].clone())
                .collect();
            (
                StackKey {
                    volume: volume + 1,
                    ..key.clone()
                },
                frames,
            )
        })
        .collect()
}

fn finish(uid: &str, stacks: Vec<(StackKey, Vec<FrameReference>)>) -> Vec<Series> {
    let keys: Vec<StackKey> = stacks.iter().map(|(key, _)| key.clone()).collect();
    let firsts: Vec<FrameReference> = stacks
        .iter()
        .filter_map(|(_, frames)| frames.first().cloned())
        .collect();
    stacks
        .into_iter()
        .enumerate()
        .filter_map(|(index, (key, mut frames))| {
            let normal = normal_of(&frames);
            match normal {
                Some(normal) => frames.sort_by(|a, b| {
                    along(normal, a).total_cmp(&along(normal, b)).then_with(|| by_number(a, b))
                }),
                None => frames.sort_by(by_number),
            }
            let first = Arc::clone(&frames.first()?.instance);
            let (suffix, words) = suffixes(&key, &keys);
            let (voxel_mm, mut warnings) = measure(&frames, normal);
            warnings.extend(mixed(index, &keys, &firsts));
            if normal.is_none() && frames.len() > 1 && frames[0].attributes().plane.is_some() {
                warnings.push(GeometryWarning {
                    text: "The images have different orientations: they are in the order of their numbers".to_owned(),
                    files: [file_name(&frames[0]), file_name(&frames[1])],
                });
            }
            Some(Series {
                key: if suffix.is_empty() { uid.to_owned() } else { format!("{uid}/{suffix}") },
                uid: uid.to_owned(),
                number: first.series_number,
                modality: first.modality.clone(),
                description: described(&first.series_description, &words),
                frames,
                voxel_mm,
                warnings,
            })
        })
        .collect()
}

/// What tells one stack from its siblings: for the key, and in words for the reader.
fn suffixes(key: &StackKey, all: &[StackKey]) -> (String, String) {
    let mut short: Vec<String> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut part = |differs: bool, tag: String, word: String| {
        if differs {
            short.push(tag);
            words.push(word);
        }
    };
    let (rows, columns, samples) = key.matrix;
    let matrix = all.iter().any(|other| other.matrix != key.matrix);
    part(
        matrix,
        format!("m{rows}x{columns}x{samples}"),
        format!("{rows} x {columns}"),
    );
    let mut instances: Vec<&Option<String>> = all.iter().map(|other| &other.multi_frame).collect();
    instances.dedup();
    if instances.len() > 1 {
        let number = instances
            .iter()
            .position(|other| **other == key.multi_frame)
            .unwrap_or(0)
            + 1;
        part(true, format!("i{number}"), format!("file {number}"));
    }
    let orientation = all.iter().any(|other| other.orientation != key.orientation);
    let number = key.orientation.map_or(0, |number| number + 1);
    part(
        orientation,
        format!("o{number}"),
        format!("orientation {number}"),
    );
    let echo = all.iter().any(|other| other.echo != key.echo);
    let number = key.echo.unwrap_or(0);
    part(echo, format!("e{number}"), format!("echo {number}"));
    let stack = all.iter().any(|other| other.stack != key.stack);
    part(
        stack,
        format!("s{}", key.stack),
        if key.stack.starts_with("segment") {
            key.stack.clone()
        } else {
            format!("stack {}", key.stack)
        },
    );
    let time = all.iter().any(|other| other.time != key.time);
    let number = key.time.unwrap_or(0);
    part(time, format!("t{number}"), format!("time {number}"));
    part(
        key.volume > 0,
        format!("v{}", key.volume),
        format!("volume {}", key.volume),
    );
    (short.join("."), words.join(", "))
}

/// Warnings that a series was split because its images do not belong to one volume (rule 20).
fn mixed(index: usize, keys: &[StackKey], firsts: &[FrameReference]) -> Vec<GeometryWarning> {
    let mut warnings = Vec::new();
    let (Some(own), Some(first)) = (keys.get(index), firsts.get(index)) else {
        return warnings;
    };
    let other = |differs: &dyn Fn(&StackKey) -> bool| {
        keys.iter().position(differs).and_then(|at| firsts.get(at))
    };
    if let Some(other) = other(&|key| key.matrix != own.matrix) {
        let matrix = |reference: &FrameReference| {
            format!(
                "{} x {}",
                reference.instance.rows, reference.instance.columns
            )
        };
        warnings.push(GeometryWarning {
            text: format!(
                "The series mixes matrices, {} and {}: they are shown apart",
                matrix(first),
                matrix(other)
            ),
            files: [file_name(first), file_name(other)],
        });
    }
    if let Some(other) =
        other(&|key| key.matrix == own.matrix && key.orientation != own.orientation)
    {
        warnings.push(GeometryWarning {
            text: "The series mixes orientations: they are shown apart".to_owned(),
            files: [file_name(first), file_name(other)],
        });
    }
    warnings
}
