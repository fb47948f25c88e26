//! The registry keeps what it took, refuses the rest in a sentence, and loses nothing when it is stopped in between.

use std::fs;
use std::path::{Path, PathBuf};

use actor_messages::model_path;
use actor_models::{ModelStore, ModelsError};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/models")
        .join(name)
}

/// A copy of a shipped model whose manifest is changed.
fn changed(folder: &Path, name: &str, from: &str, to: &str) -> PathBuf {
    let copy = folder.join(format!("{name}-{to}").replace(['/', ' ', '"', '='], "_"));
    fs::create_dir_all(&copy).expect("a folder");
    for file in fs::read_dir(shipped(name)).expect("it ships").flatten() {
        fs::copy(file.path(), copy.join(file.file_name())).expect("copied");
    }
    let manifest = fs::read_to_string(copy.join("model.toml")).expect("text");
    assert!(manifest.contains(from), "{from}");
    fs::write(copy.join("model.toml"), manifest.replacen(from, to, 1)).expect("written");
    copy
}

#[test]
fn a_name_stands_for_the_newest_version_until_it_is_pinned() {
    let home = tempfile::tempdir().expect("a folder");
    let store = ModelStore::new(home.path());
    let first = store.add(&shipped("denoise")).expect("added");
    assert!(model_path(home.path(), &first.digest).is_file());
    let newer = changed(home.path(), "denoise", "1.0.0", "1.1.0");
    let second = store.add(&newer).expect("added");
    assert_eq!(store.find("denoise").expect("found").digest, second.digest);
    store.pin("denoise@1.0.0", None, true).expect("pinned");
    store
        .pin("denoise@1.1.0", Some("trial"), true)
        .expect("named");
    assert_eq!(store.find("denoise").expect("found").digest, first.digest);
    assert_eq!(
        store.find("denoise@trial").expect("found").digest,
        second.digest
    );
    assert_eq!(
        store.find(&first.digest.short()).expect("found").digest,
        first.digest
    );
    for held in ["denoise@1.0.0", "denoise@1.1.0"] {
        assert!(
            matches!(store.remove(held), Err(ModelsError::Held { .. })),
            "{held}"
        );
    }
    store
        .pin("denoise@1.1.0", Some("trial"), false)
        .expect("released");
    store.remove("denoise@1.1.0").expect("removed");
    assert!(
        !model_path(home.path(), &second.digest).exists(),
        "its package goes with it"
    );
    assert_eq!(store.list().expect("a list").len(), 1);
}

#[test]
fn adding_twice_is_no_error_and_another_model_of_the_same_version_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let store = ModelStore::new(home.path());
    let first = store.add(&shipped("denoise")).expect("added");
    // A damaged package is mended by adding it again.
    fs::write(model_path(home.path(), &first.digest), b"damaged").expect("written");
    let again = store.add(&shipped("denoise")).expect("no error");
    assert_eq!(again, first);
    assert!(
        fs::metadata(model_path(home.path(), &first.digest))
            .expect("there")
            .len()
            > 1000
    );
    let other = changed(home.path(), "denoise", "min-max", "z-score");
    assert!(matches!(
        store.add(&other),
        Err(ModelsError::VersionTaken { .. })
    ));
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let home = tempfile::tempdir().expect("a folder");
    let store = ModelStore::new(home.path());
    let broken = changed(home.path(), "denoise", "[output]", "[outputs]");
    let text = store.add(&broken).expect_err("refused").to_string();
    assert!(
        text.contains("model.toml") && text.contains("outputs"),
        "{text}"
    );
    let empty = home.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    assert!(
        store
            .add(&empty)
            .expect_err("refused")
            .to_string()
            .contains("no ONNX file")
    );
    assert!(store.add(&home.path().join("nowhere.onnx")).is_err());
    let full = ModelStore::with_budget(home.path(), 1000);
    assert!(matches!(
        full.add(&shipped("denoise")),
        Err(ModelsError::Full { .. })
    ));
    assert!(store.list().expect("a list").is_empty());
    assert!(
        store
            .find("denoise")
            .expect_err("none")
            .to_string()
            .contains("none yet")
    );
    let left = fs::read_dir(home.path().join("models"))
        .expect("a folder")
        .flatten();
    let names: Vec<_> = left.map(|file| file.file_name()).collect();
    assert_eq!(names, ["lock"]);
}

#[test]
fn what_a_stopped_program_left_is_cleared_and_a_damaged_list_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let store = ModelStore::new(home.path());
    store.add(&shipped("denoise")).expect("added");
    let models = home.path().join("models");
    // A package without a line in the list, and half a file: what a power cut leaves.
    let orphan = models.join(format!("{}.model", "0".repeat(64)));
    fs::write(&orphan, b"orphan").expect("written");
    fs::write(models.join(".tmpabc.part"), b"half").expect("written");
    store.add(&shipped("brain-tissue")).expect("added");
    assert!(!orphan.exists() && !models.join(".tmpabc.part").exists());
    assert_eq!(store.list().expect("a list").len(), 2);
    fs::write(models.join("index.json"), b"{\"schema\":1,").expect("written");
    let text = store.list().expect_err("damaged").to_string();
    assert!(text.contains("damaged"), "{text}");
    assert!(
        store.add(&shipped("denoise")).is_err(),
        "a damaged list is not written over"
    );
}

#[test]
fn a_name_goes_back_to_the_version_before_and_forth_again() {
    let home = tempfile::tempdir().expect("a folder");
    let store = ModelStore::new(home.path());
    store.add(&shipped("denoise")).expect("added");
    let text = store.back("denoise").expect_err("nothing").to_string();
    assert!(text.contains("denoise@1.0.0"), "{text}");
    let newer = changed(home.path(), "denoise", "1.0.0", "1.1.0");
    let stamp = store.stamp();
    store.add(&newer).expect("added");
    assert_ne!(store.stamp(), stamp, "another program sees the change");
    let current = || store.find("denoise").expect("found");
    assert_eq!(current().before.as_deref(), Some("1.0.0"));
    assert_eq!(
        store.back("denoise").expect("back").full_name,
        "denoise@1.0.0"
    );
    assert_eq!(current().full_name, "denoise@1.0.0");
    assert_eq!(current().before.as_deref(), Some("1.1.0"));
    store.back("denoise").expect("forth");
    assert_eq!(current().full_name, "denoise@1.1.0");
    store.remove("denoise@1.0.0").expect("removed");
    assert!(store.back("denoise").is_err(), "it is not here any more");
}
