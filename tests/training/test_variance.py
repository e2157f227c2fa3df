"""Estimators of smaller variance: unbiased against the exact gradient, and smaller indeed."""

import numpy as np
import pytest
import torch

from theory import FeatureDistribution, expected_loss_and_gradient
from training import FitSettings
from training.data import Sampler, uniforms
from training.gradients import Workspace
from training.group import Group
from training.models import ReluOutputModel
from training.strata import CrowdedSampler, crowded_chance

N, M, BATCH, BATCHES = 6, 3, 64, 1500
CPU = torch.device("cpu")


def _gradients(features, options, seed=0):
    """Gradients of many batches at one point, (batches, parameters), and the exact one."""
    rng = np.random.default_rng(seed)
    W, b = 0.7 * rng.normal(size=(N, M)), 0.2 * rng.normal(size=N)
    model = ReluOutputModel(N, M)
    settings = FitSettings(method="sampled", batch_size=BATCH, **options)
    work = Workspace.of(1, model, BATCH, CPU)
    start = torch.tensor(W[None], dtype=torch.float32)
    flat = FeatureDistribution(N, features.density[None], features.importance[None])
    group = Group(model, flat, settings, [start], work)
    with torch.no_grad():
        group._b.copy_(torch.tensor(b)[None, :, None])
    sampler = (CrowdedSampler if settings.exact_strata else Sampler)(flat, CPU)
    stream = uniforms([torch.Generator().manual_seed(3)], sampler.rows, BATCH)
    found = []
    with torch.no_grad():
        for _ in range(BATCHES):
            sampler(next(stream), group.inputs)
            found.append(group.gradient()[: N * M + N].clone())
    _, dW, db = expected_loss_and_gradient(W, b, features)
    return torch.stack(found).double().numpy(), np.concatenate([dW.ravel(), db]) / N


@pytest.mark.parametrize("density", [0.5, 0.1, 0.02])
@pytest.mark.parametrize("option", ["rao_blackwell", "exact_strata"])
def test_gradient_is_unbiased_and_varies_less(density, option):
    features = FeatureDistribution(N, density * np.linspace(0.6, 1.4, N), 0.8 ** np.arange(N))
    plain, exact = _gradients(features, {})
    better, _ = _gradients(features, {option: True})
    for sample in (plain, better):
        error = sample.std(axis=0) / np.sqrt(BATCHES)
        assert (np.abs(sample.mean(axis=0) - exact) <= 4 * error + 1e-6 * np.abs(exact).max()).all()
    least = {"rao_blackwell": 1.2, "exact_strata": 1.05 if density > 0.3 else 3.0}[option]
    assert plain.var(axis=0).sum() >= least * better.var(axis=0).sum()


def test_chance_of_a_crowd_is_that_of_two_or_more():
    density = np.array([[0.3, 0.1, 0.6], [1e-4, 2e-4, 1.0], [1e-6, 1e-6, 1e-6]])
    q = 1 - density
    few = q.prod(axis=1) + sum(density[:, j] * np.delete(q, j, 1).prod(axis=1) for j in range(3))
    found = crowded_chance(FeatureDistribution(3, density))
    np.testing.assert_allclose(found[:2], 1 - few[:2], rtol=1e-9)
    assert found[2] == pytest.approx(3e-12, rel=1e-5)


def test_crowds_have_the_conditional_frequencies_and_moments():
    density = np.array([[0.3, 0.1, 0.6, 0.05], [0.01, 0.02, 0.03, 0.01]])
    features = FeatureDistribution(4, density)
    size = 60_000
    sampler = CrowdedSampler(features, CPU)
    x = torch.empty(2, 1, 4, size)
    sampler(next(uniforms([torch.Generator().manual_seed(5)], sampler.rows, size)), x)
    active = (x[:, 0] > 0).double().numpy()
    assert (active.sum(axis=1) >= 2).all()
    for k in range(2):
        patterns = np.array(list(np.ndindex(2, 2, 2, 2)))
        chance = np.where(patterns, density[k], 1 - density[k]).prod(axis=1)
        chance[patterns.sum(axis=1) < 2] = 0
        chance /= chance.sum()
        seen = np.bincount((active[k].T @ [8, 4, 2, 1]).astype(int), minlength=16) / size
        assert (np.abs(seen - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / size)).all()
    values = x[x > 0].double().numpy()
    for power in (1, 2, 3):
        error = 4.5 * (values**power).std() / np.sqrt(len(values))
        assert (values**power).mean() == pytest.approx(1 / (power + 1), abs=error)
