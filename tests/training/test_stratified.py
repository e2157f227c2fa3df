import itertools

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from theory import FeatureDistribution
from training import AbsoluteValueModel, LinearModel, ReluHiddenModel, ReluOutputModel
from training.hidden import stratified_loss
from training.stratified import LANES, strata, strata_loss

MODELS = [ReluHiddenModel, AbsoluteValueModel]


def random_model(model, seed):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((model.n_features, model.n_hidden)) * 0.6
    b = rng.standard_normal(model.n_features) * 0.2
    R = rng.standard_normal(W.shape) * 0.6 if isinstance(model, AbsoluteValueModel) else None
    return W, b, R


def errors(W, b, R, x):
    """(t_i − y'_i)² of inputs x (..., n), by the definition of the models."""
    target = x if R is None else np.abs(x)
    return (target - np.maximum(np.maximum(x @ W, 0) @ (W if R is None else R).T + b, 0)) ** 2


def value_and_gradient(W, b, R, importance, split):
    n, m = W.shape
    size = -(-n // LANES) * LANES
    wide, offset, share = np.zeros((m, size)), np.zeros(size), np.zeros(size)
    wide[:, :n], offset[:n], share[:n] = (W if R is None else R).T, b, importance
    dW, d_wide, db, rows = np.empty((n, m)), np.empty((m, size)), np.empty(size), np.empty(size)
    absolute = R is not None
    loss = strata_loss(W, wide, offset, share, absolute, split, dW, d_wide, db, rows)
    return loss, dW, d_wide[:, :n].T, db[:n]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("p", [1.0, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_one_feature_is_exact(kind, p, seed):
    model = kind(1, 3)
    W, b, R = random_model(model, seed)
    loss, error = stratified_loss(model, W, b, FeatureDistribution(1, p, 2.0), readout=R)
    signs = (1,) if R is None else (1, -1)
    active = [
        quad(
            lambda u, s=s: float(errors(W, b, R, np.array([s * u])).sum()),
            0, 1, limit=500, epsabs=1e-13, epsrel=1e-13,
        )[0]
        for s in signs
    ]  # fmt: skip
    truth = 2 * ((1 - p) * max(b[0], 0) ** 2 + p * np.mean(active))
    assert float(loss) == pytest.approx(truth, rel=1e-9)
    assert float(error) <= 1e-15


def test_digon_on_one_neuron_has_its_closed_form():
    # x1' = ReLU(x1 − x2), x2' = 0: alone x2 costs 1/3, together E min² + 1/3 = 1/2
    p = 0.4
    model = ReluHiddenModel(2, 1)
    loss, error = stratified_loss(model, [[1.0], [-1.0]], [0.0, 0.0], FeatureDistribution(2, p))
    assert float(loss) == pytest.approx(p * (1 - p) / 3 + p * p / 2, abs=4 * float(error) + 1e-9)
    assert 0 < error < 1e-4


def test_a_neuron_for_every_sign_costs_nothing():
    W = np.kron(np.eye(3), [[2.0, -0.5]])
    R = np.kron(np.eye(3), [[0.5, 2.0]])
    features = FeatureDistribution(3, [[1.0], [0.1], [0.001]])
    loss, error = stratified_loss(AbsoluteValueModel(3, 6), W, np.zeros(3), features, readout=R)
    np.testing.assert_allclose(loss, 0, atol=1e-15)
    np.testing.assert_allclose(error, 0, atol=1e-15)


@pytest.mark.parametrize("kind", MODELS)
def test_two_features_agree_with_adaptive_quadrature(kind):
    model = kind(2, 2)
    W, b, R = random_model(model, 7)
    p, weight = np.array([0.9, 0.4]), np.array([1.0, 0.3])
    low = 0 if R is None else -1

    def cost(*x):
        return float(errors(W, b, R, np.array(x)) @ weight) / (1 - low) ** np.count_nonzero(x)

    options = {"epsabs": 1e-6, "epsrel": 1e-6}
    truth = (1 - p[0]) * (1 - p[1]) * cost(0.0, 0.0)
    truth += p[0] * (1 - p[1]) * quad(lambda x: cost(x, 0.0), low, 1, limit=200)[0]
    truth += (1 - p[0]) * p[1] * quad(lambda x: cost(0.0, x), low, 1, limit=200)[0]
    truth += p[0] * p[1] * dblquad(lambda y, x: cost(x, y), low, 1, low, 1, **options)[0]
    loss, error = stratified_loss(model, W, b, FeatureDistribution(2, p, weight), readout=R)
    assert float(loss) == pytest.approx(truth, abs=5 * float(error) + 1e-6)
    assert error < 1e-3 * loss


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("p", [1.0, 0.5, 0.05])
def test_loss_is_within_four_standard_errors_of_monte_carlo(kind, p):
    model = kind(7, 4)
    W, b, R = random_model(model, 11)
    features = FeatureDistribution(7, np.linspace(0.5, 1, 7) * p, 0.8 ** np.arange(7))
    rng = np.random.default_rng(1)
    shape = (200_000, 7)
    values = rng.random(shape) if R is None else rng.uniform(-1, 1, shape)
    x = np.where(rng.random(shape) < features.density, values, 0)
    sampled = errors(W, b, R, x) @ features.importance
    noise = sampled.std() / np.sqrt(len(sampled))
    loss, error = stratified_loss(model, W, b, features, readout=R)
    assert abs(loss - sampled.mean()) <= 4 * np.hypot(noise, error)
    assert error < noise


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("sizes", [(1, 2), (4, 3), (17, 6)])
def test_gradient_is_that_of_central_differences(kind, sizes):
    model = kind(*sizes)
    W, b, R = random_model(model, 3)
    rng = np.random.default_rng(5)
    importance = rng.random(model.n_features)
    density = rng.uniform(0.05, 0.9, model.n_features)
    split = strata(density, 64, signed=R is not None, seed=2)
    _, dW, dR, db = value_and_gradient(W, b, R, importance, split)
    if R is None:
        dW = dW + dR
    step = 1e-7  # so small that it crosses no kink of a point
    for _ in range(5):
        move, turn, shift = (rng.standard_normal(a.shape) for a in (W, W, b))
        slope = (dW * move).sum() + (db * shift).sum() + (0 if R is None else (dR * turn).sum())
        ahead, behind = (
            value_and_gradient(
                W + s * move, b + s * shift, None if R is None else R + s * turn, importance, split
            )[0]
            for s in (step, -step)
        )
        assert (ahead - behind) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-7)


def test_every_set_of_active_features_has_its_chance():
    density = np.array([0.9, 0.5, 0.2, 0.7])
    split = strata(density, 2**14, signed=False, seed=0)
    found = dict.fromkeys(itertools.product([0, 1], repeat=4), 0.0)
    for s, weight in enumerate(split.weight):
        active = split.index[split.first[s] : split.first[s + 1]].tolist()
        assert len(active) >= 2 and sorted(set(active)) == active
        found[tuple(int(j in active) for j in range(4))] += weight
    for active, weight in found.items():
        chance = np.prod(np.where(active, density, 1 - density))
        if sum(active) == 0:
            assert split.none == pytest.approx(chance, rel=1e-14)
        elif sum(active) == 1:
            assert split.alone[active.index(1)] == pytest.approx(chance, rel=1e-14)
        else:
            assert weight == pytest.approx(chance, abs=5e-4)


def test_certain_features_are_always_active():
    split = strata(np.array([1.0, 0.3, 1.0, 1e-9]), 256, signed=True, seed=0)
    assert split.none == 0 and not split.alone.any()
    for s in range(len(split.weight)):
        assert {0, 2} <= set(split.index[split.first[s] : split.first[s + 1]].tolist())
    assert split.value.min() < -0.9 and split.value.max() > 0.9


def test_points_are_fixed_by_their_seed():
    density = np.full(5, 0.3)
    one, same, other = (strata(density, 64, signed=False, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(x, y) for x, y in zip(one, same, strict=True))
    assert not np.array_equal(one.value, other.value)


def test_sum_is_unbiased_over_scrambles():
    model = ReluHiddenModel(5, 3)
    W, b, _ = random_model(model, 2)
    density, importance = np.full(5, 0.4), np.ones(5)
    few = [
        value_and_gradient(W, b, None, importance, strata(density, 16, signed=False, seed=s))[0]
        for s in range(200)
    ]
    loss, error = stratified_loss(model, W, b, FeatureDistribution(5, density))
    noise = np.std(few, ddof=1) / np.sqrt(len(few))
    assert abs(np.mean(few) - loss) <= 4 * np.hypot(noise, error)
    assert error < noise / 5


@pytest.mark.parametrize("model", [ReluOutputModel(2, 1), LinearModel(2, 1)])
def test_models_with_an_exact_loss_are_refused(model):
    with pytest.raises(ValueError, match="expected a model with a hidden ReLU") as caught:
        stratified_loss(model, np.ones((2, 1)), np.zeros(2), FeatureDistribution(2, 0.1))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "W", "readout", "expected"),
    [
        (ReluHiddenModel(2, 1), np.ones((2, 1)), np.ones((2, 1)), "expected a readout for"),
        (AbsoluteValueModel(2, 1), np.ones((2, 1)), None, "expected a readout for"),
        (AbsoluteValueModel(2, 1), np.ones((2, 1)), np.ones((2, 2)), "expected W and readout"),
        (ReluHiddenModel(2, 3), np.ones((2, 1)), None, "expected W and readout"),
        (ReluHiddenModel(2, 1), np.ones((1, 2)), None, "expected W of shape"),
    ],
)
def test_weights_that_do_not_fit_are_refused(model, W, readout, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        stratified_loss(model, W, np.zeros(2), FeatureDistribution(2, 0.1), readout=readout)
    assert "\n" not in str(caught.value)
