//! Groups instances into studies and series, in an order that does not depend on the order they came in.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel_imaging::{
    AttachedObject, FrameReference, Instance, Notice, ObjectKind, Patient, Phi, Series, Severity,
    Study, StudyHeader,
};

use crate::instance::has_pixels;
use crate::object_names::{object_kind, object_name};
use crate::series::arrange_series;

/// Instances of each series, of each study of one patient.
type Grouped = BTreeMap<(String, Patient), BTreeMap<String, Vec<Arc<Instance>>>>;

/// Objects of each study of one patient, with what the study is called.
type Objects = BTreeMap<(String, Patient), (Arc<StudyHeader>, Vec<AttachedObject>)>;

/// The objects beside images: reports, structure sets, presentation states, documents and
/// segmentations, in the order of their paths. [`arrange`] puts those that can be read into their
/// studies and names the others in notices.
pub fn attached_objects(instances: &[Instance]) -> Vec<AttachedObject> {
    let mut objects: Vec<AttachedObject> = instances.iter().filter_map(attached).collect();
    objects.sort_by(|a, b| (&a.path, &a.sop_instance_uid).cmp(&(&b.path, &b.sop_instance_uid)));
    objects
}

/// The object that an instance is, unless it is nothing but an image or a directory.
fn attached(instance: &Instance) -> Option<AttachedObject> {
    let kind = object_kind(&instance.sop_class_uid);
    let is_directory = instance.sop_class_uid == "1.2.840.10008.1.3.10";
    if is_directory || (kind == ObjectKind::Other && has_pixels(instance)) {
        return None;
    }
    let name = match kind {
        ObjectKind::Segmentation => "a segmentation (SEG)".to_owned(),
        _ => object_name(&instance.sop_class_uid),
    };
    let description = if instance.title.reveal().is_empty() {
        instance.series_description.clone()
    } else {
        instance.title.clone()
    };
    Some(AttachedObject {
        kind,
        name,
        path: instance.path.clone(),
        sop_instance_uid: instance.sop_instance_uid.clone(),
        series_uid: instance.series_uid.clone(),
        description,
        references: instance.references.clone(),
    })
}

/// Groups, splits and sorts instances; what is not an image or not handled becomes a notice.
///
/// Frames of one series are split by orientation, matrix, echo, time and stack, and sorted along the
/// normal of their plane (rule 19), else by Instance Number, else by path. The result is the same for
/// every order of `instances`.
pub fn arrange(mut instances: Vec<Instance>) -> (Vec<Study>, Vec<Notice>) {
    instances.sort_by(|a, b| (&a.path, &a.sop_instance_uid).cmp(&(&b.path, &b.sop_instance_uid)));
    let mut notices = Vec::new();
    let mut objects: Objects = BTreeMap::new();
    let mut seen: BTreeMap<(String, String), Vec<Arc<Instance>>> = BTreeMap::new();
    let mut studies: Grouped = BTreeMap::new();
    for instance in instances {
        for problem in &instance.problems {
            notices.push(Notice::new(Severity::Warning, problem.clone()).about(&instance.path));
        }
        let object = attached(&instance).filter(|object| object.kind != ObjectKind::Other);
        if let Some(object) = object {
            let study = (
                instance.study_uid.clone(),
                Patient::clone(&instance.patient),
            );
            let known = objects
                .entry(study)
                .or_insert_with(|| (Arc::clone(&instance.study), Vec::new()));
            let is_copy = |other: &AttachedObject| {
                !object.sop_instance_uid.is_empty()
                    && other.sop_instance_uid == object.sop_instance_uid
            };
            if !known.1.iter().any(is_copy) {
                known.1.push(object);
            }
            if !has_pixels(&instance) {
                continue;
            }
        }
        if !has_pixels(&instance) {
            let text = format!("Not shown: {}", object_name(&instance.sop_class_uid));
            notices.push(Notice::new(Severity::Info, text).about(&instance.path));
            continue;
        }
        let instance = Arc::new(instance);
        if !instance.sop_instance_uid.is_empty() {
            let identity = (
                instance.study_uid.clone(),
                instance.sop_instance_uid.clone(),
            );
            let others = seen.entry(identity).or_default();
            if others.iter().any(|other| same_content(other, &instance)) {
                let text = "Left out: a copy of a file that is open already";
                notices.push(Notice::new(Severity::Info, text).about(&instance.path));
                continue;
            }
            if !others.is_empty() {
                let text = "Another file has the same SOP Instance UID and a different content: both are shown";
                notices.push(Notice::new(Severity::Warning, text).about(&instance.path));
            }
            others.push(Arc::clone(&instance));
        }
        // Patients are never mixed, even when files share a study UID (rule 25).
        let study = (
            instance.study_uid.clone(),
            Patient::clone(&instance.patient),
        );
        let series = instance.series_uid.clone();
        studies
            .entry(study)
            .or_default()
            .entry(series)
            .or_default()
            .push(instance);
    }
    warn_of_shared_uids(&studies, &mut notices);
    let mut arranged: Vec<Study> = studies
        .into_iter()
        .filter_map(|(key, series)| {
            let attached = objects.remove(&key).map(|(_, attached)| attached);
            let study = one_study(key.0, series)?;
            Some(Study {
                objects: attached.unwrap_or_default(),
                ..study
            })
        })
        .collect();
    // Objects whose images are not here make a study of their own.
    arranged.extend(
        objects
            .into_iter()
            .map(|((uid, patient), (header, objects))| Study {
                uid,
                patient: Arc::new(patient),
                header,
                series: Vec::new(),
                objects,
            }),
    );
    arranged.sort_by(|a, b| {
        let key = |study: &Study| {
            (
                study.header.date.clone(),
                study.header.time.clone(),
                study.uid.clone(),
                Arc::clone(&study.patient),
            )
        };
        key(a).cmp(&key(b))
    });
    (arranged, notices)
}

/// Whether two files are the same in everything but their path.
fn same_content(a: &Instance, b: &Instance) -> bool {
    let located = Instance {
        path: b.path.clone(),
        ..a.clone()
    };
    located == *b
}

fn warn_of_shared_uids(studies: &Grouped, notices: &mut Vec<Notice>) {
    let keys: Vec<_> = studies.iter().collect();
    for pair in keys.windows(2) {
        if let [((first, _), _), ((second, _), files)] = pair
            && first == second
        {
            let text = "Two patients share one Study Instance UID: they are shown apart";
            let path = files
                .values()
                .flatten()
                .next()
                .map(|instance| instance.path.clone());
            let notice = Notice::new(Severity::Warning, text);
            notices.push(match path {
                Some(path) => notice.about(path),
                None => notice,
            });
        }
    }
}

fn one_study(uid: String, series: BTreeMap<String, Vec<Arc<Instance>>>) -> Option<Study> {
    let first = series.values().flatten().next()?;
    let (patient, header) = (Arc::clone(&first.patient), Arc::clone(&first.study));
    let mut all: Vec<Series> = series
        .into_iter()
        .flat_map(|(uid, instances)| arrange_series(&uid, &instances))
        .collect();
    // Stable: the splits of one series keep their order. A series without number comes last.
    all.sort_by(|a, b| {
        (a.number.is_none(), a.number, &a.uid).cmp(&(b.number.is_none(), b.number, &b.uid))
    });
    Some(Study {
        uid,
        patient,
        header,
        series: all,
        objects: Vec::new(),
    })
}

/// The name of a frame's file, with the frame's number when there are several.
pub(crate) fn file_name(reference: &FrameReference) -> String {
    let path = &reference.instance.path;
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    if reference.instance.frames.len() > 1 {
        format!("{name} frame {}", reference.frame + 1)
    } else {
        name.into_owned()
    }
}

/// A series' description with what split it off.
pub(crate) fn described(description: &Phi<String>, suffix: &str) -> Phi<String> {
    if suffix.is_empty() {
        return description.clone();
    }
    Phi::new(
        format!("{} ({suffix})", description.reveal())
            .trim_start()
            .to_owned(),
    )
}
