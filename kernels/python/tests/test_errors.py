"""Whatever is wrong with an argument is said in a sentence that names it and its value, and the interpreter lives on."""

import threading

import numpy as np
import pytest

from clisonix.liam import BinaryAlgebra, BitMask

ALGEBRA = BinaryAlgebra()
ONES = np.ones((4, 3), np.float32)


@pytest.mark.parametrize(
    ("kind", "names", "call"),
    [
        (ValueError, ["data", "3", "weights", "2"], lambda: ALGEBRA.transform_matrix(ONES, ONES[:, :2])),
        (ValueError, ["data", "NaN", "row 1"], lambda: ALGEBRA.transform_matrix(np.array([[1], [np.nan]], np.float32), ONES[:1, :1])),
        (ValueError, ["data", "empty", "[0, 3]"], lambda: ALGEBRA.transform_matrix(ONES[:0], ONES)),
        (ValueError, ["too large"], lambda: ALGEBRA.transform_matrix(ONES * np.float32(3e38), ONES)),
        (ValueError, ["k", "0", "1 to 3"], lambda: ALGEBRA.svd_compress(ONES, k=0)),
        (ValueError, ["k", "-1"], lambda: ALGEBRA.svd_compress(ONES, k=-1)),
        (ValueError, ["k", "4", "1 to 3"], lambda: ALGEBRA.svd_compress(ONES, k=4)),
        (ValueError, ["Exactly one"], lambda: ALGEBRA.svd_compress(ONES)),
        (ValueError, ["Exactly one"], lambda: ALGEBRA.svd_compress(ONES, k=1, energy=0.5)),
        (ValueError, ["energy", "2"], lambda: ALGEBRA.svd_compress(ONES, energy=2)),
        (ValueError, ["slope", "not stored"], lambda: ALGEBRA.transform_matrix(ONES, ONES, slope=2)),
        (TypeError, ["data", "int64"], lambda: ALGEBRA.transform_matrix(np.ones((2, 2), np.int64), ONES)),
        (TypeError, ["data", "list"], lambda: ALGEBRA.transform_matrix([[1.0]], ONES)),
        (TypeError, ["weights", "float32"], lambda: ALGEBRA.transform_matrix(ONES.astype(np.float64), ONES)),
        (TypeError, ["image", "1 axes"], lambda: ALGEBRA.gaussian(np.ones(3, np.float32), 1)),
        (ValueError, ["sigma", "-1"], lambda: ALGEBRA.gaussian(ONES, -1.0)),
        (ValueError, ["mode", "zero"], lambda: ALGEBRA.gaussian(ONES, 1.0, mode="zero")),
        (ValueError, ["neighbours", "5"], lambda: BitMask.threshold(ONES).erode(5)),
        (ValueError, ["low", "NaN"], lambda: BitMask.threshold(ONES, np.nan)),
        (ValueError, ["shapes differ"], lambda: BitMask.threshold(ONES) & BitMask.threshold(ONES.T)),
        (ValueError, ["width", "1"], lambda: ALGEBRA.window(np.ones((2, 2), np.int16), 0, 1)),
        (ValueError, ["shape", "0"], lambda: ALGEBRA.plane(ONES, [0, 0, 0], [0, 1, 0], [0, 0, 1], (0, 4))),
        (ValueError, ["corner"], lambda: ALGEBRA.plane(ONES, [0, np.inf, 0], [0, 1, 0], [0, 0, 1], (2, 4))),
        (ValueError, ["decoded"], lambda: BitMask.from_run_lengths(b"CXRL\x01\xff")),
        (ValueError, ["singular"], lambda: ALGEBRA.linear_solve(np.ones((3, 3), np.float32), np.ones((3, 1), np.float32))),
    ],
)
def test_an_error_names_the_argument_and_the_value(kind, names, call):
    with pytest.raises(kind) as error:
        call()
    for name in names:
        assert name in str(error.value), error.value


def test_the_snippet_of_the_readme_runs_as_it_stands():
    for dtype in (np.float32, np.float64):
        data = np.random.default_rng(0).standard_normal((100, 80)).astype(dtype)
        weights = np.eye(80, dtype=dtype)
        algebra = BinaryAlgebra()
        transformed = algebra.transform_matrix(data, weights)
        compressed = algebra.svd_compress(transformed, k=32)
        assert compressed.k == 32 and compressed.shape == (100, 80)


def test_strides_do_not_change_a_bit():
    data = np.random.default_rng(0).standard_normal((60, 90)).astype(np.float32)
    weights = np.random.default_rng(1).standard_normal((20, 30)).astype(np.float32)
    part = data[::-2, 60::-2]
    found = ALGEBRA.transform_matrix(part[:, :30], weights)
    np.testing.assert_array_equal(found, ALGEBRA.transform_matrix(part[:, :30].copy(), weights))
    stored = (data * 1000).astype(np.int16)
    mask = BitMask.threshold(stored.T[::3], 100)
    assert mask == BitMask.threshold(stored.T[::3].copy(), 100)


def test_an_argument_is_left_as_it_was_and_results_are_the_callers():
    data = ONES.copy()
    data.flags.writeable = False
    found = ALGEBRA.transform_matrix(data, data)
    found[:] = 0
    assert (data == 1).all()


def test_other_threads_run_while_a_kernel_runs():
    volume = np.random.default_rng(0).standard_normal((40, 256, 256)).astype(np.float32)
    ticks, done = [0], threading.Event()

    def count():
        while not done.is_set():
            ticks[0] += 1

    other = threading.Thread(target=count)
    other.start()
    before = ticks[0]
    ALGEBRA.median(volume, 2)
    during = ticks[0] - before
    done.set()
    other.join()
    # With the lock held the other thread could not take a single step in seconds of work.
    assert during > 1000


def test_every_instruction_set_gives_the_same_bits():
    data = np.random.default_rng(0).standard_normal((70, 300)).astype(np.float32)
    for name in ("scalar", "AVX2", "AVX-512"):
        try:
            algebra = BinaryAlgebra(name)
        except ValueError:
            continue
        np.testing.assert_array_equal(algebra.transform_matrix(data, data), ALGEBRA.transform_matrix(data, data))
        np.testing.assert_array_equal(algebra.svd_compress(data, 8).u, ALGEBRA.svd_compress(data, 8).u)
