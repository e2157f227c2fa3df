import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import FeatureDistribution, dedicated_digon, expected_loss

PAPER = json.loads((Path(__file__).parents[1] / "validation" / "paper.json").read_text())


def _model(importance, n_hidden, digons, p):
    """The model that the closed form speaks of, with the most important features alone."""
    order = np.argsort(-np.asarray(importance), kind="stable")
    W, b = np.zeros((len(order), n_hidden)), np.full(len(order), p / 2)
    alone = n_hidden - digons
    for axis, i in enumerate(order[:alone]):
        W[i, axis] = 1
        b[i] = 0
    for rank, i in enumerate(order[alone : alone + 2 * digons]):
        W[i, alone + rank // 2] = 1 if rank % 2 else -1
        b[i] = 0
    return W, b


@pytest.mark.parametrize("grid", ["small_grid", "large_grid"])
def test_counts_are_those_of_the_papers_figure(grid):
    figure = PAPER[grid]
    importance = figure["importance_base"] ** np.arange(figure["n_features"])
    for p, represented, dedicated in zip(
        figure["density"], figure["represented"], figure["dedicated"], strict=True
    ):
        found = dedicated_digon(p, importance, figure["n_hidden"])
        assert abs(found.represented - represented) <= figure.get("agreement", 0)
        assert abs(found.dedicated - dedicated) <= figure.get("agreement", 0)


def test_counts_of_eighty_features_in_twenty_dimensions():
    found = [dedicated_digon(p, 0.9 ** np.arange(80), 20) for p in (1, 0.3, 0.1, 0.03)]
    assert [(x.represented, x.dedicated) for x in found] == [(20, 20), (27, 13), (34, 6), (40, 0)]


@pytest.mark.parametrize("p", [1.0, 0.5, 0.3, 0.1, 0.03])
@pytest.mark.parametrize(("n", "m"), [(5, 2), (9, 4), (4, 4), (3, 5)])
def test_loss_is_the_least_exact_loss_of_the_models_it_counts(n, m, p):
    importance = np.random.default_rng(n).permutation(0.8 ** np.arange(n))
    features = FeatureDistribution(n, p, importance)
    found = dedicated_digon(p, importance, m)
    most = max(0, min(m, n - m))
    losses = [expected_loss(*_model(importance, m, q, p), features) for q in range(most + 1)]
    assert found.loss == pytest.approx(min(losses), rel=1e-12, abs=1e-15)
    assert losses[found.digons] == pytest.approx(found.loss, rel=1e-12, abs=1e-15)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=12),
    st.integers(1, 8),
    st.floats(0.001, 1),
)
def test_represented_features_are_dedicated_or_in_pairs_and_fill_the_dimensions(I, m, p):
    found = dedicated_digon(p, I, m)
    assert found.represented == found.dedicated + 2 * found.digons <= len(I)
    assert found.dedicated + found.digons == min(m, len(I))
    assert 0 <= found.loss <= (p / 3 - p**2 / 4) * sum(I) + 1e-12


def test_order_of_the_importances_does_not_matter():
    assert dedicated_digon(0.2, [0.1, 1, 0.5], 1) == dedicated_digon(0.2, [1, 0.5, 0.1], 1)


def test_digons_appear_for_equal_importances_below_four_sevenths():
    assert dedicated_digon(4 / 7 + 1e-9, np.ones(20), 5).digons == 0
    assert dedicated_digon(4 / 7 - 1e-9, np.ones(20), 5).digons == 5


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0.0, [1.0], 1), r"expected a density 1 − S in \(0, 1\], got 0.0"),
        ((1.1, [1.0], 1), r"in \(0, 1\], got 1.1"),
        ((np.nan, [1.0], 1), "expected density to be a finite number, got nan"),
        ((0.1, [1.0], 0), "expected n_hidden to be a whole number ≥ 1"),
        ((0.1, [[1.0]], 1), r"expected importance of shape \(n,\)"),
        ((0.1, [1.0, np.nan], 1), "importance"),
        ((0.1, [1.0, -1.0], 1), "importance"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments, expected):
    with pytest.raises(ValueError, match=expected):
        dedicated_digon(*arguments)
