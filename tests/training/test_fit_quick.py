"""Quick fits: next to as good as thorough ones, right about their loss, the same in any company."""

import numpy as np
import pytest

from theory import FeatureDistribution, expected_loss
from training import ReluOutputModel, fit

MODEL = ReluOutputModel(60, 8)
FEATURES = FeatureDistribution(60, [[0.4], [0.05]])


@pytest.fixture(scope="module")
def quick():
    return fit(MODEL, FEATURES, search="quick", restarts=2, seed=0)


def test_loss_is_within_two_percent_of_the_thorough_one(quick):
    thorough = fit(MODEL, FEATURES[1], restarts=2, seed=0)
    assert quick.loss[1] <= 1.02 * thorough.loss


def test_reported_loss_is_the_converged_one(quick):
    np.testing.assert_allclose(quick.loss, expected_loss(quick.W, quick.b, FEATURES), rtol=1e-6)


def test_metrics_say_what_was_searched(quick):
    for k, record in enumerate(quick.metrics):
        assert record["loss"] == quick.loss[k] <= min(record["start_losses"]) * (1 + 1e-4)
        assert (record["starts"], record["hits"]) == (2, 1)
        assert record["error"] <= 1e-3 * record["loss"]


def test_result_is_the_same_alone_and_on_two_threads(quick):
    alone = fit(MODEL, FEATURES[1], search="quick", restarts=2, seed=0, threads=2)
    assert np.array_equal(alone.W, quick.W[1])
    assert np.array_equal(alone.b, quick.b[1])
    for key in ("loss", "error", "start_losses", "hits"):
        assert alone.metrics[0][key] == quick.metrics[1][key]
