//! From paths to the frames that a command is about.

use std::path::{Path, PathBuf};

use actor_engine::Scanned;
use kernel_imaging::{FrameReference, Series, Severity, Study};

use super::failure::Failure;
use super::session::Session;

/// Fails where one of the paths leads nowhere.
pub fn all_exist(paths: &[PathBuf]) -> Result<(), Failure> {
    match paths.iter().find(|path| !path.exists()) {
        Some(missing) => Err(Failure::failed(format!(
            "There is no file or folder `{}`",
            missing.display()
        ))),
        None => Ok(()),
    }
}

/// Reads the headers under the paths and says the notices.
pub fn look(session: &Session, paths: &[PathBuf]) -> Result<Scanned, Failure> {
    all_exist(paths)?;
    let found = actor_engine::scan(paths, kernel_imaging::TextRule::default());
    for notice in &found.notices {
        session.notice(notice);
    }
    Ok(found)
}

/// The same, and fails where there is no image at all.
fn scan(session: &Session, paths: &[PathBuf]) -> Result<Scanned, Failure> {
    let found = look(session, paths)?;
    some_image(&found, paths)?;
    Ok(found)
}

/// Fails where there is no image at all, with the reason where one file was named.
pub fn some_image(found: &Scanned, paths: &[PathBuf]) -> Result<(), Failure> {
    if found.studies.iter().any(|study| !study.series.is_empty()) {
        return Ok(());
    }
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let names = names.join(", ");
    let why = found
        .notices
        .iter()
        .find(|notice| notice.severity == Severity::Error);
    Err(Failure::failed(match (why, paths) {
        (Some(notice), [path]) if path.is_file() => {
            format!("`{names}` has no image that can be read: {}", notice.text)
        }
        _ => format!("`{names}` has no image that can be read"),
    }))
}

/// The images at a path, which may go on within a zip archive; fails where there is none.
fn scan_at(session: &Session, path: &Path) -> Result<Scanned, Failure> {
    let is_file = |folder: &&Path| folder.is_file();
    let archive = path.ancestors().skip(1).find(is_file);
    let (false, Some(archive)) = (path.exists(), archive) else {
        return scan(session, &[path.to_owned()]);
    };
    let mut found = look(session, &[archive.to_owned()])?;
    for study in &mut found.studies {
        for series in &mut study.series {
            series.frames.retain(|frame| frame.instance.path == path);
        }
        study.series.retain(|series| !series.frames.is_empty());
    }
    some_image(&found, &[path.to_owned()])?;
    Ok(found)
}

/// One frame: of a file by its number there; of a folder, a DICOMDIR or an archive by its place in
/// the series; from 0.
pub fn frame_of_path(
    session: &Session,
    path: &Path,
    series: Option<&str>,
    number: usize,
) -> Result<FrameReference, Failure> {
    let found = scan_at(session, path)?;
    if !path.is_dir()
        && series.is_none()
        && let Some(frames) = one_instance(&found)
    {
        let wanted = frames.iter().find(|reference| reference.frame == number);
        return wanted
            .map(|reference| (*reference).clone())
            .ok_or_else(|| no_frame(path, number, frames.len()));
    }
    let series = chosen(&found, series)?;
    let wanted = series.frames.get(number).cloned();
    wanted.ok_or_else(|| no_frame(path, number, series.frames.len()))
}

/// All frames, when they are of one instance.
fn one_instance(found: &Scanned) -> Option<Vec<&FrameReference>> {
    let frames: Vec<&FrameReference> = all_series(found)
        .flat_map(|(_, series)| &series.frames)
        .collect();
    let first = &frames.first()?.instance.path;
    let alone = frames.iter().all(|frame| frame.instance.path == *first);
    alone.then_some(frames)
}

fn no_frame(path: &Path, number: usize, count: usize) -> Failure {
    let last = count.saturating_sub(1);
    Failure::usage(format!(
        "`{}` has no frame {number}: its {count} frames are counted from 0 to {last}",
        path.display()
    ))
}

/// The one series under the paths, or the one that `wanted` names by key, UID or number.
pub fn one_series(
    session: &Session,
    paths: &[PathBuf],
    wanted: Option<&str>,
) -> Result<Series, Failure> {
    let found = scan(session, paths)?;
    chosen(&found, wanted)
}

fn chosen(found: &Scanned, wanted: Option<&str>) -> Result<Series, Failure> {
    let all: Vec<&Series> = all_series(found)
        .map(|(_, series)| series)
        .filter(|s| !s.frames.is_empty())
        .collect();
    let chosen: Vec<&Series> = match wanted {
        None => all.clone(),
        Some(name) => {
            let by_key: Vec<&Series> = all.iter().copied().filter(|s| s.key == name).collect();
            let number = name.parse::<i64>().ok();
            let otherwise = |s: &&Series| s.uid == name || (number.is_some() && s.number == number);
            if by_key.is_empty() {
                all.iter().copied().filter(otherwise).collect()
            } else {
                by_key
            }
        }
    };
    match chosen[..] {
        [series] => Ok(series.clone()),
        [] => Err(Failure::usage(format!(
            "There is no series `{}` here; there are:{}",
            wanted.unwrap_or_default(),
            listed(&all)
        ))),
        _ => Err(Failure::usage(format!(
            "{} series are here; name one of them with --series:{}",
            chosen.len(),
            listed(&chosen)
        ))),
    }
}

fn listed(series: &[&Series]) -> String {
    let line = |s: &&Series| {
        let number = s
            .number
            .map_or_else(|| "?".to_owned(), |number| number.to_string());
        format!(
            "\n    {} (number {number}, {}, {} frames)",
            s.key,
            s.modality,
            s.frames.len()
        )
    };
    series.iter().map(line).collect()
}

/// Every series with its study, in order.
pub fn all_series(found: &Scanned) -> impl Iterator<Item = (&Study, &Series)> {
    found
        .studies
        .iter()
        .flat_map(|study| study.series.iter().map(move |series| (study, series)))
}
