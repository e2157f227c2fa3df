import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from geometry import identify
from theory import (
    FeatureDistribution,
    expected_loss,
    expected_loss_and_gradient,
    linear_loss,
    rational_loss,
)
from training import LinearModel, ReluOutputModel, fit

PAPER = json.loads((Path(__file__).parents[1] / "validation" / "paper.json").read_text())
INTRODUCTION = PAPER["introduction"]


@pytest.fixture(scope="module")
def introduction():
    """The three models of the paper's first figure, as instances of one fit."""
    n = INTRODUCTION["n_features"]
    features = FeatureDistribution(
        n,
        np.array(INTRODUCTION["density"])[:, None],
        INTRODUCTION["importance_base"] ** np.arange(n),
    )
    return fit(ReluOutputModel(n, INTRODUCTION["n_hidden"]), features, restarts=64, seed=0)


@pytest.fixture(scope="module")
def small():
    """A batch of three densities that takes a moment."""
    features = FeatureDistribution(5, [[0.5], [0.2], [0.05]], 0.9 ** np.arange(5))
    return fit(ReluOutputModel(5, 2), features, restarts=6, seed=3)


def test_introduction_has_the_papers_geometries(introduction):
    assert [identify(W).summary() for W in introduction.W] == INTRODUCTION["verdict"]


def test_introduction_is_no_worse_than_the_best_known(introduction):
    assert (introduction.loss <= np.array(INTRODUCTION["best_known_loss"]) + 1e-6).all()


def test_reported_loss_is_the_oracles(introduction):
    for k in range(3):
        exact = rational_loss(introduction.W[k], introduction.b[k], introduction.features[k])
        assert introduction.loss[k] == pytest.approx(float(exact), rel=1e-8)


def test_reported_loss_is_not_above_the_converged_one_and_no_lower(small):
    # an optimiser exploits whatever an unconverged series forgets: the true loss then lies above
    converged = expected_loss(small.W, small.b, small.features, rtol=1e-12)
    np.testing.assert_allclose(small.loss, converged, rtol=1e-8)


def test_reported_loss_is_within_four_standard_errors_of_monte_carlo(small):
    rng = np.random.default_rng(0)
    for k in range(3):
        features = small.features[k]
        shape = (400_000, 5)
        x = np.where(rng.random(shape) < features.density, rng.random(shape), 0)
        out = np.maximum(x @ small.W[k] @ small.W[k].T + small.b[k], 0)
        sampled = ((x - out) ** 2) @ features.importance
        error = sampled.std() / np.sqrt(len(sampled))
        assert abs(sampled.mean() - small.loss[k]) <= 4 * error


def test_gradient_vanishes_at_the_optimum(small):
    # the loss has kinks where features are exactly orthogonal; with curvatures of order one a
    # gradient of 1e-3 of the loss is less than 1e-6 of the loss away from the optimum
    loss, dW, db = expected_loss_and_gradient(small.W, small.b, small.features)
    assert (np.abs(dW).max(axis=(1, 2)) <= 1e-3 * loss).all()
    assert (np.abs(db).max(axis=1) <= 1e-3 * loss).all()


def test_central_differences_vanish_at_the_optimum(small):
    W, b, features = small.W[1], small.b[1], small.features[1]
    step = 1e-4
    for index in np.ndindex(W.shape):
        move = np.zeros_like(W)
        move[index] = step
        ahead, behind = (expected_loss(W + s * move, b, features, rtol=1e-12) for s in (1, -1))
        assert (ahead - behind) / (2 * step) == pytest.approx(0, abs=1e-4 * small.loss[1])
        assert min(ahead, behind) >= small.loss[1] * (1 - 1e-9)


def test_equal_features_of_middle_density_end_as_digons():
    # exactly optimal: no more than 2 m of the features are represented, in antipodal pairs
    run = fit(ReluOutputModel(12, 3), FeatureDistribution(12, 0.4), restarts=4, seed=0)
    assert identify(run.W).summary() == "3 digons, 6 not represented"


def test_dead_features_have_no_weights_and_their_mean_as_bias(introduction):
    dead = np.linalg.norm(introduction.W[0], axis=1) < 0.5
    assert dead.sum() == 3
    assert np.abs(introduction.W[0][dead]).max() < 1e-3
    np.testing.assert_allclose(introduction.b[0][dead], 0.5, atol=1e-3)


@pytest.mark.parametrize("threads", [2, 3])
def test_same_seed_gives_the_same_bits_on_any_number_of_threads(small, threads):
    again = fit(small.model, small.features, restarts=6, seed=3, threads=threads)
    assert np.array_equal(again.W, small.W)
    assert np.array_equal(again.b, small.b)
    assert again.metrics == small.metrics


def test_instance_gives_the_same_bits_alone_as_in_the_batch(small):
    for k in range(3):
        alone = fit(small.model, small.features[k], restarts=6, seed=3)
        assert np.array_equal(alone.W, small.W[k])
        assert np.array_equal(alone.b, small.b[k])
        assert alone.loss == small.loss[k]


def test_fresh_thread_gives_the_same_bits(small):
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(fit, small.model, small.features, restarts=6, seed=3).result()
    assert np.array_equal(again.W, small.W)
    assert np.array_equal(again.b, small.b)
    assert again.metrics == small.metrics


def test_another_seed_starts_elsewhere(small):
    other = fit(small.model, small.features, restarts=6, seed=4)
    assert other.metrics[0]["start_losses"] != small.metrics[0]["start_losses"]


def test_more_restarts_contain_the_fewer_and_are_never_worse(small):
    more = fit(small.model, small.features, restarts=12, seed=3)
    for few, many in zip(small.metrics, more.metrics, strict=True):
        assert many["start_losses"][:6] == few["start_losses"]
    assert (more.loss <= small.loss * (1 + 1e-7)).all()


def test_best_of_the_starts_is_never_above_any_of_them(introduction):
    for k, record in enumerate(introduction.metrics):
        assert len(record["start_losses"]) == 64
        assert record["loss"] == introduction.loss[k]
        # the losses of the starts are those of the coarse series
        assert introduction.loss[k] <= min(record["start_losses"]) * (1 + 1e-5)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_common_importance_changes_nothing_but_the_loss(factor):
    importance = 0.9 ** np.arange(5)
    model = ReluOutputModel(5, 2)
    plain = fit(model, FeatureDistribution(5, 0.1, importance), restarts=16, seed=0)
    scaled = fit(model, FeatureDistribution(5, 0.1, factor * importance), restarts=16, seed=0)
    assert scaled.loss == pytest.approx(factor * plain.loss, rel=1e-7)


def test_instances_may_have_several_axes():
    features = FeatureDistribution(2, [[[0.1], [0.2]], [[0.3], [0.4]], [[0.5], [0.6]]])
    run = fit(ReluOutputModel(2, 1), features, restarts=2, seed=0)
    assert run.W.shape == (3, 2, 2, 1)
    assert run.b.shape == (3, 2, 2)
    assert run.loss.shape == (3, 2)
    assert run.loss[1, 1] == fit(run.model, features[1, 1], restarts=2, seed=0).loss


@pytest.mark.parametrize(
    ("n", "m", "importance"),
    [(2, 3, 1.0), (2, 2, 1.0), (1, 1, 1.0), (3, 1, [1.0, 0, 0]), (3, 1, 0)],
)
def test_features_that_fit_into_hidden_space_cost_nothing(n, m, importance):
    run = fit(ReluOutputModel(n, m), FeatureDistribution(n, 0.3, importance), restarts=3, seed=0)
    assert float(run.loss) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("p", [1.0, 0.1, 0.001])
def test_linear_model_keeps_the_five_most_important_features_at_any_density(p):
    features = FeatureDistribution(20, p, 0.7 ** np.arange(20))
    run = fit(LinearModel(20, 5), features)
    assert identify(run.W).summary() == "5 dedicated, 15 not represented"
    assert np.flatnonzero(run.W.any(axis=1)).tolist() == [0, 1, 2, 3, 4]
    assert run.loss == pytest.approx((features.importance * features.variance)[5:].sum(), rel=1e-12)


def test_linear_instances_are_each_at_their_closed_form():
    features = FeatureDistribution(4, [[1.0], [0.1]], [[1.0, 0.5, 0.2, 0.1], [0.1, 0.2, 0.5, 1.0]])
    run = fit(LinearModel(4, 2), features)
    np.testing.assert_allclose(run.loss, linear_loss(run.W, run.b, features), rtol=1e-12)
    assert run.W.any(axis=2).tolist() == [[True, True, False, False], [False, False, True, True]]


def test_progress_counts_up_to_the_total():
    features = FeatureDistribution(2, [[0.1], [0.4]])
    calls = []
    fit(
        ReluOutputModel(2, 1), features, restarts=3, threads=2, seed=0,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    total = calls[0][1]
    assert calls == [(done, total) for done in range(1, total + 1)]


def test_an_exception_in_progress_stops_the_fit():
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), restarts=50, progress=stop)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"method": "adam"}, "expected method to be one of"),
        ({"search": "hasty"}, "expected search to be one of .*, got 'hasty'"),
        ({"search": "quick", "method": "sampled"}, "expected search 'quick' with method 'exact'"),
        (
            {"search": "quick", "l1": 0.1},
            "expected search 'thorough' for model relu-output with l1",
        ),
        ({"restarts": 0}, "expected restarts to be a whole number ≥ 1, got 0"),
        ({"restarts": 2.0}, "expected restarts to be a whole number ≥ 1, got 2.0"),
        ({"restarts": True}, "expected restarts to be a whole number ≥ 1, got True"),
        ({"seed": -1}, "expected seed to be a whole number ≥ 0, got -1"),
        ({"seed": None}, "expected seed to be a whole number ≥ 0, got None"),
        ({"steps": 0}, "expected steps"),
        ({"batch_size": 0}, "expected batch_size"),
        ({"init_instances": 0}, "expected init_instances"),
        ({"learning_rate": 0.0}, "expected learning_rate to be > 0, got 0.0"),
        ({"learning_rate": np.nan}, "expected learning_rate to be a finite number, got nan"),
        ({"weight_decay": -1e-9}, "expected weight_decay to be ≥ 0"),
        ({"device": "abacus"}, "expected a torch device that works here, got 'abacus'"),
        ({"device": "meta"}, "expected a torch device that works here, got 'meta'"),
        ({"device": None}, "expected device to be a name"),
        ({"threads": 0}, "expected threads"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_one_line(settings, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        fit(ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), **settings)
    assert "\n" not in str(caught.value)


def test_features_of_another_size_are_refused():
    with pytest.raises(ValueError, match="expected features for 3 features, got 2"):
        fit(ReluOutputModel(3, 1), FeatureDistribution(2, 0.1))


@pytest.mark.parametrize("model", [LinearModel, ReluOutputModel])
@pytest.mark.parametrize("sizes", [(0, 1), (2, 0), (2.0, 1), (True, 1), ("2", 1), (2, None)])
def test_models_of_no_size_are_refused(model, sizes):
    with pytest.raises(ValueError, match="to be a whole number ≥ 1"):
        model(*sizes)
