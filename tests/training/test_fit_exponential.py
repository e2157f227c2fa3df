"""What models learn of features of exponential amplitude, exactly and by sampling."""

import numpy as np
import pytest

from geometry import identify
from theory import FeatureDistribution
from training import AbsoluteValueModel, FitConfig, LinearModel, ReluOutputModel, Run, fit

INPUTS = 200_000


def _features(n, density):
    return FeatureDistribution(n, density, amplitude="exponential")


def _sampled_loss(W, b, features, seed):
    """Mean loss over inputs by numpy, and its standard error."""
    rng = np.random.default_rng(seed)
    shape = (INPUTS, features.n_features)
    x = np.where(rng.random(shape) < features.density, rng.exponential(size=shape), 0)
    loss = ((x - np.maximum(x @ W @ W.T + b, 0)) ** 2) @ features.importance
    return loss.mean(), loss.std() / np.sqrt(INPUTS)


def test_five_features_in_two_dimensions_become_digons_when_dense_and_a_pentagon_when_sparse():
    features = _features(5, [[1.0], [0.3], [0.1], [0.03]])
    run = fit(ReluOutputModel(5, 2), features, restarts=8, seed=0)
    names = [identify(W).summary() for W in run.W]
    assert names == ["2 digons, 1 not represented", *["1 pentagon"] * 3]
    for k, loss in enumerate(run.loss):
        mean, error = _sampled_loss(run.W[k], run.b[k], features[k], seed=k)
        assert abs(mean - loss) <= 4 * error
        assert run.metrics[k]["error"] <= 1e-8 * loss
    assert (run.loss < features.variance.sum(axis=1)).all()


def test_the_sampled_method_comes_close_to_the_exact_one_and_never_below(tmp_path):
    features = _features(5, 0.3)
    exact = fit(ReluOutputModel(5, 2), features, restarts=4, seed=0)
    sampled = fit(
        ReluOutputModel(5, 2), features,
        method="sampled", restarts=4, steps=2000, learning_rate=3e-3, seed=0,
    )  # fmt: skip
    assert exact.loss <= sampled.loss <= 1.01 * exact.loss
    again = Run.load(sampled.save(tmp_path / "run"))
    assert again.features == features
    assert FitConfig.from_dict(sampled.config.to_dict()).features.amplitude == "exponential"


def test_a_quick_fit_descends_too():
    features = _features(30, 0.1)
    run = fit(ReluOutputModel(30, 5), features, restarts=2, seed=0, search="quick")
    mean, error = _sampled_loss(run.W, run.b, features, seed=0)
    assert abs(mean - run.loss) <= 4 * error
    assert run.loss < 0.75 * features.variance.sum()


def test_the_linear_model_needs_moments_alone():
    run = fit(LinearModel(3, 1), _features(3, [0.9, 0.2, 0.1]))
    assert run.loss == pytest.approx(0.2 * 1.8 + 0.1 * 1.9)  # all but the largest variance


@pytest.mark.parametrize(
    ("model", "options", "expected"),
    [
        (ReluOutputModel(3, 2), {"device": "meta"}, "device 'cpu' for exponential amplitudes"),
        (ReluOutputModel(3, 2), {"l1": 0.1}, "independent uniform features for l1"),
        (AbsoluteValueModel(3, 2), {}, "uniform amplitude for a model with a hidden ReLU"),
        (
            ReluOutputModel(3, 2),
            {"method": "sampled", "rao_blackwell": True},
            "uniform amplitude for rao_blackwell",
        ),
    ],
)
def test_what_is_known_of_uniform_amplitudes_alone_is_refused_in_one_line(model, options, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        fit(model, _features(3, 0.1), **options)
    assert "\n" not in str(caught.value)
