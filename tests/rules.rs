//! Every rule of display that this product promises has a test of its number: `fn rule_NN_…` under `#[test]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rules that are promised now.
fn promised() -> BTreeSet<u32> {
    (1..=35).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Numbers of the rules that a source tests.
fn tested(text: &str) -> BTreeSet<u32> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let pairs = lines.windows(2).filter(|pair| pair[0] == "#[test]");
    let names = pairs.filter_map(|pair| pair[1].strip_prefix("fn rule_"));
    names
        .filter_map(|name| name.get(..2)?.parse().ok())
        .collect()
}

#[test]
fn every_rule_has_a_test_of_its_number() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["app", "actors", "kernels", "tests"] {
        sources(&root.join(folder), &mut files);
    }
    let mut covered = BTreeSet::new();
    for file in files {
        covered.extend(tested(&std::fs::read_to_string(file).expect("UTF-8")));
    }
    let missing: Vec<u32> = promised().difference(&covered).copied().collect();
    assert!(
        missing.is_empty(),
        "no test is named after rules {missing:?}"
    );
}

#[test]
fn only_what_runs_as_a_test_counts() {
    let text = "#[test]\nfn rule_07_is_held() {}\nfn rule_08_is_not() {}\n";
    assert_eq!(tested(text), BTreeSet::from([7]));
}
