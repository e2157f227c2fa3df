"""Input that is odd, degenerate or wrong: a right verdict or one clear line."""

import json

import numpy as np
import pytest

from geometry import dimensionality, identify, interference_graph, leverage, template
from geometry.large import MOST_AT_ONCE

LARGE = MOST_AT_ONCE + 10  # features of a model that is too large for one table


def digons(n):
    """n features, the first two and every next two antipodal, all pairs orthogonal."""
    axes = np.eye(n // 2)
    return np.stack([axes, -axes], axis=1).reshape(n, n // 2)


def dictionary(n, m, rng):
    U = rng.normal(size=(n, m))
    return U / np.linalg.norm(U, axis=1, keepdims=True)


def checked(W, **options):
    """The verdict, after what must be true of every one."""
    verdict = identify(W, **options)
    held = [i for part in verdict.components for i in part.features]
    assert sorted(held + list(verdict.not_represented)) == list(range(len(W)))
    assert 0 <= verdict.sum_dimensionality <= min(np.shape(W)) + 1e-9
    json.dumps(verdict.to_dict(), allow_nan=False)
    for part in verdict.components:
        assert 0 <= part.dimensionality <= 1 and 0 <= part.confidence <= 1
        assert all(np.isfinite(value) for _, value in part.statistics)
    return verdict


def names(verdict):
    return {part.features: part.name for part in verdict.components}


@pytest.mark.parametrize("n", [10, LARGE])
def test_duplicate_features_are_unknown_and_leave_others_their_names(n):
    W = digons(n)
    W[3] = W[2]
    found = names(checked(W))
    assert found.pop((2, 3)) == "unknown"
    assert set(found.values()) == {"digon"} and len(found) == n // 2 - 1


@pytest.mark.parametrize("n", [10, LARGE])
def test_parallel_features_of_unequal_norm_are_unknown(n):
    W = digons(n)
    W[5] = 0.7 * W[4]
    found = names(checked(W))
    assert found.pop((4, 5)) == "unknown"
    assert set(found.values()) == {"digon"}


@pytest.mark.parametrize("n", [2, 6, LARGE])
@pytest.mark.parametrize("m", [1, 3])
def test_one_direction_many_times_is_one_unknown(n, m):
    verdict = checked(np.ones((n, m)))
    assert names(verdict) == {tuple(range(n)): "unknown"}
    assert verdict.components[0].dimension == 1
    assert verdict.sum_dimensionality == pytest.approx(1)


@pytest.mark.parametrize("n", [8, LARGE])
def test_features_along_one_axis_are_one_unknown(n):
    W = np.ones((n, 1))
    W[::2] = -0.8
    assert names(checked(W)) == {tuple(range(n)): "unknown"}


@pytest.mark.parametrize("n", [10, LARGE])
def test_zero_rows_are_not_represented_and_change_nothing(n):
    W = np.insert(digons(n), [0, 4, n], 0.0, axis=0)
    verdict = checked(W)
    assert verdict.not_represented == (0, 5, n + 2)
    assert set(verdict.names) == {"digon", "not represented"}
    assert len(verdict.components) == n // 2
    assert checked(W, represented=0).summary() == verdict.summary()


@pytest.mark.parametrize("n", [3, LARGE])
def test_nothing_but_zeros_has_no_component(n):
    verdict = checked(np.zeros((n, 2)))
    assert verdict.components == () and verdict.not_represented == tuple(range(n))


@pytest.mark.parametrize("n", [10, LARGE])
def test_directions_that_no_feature_uses_change_nothing(n, rng):
    W = np.pad(digons(n), ((0, 0), (0, 7)))
    W = W @ np.linalg.qr(rng.normal(size=(W.shape[1],) * 2))[0]
    assert np.linalg.matrix_rank(W) == n // 2
    assert checked(W).summary() == f"{n // 2} digons"


@pytest.mark.parametrize(("n", "m"), [(3, 7), (LARGE, LARGE + 50)])
def test_more_hidden_dimensions_than_features_leave_each_its_own(n, m, rng):
    W = np.linalg.qr(rng.normal(size=(m, n)))[0].T
    verdict = checked(W)
    assert verdict.summary() == f"{n} dedicated"
    assert verdict.sum_dimensionality == pytest.approx(n)


@pytest.mark.parametrize("m", [1, 2, 5])
def test_one_feature_is_dedicated(m):
    assert checked(np.full((1, m), 3.0)).summary() == "1 dedicated"


@pytest.mark.parametrize(
    ("n", "scale"),
    [(10, s) for s in (1e-310, 1e-200, 1e-20, 1e20, 1e200, 1e308)]
    + [(LARGE, 1e-310), (LARGE, 1e308)],
)
def test_scale_changes_nothing_but_what_is_represented(n, scale):
    verdict = checked(digons(n) * scale, represented=0)
    assert verdict.summary() == f"{n // 2} digons"
    if scale < 0.5:
        assert checked(digons(n) * scale).summary() == f"{n} not represented"


@pytest.mark.parametrize("n", [12, LARGE])
def test_norms_that_differ_by_many_orders_of_magnitude_leave_the_names(n):
    W = digons(n) * np.geomspace(1e-70, 1e70, n)[:, None]
    assert checked(W, represented=0).summary() == f"{n // 2} digons"


@pytest.mark.parametrize(
    ("n", "dtype"),
    [(10, t) for t in (np.float16, np.float32, ">f8", np.int8, np.int64)] + [(LARGE, np.int8)],
)
def test_every_real_dtype_gives_the_verdict_of_float64(n, dtype):
    assert checked(digons(n).astype(dtype)).summary() == f"{n // 2} digons"


def test_half_precision_is_precise_enough_for_a_shape():
    for name in ("pentagon", "icosahedron", "8-simplex"):
        assert checked(template(name).vertices.astype(np.float16)).summary() == f"1 {name}"


def test_large_half_precision_dictionary_is_one_unknown(rng):
    W = dictionary(LARGE, 20, rng).astype(np.float16)
    assert checked(W, represented=0).summary() == f"unknown of {LARGE} features"


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint64])
def test_whole_numbers_without_a_sign_are_read_as_they_are(dtype):
    assert checked(np.eye(4, dtype=dtype)).summary() == "4 dedicated"


@pytest.mark.parametrize("order", ["C", "F", "strided", "read-only", "list"])
def test_memory_layout_changes_nothing(order):
    W = template("pentagon").vertices
    W = {
        "C": np.ascontiguousarray(W),
        "F": np.asfortranarray(W),
        "strided": np.repeat(W, 2, axis=0)[::2],
        "read-only": W,
        "list": W.tolist(),
    }[order]
    before = np.array(W)
    assert checked(W).summary() == "1 pentagon"
    assert np.array_equal(W, before)


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e200, 1e308])
def test_measures_stay_finite_at_every_scale(scale):
    W = digons(8) * scale
    assert dimensionality(W) == pytest.approx(np.full(8, 0.5))
    assert leverage(W) == pytest.approx(np.full(8, 0.5))
    assert sorted(interference_graph(W).edges) == [(0, 1), (2, 3), (4, 5), (6, 7)]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (np.full((3, 2), np.nan), "finite"),
        ([[1.0, np.inf]], "finite"),
        (np.zeros((0, 3)), "at least one feature"),
        (np.zeros((3, 0)), "at least one feature"),
        (np.zeros(4), "shape"),
        (1.0, "shape"),
        (np.zeros((2, 3, 4)), "shape"),
        ([[1.0], [1.0, 2.0]], "unequal length"),
        (np.ones((2, 2), dtype=complex), "real numbers"),
        ([["a", "b"]], "real numbers"),
        ([[None, 1.0]], "real numbers"),
        (np.array([["2020-01-01"]], dtype="datetime64"), "real numbers"),
        (None, "real numbers"),
    ],
)
def test_what_is_no_weight_matrix_is_refused_in_one_line(bad, says):
    with pytest.raises(ValueError, match=says) as caught:
        identify(bad)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("represented", [-1.0, np.nan])
def test_threshold_that_is_no_norm_is_refused(represented):
    with pytest.raises(ValueError, match="represented"):
        identify(np.eye(2), represented=represented)


@pytest.mark.parametrize("name", ["max_rmsd", "max_leakage", "min_confidence", "clearance"])
def test_tolerance_that_is_no_number_is_refused(name):
    with pytest.raises(ValueError, match=f"expected {name} to be a finite number, got nan"):
        identify([[1.0], [-1.0]], **{name: float("nan")})
