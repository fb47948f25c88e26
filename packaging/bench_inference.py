#!/usr/bin/env python3
"""Measures the engines of models against Python's onnxruntime: packaging/bench_inference.py --built FOLDER --clisonix PROGRAM
--models FOLDER --series FOLDER --work FOLDER --out FILE.json.

Ours and the peer run in turn, one run each at a time, on one thread; the ratio is that of the median wall times. Answers are compared
in the same run, and one that differs by more than the tolerance ends it. A figure that is missed is printed so and sets the exit code 3.
ONNX's own operator tests are run with the built-in engine, each in a process of its own, and counted.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

arguments = argparse.ArgumentParser()
for name in ("built", "clisonix", "models", "series", "work", "out"):
    arguments.add_argument("--" + name, required=True, type=pathlib.Path)
arguments.add_argument("--repeats", type=int, default=25)
arguments.add_argument("--operators", type=pathlib.Path, help="folder of ONNX's operator tests")
ASKED = arguments.parse_args()

import numpy as np
import onnxruntime as ort

LIBRARY = sorted(pathlib.Path(ort.__file__).parent.glob("capi/libonnxruntime.so*"))[-1]
TRACT_REACH = 2.5
RUNTIME_REACH = 1.05
SERIES_REACH = 1.3
MEMORY_REACH = 0.5
TOLERANCE = 1e-4
MODELS = {
    "unet2d": ((1, 1, 256, 256), TRACT_REACH),
    "unet2d_resize": ((1, 1, 256, 256), TRACT_REACH),
    "unet3d_convT_inorm": ((1, 1, 64, 64, 64), TRACT_REACH),
    "unet3d_resize_bn": ((1, 1, 64, 64, 64), TRACT_REACH),
    "conv3": ((1, 1, 512, 512), None),
}
MISSED = []
ROWS = []


def row(name, value, reach, held):
    ROWS.append({"figure": name, "value": value, "reach": reach, "held": held})
    mark = "" if held is None else ("" if held else "  MISSED")
    print(f"{name:60} {value:9.3f}  {'' if reach is None else reach}{mark}", flush=True)
    if held is False:
        MISSED.append(name)


class Ours:
    """A model in our program, which runs it when told to."""

    def __init__(self, engine, model, values, shape):
        source = ASKED.work / f"{model.stem}.f32"
        values.tofile(source)
        command = [ASKED.built / "bench_models", engine, model, source, *map(str, shape)]
        environment = dict(os.environ, CLISONIX_ONNXRUNTIME=str(LIBRARY))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout.readline() == "ready\n", f"{engine} does not run {model}"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def seconds(self):
        return int(self.tell("run")) / 1e9

    def answer(self, shape):
        target = ASKED.work / "answer.f32"
        self.tell(f"answer {target}")
        return np.fromfile(target, np.float32).reshape(shape)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def one_thread(path, threads=1):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def latencies():
    for name, (shape, reach) in MODELS.items():
        model = ASKED.models / f"{name}.onnx"
        values = np.random.default_rng(9).standard_normal(shape).astype(np.float32)
        peer = one_thread(model)
        given = {peer.get_inputs()[0].name: values}
        expected = peer.run(None, given)[0]
        engines = {engine: Ours(engine, model, values, shape) for engine in ("tract", "onnxruntime")}
        times = {"peer": [], "tract": [], "onnxruntime": []}
        for engine, ours in engines.items():
            difference = float(np.abs(ours.answer(expected.shape) - expected).max())
            if difference > TOLERANCE:
                sys.exit(f"{engine} on {name} differs from the peer by {difference}")
        for _ in range(ASKED.repeats):
            start = time.perf_counter()
            peer.run(None, given)
            times["peer"].append(time.perf_counter() - start)
            for engine, ours in engines.items():
                times[engine].append(ours.seconds())
        for ours in engines.values():
            ours.close()
        median = {engine: statistics.median(values) for engine, values in times.items()}
        print(f"{name}: onnxruntime in Python {median['peer'] * 1e3:.2f} ms")
        ratio = median["tract"] / median["peer"]
        row(f"{name}: built-in engine, times the peer's latency", ratio, reach, None if reach is None else ratio <= reach)
        ratio = median["onnxruntime"] / median["peer"]
        row(f"{name}: ONNX Runtime in ours, times the peer's latency", ratio, RUNTIME_REACH, ratio <= RUNTIME_REACH)


PEER_SERIES = """
import pathlib, sys, time
import numpy as np, onnxruntime as ort, pydicom
start = time.perf_counter()
options = ort.SessionOptions(); options.intra_op_num_threads = 2; options.inter_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
slices = [pydicom.dcmread(path) for path in sorted(pathlib.Path(sys.argv[2]).rglob("*.dcm"))]
slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
labels = []
for s in slices:
    values = s.pixel_array.astype(np.float32) * np.float32(s.RescaleSlope) + np.float32(s.RescaleIntercept)
    values = np.clip((values + 1000) / 2000, 0, 1)
    labels.append(session.run(None, {name: values[None, None]})[0][0].argmax(0).astype(np.uint8))
np.save(sys.argv[3], np.stack(labels))
print(time.perf_counter() - start)
"""

MANIFEST = """name = "bench-unet2d"
version = "1.0.0"
summary = "A network of random weights, for measuring"
licence = "MIT"
source = "gen_models.py"
intended_use = "Measuring only"
[input]
dimensions = 2
intensity = {{ kind = "window", low = -1000.0, high = 1000.0 }}
[output]
kind = "labelmap"
labels = [{{ name = "ground", colour = [0, 0, 0] }}, {{ name = "other", colour = [255, 0, 0] }}]
[check]
input_shape = [1, 1, 64, 64]
input_digest = "{input}"
output_digest = "{output}"
tolerance = 0.0001
reference = "ONNX Runtime {version}, one thread"
"""


def children_peak_mib(command, environment):
    """Wall seconds of a command with its start, and the most memory that it held."""
    pid = os.posix_spawn(command[0], command, environment)
    start = time.perf_counter()
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def series():
    import blake3

    package = ASKED.work / "bench-unet2d"
    package.mkdir(exist_ok=True)
    model = ASKED.models / "unet2d_dyn.onnx"
    (package / "bench-unet2d.onnx").write_bytes(model.read_bytes())
    case = np.random.default_rng(5).random((1, 1, 64, 64)).astype(np.float32)
    peer = one_thread(model)
    answer = peer.run(None, {peer.get_inputs()[0].name: case})[0]
    digest = lambda array: blake3.blake3(array.tobytes()).hexdigest()
    case.tofile(package / "check-input.f32")
    answer.tofile(package / "check-output.f32")
    (package / "model.toml").write_text(MANIFEST.format(input=digest(case), output=digest(answer), version=ort.__version__))
    environment = dict(os.environ, CLISONIX_ONNXRUNTIME=str(LIBRARY))
    clisonix, home = str(ASKED.clisonix), str(ASKED.work / "home")
    subprocess.run([clisonix, "--home", home, "models", "add", str(package)], check=True, env=environment, stdout=subprocess.DEVNULL)
    ours, theirs = [], []
    out = ASKED.work / "labels"
    for turn in range(3):
        command = [clisonix, "--home", home, "run", "model", "--param", "model=bench-unet2d", "--threads", "2"]
        command += ["--input", str(ASKED.series), "--out", f"{out}-{turn}"]
        ours.append(children_peak_mib(command, environment))
        command = [sys.executable, "-c", PEER_SERIES, str(model), str(ASKED.series), str(ASKED.work / "peer.npy")]
        theirs.append(children_peak_mib(command, dict(os.environ)))
    median = lambda runs, at: statistics.median(run[at] for run in runs)
    speed = median(theirs, 0) / median(ours, 0)
    memory = median(ours, 1) / median(theirs, 1)
    print(f"series: ours {median(ours, 0):.2f} s, {median(ours, 1):.0f} MiB; peer {median(theirs, 0):.2f} s, {median(theirs, 1):.0f} MiB")
    row("200 slices through a 2-D U-Net: times the peer's throughput", speed, SERIES_REACH, speed >= SERIES_REACH)
    row("200 slices through a 2-D U-Net: memory against the peer's", memory, MEMORY_REACH, memory <= MEMORY_REACH)


def write_operator_tests(folder):
    """ONNX's own cases of single operators, each in a folder with its model and its first data."""
    import warnings

    from onnx import TensorProto, numpy_helper
    from onnx.backend.test.case import node

    warnings.simplefilter("ignore")
    makers = {"sequence_type": numpy_helper.from_list, "map_type": numpy_helper.from_dict, "optional_type": numpy_helper.from_optional}
    for case in node.collect_testcases(None):
        target = folder / case.name / "test_data_set_0"
        target.mkdir(parents=True, exist_ok=True)
        (target.parent / "model.onnx").write_bytes(case.model.SerializeToString())
        inputs, outputs = case.data_sets[0]
        for kind, values, infos in (("input", inputs, case.model.graph.input), ("output", outputs, case.model.graph.output)):
            for at, value in enumerate(values):
                make = makers.get(infos[at].type.WhichOneof("value"), numpy_helper.from_array)
                proto = value if isinstance(value, TensorProto) else make(value, infos[at].name)
                (target / f"{kind}_{at}.pb").write_bytes(proto.SerializeToString())


def operators():
    if not ASKED.operators.is_dir():
        write_operator_tests(ASKED.operators)
    folders = sorted(path.parent for path in ASKED.operators.glob("*/model.onnx"))

    def one(folder):
        try:
            done = subprocess.run([ASKED.built / "node_test", folder], capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "unsupported"
        return done.stdout.split(":")[0].strip() if done.returncode == 0 else "unsupported"

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, folders))
    counts = {kind: found.count(kind) for kind in ("passed", "wrong", "unsupported")}
    print(f"operator tests: {len(folders)}, {counts}")
    print("wrong:", ", ".join(folder.name for folder, kind in zip(folders, found) if kind == "wrong"))
    return counts


# Results of another run would be refused.
shutil.rmtree(ASKED.work, ignore_errors=True)
ASKED.work.mkdir(parents=True)
latencies()
series()
document = {"figures": ROWS, "onnxruntime": ort.__version__}
if ASKED.operators:
    document["operators"] = operators()
ASKED.out.write_text(json.dumps(document, indent=1))
sys.exit(3 if MISSED else 0)
