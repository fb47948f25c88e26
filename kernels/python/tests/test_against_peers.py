"""The wheel gives what numpy, scipy, scikit-image and cc3d give, on inputs that hypothesis thinks of."""

import cc3d
import numpy as np
import scipy.ndimage as ndi
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.morphology import ball

from clisonix.liam import BinaryAlgebra, BitMask, SeriesPass

ALGEBRA = BinaryAlgebra()
VALUES = st.floats(-3000, 3000, width=32)
VOLUMES = hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=12), elements=VALUES)
MASKS = hnp.arrays(
    np.bool_,
    st.tuples(st.integers(1, 6), st.integers(1, 12), st.integers(1, 140)),
    elements=st.booleans(),
    fill=st.booleans(),
)
MODES = {"reflect": "reflect", "mirror": "mirror", "nearest": "nearest", "wrap": "wrap", "constant": "constant"}
STRUCTURE = {6: 1, 18: 2, 26: 3}


@given(st.integers(1, 40), st.integers(1, 300), st.integers(1, 40), st.sampled_from([np.float32, np.float64]), st.booleans())
@settings(deadline=None, max_examples=60)
def test_a_product_is_numpys(n, m, p, dtype, turned):
    random = np.random.default_rng(n * 7 + m * 3 + p)
    data = random.standard_normal((m, n)).astype(dtype).T if turned else random.standard_normal((n, m)).astype(dtype)
    weights = random.standard_normal((p, m)).astype(dtype)
    found = ALGEBRA.transform_matrix(data, weights)
    assert found.dtype == dtype and found.shape == (n, p)
    exact = data.astype(np.float64) @ weights.astype(np.float64).T
    np.testing.assert_allclose(found, exact, rtol=0, atol=np.finfo(dtype).eps * m * 8)


@given(st.sampled_from([np.uint8, np.int8, np.uint16, np.int16]), st.floats(-3, 3), st.floats(-2000, 2000))
@settings(deadline=None)
def test_stored_integers_are_rescaled_as_numpy_does(dtype, slope, intercept):
    limits = np.iinfo(dtype)
    stored = np.random.default_rng(1).integers(limits.min, limits.max, (50, 3), dtype, endpoint=True)
    weights = np.array([[0.5, -1, 2], [1, 1, 1]], np.float32)
    values = (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    found = ALGEBRA.transform_matrix(stored, weights, slope=slope, intercept=intercept)
    np.testing.assert_array_equal(found, ALGEBRA.transform_matrix(values, weights))


@given(VOLUMES, st.floats(0, 3), st.sampled_from(sorted(MODES)))
@settings(deadline=None, max_examples=60)
def test_a_gaussian_is_scipys(volume, sigma, mode):
    expected = ndi.gaussian_filter(volume.astype(np.float64), sigma, mode=MODES[mode])
    np.testing.assert_allclose(ALGEBRA.gaussian(volume, sigma, mode=mode), expected, rtol=0, atol=2e-3)


@given(VOLUMES, st.integers(0, 2), st.sampled_from(sorted(MODES)))
@settings(deadline=None, max_examples=60)
def test_median_mean_sobel_and_laplacian_are_scipys(volume, axis, mode):
    np.testing.assert_array_equal(ALGEBRA.median(volume, 1, mode=mode), ndi.median_filter(volume, 3, mode=MODES[mode]))
    double = volume.astype(np.float64)
    close = dict(rtol=0, atol=0.05)
    np.testing.assert_allclose(ALGEBRA.mean(volume, 1, mode=mode), ndi.uniform_filter(double, 3, mode=MODES[mode]), **close)
    np.testing.assert_allclose(ALGEBRA.sobel(volume, axis, mode=mode), ndi.sobel(double, axis, mode=MODES[mode]), **close)
    np.testing.assert_allclose(ALGEBRA.laplacian(volume, mode=mode), ndi.laplace(double, mode=MODES[mode]), **close)


@given(VOLUMES, st.sampled_from(["nearest", "linear"]), st.lists(st.floats(-0.9, 0.9), min_size=6, max_size=6))
@settings(deadline=None, max_examples=80)
def test_a_plane_is_scipys_map_coordinates(volume, interpolation, steps):
    shape, origin = (9, 11), [s / 3 for s in volume.shape]
    row, column = np.array(steps[:3]), np.array(steps[3:])
    found = ALGEBRA.plane(volume, origin, list(row), list(column), shape, interpolation=interpolation, outside=np.nan)
    i, j = np.mgrid[: shape[0], : shape[1]]
    points = np.array([origin[a] + i * row[a] + j * column[a] for a in range(3)])
    order = 0 if interpolation == "nearest" else 1
    expected = ndi.map_coordinates(volume.astype(np.float64), points, order=order, mode="nearest")
    half = np.array(volume.shape)[:, None, None] - 0.5
    inside = np.all((points > -0.499999) & (points < half - 1e-6), axis=0)
    outside = np.any((points < -0.500001) | (points > half + 1e-6), axis=0)
    assert np.isnan(found[outside]).all() and not np.isnan(found[inside]).any()
    # Halfway between two voxels both neighbours are right.
    apart = np.abs(points - np.floor(points) - 0.5).min(axis=0) > 1e-6 if order == 0 else np.ones(shape, bool)
    sure = inside & apart
    np.testing.assert_allclose(found[sure], expected[sure], rtol=0, atol=0 if order == 0 else 5e-3)


def test_cubic_gives_a_quadratic_and_lanczos_a_constant():
    z, y, x = np.mgrid[:12, :14, :16].astype(np.float32)
    volume = z * z + 2 * y * x - x
    cubic = ALGEBRA.plane(volume, [4, 4, 4], [0.3, 0.2, 0.1], [0.1, -0.1, 0.3], (6, 7), interpolation="cubic")
    i, j = np.mgrid[:6, :7]
    at = [4 + i * r + j * c for r, c in zip([0.3, 0.2, 0.1], [0.1, -0.1, 0.3])]
    np.testing.assert_allclose(cubic, at[0] ** 2 + 2 * at[1] * at[2] - at[2], atol=2e-3)
    constant = np.full((8, 8, 8), 7, np.float32)
    lanczos = ALGEBRA.plane(constant, [1, 1, 1], [0.3, 0.2, 0.1], [0.1, 0.1, 0.3], (6, 7), interpolation="lanczos")
    np.testing.assert_allclose(lanczos, 7, atol=1e-5)


@given(MASKS, st.sampled_from([6, 18, 26]), st.integers(0, 2))
@settings(deadline=None, max_examples=60)
def test_morphology_is_scipys(array, neighbours, iterations):
    mask = BitMask.from_array(array)
    np.testing.assert_array_equal(mask.to_array(), array)
    structure = ndi.generate_binary_structure(3, STRUCTURE[neighbours])
    if iterations:
        for ours, theirs, border in [
            (mask.erode(neighbours, iterations), ndi.binary_erosion, 0),
            (mask.erode(neighbours, iterations, border="full"), ndi.binary_erosion, 1),
            (mask.dilate(neighbours, iterations), ndi.binary_dilation, 0),
        ]:
            expected = theirs(array, structure, iterations, border_value=border)
            np.testing.assert_array_equal(ours.to_array(), expected)
    np.testing.assert_array_equal((~mask).to_array(), ~array)
    np.testing.assert_array_equal(mask.fill_holes().to_array(), ndi.binary_fill_holes(array))
    assert mask.count() == array.sum()
    assert BitMask.from_run_lengths(mask.to_run_lengths()) == mask


@given(MASKS, st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_a_radius_in_mm_is_a_ball(array, radius):
    found = BitMask.from_array(array).dilate_mm(radius, [1, 1, 1]).to_array()
    np.testing.assert_array_equal(found, ndi.binary_dilation(array, ball(radius)))


@given(MASKS, st.sampled_from([6, 18, 26]))
@settings(deadline=None, max_examples=60)
def test_components_are_those_of_cc3d(array, neighbours):
    found = BitMask.from_array(array).components(neighbours)
    labels = found.labels()
    expected, count = cc3d.connected_components(array.view(np.uint8), connectivity=neighbours, return_N=True)
    assert len(found) == count
    pairs = np.unique(np.stack([labels.ravel(), np.ascontiguousarray(expected).ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(labels)) == len(np.unique(expected))
    np.testing.assert_array_equal(found.voxels, np.bincount(labels.ravel(), minlength=count + 1)[1:])
    if count:
        centroids = ndi.center_of_mass(array, labels, np.arange(1, count + 1))
        np.testing.assert_allclose(found.centroids, centroids, atol=1e-9)


@given(MASKS)
@settings(deadline=None, max_examples=40)
def test_distances_are_scipys(array):
    spacing = [2.5, 0.7, 0.9]
    found = BitMask.from_array(array).distance_mm(spacing)
    if array.any():
        expected = ndi.distance_transform_edt(~array, sampling=spacing)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    else:
        assert np.isinf(found).all()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 20))
@settings(deadline=None, max_examples=40)
def test_a_compression_is_close_to_the_best_one(rows, columns, k):
    k = min(k, rows, columns)
    x = np.random.default_rng(rows * 61 + columns).standard_normal((rows, columns)).astype(np.float32)
    factors = ALGEBRA.svd_compress(x, k=k)
    error = np.linalg.norm(x - factors.reconstruct())
    best = np.sqrt((np.linalg.svd(x.astype(np.float64), compute_uv=False)[k:] ** 2).sum())
    assert error <= 1.01 * best + 1e-4 * np.linalg.norm(x)
    np.testing.assert_array_equal(factors.reconstruct((0, 1), (0, 1)), factors.reconstruct()[:1, :1])


def test_dense_operations_are_numpys():
    random = np.random.default_rng(5)
    for dtype in (np.float32, np.float64):
        a, b = random.standard_normal((2, 12, 12)).astype(dtype)
        close = dict(rtol=0, atol=2e4 * np.finfo(dtype).eps)
        np.testing.assert_allclose(ALGEBRA.hadamard(a, b), a * b, **close)
        np.testing.assert_allclose(ALGEBRA.kronecker(a, b), np.kron(a, b), **close)
        np.testing.assert_allclose(ALGEBRA.matrix_power(a, 3), np.linalg.matrix_power(a, 3), **close)
        np.testing.assert_allclose(ALGEBRA.linear_solve(a + 12 * np.eye(12, dtype=dtype), b), np.linalg.solve(a + 12 * np.eye(12, dtype=dtype), b), **close)
        assert abs(ALGEBRA.frobenius_norm(a) - np.linalg.norm(a)) < 1e-5
        values, vectors = ALGEBRA.spectral_decomposition(a + a.T)
        np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh((a + a.T).astype(np.float64)), atol=1e-8)
        np.testing.assert_allclose((vectors * values) @ vectors.T, a + a.T, atol=1e-6)
        found = ALGEBRA.analyse(a)
        np.testing.assert_allclose(found["covariance"], np.cov(a.astype(np.float64), rowvar=False), atol=1e-8)
    x, y = random.standard_normal((2, 9)).astype(np.float32)
    np.testing.assert_array_equal(ALGEBRA.outer(x, y), np.outer(x, y))
    i, j = random.integers(-128, 128, (2, 20, 300), np.int8)
    np.testing.assert_array_equal(ALGEBRA.transform_i8(i, j), i.astype(np.int32) @ j.astype(np.int32).T)


@given(st.floats(2, 4000), st.floats(-1000, 1000), st.floats(0.1, 3), st.floats(-1024, 0))
@settings(deadline=None)
def test_grey_levels_are_those_of_the_standard(width, center, slope, intercept):
    stored = np.arange(-32768, 32767, 7, np.int16)
    value = stored * slope + intercept
    expected = np.clip(((value - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
    found = ALGEBRA.window(stored, center, width, slope=slope, intercept=intercept)
    assert np.abs(found - expected).max() < 0.51


@given(st.integers(1, 24), st.sampled_from([6, 18, 26]), st.integers(0, 5))
@settings(deadline=None, max_examples=25)
def test_a_series_in_one_pass_is_what_scipy_makes_of_the_volume(slices, neighbours, seed):
    random = np.random.default_rng(seed)
    stored = ndi.gaussian_filter(random.normal(0, 1, (slices, 24, 70)), 1.5) * 9000
    stored = np.rint(stored).astype(np.int16)
    run = SeriesPass((24, 70), sigma=1.0, k=3, low=300, opening=1.0, neighbours=neighbours)
    factors = [found for image in stored for found in run.push(image, slope=2.0, intercept=100.0)]
    last, found = run.finish()
    factors += last
    smooth = ALGEBRA.gaussian(stored.astype(np.float32) * 2 + 100, 1.0)
    mask = ndi.binary_opening(smooth >= 300, ndi.generate_binary_structure(3, 1))
    labels, count = ndi.label(mask, ndi.generate_binary_structure(3, STRUCTURE[neighbours]))
    index = np.arange(1, count + 1)
    assert len(found) == count and (found.mask().to_array() == mask).all()
    assert (np.stack([found.labels(at) for at in range(slices)]) == labels).all()
    if count:
        np.testing.assert_allclose(found.means, ndi.mean(smooth.astype(np.float64), labels, index), rtol=1e-12)
        np.testing.assert_allclose(found.deviations, ndi.standard_deviation(smooth.astype(np.float64), labels, index), rtol=1e-6, atol=1e-4)
        np.testing.assert_allclose(found.centroids, ndi.center_of_mass(mask, labels, index), rtol=1e-12)
    assert [slice for slice, _ in factors] == list(range(slices))
    for image, (_, kept) in zip(smooth, factors):
        assert (kept.u == ALGEBRA.svd_compress(image, k=3).u).all()
