from itertools import combinations_with_replacement, permutations

import numpy as np
import pytest

from geometry import catalogue, identify
from theory import (
    AnticorrelatedSet,
    FeatureDistribution,
    best_packing,
    exact_reference_loss,
    ideal,
)


def _brute_force(features, m):
    """The least cost over every mixture that fits and every way to deal the features out."""
    n, p = features.n_features, features.density[0]
    shapes = [t for t in catalogue() if not t.factors and len(t.vertices) <= n and t.dimension <= m]
    deals = features.importance[np.array(list(permutations(range(n))))]
    least = np.inf
    for size in range(m + 1):
        for mixture in combinations_with_replacement(shapes, size):
            placed = sum(len(t.vertices) for t in mixture)
            if placed > n or sum(t.dimension for t in mixture) > m:
                continue
            slots = [ideal(t.name, p).loss_per_feature for t in mixture for _ in t.vertices]
            slots += [p / 3 - p**2 / 4] * (n - placed)
            least = min(least, float((deals @ slots).min()))
    return least


@pytest.mark.parametrize("p", [0.9, 0.5, 0.2, 0.05, 0.01])
@pytest.mark.parametrize(("n", "m"), [(5, 2), (6, 3), (6, 4)])
def test_the_programme_finds_the_optimum_of_brute_force(n, m, p):
    rng = np.random.default_rng(round(100 * p) + n)
    for importance in (np.ones(n), rng.uniform(0, 1, n), 0.6 ** np.arange(n)):
        features = FeatureDistribution(n, p, importance)
        found = best_packing(features, m)
        assert found.rigid_loss == pytest.approx(_brute_force(features, m), rel=1e-9)


@pytest.mark.parametrize("p", [0.6, 0.2, 0.02])
@pytest.mark.parametrize("ratio", [1.0, 0.8])
def test_the_loss_is_the_exact_loss_of_the_weights(p, ratio):
    rng = np.random.default_rng(0)
    features = FeatureDistribution(11, p, rng.permutation(ratio ** np.arange(11)))
    found = best_packing(features, 4)
    exact = exact_reference_loss(found.W, found.b, features)
    assert found.loss == pytest.approx(exact, rel=1e-9)
    assert found.loss == found.rigid_loss == pytest.approx(found.records()[-1]["loss"])
    parts = [row["loss"] for row in found.records()[:-2]]
    assert sum(parts) == pytest.approx(found.loss, rel=1e-12)
    placed = [i for part in found.components for i in part.features]
    assert sorted([*placed, *found.not_represented]) == list(range(11))
    assert sum(part.dimension for part in found.components) <= 4


@pytest.mark.parametrize("p", [0.1])
def test_the_weights_are_named_as_they_were_packed(p):
    found = best_packing(FeatureDistribution(12, p), 4)
    verdict = identify(found.W)
    names = (part.name for part in verdict.components)
    assert sorted(names) == sorted(part.name for part in found.components)
    assert verdict.not_represented == found.not_represented


def test_dimensions_gain_at_most_what_the_best_shape_does():
    for p in (0.15, 0.03):
        shapes = [t for t in catalogue() if not t.factors and t.dimension <= 3]
        shapes = [t for t in shapes if len(t.vertices) <= 12]
        best = max(ideal(t.name, p).gain_per_dimension for t in shapes)
        found = best_packing(FeatureDistribution(12, p), 3)
        assert 1 <= found.gain_per_dimension <= best * (1 + 1e-12)


def test_a_whole_number_of_the_best_shape_is_packed():
    found = best_packing(FeatureDistribution(8, 1 / 3), 3)
    assert found.summary() == "3 digons, 2 not represented"
    gain = ideal("digon", 1 / 3).gain_per_dimension
    assert found.gain_per_dimension == pytest.approx(gain, rel=1e-12)


@pytest.mark.parametrize(("p", "represented", "dedicated"), [(1.0, 5, 5), (0.3, 7, 3), (0.1, 9, 1)])
def test_counts_of_the_figure_of_decreasing_importance(p, represented, dedicated):
    # read off the figure of paper 3.3, whose I = 0.7^i goes on to n = 20
    found = best_packing(FeatureDistribution(12, p, 0.7 ** np.arange(12)), 5)
    alone = [part for part in found.components if part.name == "dedicated"]
    assert 12 - len(found.not_represented) == represented
    assert len(alone) == dedicated


@pytest.mark.parametrize(
    ("S", "loss", "shapes"),
    [
        (0.0, 0.182925, "2 dedicated, 3 not represented"),
        (0.8, 0.059837, "2 digons, 1 not represented"),
        (0.9, 0.021404, "1 pentagon"),
        (0.95, 0.0072552, "1 pentagon"),
    ],
)
def test_refined_packing_of_the_introduction_is_its_optimum(S, loss, shapes):
    # best of 24 restarts of another program, see paper 1
    features = FeatureDistribution(5, 1 - S, 0.9 ** np.arange(5))
    rigid = best_packing(features, 2)
    found = best_packing(features, 2, refine=True)
    assert found.loss == pytest.approx(loss, rel=2e-5)
    assert found.summary() == shapes
    assert found.loss <= rigid.loss * (1 + 1e-9)
    assert found.loss == pytest.approx(exact_reference_loss(found.W, found.b, features), rel=1e-6)


def test_seven_sparse_features_in_three_dimensions_are_no_mixture():
    # the optimal code of 7 points, 1 + 3 + 3 (Schütte & van der Waerden 1951), is in no catalogue
    features = FeatureDistribution(7, 0.02)
    found = best_packing(features, 3, refine=True)
    assert found.loss < 0.86 * best_packing(features, 3).loss
    gram = np.sort(np.round(found.W @ found.W.T, 2), axis=1)
    assert sorted(np.unique(gram, axis=0, return_counts=True)[1]) == [1, 3, 3]


def test_two_dense_equal_features_share_a_dimension_unequally():
    features = FeatureDistribution(2, 0.8)
    found = best_packing(features, 1, refine=True)
    norms = np.sort(np.abs(found.W[:, 0]))
    assert norms[0] < norms[1] / 2
    digon, dedicated = ideal("digon", 0.8).loss_per_feature * 2, 0.8 / 3 - 0.8**2 / 4
    assert exact_reference_loss(found.W, found.b, features) < 0.995 * min(digon, dedicated)


@pytest.mark.parametrize(
    ("features", "m", "message"),
    [
        (FeatureDistribution(3, 0.1), 4, "expected n_hidden from 1 to n_features = 3, got 4"),
        (FeatureDistribution(3, 0.1), 0, "expected n_hidden from 1 to n_features = 3, got 0"),
        (FeatureDistribution(3, [0.1, 0.1, 0.2]), 2, "expected one density for all features"),
        (FeatureDistribution(3, [[0.1], [0.2]]), 2, "expected features of one model"),
        (FeatureDistribution(3, 0.1, amplitude="exponential"), 2, "expected independent features"),
        (
            FeatureDistribution(3, 0.1, groups=(AnticorrelatedSet((0, 1)),)),
            2,
            "expected independent features",
        ),
    ],
)
def test_what_cannot_be_packed_is_refused(features, m, message):
    with pytest.raises(ValueError, match=message):
        best_packing(features, m)


def test_negative_importances_are_refused():
    with pytest.raises(ValueError, match="expected every importance to be ≥ 0"):
        best_packing(FeatureDistribution(3, 0.1, [1, 1, -1]), 2)
