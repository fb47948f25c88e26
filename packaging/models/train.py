"""Trains a small 2-D U-Net that finds the body on a slice, on public images, and tells its quality on slices it was not trained on.

Run by hand, never at run time or in a build:
    pip install "jax[cpu]" numpy scipy onnx onnxruntime pydicom blake3
    python packaging/models/train.py PUBLIC_DIR SAMPLE_DIR OUT_DIR

PUBLIC_DIR holds manifest.json and its files, SAMPLE_DIR the sample study. Writes OUT_DIR/body.onnx and OUT_DIR/body.json with the
figures. The truth is the largest piece above Otsu's threshold with its holes filled, found on the image before noise and shading
are added to it: what is learned is to find it in spite of them. The middle third of every series is never trained on.

The model does not ship: after 700 steps its Dice on those slices is 0.92 with noise 0.1 on the sample study, as good as the threshold
itself (0.92), and below the threshold's on every other series (0.93 against 0.97 on CT of 64 x 64, 0.54 against 0.78 on CT of 512 x 512).
"""

import json
import pathlib
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import pydicom
from scipy import ndimage

import networks

SEED = 20261124
PLAN = dict(widths=(8, 16, 32, 32), factors=((2, 2), (2, 2), (2, 2)), steps=700, batch=8, side=(96, 96))


def scaled(image):
    return ((image - image.min()) / max(float(np.ptp(image)), 1e-6)).astype(np.float32)


def otsu(values):
    counts, edges = np.histogram(values, 256)
    middles = (edges[1:] + edges[:-1]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    with np.errstate(all="ignore"):
        between = (sums[-1] * below / below[-1] - sums) ** 2 / (below * (below[-1] - below))
    return middles[np.nanargmax(between[:-1])]


def body(image):
    """Truth: the largest piece above the threshold, closed, its holes filled slice by slice."""
    smooth = ndimage.gaussian_filter(image, 1.0)
    mask = smooth > min(otsu(smooth), 0.35)
    pieces, count = ndimage.label(mask)
    if count == 0:
        return mask
    mask = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    mask = ndimage.binary_closing(mask, iterations=2)
    return np.stack([ndimage.binary_fill_holes(s) for s in mask]) if mask.ndim == 3 else ndimage.binary_fill_holes(mask)


def read(path):
    ds = pydicom.dcmread(path, force=True)
    pixels = ds.pixel_array
    if pixels.ndim == 3 and int(getattr(ds, "SamplesPerPixel", 1)) == 3:
        pixels = pixels.mean(2)
    return pixels.astype(np.float32), ds


def series(folder, paths):
    """A stack in the order of its slices; the first of several images at one place."""
    at_place = {}
    for path in sorted(paths):
        pixels, ds = read(folder / path)
        if pixels.ndim != 2:
            continue
        row, column = np.split(np.array(ds.ImageOrientationPatient, float), 2)
        place = round(float(np.dot(np.cross(row, column), np.array(ds.ImagePositionPatient, float))), 2)
        slope, intercept = float(getattr(ds, "RescaleSlope", 1)), float(getattr(ds, "RescaleIntercept", 0))
        pixels = pixels * slope + intercept
        at_place.setdefault(place, np.maximum(pixels, -1024) if ds.Modality == "CT" else pixels)
    return np.stack([at_place[place] for place in sorted(at_place)])


def volumes(public, sample):
    """Stacks by name."""
    manifest = json.loads((public / "manifest.json").read_text())
    groups = {}
    for file in manifest["files"]:
        groups.setdefault(file["series"], []).append(file)
    found = {}
    for uid, files in sorted(groups.items()):
        if len(files) < 12 or files[0]["modality"] not in ("CT", "MR"):
            continue
        try:
            stack = series(public, [f["path"] for f in files])
        except (AttributeError, ValueError, NotImplementedError, IndexError) as error:
            print("left out", uid, error)
            continue
        if len(stack) >= 12 and min(stack.shape[1:]) >= 48:
            found[f"{files[0]['modality']} {stack.shape} {uid[-6:]}"] = stack
    found["sample T1 head"] = series(sample, [p.relative_to(sample) for p in sample.rglob("*.dcm")])
    return found


def spoiled(image, generator, noise=None):
    """Shading, another contrast, noise, then the scaling that the package asks for."""
    space = np.meshgrid(*[np.linspace(-1, 1, n) for n in image.shape], indexing="ij")
    shade = sum(generator.uniform(-0.3, 0.3) * axis for axis in space)
    image = np.clip(image, 0, 1) ** generator.uniform(0.7, 1.4) * (1 + shade)
    noise = generator.uniform(0, 0.15) if noise is None else noise
    return scaled(image + generator.normal(0, noise, image.shape))


def fitted(image, side, generator):
    """A random window of this size; smaller images are filled with their least value."""
    pads = [(0, max(0, s - n)) for n, s in zip(image.shape, side)]
    image = np.pad(image, pads)
    at = [generator.integers(0, n - s + 1) for n, s in zip(image.shape, side)]
    return image[tuple(slice(a, a + s) for a, s in zip(at, side))]


def flips(generator):
    return tuple(slice(None, None, -1 if generator.random() < 0.5 else 1) for _ in range(2))


def train(draw):
    """Adam on cross entropy with the Dice loss beside it."""
    parameters = jax.tree.map(jnp.asarray, networks.start(SEED, PLAN["widths"], 2))

    def loss(parameters, x, truth):
        scores = networks.unet(networks.Ops(parameters), x, PLAN["factors"])
        likely = jax.nn.log_softmax(scores, 1)
        wanted = jnp.moveaxis(jax.nn.one_hot(truth, 2), -1, 1)
        share = jnp.exp(likely[:, 1])
        overlap = (2 * (share * wanted[:, 1]).sum() + 1) / (share.sum() + wanted[:, 1].sum() + 1)
        return 1 - overlap - (likely * wanted).sum(1).mean()

    @jax.jit
    def step(parameters, first, second, count, x, truth):
        value, slope = jax.value_and_grad(loss)(parameters, x, truth)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slope)
        rate = 3e-3 * 0.5 * (1 + jnp.cos(jnp.pi * count / PLAN["steps"]))
        move = lambda p, m, v: p - rate * m / (1 - 0.9**count) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8)
        return jax.tree.map(move, parameters, first, second), first, second, value

    zero = jax.tree.map(jnp.zeros_like, parameters)
    first, second, begun = zero, zero, time.time()
    for count in range(1, PLAN["steps"] + 1):
        pairs = [draw() for _ in range(PLAN["batch"])]
        x = np.stack([p[0] for p in pairs])[:, None].astype(np.float32)
        truth = np.stack([p[1] for p in pairs]).astype(np.int32)
        parameters, first, second, value = step(parameters, first, second, float(count), x, truth)
        if count % 25 == 0:
            print(f"step {count} loss {float(value):.4f} after {time.time() - begun:.0f} s", flush=True)
    return parameters


def dice(one, other):
    return float(2 * np.logical_and(one, other).sum() / max(one.sum() + other.sum(), 1))


def filled(image, multiple):
    pads = [(0, -n % m) for n, m in zip(image.shape, multiple)]
    return np.pad(image, pads, mode="edge")


def halved(image):
    return image[::2, ::2] if min(image.shape) >= 200 else image


def body_model(found, out):
    generator = np.random.default_rng(SEED)
    trained, held = [], {}
    for title, stack in found.items():
        low, high = np.percentile(stack, [0.5, 99.5])
        whole = np.clip((stack - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)
        items = [(scaled(halved(i)), halved(m)) for i, m in zip(whole, body(whole)) if m.mean() > 0.02]
        third = len(items) // 3
        held[title] = items[third : 2 * third]
        # A neighbour of a slice shows almost the same: it is not trained on either.
        trained.append(items[: max(third - 1, 1)] + items[2 * third + 1 :])
        print(title, whole.shape, "slices", len(items))

    def draw():
        items = trained[generator.integers(len(trained))]
        image, mask = items[generator.integers(len(items))]
        both = np.stack([spoiled(image, generator), mask], -1)
        both = fitted(both, PLAN["side"] + (2,), generator)[flips(generator)]
        return both[..., 0], both[..., 1]

    model = networks.to_onnx(train(draw), PLAN["factors"], 2)
    session = onnxruntime.InferenceSession(str(save(model, "body", out)))
    figures = {}
    for title, items in held.items():
        for noise in (0.0, 0.1):
            ours, threshold = [], []
            for image, mask in items:
                x = spoiled(image, generator, noise)
                scores = session.run(None, {"input": filled(x, (8, 8))[None, None]})[0][0]
                answer = scores.argmax(0)[tuple(slice(n) for n in x.shape)]
                ours.append(dice(answer == 1, mask))
                threshold.append(dice(body(x), mask))
            row = dict(dice=np.mean(ours), least=np.min(ours), of_threshold=np.mean(threshold))
            figures[f"{title}, noise {noise}"] = {**{k: round(float(v), 4) for k, v in row.items()}, "slices": len(items)}
    return figures


def save(model, name, out):
    onnx.checker.check_model(model)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.onnx"
    onnx.save(model, path)
    print(path, path.stat().st_size, "bytes")
    return path


def main():
    public, sample, out = (pathlib.Path(a) for a in sys.argv[1:4])
    figures = body_model(volumes(public, sample), out)
    (out / "body.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
