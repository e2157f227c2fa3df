import json
import math

import numpy as np
import pytest
from scipy.special import gammaln

from theory import bounds
from theory.sensing import packing_bound, support_entropy, surprisal, weak_threshold


def test_known_rates_at_a_tenth():
    found = {limit.name: limit.rate for limit in bounds(100, 20, 0.1).limits}
    for name, rate in {
        "information limit": 0.1,
        "nonnegative weak threshold": 0.2653,
        "signed weak threshold": 0.3288,
        "surprisal": 0.2303,
    }.items():
        assert found[name] == pytest.approx(rate, abs=5e-5)


def test_features_per_dimension_of_the_papers_scaling():
    # paper, section 13, with constant 1
    for p, features in ((0.3, 2.77), (0.1, 4.34), (0.03, 9.51), (0.01, 21.7), (0.001, 145)):
        limit = bounds(100, 20, p).limit("surprisal")
        assert limit.features_per_dimension == pytest.approx(features, rel=3e-3)


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5, 0.9])
def test_support_entropy_counts_the_supports(p):
    n = 10**7
    k = p * n
    choices = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    assert support_entropy(p) == pytest.approx(choices / n, abs=2e-6)


def test_papers_scaling_falls_below_the_information_limit_in_dense_features():
    assert surprisal(1 / math.e) == pytest.approx(1 / math.e)
    for p in (0.4, 0.7, 1.0):
        assert surprisal(p) < p
    assert surprisal(1.0) == support_entropy(1.0) == 0


def test_papers_scaling_lies_between_the_information_limit_and_a_linear_programme():
    p = np.geomspace(1e-9, 1 / math.e, 60)
    assert (p <= surprisal(p) * (1 + 1e-12)).all()
    assert (surprisal(p) < weak_threshold(p)).all()
    assert weak_threshold(0.1) / surprisal(0.1) == pytest.approx(1.15, abs=0.005)
    assert weak_threshold(0.01) / surprisal(0.01) == pytest.approx(1.13, abs=0.005)


def test_theorem_of_the_appendix_binds_only_below_about_a_hundredth():
    assert packing_bound(1 / 95) < 1 / 95
    assert packing_bound(1 / 100) > 1 / 100


def test_packing_bound_is_that_of_a_code_that_exists():
    """Gilbert's volumes counted exactly for finite k give at least as many words."""
    for q, k in ((4, 40), (10, 60), (100, 50)):
        volume = sum(math.comb(k, j) * (q - 1) ** j for j in range(k // 2))
        words = k * math.log(q) - math.log(volume)
        assert words / math.log(5) >= q * k * packing_bound(1 / q) * (1 - 1e-12)


def test_packing_bound_grows_as_the_logarithm_and_falls_with_the_approximation():
    sparse = np.array([1e-8, 1e-12])
    slope = np.diff(packing_bound(sparse) / sparse) / np.diff(-np.log(sparse))
    assert slope == pytest.approx(1 / (2 * math.log(5)), rel=1e-3)
    assert packing_bound(0.01, 10) < packing_bound(0.01, 1)


@pytest.mark.parametrize(
    ("m", "within", "beyond"),
    [
        (9, None, "information limit"),
        (10, "information limit", "nonnegative weak threshold"),
        (27, "nonnegative weak threshold", "signed weak threshold"),
        (33, "signed weak threshold", "nonnegative strong threshold"),
        (63, "nonnegative strong threshold", "signed strong threshold"),
        (81, "every threshold", None),
    ],
)
def test_position_is_told_by_the_limits_on_either_side(m, within, beyond):
    sides = [f"within the {within}"] if within else []
    sides += [f"beyond the {beyond}"] if beyond else []
    told = ", ".join(sides).replace("the every", "every")
    assert bounds(100, m, 0.1).position == told


@pytest.mark.parametrize("p", [1e-4, 0.02, 0.3, 1.0])
def test_records_are_rows_of_strict_json(p):
    found = bounds(60, 8, p)
    rows = found.records()
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert [row["limit"] for row in rows] == [limit.name for limit in found.limits]
    for row in rows:
        assert row["n_hidden"] == pytest.approx(60 * row["rate"])
        assert row["reached"] == (row["n_hidden"] <= 8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 11, 0.1), "expected 1 ≤ n_hidden ≤ n_features, got 11 and 10"),
        ((10, 0, 0.1), "expected 1 ≤ n_hidden"),
        ((10, 2, 0.0), r"expected a density 1 − S in \(0, 1\], got 0"),
        ((10, 2, 1.2), r"in \(0, 1\], got 1.2"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        bounds(*arguments)


def test_unknown_limits_and_approximations_are_refused():
    with pytest.raises(ValueError, match="expected one of information limit"):
        bounds(10, 2, 0.1).limit("weak")
    for C in (0.5, np.nan, np.inf):
        with pytest.raises(ValueError, match="expected an approximation C"):
            packing_bound(0.1, C)
