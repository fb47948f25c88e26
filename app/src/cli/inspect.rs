//! `clisonix inspect`: what is under the paths: patients, studies, series, instances, geometry, problems.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use actor_engine::Scanned;
use kernel_imaging::{
    AttachedObject, FallbackCharacterSet, FrameReference, Instance, Notice, Patient, Phi, Series,
    SeriesReference, Study, TextRule,
};
use serde::Serialize;

use super::failure::Failure;
use super::session::{NoticeRecord, Session};
use super::{images, inspect_paths};

/// Lists patients, studies, series, instances, geometry and problems.
#[derive(clap::Args)]
pub struct Inspect {
    /// Files, folders, DICOMDIR files and zip archives.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Names patients, dates and descriptions instead of numbering them, and files by their whole paths.
    #[arg(long)]
    identity: bool,
    /// The character set of text in files that name none: a defined term as `ISO_IR 144`, or `guess`.
    #[arg(long, value_name = "TERM", default_value_t = FallbackCharacterSet::Guess)]
    character_set: FallbackCharacterSet,
    /// Reads text by --character-set in files that name another, too.
    #[arg(long, requires = "character_set")]
    override_character_set: bool,
}

#[derive(Serialize)]
pub struct Inspected {
    pub identity: bool,
    pub patients: Vec<PatientRecord>,
    pub notices: Vec<NoticeRecord>,
}

#[derive(Serialize)]
pub struct PatientRecord {
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<PatientIdentity>,
    pub studies: Vec<StudyRecord>,
}

#[derive(Serialize)]
pub struct PatientIdentity {
    pub name: String,
    pub id: String,
    pub birth_date: String,
    pub sex: String,
}

#[derive(Serialize)]
pub struct StudyRecord {
    pub label: String,
    pub uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<StudyIdentity>,
    pub series: Vec<SeriesRecord>,
    pub objects: Vec<ObjectRecord>,
}

/// A report, structure set, presentation state, document or segmentation.
#[derive(Serialize)]
pub struct ObjectRecord {
    pub path: PathBuf,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub sop_instance_uid: String,
    /// Series and images it refers to.
    pub refers_to: Vec<ReferenceRecord>,
}

#[derive(Serialize)]
pub struct ReferenceRecord {
    pub series_uid: String,
    pub images: usize,
}

#[derive(Serialize)]
pub struct StudyIdentity {
    pub date: String,
    pub time: String,
    pub description: String,
    pub accession: String,
    pub institution: String,
}

#[derive(Serialize)]
pub struct SeriesRecord {
    pub key: String,
    pub uid: String,
    pub number: Option<i64>,
    pub modality: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub frame_count: usize,
    pub geometry: Geometry,
    pub warnings: Vec<WarningRecord>,
    pub instances: Vec<InstanceRecord>,
}

/// Of the first frame, and of the series as a volume.
#[derive(Serialize)]
pub struct Geometry {
    pub rows: usize,
    pub columns: usize,
    /// Distances between slices, rows and columns.
    pub voxel_mm: Option<[f64; 3]>,
    pub row_direction_lps: Option<[f64; 3]>,
    pub column_direction_lps: Option<[f64; 3]>,
    pub first_position_lps_mm: Option<[f64; 3]>,
    pub last_position_lps_mm: Option<[f64; 3]>,
    pub pixel_spacing_mm: Option<[f64; 2]>,
    pub lengths: String,
}

#[derive(Serialize)]
pub struct WarningRecord {
    pub text: String,
    pub files: Vec<String>,
}

#[derive(Serialize)]
pub struct InstanceRecord {
    pub path: PathBuf,
    pub sop_class_uid: String,
    pub sop_instance_uid: String,
    pub transfer_syntax_uid: String,
    pub instance_number: Option<i64>,
    pub frames: usize,
    pub rows: usize,
    pub columns: usize,
    pub samples_per_pixel: usize,
    pub photometric: String,
    pub bits_allocated: u16,
    pub bits_stored: u16,
    pub signed: bool,
    pub lossy: bool,
    pub burned_in: bool,
    pub problems: Vec<String>,
}

impl Inspect {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        images::all_exist(&self.paths)?;
        let text = TextRule {
            character_set: self.character_set,
            overrides: self.override_character_set,
        };
        let mut found = actor_engine::scan(&self.paths, text);
        if !self.identity {
            inspect_paths::hide_folders(&mut found, &self.paths);
        }
        for notice in &found.notices {
            session.notice(notice);
        }
        let inspected = record(&found, self.identity);
        session.answer(&inspected, || inspected.text())?;
        if found.studies.iter().any(|study| !study.objects.is_empty()) {
            return Ok(());
        }
        images::some_image(&found, &self.paths)
    }
}

fn record(found: &Scanned, identity: bool) -> Inspected {
    // Studies of one patient stand together; patients are numbered in the order in which they come.
    let mut patients: Vec<(Arc<Patient>, Vec<&Study>)> = Vec::new();
    for study in &found.studies {
        match patients
            .iter_mut()
            .find(|(patient, _)| *patient == study.patient)
        {
            Some((_, studies)) => studies.push(study),
            None => patients.push((study.patient.clone(), vec![study])),
        }
    }
    let patients = (1..)
        .zip(&patients)
        .map(|(number, (patient, studies))| PatientRecord {
            label: format!("patient-{number}"),
            identity: identity.then(|| PatientIdentity {
                name: shown(&patient.name),
                id: shown(&patient.id),
                birth_date: shown(&patient.birth_date),
                sex: shown(&patient.sex),
            }),
            studies: (1..)
                .zip(studies)
                .map(|(number, study)| study_record(number, study, identity))
                .collect(),
        });
    Inspected {
        identity,
        patients: patients.collect(),
        notices: found
            .notices
            .iter()
            .map(|notice: &Notice| notice.into())
            .collect(),
    }
}

/// Only ever called for someone who asked for `--identity`.
fn shown(text: &Phi<String>) -> String {
    text.reveal().clone()
}

fn study_record(number: usize, study: &Study, identity: bool) -> StudyRecord {
    let header = &study.header;
    StudyRecord {
        label: format!("study-{number}"),
        uid: study.uid.clone(),
        identity: identity.then(|| StudyIdentity {
            date: shown(&header.date),
            time: shown(&header.time),
            description: shown(&header.description),
            accession: shown(&header.accession),
            institution: shown(&header.institution),
        }),
        series: study
            .series
            .iter()
            .map(|series| series_record(series, identity))
            .collect(),
        objects: study
            .objects
            .iter()
            .map(|object| object_record(object, identity))
            .collect(),
    }
}

fn object_record(object: &AttachedObject, identity: bool) -> ObjectRecord {
    let reference = |series: &SeriesReference| ReferenceRecord {
        series_uid: series.series_uid.clone(),
        images: series.instances.len(),
    };
    ObjectRecord {
        path: object.path.clone(),
        name: object.name.clone(),
        description: identity.then(|| shown(&object.description)),
        sop_instance_uid: object.sop_instance_uid.clone(),
        refers_to: object.references.iter().map(reference).collect(),
    }
}

fn series_record(series: &Series, identity: bool) -> SeriesRecord {
    let mut counts: BTreeMap<&PathBuf, (&Arc<Instance>, usize)> = BTreeMap::new();
    for reference in &series.frames {
        counts
            .entry(&reference.instance.path)
            .or_insert((&reference.instance, 0))
            .1 += 1;
    }
    let mut instances = Vec::new();
    for reference in &series.frames {
        if let Some((instance, frames)) = counts.remove(&reference.instance.path) {
            instances.push(instance_record(instance, frames));
        }
    }
    SeriesRecord {
        key: series.key.clone(),
        uid: series.uid.clone(),
        number: series.number,
        modality: series.modality.clone(),
        description: identity.then(|| shown(&series.description)),
        frame_count: series.frames.len(),
        geometry: geometry(series),
        warnings: series
            .warnings
            .iter()
            .map(|warning| WarningRecord {
                text: warning.text.clone(),
                files: warning.files.to_vec(),
            })
            .collect(),
        instances,
    }
}

fn geometry(series: &Series) -> Geometry {
    let plane = |reference: Option<&FrameReference>| reference.and_then(|r| r.attributes().plane);
    let (first, last) = (series.frames.first(), series.frames.last());
    let attributes = first.map(FrameReference::attributes);
    Geometry {
        rows: first.map_or(0, |reference| reference.instance.rows),
        columns: first.map_or(0, |reference| reference.instance.columns),
        voxel_mm: series.voxel_mm,
        row_direction_lps: plane(first).map(|plane| plane.row_direction_lps),
        column_direction_lps: plane(first).map(|plane| plane.column_direction_lps),
        first_position_lps_mm: plane(first).map(|plane| plane.position_lps_mm),
        last_position_lps_mm: plane(last).map(|plane| plane.position_lps_mm),
        pixel_spacing_mm: attributes.and_then(|a| a.spacing_mm),
        lengths: attributes.map_or_else(String::new, |a| match a.calibration.label() {
            label if label.is_empty() => "in the patient".to_owned(),
            label => label,
        }),
    }
}

fn instance_record(instance: &Instance, frames: usize) -> InstanceRecord {
    InstanceRecord {
        path: instance.path.clone(),
        sop_class_uid: instance.sop_class_uid.clone(),
        sop_instance_uid: instance.sop_instance_uid.clone(),
        transfer_syntax_uid: instance.transfer_syntax_uid.clone(),
        instance_number: instance.instance_number,
        frames,
        rows: instance.rows,
        columns: instance.columns,
        samples_per_pixel: instance.samples_per_pixel,
        photometric: instance.photometric.to_string(),
        bits_allocated: instance.bits_allocated,
        bits_stored: instance.bits_stored,
        signed: instance.signed,
        lossy: instance.lossy.is_some(),
        burned_in: instance.burned_in,
        problems: instance.problems.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_imaging::StudyHeader;

    #[test]
    fn nobody_is_named_unless_asked() {
        let patient = Patient {
            name: Phi::new("Roe^Jane".to_owned()),
            ..Patient::default()
        };
        let header = StudyHeader {
            date: Phi::new("20200101".to_owned()),
            ..StudyHeader::default()
        };
        let study = Study {
            patient: Arc::new(patient),
            header: Arc::new(header),
            ..Study::default()
        };
        let found = Scanned {
            studies: vec![study],
            notices: Vec::new(),
            ..Scanned::default()
        };
        let check = |identity: bool| {
            let inspected = record(&found, identity);
            let json = serde_json::to_string(&inspected).expect("JSON");
            for text in [json, inspected.text()] {
                assert_eq!(text.contains("Roe"), identity, "{text}");
                assert_eq!(text.contains("20200101"), identity, "{text}");
                assert!(text.contains("patient-1"), "{text}");
            }
        };
        check(false);
        check(true);
    }
}
