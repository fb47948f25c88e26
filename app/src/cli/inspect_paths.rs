//! Paths as `clisonix inspect` says them when nobody is to be named.

use std::path::PathBuf;
use std::sync::Arc;

use actor_engine::Scanned;
use kernel_imaging::Instance;

/// Leaves of each path what lies below the one that was named: folders above may be called after a patient.
pub fn hide_folders(found: &mut Scanned, named: &[PathBuf]) {
    let below = |path: &mut PathBuf| {
        let beneath = named
            .iter()
            .filter_map(|named| path.strip_prefix(named).ok());
        let shortest = beneath.min_by_key(|rest| rest.as_os_str().len());
        *path = match shortest {
            Some(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
            _ => path.file_name().map(PathBuf::from).unwrap_or_default(),
        };
    };
    for study in &mut found.studies {
        for series in &mut study.series {
            // Frames of one instance stand together and share it.
            let mut last: Option<(Arc<Instance>, Arc<Instance>)> = None;
            for reference in &mut series.frames {
                let hidden = match &last {
                    Some((whole, hidden)) if Arc::ptr_eq(whole, &reference.instance) => {
                        hidden.clone()
                    }
                    _ => {
                        let mut hidden = Instance::clone(&reference.instance);
                        below(&mut hidden.path);
                        Arc::new(hidden)
                    }
                };
                let whole = std::mem::replace(&mut reference.instance, hidden.clone());
                last = Some((whole, hidden));
            }
        }
        for object in &mut study.objects {
            below(&mut object.path);
        }
    }
    found
        .notices
        .iter_mut()
        .filter_map(|notice| notice.path.as_mut())
        .for_each(below);
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_imaging::{FrameReference, Notice, Series, Severity, Study};

    #[test]
    fn the_folder_that_was_named_is_not_said() {
        let instance = Instance {
            path: "/studies/Roe^Jane/ct/1.dcm".into(),
            ..Instance::default()
        };
        let frame = FrameReference {
            instance: Arc::new(instance),
            frame: 0,
        };
        let series = Series {
            frames: vec![frame.clone(), FrameReference { frame: 1, ..frame }],
            ..Series::default()
        };
        let study = Study {
            series: vec![series],
            ..Study::default()
        };
        let notice = Notice::new(Severity::Error, "Not a DICOM file");
        let scanned = Scanned {
            studies: vec![study],
            notices: vec![notice.about("/studies/Roe^Jane/letter.txt")],
            ..Scanned::default()
        };
        for named in ["/studies/Roe^Jane", "/studies/Roe^Jane/ct/1.dcm"] {
            let mut found = scanned.clone();
            let named: [PathBuf; 2] = [named.into(), "/studies/Roe^Jane/letter.txt".into()];
            hide_folders(&mut found, &named);
            let said = format!("{:?} {:?}", found.studies, found.notices);
            assert!(!said.contains("Roe"), "{said}");
            assert!(
                said.contains("1.dcm") && said.contains("letter.txt"),
                "{said}"
            );
            let frames = &found.studies[0].series[0].frames;
            assert!(Arc::ptr_eq(&frames[0].instance, &frames[1].instance));
        }
    }
}
