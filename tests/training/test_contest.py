import numpy as np
import pytest
from scipy.stats import binomtest

from theory import FeatureDistribution, expected_loss
from training import ReluOutputModel, fit
from training.contest import Contender, ahead, distinct, hit_interval, hits


def field(*losses):
    return [Contender(k, np.empty((0, 0)), np.empty(0), x, 0) for k, x in enumerate(losses)]


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (1, 8), (5, 8), (8, 8), (37, 100)])
def test_interval_is_clopper_and_pearsons(k, n):
    expected = binomtest(k, n).proportion_ci(0.95, method="exact")
    assert hit_interval(k, n) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="expected 0 ≤ hits ≤ starts"):
        hit_interval(k, n)


def test_ties_go_on_together_and_take_one_place():
    entries = field(1.0, 1.0 + 1e-7, 1.2, 1.003, 1.001, np.nan, 1.0 + 1e-6)
    assert [entry.start for entry in ahead(entries, 4, 1e-2)] == [0, 1, 6, 4]
    assert [entry.start for entry in ahead(entries, 1, 1e-2)] == [0, 1, 6, 4, 3]
    assert [entry.start for entry in ahead(entries, 1, 1e-3)] == [0, 1, 6, 4]
    assert [entry.start for entry in distinct(ahead(entries, 1, 1e-2))] == [0, 4, 3]


def test_ties_do_not_chain():
    entries = field(*(1 + 1.5e-6 * k for k in range(6)))
    assert [entry.start for entry in distinct(entries)] == [0, 2, 4]
    assert [entry.start for entry in ahead(entries, 3, 1e-2)] == [0, 1, 2, 3]


def test_hits_are_within_one_millionth_of_the_best():
    entries = field(0.5, 0.5 + 4e-7, 0.5 - 4e-7, 0.5 + 1e-6, 0.6)
    assert hits(entries, entries[0]) == 3
    assert hits(field(0.0, 1e-13, 1e-3), entries[0]._replace(loss=1e-14)) == 2


def test_each_start_alone_confirms_the_hits():
    # the count may miss starts that were given up, but claims none that did not get there
    features, model = FeatureDistribution(6, 0.05, 0.97 ** np.arange(6)), ReluOutputModel(6, 2)
    run = fit(model, features, restarts=8, seed=2)
    record = run.metrics[0]
    assert record["starts"] == 8
    assert 1 <= record["hits"] <= 8
    assert record["hit_interval"] == pytest.approx(
        tuple(binomtest(record["hits"], 8).proportion_ci(0.95, method="exact"))
    )
    assert float(expected_loss(run.W, run.b, features)) == pytest.approx(float(run.loss), rel=1e-7)


def test_every_start_that_finds_the_only_optimum_is_a_hit():
    run = fit(ReluOutputModel(8, 3), FeatureDistribution(8, 0.05), restarts=6, seed=0)
    assert run.metrics[0]["hits"] >= 5
