//! What the tests of the whole product share: its own program, its sample study, real nodes as child processes.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The product's program, built beside the tests.
pub fn clisonix() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clisonix-under-test"));
    command.stdin(Stdio::null());
    command
}

/// The sample study that the product ships.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample")
}

/// The folder of a model that the product ships.
pub fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../assets/models")
        .join(name)
}

/// Runs to the end and returns what was printed.
pub fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// Runs a command that must succeed with one JSON document.
pub fn json(command: &mut Command) -> Value {
    let output = run(command.arg("--json"));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?} failed: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{command:?} printed no JSON document ({error}); it said {errors}")
    })
}

/// Runs a command that must fail with the code given, and returns its sentence.
pub fn refusal(command: &mut Command, code: i32) -> String {
    let output = run(command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{command:?} said: {said}");
    assert!(!said.contains("panicked"), "{command:?} panicked: {said}");
    said
}

/// A text field of a document.
pub fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document[field]
        .as_str()
        .unwrap_or_else(|| panic!("no text `{field}` in {document}"))
}

/// A child process that prints a first JSON document and lives on; killed (-9) when dropped.
pub struct Living {
    child: Child,
    /// The first document that it printed.
    pub document: Value,
}

impl Living {
    /// Starts it and waits for its first document.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .arg("--json")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(out).lines();
        let mut said = String::new();
        let document = loop {
            let line = lines
                .next()
                .expect("a document before the end")
                .expect("text");
            said.push_str(&line);
            if let Ok(document) = serde_json::from_str(&said) {
                break document;
            }
        };
        // What follows is read away, so that a full pipe never stops the child.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, document }
    }

    /// Kills it with -9, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits until it ends by itself and says whether it did well.
    pub fn end(mut self) -> bool {
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Pairs two homes through the command line of both, over the loopback interface.
pub fn pair(one: &Path, other: &Path) {
    let window = Living::start(clisonix().arg("--home").arg(other).args([
        "pair",
        "--show",
        "--listen",
        "127.0.0.1:0",
    ]));
    let address = window.document["addresses"][0]
        .as_str()
        .expect("an address")
        .to_owned();
    let code = text(&window.document, "code").to_owned();
    let joined =
        json(
            clisonix()
                .arg("--home")
                .arg(one)
                .args(["pair", &code, "--address", &address]),
        );
    assert_eq!(text(&joined, "fingerprint").split_whitespace().count(), 8);
    assert!(window.end(), "the side that shows the code ends well too");
}

/// A headless node on the loopback interface, and where it listens as `host:port`.
pub fn node(home: &Path) -> (Living, String) {
    let node = Living::start(clisonix().arg("--home").arg(home).args([
        "node",
        "--cores",
        "1",
        "--listen",
        "127.0.0.1:0",
    ]));
    let address = node.document["addresses"][0].as_str().expect("an address");
    // From `/ip4/127.0.0.1/tcp/4001` to `127.0.0.1:4001`.
    let parts: Vec<&str> = address.split('/').collect();
    let place = format!("{}:{}", parts[2], parts[4]);
    (node, place)
}

/// Everything that a reader holds, as text.
pub fn read_to_text(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).expect("text");
    text
}

/// The sample series `copies` times over, as one series in which no two slices are equal.
pub fn long_series(folder: &Path, copies: u16) -> PathBuf {
    use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
    std::fs::create_dir_all(folder).expect("a folder");
    let files = std::fs::read_dir(sample())
        .expect("the sample study")
        .flatten();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "dcm"));
    files.sort();
    for (index, path) in files.iter().enumerate() {
        let mut object = dicom_object::open_file(path).expect("it opens");
        let pixels_tag = Tag(0x7FE0, 0x0010);
        let pixels = object.element(pixels_tag).expect("pixels").to_bytes();
        let pixels = pixels.expect("bytes").into_owned();
        for copy in 0..copies {
            let number = usize::from(copy) * files.len() + index + 1;
            let instance = format!("1.2.826.0.1.3680043.8.498.9.{number}");
            object.update_meta(|meta| meta.media_storage_sop_instance_uid.clone_from(&instance));
            let put = |object: &mut dicom_object::DefaultDicomObject, tag, vr, text: String| {
                object.put(DataElement::new(tag, vr, PrimitiveValue::from(text)));
            };
            put(&mut object, Tag(0x0008, 0x0018), VR::UI, instance);
            put(&mut object, Tag(0x0020, 0x0013), VR::IS, number.to_string());
            let position = format!("0\\0\\{number}");
            put(&mut object, Tag(0x0020, 0x0032), VR::DS, position);
            let mut changed = pixels.clone();
            changed[..2].copy_from_slice(&copy.to_le_bytes());
            let value = PrimitiveValue::U8(changed.into());
            object.put(DataElement::new(pixels_tag, VR::OW, value));
            let file = folder.join(format!("{number:04}.dcm"));
            object.write_to_file(file).expect("written");
        }
    }
    folder.to_owned()
}
