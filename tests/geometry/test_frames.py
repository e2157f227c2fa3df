import json
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from geometry import dimensionality, frame_analysis, leverage, shapes, template

matrices = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7),
    elements=st.floats(-3, 3).map(lambda x: round(x, 2)),
)


def harmonic_frame(n, rows):
    """Rows of the Fourier matrix of n points, as real vectors of unit norm."""
    angle = 2 * np.pi * np.outer(np.arange(n), rows) / n
    return np.hstack([np.cos(angle), np.sin(angle)]) / np.sqrt(len(rows))


@pytest.mark.parametrize("d", [1, 2, 3, 7, 20])
def test_simplex_is_a_tight_frame_at_the_welch_bound(d):
    found = frame_analysis(2 * shapes.simplex(d), sparsities=tuple(range(2, d + 1)))
    np.testing.assert_allclose(found.eigenvalues, [4 * (d + 1) / d], rtol=1e-12)
    assert found.multiplicities.tolist() == [d] and found.rank == d
    assert found.tightness == pytest.approx(1) and found.welch_ratio == pytest.approx(1)
    assert found.coherence == pytest.approx(1 / d)
    assert found.interference_max == pytest.approx(4 / d)
    assert found.interference_sum == pytest.approx(16 * (d + 1) * d / d**2)
    np.testing.assert_allclose(found.levels, [-1 / d])
    # a Gram matrix of k of them is (1 + 1/d) I - J/d, with eigenvalues 1 + 1/d and 1 - (k - 1)/d
    for k, delta in found.restricted_isometry.items():
        assert delta == pytest.approx((k - 1) / d)
    assert found.intersection_numbers[1, 1].tolist() == [d, d - 1]


@pytest.mark.parametrize("d", [2, 3, 8])
def test_orthoplex_has_the_scheme_of_the_cocktail_party_graph(d):
    found = frame_analysis(np.vstack([np.eye(d), -np.eye(d)]))
    np.testing.assert_allclose(found.levels, [-1, 0], atol=1e-12)
    assert found.is_association_scheme
    # relation 1 is antipodality, 2 orthogonality: 2d - 2 neighbours, which share 2d - 4 of them
    assert found.intersection_numbers[2, 2].tolist() == [2 * d - 2, 2 * d - 2, 2 * d - 4]
    assert found.coherence == pytest.approx(1) and found.restricted_isometry[2] <= 1
    np.testing.assert_allclose(found.dimensionality, 0.5)


def test_2_21_is_the_tight_frame_of_the_complement_of_schlaefli_s_graph():
    found = frame_analysis(template("2_21").vertices)
    assert found.tightness == pytest.approx(1) and found.eigenvalues == pytest.approx([4.5])
    np.testing.assert_allclose(found.levels, [-1 / 2, 1 / 4], atol=1e-12)
    # srg(27, 10, 1, 5) at cosine -1/2 and srg(27, 16, 10, 8) at 1/4
    assert found.intersection_numbers[1, 1].tolist() == [10, 1, 5]
    assert found.intersection_numbers[2, 2].tolist() == [16, 8, 10]


def test_strongly_regular_codes_and_root_systems_are_schemes():
    found = frame_analysis(template("Higman-Sims code").vertices)
    np.testing.assert_allclose(found.levels, [-4 / 11, 1 / 11], atol=1e-12)
    assert found.intersection_numbers[1, 1].tolist() == [22, 0, 6]
    roots = frame_analysis(template("4_21").vertices)
    assert roots.tightness == pytest.approx(1) and roots.eigenvalues == pytest.approx([30])
    # 240 roots: 1 opposite, 56 at -1/2, 126 orthogonal, 56 at 1/2
    valencies = [roots.intersection_numbers[i, i, 0] for i in range(5)]
    assert valencies == [1, 1, 56, 126, 56]


@pytest.mark.parametrize(("n", "rows"), [(5, (1,)), (7, (1, 2)), (12, (1, 3, 4)), (13, (1, 3, 9))])
def test_harmonic_frames_are_tight_and_their_levels_cyclic(n, rows):
    found = frame_analysis(harmonic_frame(n, rows))
    assert found.rank == 2 * len(rows)
    assert found.tightness == pytest.approx(1)
    assert found.eigenvalues == pytest.approx([n / (2 * len(rows))])
    steps = np.cos(2 * np.pi * np.outer(np.arange(1, n), rows) / n).mean(axis=1)
    np.testing.assert_allclose(found.levels, np.unique(steps.round(9)), atol=1e-8)
    np.testing.assert_allclose(found.localisation, 1)
    np.testing.assert_allclose(found.excess, 0, atol=1e-12)


def test_scheme_test_agrees_with_multiplying_all_adjacency_matrices(rng):
    prism = np.vstack([np.column_stack([shapes.polygon(5), np.full(5, z)]) for z in (1, -1)])
    names = ("cube", "icosahedron", "dodecahedron", "rectified 5-cell")
    candidates = [prism, *(template(name).vertices for name in names)]
    candidates += [shapes.antiprism(4, 0.55), shapes.polygon(9)]
    candidates += [shapes.tegum(shapes.polygon(3), shapes.simplex(1)), rng.normal(size=(7, 3))]
    verdicts = []
    for W in candidates:
        U = shapes.unit(W)
        gram = (U @ U.T).round(6)
        values = np.unique(gram)
        adjacency = [gram == value for value in values]
        products = [a.astype(int) @ b for a, b in product(adjacency, repeat=2)]
        expected = all(len(np.unique(p[a])) == 1 for p in products for a in adjacency)
        verdicts.append(frame_analysis(W, resolution=1e-6).is_association_scheme)
        assert verdicts[-1] == expected
    assert set(verdicts) == {True, False}


def test_bipyramid_has_one_eigenspace_per_factor_and_each_feature_in_one():
    found = frame_analysis(shapes.tegum(shapes.polygon(5), shapes.simplex(1)))
    np.testing.assert_allclose(found.eigenvalues, [2.5, 2])
    assert found.multiplicities.tolist() == [2, 1]
    np.testing.assert_allclose(found.measures, [[1, 0]] * 5 + [[0, 1]] * 2, atol=1e-12)
    np.testing.assert_allclose(found.localisation, 1)
    assert found.tightness == pytest.approx(7**2 / (3 * (2 * 2.5**2 + 2**2)))
    assert found.is_association_scheme is False


def test_feature_that_leans_across_two_eigenspaces_is_not_localised():
    W = [[3.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    found = frame_analysis(W)
    F = np.array(W).T @ W
    values, vectors = np.linalg.eigh(F)
    share = (vectors.T @ np.array(W[2])) ** 2 / 2
    np.testing.assert_allclose(found.eigenvalues, values[::-1])
    np.testing.assert_allclose(found.measures[2], share[::-1])
    assert found.localisation[2] == pytest.approx((share @ values) ** 2 / (share @ values**2))
    assert found.excess[2] > 0.05


@given(matrices)
@settings(max_examples=60, deadline=None)
def test_measures_sums_and_norms_agree_with_the_matrices_they_stand_for(W):
    if not W.any():
        with pytest.raises(ValueError, match="zeros only"):
            frame_analysis(W)
        return
    found = frame_analysis(W, sparsities=(1,), trials=1)
    np.testing.assert_allclose(found.dimensionality, dimensionality(W), atol=1e-9)
    np.testing.assert_allclose(found.leverage, leverage(W), atol=1e-6)
    np.testing.assert_allclose(found.measures.sum(axis=1), W.any(axis=1), atol=1e-9)
    gram = W @ W.T
    off = gram[~np.eye(len(W), dtype=bool)]
    assert found.interference_sum == pytest.approx((off**2).sum(), abs=1e-9)
    assert found.interference_max == pytest.approx(np.abs(off).max(initial=0), abs=1e-12)
    assert found.tightness <= 1 + 1e-12 and (found.excess > -1e-6).all()
    assert found.welch_ratio is None or found.welch_ratio >= 1 - 1e-9


def test_large_matrices_are_taken_in_tiles(rng):
    W = rng.normal(size=(2500, 16)) * rng.uniform(0.5, 2, size=(2500, 1))
    found = frame_analysis(W, sparsities=(2,), trials=10)
    gram = np.abs(W @ W.T)
    np.fill_diagonal(gram, 0)
    norms = np.linalg.norm(W, axis=1)
    assert found.interference_max == pytest.approx(gram.max(), rel=1e-12)
    assert found.interference_sum == pytest.approx((gram**2).sum(), rel=1e-9)
    assert found.coherence == pytest.approx((gram / np.outer(norms, norms)).max(), rel=1e-12)
    assert found.levels is None and found.is_association_scheme is None


def test_restricted_isometry_is_the_exhaustive_one_once_every_choice_is_tried(rng):
    W = rng.normal(size=(6, 4))
    U = shapes.unit(W)
    found = frame_analysis(W, sparsities=(1, 2, 3), trials=40 * comb(6, 3), seed=5)
    for k in (1, 2, 3):
        choices = [U[list(c)] for c in combinations(range(6), k)]
        worst = max(np.linalg.norm(X @ X.T - np.eye(k), 2) for X in choices)
        assert found.restricted_isometry[k] == pytest.approx(worst, abs=1e-12)
    assert found.restricted_isometry[2] == pytest.approx(found.coherence)


def test_restricted_isometry_depends_on_the_seed_alone(rng):
    W = rng.normal(size=(40, 10))
    first, again, other = (frame_analysis(W, trials=50, seed=s) for s in (1, 1, 2))
    assert first.restricted_isometry == again.restricted_isometry != other.restricted_isometry


def test_zero_rows_scales_and_types_leave_the_verdict():
    W = np.vstack([shapes.polygon(5), np.zeros((2, 2))])
    found = frame_analysis(W)
    assert found.welch_ratio == pytest.approx(frame_analysis(W[:5]).welch_ratio)
    assert found.dimensionality[5] == found.leverage[5] == found.localisation[5] == 0
    for scaled in (W * 1e-170, W * 1e170, W.astype(np.float32), np.asfortranarray(W)):
        other = frame_analysis(scaled)
        assert other.tightness == pytest.approx(1) and other.is_association_scheme
        np.testing.assert_allclose(other.dimensionality, found.dimensionality, atol=1e-6)
    assert frame_analysis(W, sparsities=(9,)).restricted_isometry == {9: pytest.approx(1.5)}
    assert frame_analysis(1e170 * np.eye(3)).interference_sum == 0
    one = frame_analysis([[0.0, 2.0]], sparsities=())
    assert one.coherence == 0 and one.welch_ratio is None and one.levels.size == 0


def test_records_and_json():
    found = frame_analysis(shapes.polygon(5))
    rows = found.records()
    assert len(rows) == 5 and rows[0]["dimensionality"] == pytest.approx(0.4)
    assert rows[0]["main_eigenvalue"] == pytest.approx(2.5)
    document = json.loads(json.dumps(found.to_dict()))
    assert document["is_association_scheme"] is True
    assert document["restricted_isometry"].keys() == {"2", "3", "4"}


@pytest.mark.parametrize("options", [{"sparsities": (2, 0)}, {"trials": 0}], ids=str)
def test_impossible_sampling_is_refused_in_one_line(options):
    with pytest.raises(ValueError, match=r"expected (a sparsity|trials)") as caught:
        frame_analysis(shapes.polygon(5), **options)
    assert "\n" not in str(caught.value)
