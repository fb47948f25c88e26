//! What several files of tests need: the packages that ship.

use std::path::Path;

use kernel_inference::ModelPackage;

/// The package of a model that ships.
pub fn shipped(name: &str) -> ModelPackage {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/models")
        .join(name);
    let read = |file: &str| std::fs::read(folder.join(file)).expect("it ships");
    ModelPackage {
        manifest: String::from_utf8(read("model.toml")).expect("text"),
        onnx: read(&format!("{name}.onnx")),
        check_input: read("check-input.f32"),
        check_output: read("check-output.f32"),
    }
}
