//! Imports point one way, and each heavy dependency has one room: checked on the manifests of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate of ours may import of ours, one a line. A crate that is not here may not exist.
#[rustfmt::skip]
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("kernel_algebra", &[]),
    ("kernel_labor", &[]),
    ("kernel_python", &["kernel_algebra"]),
    ("kernel_imaging", &["kernel_algebra"]),
    ("kernel_dicom", &["kernel_imaging", "kernel_algebra"]),
    ("kernel_inference", &["kernel_algebra"]),
    ("kernel_tasks", &["kernel_imaging", "kernel_inference", "kernel_algebra"]),
    ("actor_messages", &["kernel_imaging", "kernel_labor", "kernel_tasks"]),
    ("actor_study", &["actor_messages", "kernel_dicom", "kernel_imaging"]),
    ("actor_compute", &["actor_messages", "kernel_dicom", "kernel_imaging", "kernel_tasks", "kernel_algebra"]),
    ("actor_labor", &["actor_messages", "kernel_imaging", "kernel_labor", "kernel_tasks"]),
    ("actor_mesh", &["actor_messages", "kernel_imaging", "kernel_labor", "kernel_tasks"]),
    ("actor_models", &["actor_messages", "kernel_imaging", "kernel_tasks"]),
    ("actor_engine", &["actor_models", "actor_messages", "actor_study", "actor_compute", "actor_labor", "actor_mesh", "kernel_imaging", "kernel_tasks", "kernel_labor"]),
    ("clisonix", &["actor_engine", "actor_messages", "kernel_imaging"]),
    ("clisonix_tests", &["clisonix"]),
];

/// A dependency by the start of its name, and the crates that may name it (`*` ends a prefix).
const ROOMS: &[(&str, &[&str])] = &[
    ("libp2p", &["actor_mesh"]),
    ("dicom", &["kernel_dicom"]),
    ("charls", &["kernel_dicom"]),
    ("openjp2", &["kernel_dicom"]),
    ("jxl", &["kernel_dicom"]),
    ("actix", &["actor_*"]),
    ("tokio", &["actor_*", "clisonix"]),
    ("eframe", &["clisonix"]),
    ("egui", &["clisonix"]),
    ("winit", &["clisonix"]),
    ("rfd", &["clisonix"]),
    ("clap", &["clisonix"]),
    ("ort", &["kernel_inference"]),
    ("tract", &["kernel_inference"]),
    ("pyo3", &["kernel_python"]),
    ("numpy", &["kernel_python"]),
];

/// Who may not reach whom, over any number of imports: what cannot be named cannot leak.
const UNREACHABLE: &[(&str, &str)] = &[
    ("kernel_tasks", "kernel_dicom"),
    ("actor_mesh", "kernel_dicom"),
    ("actor_labor", "kernel_dicom"),
];

/// The crate that plays the user may name anything for its tests, and nothing but the product otherwise.
const TESTS: &str = "clisonix_tests";

#[derive(Clone, Debug)]
struct Package {
    name: String,
    folder: String,
    /// Name of the dependency, and whether it is for tests alone.
    imports: BTreeSet<(String, bool)>,
}

fn workspace() -> Vec<Package> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root)
        .output()
        .expect("cargo runs the tests, so it is there");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let top = format!("{}/", metadata["workspace_root"].as_str().expect("a path"));
    let packages = metadata["packages"].as_array().expect("a list");
    packages
        .iter()
        .map(|package| read_package(package, &top))
        .collect()
}

fn read_package(package: &Value, top: &str) -> Package {
    let manifest = package["manifest_path"].as_str().expect("a path");
    let folder = manifest.strip_prefix(top).unwrap_or(manifest);
    let imports = package["dependencies"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|dependency| {
            let name = dependency["name"].as_str().expect("a name").to_owned();
            (name, dependency["kind"].as_str() == Some("dev"))
        });
    Package {
        name: package["name"].as_str().expect("a name").to_owned(),
        folder: folder.trim_end_matches("/Cargo.toml").to_owned(),
        imports: imports.collect(),
    }
}

/// One sentence for each import that breaks a rule.
fn violations(packages: &[Package]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut found = Vec::new();
    for package in packages {
        found.extend(misplaced(package));
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == package.name) else {
            found.push(format!(
                "{} has no place in the map of layers",
                package.name
            ));
            continue;
        };
        for (import, for_tests) in &package.imports {
            let free = package.name == TESTS && *for_tests;
            if free {
                continue;
            }
            if ours.contains(import.as_str()) && !allowed.contains(&import.as_str()) {
                found.push(format!("{} may not import {import}", package.name));
            }
            found.extend(outside_its_room(&package.name, import));
        }
    }
    for (from, to) in UNREACHABLE {
        if reachable(packages, from).contains(*to) {
            found.push(format!("{from} can reach {to}"));
        }
    }
    found
}

fn misplaced(package: &Package) -> Option<String> {
    let expected = match package.name.split_once('_') {
        Some(("kernel", name)) => format!("kernels/{name}"),
        Some(("actor", name)) => format!("actors/{name}"),
        Some(("clisonix", "tests")) => "tests".to_owned(),
        _ => "app".to_owned(),
    };
    (package.folder != expected).then(|| {
        format!(
            "{} lies in {} instead of {expected}",
            package.name, package.folder
        )
    })
}

fn outside_its_room(package: &str, import: &str) -> Option<String> {
    let import = import.replace('-', "_");
    let (dependency, rooms) = ROOMS.iter().find(|(dependency, _)| {
        import == *dependency || import.starts_with(&format!("{dependency}_"))
    })?;
    let inside = rooms.iter().any(|room| match room.strip_suffix('*') {
        Some(prefix) => package.starts_with(prefix),
        None => package == *room,
    });
    (!inside).then(|| {
        format!(
            "{package} may not name {import}: {dependency} lives in {}",
            rooms.join(", ")
        )
    })
}

/// Everything of ours that `from` is built with.
fn reachable(packages: &[Package], from: &str) -> BTreeSet<String> {
    let by_name: BTreeMap<&str, &Package> = packages
        .iter()
        .map(|package| (package.name.as_str(), package))
        .collect();
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from.to_owned()];
    while let Some(name) = waiting.pop() {
        let Some(package) = by_name.get(name.as_str()) else {
            continue;
        };
        for (import, for_tests) in &package.imports {
            if !for_tests && by_name.contains_key(import.as_str()) && reached.insert(import.clone())
            {
                waiting.push(import.clone());
            }
        }
    }
    reached
}

#[test]
fn every_import_points_down() {
    let found = violations(&workspace());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_map_names_no_crate_that_is_gone() {
    let there: BTreeSet<String> = workspace()
        .into_iter()
        .map(|package| package.name)
        .collect();
    for (name, allowed) in MAY_IMPORT {
        assert!(
            there.contains(*name),
            "{name} is in the map of layers and not in the workspace"
        );
        for import in *allowed {
            assert!(
                there.contains(*import),
                "{import} is in the map of layers and not in the workspace"
            );
        }
    }
}

/// Adds one import to the real workspace and expects the sentence that refuses it.
fn check_refused(package: &str, import: &str, for_tests: bool, sentence: &str) {
    let mut packages = workspace();
    let changed = packages
        .iter_mut()
        .find(|found| found.name == package)
        .expect("a crate of ours");
    changed.imports.insert((import.to_owned(), for_tests));
    let found = violations(&packages);
    assert!(
        found.iter().any(|line| line == sentence),
        "{package} -> {import}: {found:?}"
    );
}

#[test]
fn an_import_that_points_up_is_refused() {
    check_refused(
        "kernel_algebra",
        "kernel_imaging",
        false,
        "kernel_algebra may not import kernel_imaging",
    );
    check_refused(
        "kernel_labor",
        "kernel_algebra",
        false,
        "kernel_labor may not import kernel_algebra",
    );
    check_refused(
        "kernel_imaging",
        "actor_messages",
        false,
        "kernel_imaging may not import actor_messages",
    );
    check_refused(
        "actor_messages",
        "actor_engine",
        false,
        "actor_messages may not import actor_engine",
    );
    check_refused(
        "actor_engine",
        "clisonix",
        false,
        "actor_engine may not import clisonix",
    );
}

#[test]
fn a_sibling_import_is_refused_also_for_tests() {
    check_refused(
        "actor_mesh",
        "actor_compute",
        false,
        "actor_mesh may not import actor_compute",
    );
    check_refused(
        "actor_labor",
        "actor_mesh",
        true,
        "actor_labor may not import actor_mesh",
    );
}

#[test]
fn the_app_sees_only_the_engine_the_messages_and_imaging() {
    check_refused(
        "clisonix",
        "kernel_algebra",
        false,
        "clisonix may not import kernel_algebra",
    );
    check_refused(
        "clisonix",
        "actor_mesh",
        true,
        "clisonix may not import actor_mesh",
    );
}

#[test]
fn a_heavy_dependency_outside_its_room_is_refused() {
    let sentence = "actor_labor may not name libp2p: libp2p lives in actor_mesh";
    check_refused("actor_labor", "libp2p", false, sentence);
    let sentence = "clisonix may not name dicom_object: dicom lives in kernel_dicom";
    check_refused("clisonix", "dicom-object", true, sentence);
    let sentence = "actor_engine may not name egui_kittest: egui lives in clisonix";
    check_refused("actor_engine", "egui_kittest", true, sentence);
    let sentence = "kernel_tasks may not name tokio: tokio lives in actor_*, clisonix";
    check_refused("kernel_tasks", "tokio", false, sentence);
    let sentence = "clisonix_tests may not name actix: actix lives in actor_*";
    check_refused("clisonix_tests", "actix", false, sentence);
}

#[test]
fn what_travels_to_peers_cannot_reach_the_reader_of_files() {
    check_refused(
        "kernel_algebra",
        "kernel_dicom",
        false,
        "kernel_tasks can reach kernel_dicom",
    );
    check_refused(
        "actor_messages",
        "kernel_dicom",
        false,
        "actor_mesh can reach kernel_dicom",
    );
}

#[test]
fn a_crate_without_a_place_is_refused() {
    let mut packages = workspace();
    packages.push(Package {
        name: "kernel_extra".to_owned(),
        folder: "app/extra".to_owned(),
        imports: BTreeSet::new(),
    });
    let found = violations(&packages);
    assert_eq!(
        found,
        [
            "kernel_extra lies in app/extra instead of kernels/extra",
            "kernel_extra has no place in the map of layers",
        ]
    );
}
