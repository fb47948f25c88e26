//! The house rules that a program can check: sizes, names, what may not be called where, READMEs, the top level.

use std::fs;
use std::path::{Path, PathBuf};

/// A file is a room; beyond this it is two.
const LINES_MAX: usize = 400;
/// Lines with text that a folder's README has at least.
const README_LINES_MIN: usize = 5;
/// Words that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util",
    "utils",
    "utilities",
    "common",
    "misc",
    "manager",
    "helper",
    "helpers",
];
/// Everything at the top, beside dot-files and build results.
const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "actors",
    "app",
    "assets",
    "clippy.toml",
    "kernels",
    "packaging",
    "target",
    "tests",
];
const FOLDERS: &[&str] = &["actors", "app", "assets", "kernels", "packaging", "tests"];
/// Written outside tests, each with the reason why not.
const NEVER_CALLED: &[(&str, &str)] = &[
    (".do_send(", "ignores the mailbox bound; use try_send"),
    ("todo!(", "is a promise, not code"),
    ("unimplemented!(", "is a promise, not code"),
    ("dbg!(", "prints where nobody looks"),
    (
        ".unwrap()",
        "panics without a reason; return the error, or expect(\"why it cannot fail\")",
    ),
];
/// A kernel takes values and returns values.
const NEVER_IN_KERNELS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::time",
    "std::env",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime",
];
/// Where peers are timed and work is placed, a clock that somebody sets must not matter: time there is `Instant`.
const SET_CLOCKS: &[&str] = &["SystemTime::now", "Utc::now", "Local::now"];
const MONOTONIC: &[&str] = &["actors/mesh/src/", "actors/labor/src/"];
/// What is about the clock on the wall: the log says when, and a user gives hours of the day.
const OF_THE_WALL: &[&str] = &["actors/mesh/src/audit.rs", "actors/mesh/src/node/limits.rs"];
/// How egui writes a colour.
const COLOURS: &[&str] = &[
    "Color32::from_rgb",
    "Color32::from_gray",
    "Color32::from_black_alpha",
    "Color32::from_white_alpha",
    "Color32::from_additive",
    "Color32::from_hex",
    "hex_color!",
    "Rgba::from_rgb",
    "Rgba::from_gray",
    "Rgba::from_white",
    "Rgba::from_black",
    "Hsva::new",
];

struct Source {
    /// From the top of the repository, with `/`.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        collect(&root().join(folder), folder, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, name: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of ours") {
        let entry = entry.expect("an entry");
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a type").is_dir() {
            if entry.file_name() != "target" {
                collect(&entry.path(), &path, found);
            }
        } else if path.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).expect("UTF-8");
            found.push(Source { path, text });
        }
    }
}

/// Lines that are compiled into the product, with their numbers from 1: no comment, no test.
fn product_lines(source: &Source) -> Vec<(usize, &str)> {
    if is_for_tests(&source.path) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut after_cfg_test = false;
    for (index, line) in source.text.lines().enumerate() {
        let code = line.trim_start();
        if after_cfg_test && code.starts_with("mod ") {
            // Tests stand at the end of a file.
            break;
        }
        after_cfg_test = code == "#[cfg(test)]";
        if !code.starts_with("//") {
            lines.push((index + 1, line));
        }
    }
    lines
}

fn is_for_tests(path: &str) -> bool {
    let folders = ["tests", "benches", "examples"];
    path.split('/').any(|part| folders.contains(&part)) || path.ends_with("/tests.rs")
}

/// One sentence for each rule that a file breaks.
fn breaches(source: &Source) -> Vec<String> {
    let path = &source.path;
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > LINES_MAX {
        found.push(format!("{path} has {lines} lines, more than {LINES_MAX}"));
    }
    if !source.text.starts_with("//! ") {
        found.push(format!(
            "{path} does not say in its first line what it is for"
        ));
    }
    for part in path.trim_end_matches(".rs").split(['/', '_']) {
        if EMPTY_NAMES.contains(&part) {
            found.push(format!(
                "{path}: `{part}` says nothing about what is inside"
            ));
        }
    }
    for (number, line) in product_lines(source) {
        for (call, reason) in NEVER_CALLED {
            if line.contains(call) {
                found.push(format!("{path}:{number}: `{call}` {reason}"));
            }
        }
        if path.starts_with("kernels/") {
            found.extend(NEVER_IN_KERNELS.iter().filter(|name| line.contains(*name)).map(|name| {
                format!("{path}:{number}: `{name}` in a kernel, which takes values and returns values")
            }));
        }
        let timed = MONOTONIC.iter().any(|folder| path.starts_with(folder));
        if timed && !OF_THE_WALL.contains(&path.as_str()) {
            found.extend(SET_CLOCKS.iter().filter(|clock| line.contains(*clock)).map(|clock| {
                format!("{path}:{number}: `{clock}` jumps when somebody sets it; a decision takes `Instant`")
            }));
        }
        // A picture that is drawn as it is takes white as its tint.
        let picture = line.contains(".image(");
        if path.starts_with("app/src/")
            && !path.starts_with("app/src/theme")
            && !picture
            && is_colour(line)
        {
            found.push(format!("{path}:{number}: a colour outside app/src/theme"));
        }
        if let Some(name) = empty_type_name(line) {
            found.push(format!(
                "{path}:{number}: `{name}` says nothing about what it is"
            ));
        }
    }
    found
}

fn is_colour(line: &str) -> bool {
    let named = line.match_indices("Color32::").any(|(at, prefix)| {
        let name: String = line[at + prefix.len()..]
            .chars()
            .take_while(|c| c.is_ascii_uppercase() || *c == '_')
            .collect();
        name.len() > 1 && name != "TRANSPARENT" && name != "PLACEHOLDER"
    });
    named || COLOURS.iter().any(|colour| line.contains(colour))
}

fn empty_type_name(line: &str) -> Option<String> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find(|word| matches!(*word, "struct" | "enum" | "trait"))?;
    let name = words.next()?;
    let ends = ["Manager", "Helper", "Utils", "Util"];
    ends.iter()
        .any(|end| name.ends_with(end))
        .then(|| name.to_owned())
}

#[test]
fn every_file_keeps_the_house_rules() {
    let sources = sources();
    assert!(
        sources.len() > 40,
        "only {} files were found",
        sources.len()
    );
    let found: Vec<String> = sources.iter().flat_map(breaches).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_folder_says_what_it_is() {
    for folder in FOLDERS {
        let path = root().join(folder).join("README.md");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(
            lines >= README_LINES_MIN,
            "{folder}/README.md has {lines} lines, fewer than {README_LINES_MIN}"
        );
    }
}

#[test]
fn the_top_level_is_fixed() {
    for entry in fs::read_dir(root()).expect("the repository") {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        let known = name.starts_with('.') || TOP_LEVEL.contains(&name.as_str());
        assert!(known, "{name} has no place at the top level");
    }
}

/// Expects that a file at `path` with `text` breaks exactly one rule, in these words.
fn check_breach(path: &str, text: &str, words: &str) {
    let text = format!("//! What it is for.\n{text}");
    let found = breaches(&Source {
        path: path.to_owned(),
        text,
    });
    assert_eq!(found.len(), 1, "{path}: {found:?}");
    assert!(found[0].contains(words), "{found:?}");
}

#[test]
fn each_rule_can_fail() {
    check_breach("app/src/a.rs", &"\n".repeat(LINES_MAX), "401 lines");
    check_breach("app/src/string_utils.rs", "", "`utils` says nothing");
    check_breach("actors/misc/src/a.rs", "", "`misc` says nothing");
    check_breach("app/src/a.rs", "pub struct FrameManager;", "`FrameManager`");
    check_breach(
        "actors/study/src/a.rs",
        "address.do_send(Scan);",
        "mailbox bound",
    );
    check_breach(
        "actors/study/src/a.rs",
        "let a = b.unwrap();",
        "panics without a reason",
    );
    check_breach("actors/study/src/a.rs", "todo!()", "promise");
    check_breach(
        "kernels/labor/src/a.rs",
        "use std::time::Duration;",
        "in a kernel",
    );
    check_breach(
        "actors/mesh/src/node/peers.rs",
        "let now = SystemTime::now();",
        "jumps when somebody sets it",
    );
    check_breach(
        "app/src/panels/a.rs",
        "let c = Color32::from_rgb(1, 2, 3);",
        "colour outside",
    );
    check_breach(
        "app/src/panels/a.rs",
        "let c = egui::Color32::RED;",
        "colour outside",
    );
    let nameless = Source {
        path: "app/src/a.rs".to_owned(),
        text: "fn a() {}".to_owned(),
    };
    assert_eq!(breaches(&nameless).len(), 1);
}

#[test]
fn tests_comments_and_the_theme_are_free() {
    let free = [
        (
            "app/src/theme/palette.rs",
            "pub const INK: Color32 = Color32::from_rgb(1, 2, 3);",
        ),
        ("app/src/a.rs", "let none = Color32::TRANSPARENT;"),
        ("app/src/a.rs", "// never .unwrap() here"),
        ("actors/mesh/src/audit.rs", "let at = Utc::now();"),
        ("app/src/a.rs", "#[cfg(test)]\nmod tests {\n a.unwrap(); }"),
        (
            "kernels/labor/tests/a.rs",
            "use std::time::Instant; a.unwrap();",
        ),
        ("kernels/labor/examples/a.rs", "use std::time::Instant;"),
    ];
    for (path, text) in free {
        let text = format!("//! What it is for.\n{text}");
        let found = breaches(&Source {
            path: path.to_owned(),
            text,
        });
        assert!(found.is_empty(), "{found:?}");
    }
}
