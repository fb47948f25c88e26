//! A job of an earlier process, asked for again: its wish, with the images found where they were.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use actor_labor::Wish;
use actor_messages::{CancelFlag, JobId, JobRequest, RequestId};
use kernel_imaging::{FrameReference, TextRule};

use crate::error::EngineError;

/// The request of a job that ended with its process. Reads the headers of its images again; one that is gone is named by its number.
pub fn resumed_request(
    home: &Path,
    job: &JobId,
    request: RequestId,
) -> Result<JobRequest, EngineError> {
    let wish = Wish::read(home, job).map_err(|error| EngineError::Resume(error.to_string()))?;
    let found = frames_in(&wish);
    let mut frames = Vec::with_capacity(wish.frames.len());
    for (index, wanted) in wish.frames.iter().enumerate() {
        let reference = found.get(&(wanted.path.clone(), wanted.frame));
        let Some(reference) = reference else {
            return Err(EngineError::Resume(format!(
                "The image of slice {} of job {} is not where it was; put it back to resume the job",
                index + 1,
                job.0
            )));
        };
        frames.push(reference.clone());
    }
    Ok(JobRequest {
        request,
        operation: wish.operation,
        parameters: wish.parameters,
        frames,
        slice_mm: wish.slice_mm,
        level: wish.level,
        mesh: wish.mesh,
        out: wish.out.map(|out| out.0),
    })
}

fn frames_in(wish: &Wish) -> BTreeMap<(PathBuf, usize), FrameReference> {
    let files: BTreeSet<PathBuf> = wish
        .frames
        .iter()
        .map(|frame| file_of(&frame.path))
        .collect();
    let files: Vec<PathBuf> = files.into_iter().collect();
    let found = actor_study::scan(&files, TextRule::default(), &CancelFlag::new(), |_| {});
    let series = found.studies.into_iter().flat_map(|study| study.series);
    series
        .flat_map(|series| series.frames)
        .map(|reference| {
            let path = &reference.instance.path;
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            ((path, reference.frame), reference)
        })
        .collect()
}

/// The file itself, or the archive that it lies in.
fn file_of(path: &Path) -> PathBuf {
    let archive = || path.ancestors().find(|above| above.is_file());
    match path.exists() {
        true => path.to_owned(),
        false => archive().unwrap_or(path).to_owned(),
    }
}
