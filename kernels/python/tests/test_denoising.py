"""Bilateral filter, histograms, noise removal, unmixing and formulas give what numpy, scipy and scikit-image give."""

import numpy as np
import pytest
import scipy.ndimage as ndi
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.filters import threshold_otsu

from clisonix.liam import BinaryAlgebra, BitMask, mask_formula

ALGEBRA = BinaryAlgebra()
VALUES = st.floats(-3000, 3000, width=32)
VOLUMES = hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=9), elements=VALUES)


@given(VOLUMES, st.floats(0, 100))
@settings(deadline=None)
def test_histograms_and_percentiles_are_numpys(volume, percent):
    low, high = float(volume.min()), float(volume.max()) + 1.0
    expected, _ = np.histogram(volume.astype(np.float64), 37, (low, high))
    np.testing.assert_array_equal(ALGEBRA.histogram(volume, low, high, 37), expected)
    expected = np.percentile(volume.astype(np.float64), percent)
    assert abs(ALGEBRA.percentile(volume, percent) - expected) < 1e-9 * 3000


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=40)
def test_otsus_threshold_is_that_of_skimage(seed):
    random = np.random.default_rng(seed)
    image = np.concatenate([random.normal(0, 20, 900), random.normal(200, 30, 700)]).astype(np.float32).reshape(40, 40)
    width = (image.max() - image.min()) / 256
    assert abs(ALGEBRA.otsu(image) - threshold_otsu(image)) <= width * 1.01


@given(VOLUMES, st.floats(0.3, 1.5), st.floats(5, 500))
@settings(deadline=None, max_examples=30)
def test_the_bilateral_filter_is_its_definition(volume, sigma, sigma_value):
    radius = int(np.ceil(2 * sigma))
    padded = np.pad(volume.astype(np.float64), radius, mode="symmetric")
    total, weights = np.zeros(volume.shape), np.zeros(volume.shape)
    steps = range(2 * radius + 1)
    for z in steps:
        for y in steps:
            for x in steps:
                other = padded[z : z + volume.shape[0], y : y + volume.shape[1], x : x + volume.shape[2]]
                near = ((z - radius) ** 2 + (y - radius) ** 2 + (x - radius) ** 2) / sigma**2
                weight = np.exp(-0.5 * (near + ((other - volume) / sigma_value) ** 2))
                total += weight * other
                weights += weight
    np.testing.assert_allclose(ALGEBRA.bilateral(volume, sigma, sigma_value), total / weights, rtol=0, atol=0.2)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_unmixing_is_constrained_least_squares(seed):
    random = np.random.default_rng(seed)
    spectra = (random.random((3, 2)) * 300).astype(np.float32)
    # Materials that can hardly be told apart have no stable answer.
    across = spectra[1:].astype(np.float64) - spectra[0]
    if abs(np.linalg.det(across)) < 3000:
        return
    shares = random.dirichlet(np.ones(3), 50)
    channels = (shares @ spectra).astype(np.float32)
    np.testing.assert_allclose(ALGEBRA.unmix(channels, spectra), shares, rtol=0, atol=2e-3)
    many = (random.random((2, 5)) * 300).astype(np.float32)
    channels = (random.random((50, 5)) * 300).astype(np.float32)
    expected = np.linalg.lstsq(many.T.astype(np.float64), channels.T.astype(np.float64), rcond=None)[0].T
    np.testing.assert_allclose(ALGEBRA.unmix(channels, many, sum_to_one=False), expected, rtol=0, atol=5e-2)


@given(st.integers(0, 10_000), st.floats(0.5, 5))
@settings(deadline=None, max_examples=30)
def test_a_formula_is_what_scipy_gives_for_its_parts(seed, radius):
    random = np.random.default_rng(seed)
    shape, spacing = (20, 9, 70), (2.0, 0.8, 0.7)
    a, b = random.random(shape) < 0.5, random.random(shape) < 0.01
    image = random.normal(0, 100, shape).astype(np.float32)
    near = ndi.distance_transform_edt(~b, sampling=spacing) <= radius * (1 + 1e-9) if b.any() else b
    text = f"A and not dilate(B, {radius} mm) or image > 150"
    found = mask_formula(text, spacing_mm=spacing, A=BitMask.from_array(a), B=BitMask.from_array(b), image=image)
    np.testing.assert_array_equal(found.to_array(), a & ~near | (image > np.float32(150)))


def test_noise_is_removed_and_its_deviation_told():
    random = np.random.default_rng(5)
    time = np.arange(40)[:, None, None, None]
    z, y, x = np.meshgrid(np.arange(3), np.arange(8), np.arange(8), indexing="ij")
    clean = 100 + 40 * np.sin(time / 7) * x + 20 * np.cos(time / 3) * (y + z)
    noisy = (clean + random.normal(0, 5, clean.shape)).astype(np.float32)
    found, sigma = ALGEBRA.mp_pca(noisy)
    rms = lambda values: np.sqrt(np.mean((values - clean) ** 2))  # noqa: E731
    assert rms(found) < rms(noisy) / 1.5
    assert abs(sigma.mean() - 5) < 0.7


def test_temporal_components_are_numpys():
    series = np.random.default_rng(3).standard_normal((12, 3, 5, 7)).astype(np.float32)
    factors = ALGEBRA.casorati_compress(series, 12)
    expected = np.linalg.svd(series.reshape(12, -1).astype(np.float64), compute_uv=False)
    np.testing.assert_allclose(factors.s, expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: mask_formula("A and"), "character 6"),
        (lambda: mask_formula("A and B", A=BitMask.from_array(np.ones((1, 2, 3), bool))), "B"),
        (lambda: ALGEBRA.otsu(np.full((2, 2), np.nan, np.float32)), "nan"),
        (lambda: ALGEBRA.histogram(np.ones((2, 2), np.float32), 0, 1, 0), "bins"),
        (lambda: ALGEBRA.percentile(np.ones((2, 2), np.float32), 101), "percent"),
        (lambda: ALGEBRA.bilateral(np.ones((2, 2), np.float32), 1, 0), "sigma_value"),
        (lambda: ALGEBRA.clahe(np.ones((2, 2), np.float32), 3), "tiles"),
        (lambda: ALGEBRA.mp_pca(np.ones((1, 2, 2, 2), np.float32)), "images"),
        (lambda: ALGEBRA.unmix(np.ones((4, 2), np.float32), np.ones((3, 2), np.float32)), "spectra"),
        (lambda: ALGEBRA.unmix(np.ones((4, 2), np.float32), np.ones((3, 1), np.float32)), "channels"),
    ],
)
def test_a_wrong_value_is_named(call, named):
    with pytest.raises(ValueError, match=f"(?i){named}"):
        call()


def test_a_wrong_type_is_named():
    with pytest.raises(TypeError, match="series"):
        ALGEBRA.mp_pca(np.ones((2, 2), np.float32))
