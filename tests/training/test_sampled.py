from dataclasses import replace

import numpy as np
import pytest
import torch

from geometry import identify
from theory import FeatureDistribution, expected_loss, linear_loss
from training import FitSettings, LinearModel, ReluOutputModel, fit
from training.data import Sampler, uniforms
from training.models import AbsoluteValueModel, ReluHiddenModel
from training.sampled import _stream, fit_sampled

SETTINGS = FitSettings(method="sampled", restarts=2, seed=7, batch_size=64, init_instances=3)


def test_start_has_the_deviation_of_torchs_xavier_on_three_dimensions():
    # xavier_normal_ on (instances, n, m), as in the notebook: fan_in = n m, fan_out = instances m
    n, m, instances = 50, 40, 20
    settings = replace(SETTINGS, init_instances=instances, learning_rate=1e-12, restarts=1, steps=1)
    found = fit_sampled(ReluOutputModel(n, m), FeatureDistribution(n, 0.1), settings)
    torchs = torch.empty(instances, n, m)
    torch.nn.init.xavier_normal_(torchs)
    assert found.W[-1].std() == pytest.approx(np.sqrt(2 / ((n + instances) * m)), rel=0.1)
    assert found.W[-1].std() == pytest.approx(float(torchs.std()), rel=0.1)
    assert found.b[-1] == pytest.approx(0, abs=1e-9)


def _notebook_loop(model, features, settings):
    """One model by torch's autograd and optimiser, on the inputs that the first restart is fed."""
    n, m, untied = model.n_features, model.n_hidden, isinstance(model, AbsoluteValueModel)
    generator = torch.Generator().manual_seed(_stream(settings.seed, 0))
    deviation = np.sqrt(2 / ((n + settings.init_instances) * m))
    W = (deviation * torch.randn(n, m, generator=generator)).requires_grad_()
    R = (deviation * torch.randn(n, m, generator=generator)).requires_grad_() if untied else W
    b = torch.zeros(n, requires_grad=True)
    optimiser = torch.optim.AdamW(
        [W, b, R] if untied else [W, b],
        lr=settings.learning_rate, weight_decay=settings.weight_decay,
    )  # fmt: skip
    importance = torch.tensor(features.importance, dtype=torch.float32)
    sampler = Sampler(features, torch.device("cpu"), signed=untied)
    stream = uniforms([generator], sampler.rows, settings.batch_size)
    x = torch.empty(1, 1, n, settings.batch_size)
    for _ in range(settings.steps):
        sampler(next(stream), x)
        batch = x[0, 0].T
        hidden = batch @ W
        if isinstance(model, (ReluHiddenModel, AbsoluteValueModel)):
            hidden = torch.relu(hidden)
        out = hidden @ R.T + b
        if not isinstance(model, LinearModel):
            out = torch.relu(out)
        target = batch.abs() if untied else batch
        optimiser.zero_grad()
        (importance * (target - out) ** 2).mean().backward()
        optimiser.step()
    return [p.detach().double().numpy() for p in ([W, b, R] if untied else [W, b])]


@pytest.mark.parametrize(
    "kind", [LinearModel, ReluOutputModel, ReluHiddenModel, AbsoluteValueModel]
)
def test_loop_ends_where_autograd_and_torchs_adamw_do(kind):
    model = kind(6, 3)
    features = FeatureDistribution(6, np.full(6, 0.4), 0.8 ** np.arange(6))
    settings = replace(SETTINGS, steps=120, learning_rate=1e-2, weight_decay=0.1)
    expected = _notebook_loop(model, features, settings)
    found = fit_sampled(model, features, settings)
    assert (found.readout is None) == (len(expected) == 2)
    for mine, theirs in zip([found.W, found.b, found.readout], expected, strict=False):
        assert mine is not None
        np.testing.assert_allclose(mine[-1, 0, 0], theirs, rtol=0, atol=2e-5)


def test_same_seed_reproduces_and_another_does_not():
    model, features = ReluOutputModel(5, 2), FeatureDistribution(5, 0.2)
    settings = replace(SETTINGS, steps=20)
    found = fit_sampled(model, features, settings)
    again = fit_sampled(model, features, settings)
    assert np.array_equal(found.W, again.W)
    assert np.array_equal(found.b, again.b)
    other = fit_sampled(model, features, replace(settings, seed=8))
    assert not np.allclose(found.W, other.W)
    assert not np.allclose(found.W[0, :, 0], found.W[0, :, 1])


@pytest.mark.parametrize("model", [ReluOutputModel(5, 2), ReluHiddenModel(30, 7)])
def test_a_model_is_the_same_alone_as_in_any_batch_on_any_number_of_threads(model):
    features = FeatureDistribution(model.n_features, [[1.0], [0.3], [0.05]])
    settings = replace(SETTINGS, steps=30)
    found = fit_sampled(model, features, settings)
    many = fit_sampled(model, features, replace(settings, restarts=5), threads=2)
    np.testing.assert_allclose(many.W[:, :, :2], found.W, rtol=0, atol=1e-6)
    for k in range(3):
        alone = fit_sampled(model, features[k], replace(settings, restarts=1))
        np.testing.assert_allclose(alone.W[0, 0, 0], found.W[0, k, 0], rtol=0, atol=1e-6)
        np.testing.assert_allclose(alone.b[0, 0, 0], found.b[0, k, 0], rtol=0, atol=1e-6)


def test_number_of_torch_threads_is_given_back():
    before = torch.get_num_threads()
    settings = replace(SETTINGS, steps=1)
    fit_sampled(ReluOutputModel(2, 1), FeatureDistribution(2, 0.2), settings, threads=2)
    assert torch.get_num_threads() == before


def test_a_few_hundred_steps_lower_the_exact_loss():
    features = FeatureDistribution(6, 0.3, 0.8 ** np.arange(6))
    settings = {"method": "sampled", "restarts": 2, "batch_size": 128, "learning_rate": 1e-2}
    begun = fit(ReluOutputModel(6, 3), features, steps=1, **settings)
    trained = fit(ReluOutputModel(6, 3), features, steps=300, **settings)
    assert trained.loss < 0.5 * begun.loss
    best = fit(ReluOutputModel(6, 3), features, restarts=16)
    assert trained.loss >= best.loss


def test_best_restart_is_chosen_by_the_exact_loss():
    features = FeatureDistribution(5, [[0.3], [0.1]])
    run = fit(ReluOutputModel(5, 2), features, method="sampled", restarts=3, steps=60)
    np.testing.assert_allclose(run.loss, expected_loss(run.W, run.b, features), rtol=1e-9)
    for loss, record in zip(run.loss, run.metrics, strict=True):
        assert loss == min(record["start_losses"])
        assert len(record["start_losses"]) == 3


def test_linear_model_approaches_its_closed_form():
    features = FeatureDistribution(4, 1.0, [1.0, 0.8, 0.2, 0.1])
    run = fit(
        LinearModel(4, 2), features,
        method="sampled", restarts=2, steps=1500, batch_size=128, learning_rate=1e-2,
        weight_decay=0.0,
    )  # fmt: skip
    best = fit(LinearModel(4, 2), features)
    assert best.loss <= run.loss <= 1.05 * best.loss
    assert run.loss == pytest.approx(linear_loss(run.W, run.b, features), rel=1e-12)


def test_five_equal_sparse_features_end_as_a_pentagon():
    run = fit(
        ReluOutputModel(5, 2), FeatureDistribution(5, 0.05),
        method="sampled", restarts=8, seed=0, steps=2000, batch_size=512, learning_rate=3e-3,
        init_instances=10,
    )  # fmt: skip
    assert identify(run.W).summary() == "1 pentagon"


@pytest.mark.parametrize("steps", [1, 100, 150])
def test_progress_reaches_the_total(steps):
    calls = []
    fit(
        ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), method="sampled", restarts=1,
        batch_size=8, steps=steps, progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert calls[-1] == (steps, steps)
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})


@pytest.mark.parametrize("device", ["cuda:99", "abacus"])
def test_a_device_that_is_not_there_is_refused_in_one_line(device):
    with pytest.raises(ValueError, match="expected a torch device that works here") as caught:
        fit(
            ReluOutputModel(2, 1), FeatureDistribution(2, 0.1),
            method="sampled", steps=1, device=device,
        )  # fmt: skip
    assert "\n" not in str(caught.value)


def test_training_that_diverges_says_so():
    with pytest.raises(ValueError, match="learning_rate"):
        fit(
            ReluOutputModel(2, 1), FeatureDistribution(2, 0.1),
            method="sampled", steps=20, learning_rate=1e30,
        )  # fmt: skip
