//! What `clisonix inspect` found, in lines for people.

use std::fmt::Write as _;

use super::inspect::{Inspected, SeriesRecord};

impl Inspected {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for patient in &self.patients {
            let identity = patient
                .identity
                .as_ref()
                .map_or_else(String::new, |identity| {
                    format!(
                        " {} · {} · {} · {}",
                        identity.name, identity.id, identity.birth_date, identity.sex
                    )
                });
            line(&mut text, 0, format_args!("{}{identity}", patient.label));
            for study in &patient.studies {
                let identity = study
                    .identity
                    .as_ref()
                    .map_or_else(String::new, |identity| {
                        format!(" {} · {}", identity.date, identity.description)
                    });
                line(
                    &mut text,
                    1,
                    format_args!("{}{identity} · {}", study.label, study.uid),
                );
                study
                    .series
                    .iter()
                    .for_each(|series| series.lines(&mut text));
                for object in &study.objects {
                    let images: usize = object.refers_to.iter().map(|one| one.images).sum();
                    let series = object.refers_to.len();
                    let name = format_args!("{} · {}", object.name, object.path.display());
                    line(&mut text, 2, name);
                    line(
                        &mut text,
                        3,
                        format_args!("refers to {images} images in {series} series"),
                    );
                }
            }
        }
        text
    }
}

impl SeriesRecord {
    fn lines(&self, text: &mut String) {
        let number = self
            .number
            .map_or_else(|| "?".to_owned(), |number| number.to_string());
        let description = self.description.as_deref().unwrap_or_default();
        let geometry = &self.geometry;
        line(
            text,
            2,
            format_args!(
                "series {number} · {} {description} · {}",
                self.modality, self.key
            ),
        );
        line(
            text,
            3,
            format_args!(
                "{} frames of {} x {} in {} instances",
                self.frame_count,
                geometry.rows,
                geometry.columns,
                self.instances.len()
            ),
        );
        if let Some([slice, row, column]) = geometry.voxel_mm {
            line(
                text,
                3,
                format_args!("voxel {slice:.3} x {row:.3} x {column:.3} mm"),
            );
        }
        for warning in &self.warnings {
            line(
                text,
                3,
                format_args!("warning: {} ({})", warning.text, warning.files.join(", ")),
            );
        }
        for instance in &self.instances {
            for problem in &instance.problems {
                line(
                    text,
                    3,
                    format_args!("problem: {}: {problem}", instance.path.display()),
                );
            }
        }
    }
}

fn line(text: &mut String, depth: usize, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:indent$}{words}", "", indent = depth * 2);
}
