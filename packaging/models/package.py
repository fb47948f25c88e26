"""Makes the model packages in assets/models from ONNX files: manifest, test case, card figures.

Run by hand, never at run time or in a build:
    pip install numpy onnx onnxruntime pydicom
    python packaging/models/package.py ONNX_DIR SAMPLE_DIR assets/models

ONNX_DIR holds model5_gw_ae.onnx (brainchop, MIT, rewritten from its TensorFlow.js layers) and dncnn6x32.onnx.
The expected output of a test case is ONNX Runtime's, on one thread. Prints the figures that the cards quote.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime as ort
import pydicom

SEED = 20261124


def blake3(data: bytes) -> str:
    """The digest of some bytes, by the b3sum command or the blake3 package, whichever is there."""
    try:
        import blake3 as module

        return module.blake3(data).hexdigest()
    except ImportError:
        done = subprocess.run(["b3sum", "--no-names"], input=data, capture_output=True, check=True)
        return done.stdout.decode().split()[0]


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(model, array):
    return model.run(None, {model.get_inputs()[0].name: array})[0]


def sample_volume(folder):
    """The sample study in the order of its slices: stored values as f32, voxel size in mm, axes' directions in LPS."""
    slices = [pydicom.dcmread(path) for path in sorted(pathlib.Path(folder).glob("*.dcm"))]
    row, column = np.split(np.array(slices[0].ImageOrientationPatient, float), 2)
    normal = np.cross(row, column)
    place = lambda s: float(np.dot(normal, np.array(s.ImagePositionPatient, float)))
    slices.sort(key=place)
    volume = np.stack([s.pixel_array for s in slices]).astype(np.float32)
    between = place(slices[1]) - place(slices[0])
    spacing = [between, float(slices[0].PixelSpacing[0]), float(slices[0].PixelSpacing[1])]
    return volume, spacing, [normal, column, row]


def write(target, onnx_path, manifest, check_input, tolerance):
    """One package folder."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(onnx_path, target / f"{target.name}.onnx")
    model = session(onnx_path)
    output = run(model, check_input)
    for name, array in [("input", check_input), ("output", output)]:
        (target / f"check-{name}.f32").write_bytes(array.astype("<f4").tobytes())
    digest = {n: blake3((target / f"check-{n}.f32").read_bytes()) for n in ("input", "output")}
    manifest += f"""
[check]
input_shape = {list(check_input.shape)}
input_digest = "{digest['input']}"
output_digest = "{digest['output']}"
tolerance = {tolerance}
reference = "ONNX Runtime {ort.__version__}, one thread"
"""
    (target / "model.toml").write_text(manifest.lstrip())
    print(target.name, "weights", sum(int(np.prod(t.dims)) for t in onnx.load(onnx_path).graph.initializer))


DENOISE = """
name = "denoise"
version = "1.0.0"
summary = "Removes fine noise from a slice: a residual network of six layers (DnCNN)"
licence = "MIT OR Apache-2.0"
source = "Trained for Clisonix on public DICOM slices with added Gaussian noise; no patient data ships with it"
intended_use = "Research on noisy slices of any modality. Not for diagnosis: it may remove detail that matters, and on slices with little noise it can make them worse"

[input]
dimensions = 2
intensity = { kind = "min-max" }

[output]
kind = "image"
"""

BRAIN = """
name = "brain-tissue"
version = "1.0.0"
summary = "Grey and white matter of a T1-weighted head (brainchop MeshNet model5)"
licence = "MIT"
source = "neuroneural/brainchop, public/models/model5_gw_ae at 4c87885f, (c) 2021; layers rewritten as ONNX"
intended_use = "Research on T1-weighted MR of adult heads. Not for diagnosis, and not for volumes that decisions rest on"
modalities = ["MR"]

[input]
dimensions = 3
spacing_mm = [1.0, 1.0, 1.0]
orientation = "LIA"
intensity = { kind = "percentile", low = 0.0, high = 99.9 }
# The network sees 46 voxels around each: smaller patches cost accuracy (Dice 0.94 and 0.87 at 128).
patch = [256, 256, 256]
overlap = [96, 96, 96]

[output]
kind = "labelmap"

[[output.labels]]
name = "Background"
colour = [0, 0, 0]

[[output.labels]]
name = "White matter"
colour = [255, 255, 255]
code = "SCT:68523003"

[[output.labels]]
name = "Grey matter"
colour = [205, 62, 78]
code = "SCT:2292000"
"""


def psnr(truth, image):
    return 10 * np.log10(1.0 / np.mean((truth - image) ** 2))


def main():
    onnx_dir, sample, assets = (pathlib.Path(a) for a in sys.argv[1:4])
    volume, spacing, _ = sample_volume(sample)
    print("sample", volume.shape, spacing)
    low, high = volume.min(), volume.max()
    scaled = (volume - low) / (high - low)
    middle = scaled[len(scaled) // 2]

    patch = np.ascontiguousarray(middle[100:148, 100:164])[None, None]
    write(assets / "denoise", onnx_dir / "dncnn6x32.onnx", DENOISE, patch, 1e-4)
    model = session(onnx_dir / "dncnn6x32.onnx")
    generator = np.random.default_rng(SEED)
    for noise in (0.03, 0.05, 0.1):
        gains = []
        for index in range(0, len(volume), 3):
            plain = volume[index]
            plain = (plain - plain.min()) / max(float(np.ptp(plain)), 1e-6)
            noisy = (plain + generator.normal(0, noise, plain.shape)).astype(np.float32)
            gains.append(psnr(plain, run(model, noisy[None, None])[0, 0]) - psnr(plain, noisy))
        print(f"denoise at noise {noise}: gain {np.mean(gains):.2f} dB, least {np.min(gains):.2f} dB, {len(gains)} slices of the sample study")

    # Two crops through the middle of the head: enough of every class to tell a wrong engine.
    cube = np.ascontiguousarray(scaled[4:20, 120:152, 120:152])[None, None]
    write(assets / "brain-tissue", onnx_dir / "model5_gw_ae.onnx", BRAIN, cube, 1e-3)


main()
