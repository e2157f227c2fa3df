"""The torch form of the exact loss and fit, on every device there is, against the compiled form."""

import numpy as np
import pytest
import torch

from theory import FeatureDistribution, expected_loss, expected_loss_and_gradient, rational_loss
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import model_loss
from theory.loss.row_loss import FINE, SEARCH
from training import ReluOutputModel, fit
from training import device_loss as module
from training.descent import minimise as compiled_minimise
from training.device_lbfgs import _begun, _reviewed, _Rules, _tick, minimise
from training.device_loss import device_loss, schedule
from training.device_series import total
from training.exact import fit_exact
from training.lbfgs import TRIALS

MANY_TERMS = (8, 12.0, 1e-15)
DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])


@pytest.fixture(params=DEVICES)
def device(request):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch.device(request.param)
    torch.set_num_threads(threads)


def _on_device(W, b, features, device, effort=FINE):
    """loss, dW, db of stacked models, as arrays."""
    arrays = (W, b, *np.broadcast_arrays(features.density, features.importance, b)[:2])
    found = device_loss(*(torch.tensor(array, device=device) for array in arrays), effort)
    return [part.cpu().numpy() for part in found[:3]]


def _compiled(W, b, features, effort):
    n = features.n_features
    dG, dW, db = np.empty((n, n)), np.empty_like(W), np.empty_like(b)
    loss = [
        model_loss(
            W[k], b[k], features.density[k].copy(), features.importance[k].copy(),
            None, effort, workspace(n), dG, dW[k], db[k],
        )
        for k in range(len(W))
    ]  # fmt: skip
    return np.array(loss), dW, db


def _agree(found, expected, rel):
    np.testing.assert_allclose(found[0], expected[0], rtol=rel)
    for part, exact in zip(found[1:], expected[1:], strict=True):
        largest = np.abs(exact).reshape(len(exact), -1).max(axis=1)
        off = np.abs(part - exact).reshape(len(exact), -1).max(axis=1)
        assert (off <= rel * largest).all()


def _random_models(n, density):
    rng = np.random.default_rng([n, 7])
    models, m = 8, int(rng.integers(1, max(2, n // 2)))
    W = rng.standard_normal((models, n, m)) * 10 ** rng.uniform(-1, 0, (models, 1, 1))
    b = 0.2 * rng.standard_normal((models, n))
    W[0, 0] = 0  # a row of zeros beside others
    b[1] = -3 * np.abs(W[1] @ W[1].T).sum(axis=1)  # never active
    b[2] = 3 * np.abs(W[2] @ W[2].T).sum(axis=1)  # always active
    W[3, 1] *= 1e-7  # acts through its mean
    p = rng.uniform(0.003, 1, (models, n)) if density == "mixed" else density
    return W, b, FeatureDistribution(n, p, 10 ** rng.uniform(-1, 1, (models, n)))


def _pentagon(scale=1.0):
    angle = 2 * np.pi * np.arange(5) / 5
    return scale * np.stack([np.cos(angle), np.sin(angle)], 1)


@pytest.mark.parametrize("density", [1.0, 0.8, 0.3, 0.03, 0.003, "mixed"])
@pytest.mark.parametrize("n", [2, 3, 5, 12, 20])
def test_loss_and_gradient_are_the_converged_ones(device, n, density):
    W, b, features = _random_models(n, density)
    found = _on_device(W, b, features, device, MANY_TERMS)
    _agree(found, expected_loss_and_gradient(W, b, features, rtol=1e-10), 1e-7)


@pytest.mark.parametrize("effort", [SEARCH, FINE])
@pytest.mark.parametrize("density", [1.0, 0.1, "mixed"])
@pytest.mark.parametrize("n", [2, 5, 20])
def test_sum_is_the_compiled_one_at_the_same_effort(device, n, density, effort):
    W, b, features = _random_models(n, density)
    _agree(_on_device(W, b, features, device, effort), _compiled(W, b, features, effort), 1e-11)


@pytest.mark.parametrize("density", [1.0, 0.1, 0.003])
def test_loss_and_gradient_of_sixty_features_are_the_converged_ones(device, density):
    rng = np.random.default_rng(3)
    W, b = rng.standard_normal((1, 60, 10)) / np.sqrt(10), 0.1 * rng.standard_normal((1, 60))
    features = FeatureDistribution(60, np.full((1, 60), density))
    found = _on_device(W, b, features, device, (4, 10.0, 1e-14))
    _agree(found, expected_loss_and_gradient(W, b, features), 1e-7)


@pytest.mark.parametrize("density", [1.0, 0.3, 0.01])
def test_loss_of_ideal_shapes_is_the_compiled_one(device, density):
    digons = np.kron(np.eye(2), [[1.0], [-1.0]])
    for W, bias in ((digons, 0.0), (_pentagon(), -0.05), (np.zeros((4, 2)), 0.5)):
        n = len(W)
        features = FeatureDistribution(n, [[density]])
        b = np.full((1, n), bias)
        # on a kink the gradient is one-sided, and there the forms may take either side
        loss = _on_device(W[None], b, features, device)[0]
        assert loss == pytest.approx(expected_loss(W[None], b, features), rel=1e-8)


def test_digon_has_the_papers_loss(device):
    p = np.array([[1.0], [0.3], [0.01]])
    W, b = np.broadcast_to([[1.0], [-1.0]], (3, 2, 1)), np.zeros((3, 2))
    loss, _, _ = _on_device(W, b, FeatureDistribution(2, p), device)
    np.testing.assert_allclose(loss, p[:, 0] ** 2 / 3, rtol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_loss_is_the_oracles(device, seed):
    rng = np.random.default_rng([5, seed])
    n, m = int(rng.integers(3, 6)), int(rng.integers(1, 4))
    W, b = rng.standard_normal((n, m)), 0.3 * rng.standard_normal(n)
    features = FeatureDistribution(n, rng.uniform(0.003, 1, n), 10 ** rng.uniform(-1, 1, n))
    loss, _, _ = _on_device(W[None], b[None], features, device)
    assert loss[0] == pytest.approx(float(rational_loss(W, b, features)), rel=1e-7)


def test_result_does_not_depend_on_the_batch_nor_on_the_slabs(device, monkeypatch):
    rng = np.random.default_rng(1)
    W, b = rng.standard_normal((30, 6, 2)), 0.2 * rng.standard_normal((30, 6))
    features = FeatureDistribution(6, rng.uniform(0.01, 1, (30, 1)))
    together = _on_device(W, b, features, device)
    alone = [_on_device(W[[k]], b[[k]], features[[k]], device) for k in (0, 17, 29)]
    monkeypatch.setattr(module, "BUDGET", 600_000)
    assert 1 < len(module.slabs(30, 6)) < 30
    cut = _on_device(W, b, features, device)
    for part in range(3):
        np.testing.assert_allclose(cut[part], together[part], rtol=1e-13, atol=1e-15)
        for k, one in zip((0, 17, 29), alone, strict=True):
            np.testing.assert_allclose(one[part][0], together[part][k], rtol=1e-13, atol=1e-15)


def test_schedule_of_what_was_needed_gives_the_same_sums_and_a_shorter_one_says_so(device):
    rng = np.random.default_rng(2)
    W = torch.tensor(rng.standard_normal((7, 5, 2)), device=device)
    b = torch.zeros(7, 5, dtype=W.dtype, device=device)
    density, importance = torch.full_like(b, 0.1), torch.ones_like(b)
    loss, dW, _, chunks = device_loss(W, b, density, importance)
    assert chunks.max() > 1
    planned = device_loss(W, b, density, importance, schedules=schedule(chunks, 7, 5))
    torch.testing.assert_close(planned[0], loss, rtol=1e-14, atol=0)
    torch.testing.assert_close(planned[1], dW, rtol=1e-12, atol=1e-15)
    assert torch.equal(planned[3], chunks)
    short = device_loss(W, b, density, importance, schedules=schedule(chunks.clamp(max=1), 7, 5))
    assert torch.equal(short[3], chunks.clamp(max=2))


def test_between_looks_nothing_waits_for_the_device_and_shapes_are_known():
    # tensors on "meta" have shapes and no data: whatever asked for a value would raise
    def nothing(*shape):
        return torch.empty(shape, dtype=torch.float64, device="meta")

    columns = torch.empty(9, dtype=torch.int64, device="meta")
    at = _begun(nothing(4, 15), nothing(4, 5), nothing(4, 5))
    _tick(at, _Rules(5, 2, SEARCH, 0.2, 1e-6, 1e-6, 100, 3), [[columns, columns]])
    assert at.x.shape == (4, 15)
    with pytest.raises((NotImplementedError, RuntimeError)):
        _reviewed(at, _Rules(5, 2, SEARCH, 0.2, 1e-6, 1e-6, 100, 3))


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8, 13, 400])
def test_total_is_the_sum(device, length):
    values = torch.arange(3.0 * length, dtype=torch.float64, device=device).view(3, length)
    assert torch.equal(total(values, 1), values.sum(1))
    assert torch.equal(total(values.T, 0), values.sum(1))


def test_a_nan_stays_in_its_own_model(device):
    W, b = np.stack([_pentagon()] * 2), np.zeros((2, 5))
    W[0, 0, 0] = np.nan
    loss, _, _ = _on_device(W, b, FeatureDistribution(5, [[0.1], [0.1]]), device)
    assert np.isnan(loss[0])
    assert loss[1] == pytest.approx(
        float(expected_loss(W[1], b[1], FeatureDistribution(5, 0.1))), rel=1e-8
    )


def test_descents_reach_what_the_compiled_ones_reach_from_the_same_starts(device):
    rng = np.random.default_rng(0)
    n, models = 5, 12
    W = 0.35 * rng.standard_normal((models, n, 2))
    b = np.zeros((models, n))
    density = np.repeat([[0.5], [0.2], [0.05]], 4, axis=0) * np.ones(n)
    importance = 0.9 ** np.arange(n) * np.ones((models, n))
    importance /= (importance * (density / 3 - density**2 / 4)).sum(axis=1, keepdims=True)
    rules = (SEARCH, 0.1, 1e-6, 1e-6, 5000)
    tensors = [torch.tensor(array, device=device) for array in (W, b, density, importance)]
    found = {k: (loss, used) for k, _, _, loss, used in minimise(*tensors, *rules)}
    assert sorted(found) == list(range(models))
    same = 0
    for k in range(models):
        loss, used, _ = compiled_minimise(W[k], b[k], density[k], importance[k], *rules)
        same += abs(found[k][0] / loss - 1) < 1e-5 and abs(found[k][1] - used) <= 0.2 * used
    assert same >= models - 2  # rounding may send a descent into another valley


@pytest.fixture
def begun(device):
    """Two pentagons in the middle of nothing, looked at once, and the rules of their descents."""
    x = torch.tensor(np.tile([*_pentagon(0.8).ravel(), *np.zeros(5)], (2, 1)), device=device)
    density = torch.full((2, 5), 0.05, dtype=x.dtype, device=device)
    at, rules = (
        _begun(x, density, torch.ones_like(density)),
        _Rules(5, 2, SEARCH, 0.2, 1e-6, 1e-6, 99, 3),
    )
    chunks = _reviewed(at, rules)
    return at, rules, schedule(chunks, 2, 5)


def test_no_descent_ends_on_a_sum_that_was_cut_short(begun):
    at, rules, _ = begun
    full = at.loss.clone()
    at.done[:] = True
    at.idle[:] = rules.patience
    at.loss[0] *= 0.99
    _reviewed(at, rules)
    assert at.done.tolist() == [False, True]
    assert torch.equal(at.loss, full)


def test_failed_search_begins_again_from_the_gradient_and_then_gives_up(begun):
    at, rules, plans = begun
    at.count[:] = torch.tensor([3, 0])
    at.steps[:, :, 0], at.yields[:, :, 0], at.curvature[:] = 1.0, 2.0, 0.5
    at.found[:] = True  # by an earlier trial of the search
    at.direction = at.gradient / at.gradient.norm(dim=1, keepdim=True)  # uphill, the last trial
    at.step[:], at.trials[:] = 0.05, TRIALS - 1
    _tick(at, rules, plans)
    assert at.done.tolist() == [False, True]
    assert at.count.tolist() == [0, 0]
    assert at.idle.tolist() == [1, 0]
    assert not at.found[0] and at.trials[0] == 0
    assert torch.equal(at.direction[0], -at.gradient[0])
    assert float(at.step[0] * at.length[0]) <= rules.cap


def test_descent_stops_at_the_limit_of_evaluations(device):
    W = torch.tensor(_pentagon(0.5)[None], device=device)
    b = torch.zeros(1, 5, dtype=W.dtype, device=device)
    density = torch.full_like(b, 0.05)
    rules = (SEARCH, 0.1, 1e-12, 0.0)
    ((_, _, _, loss, used),) = minimise(W, b, density, torch.ones_like(b), *rules, 5)
    start = device_loss(W, b, density, torch.ones_like(b))[0]
    assert used == 5
    assert loss < float(start)


def test_fit_reaches_the_loss_of_the_compiled_fit(device):
    features = FeatureDistribution(5, [[0.5], [0.2], [0.05]], 0.9 ** np.arange(5))
    model = ReluOutputModel(5, 2)
    compiled = fit(model, features, restarts=8, seed=0)
    calls = []
    solutions = fit_exact(
        model, features, restarts=8, seed=0, threads=1, device=device,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    losses = np.array([solution.loss for solution in solutions])
    np.testing.assert_allclose(losses, compiled.loss, rtol=1e-6)
    assert calls == [(done, 51) for done in range(1, 52)]
    for k, solution in enumerate(solutions):
        assert len(solution.details["start_losses"]) == 8
        assert solution.loss == pytest.approx(
            expected_loss(solution.W, solution.b, features[k], rtol=1e-10), rel=1e-8
        )


def test_instance_ends_at_the_same_loss_alone_as_in_the_batch(device, monkeypatch):
    features = FeatureDistribution(4, [[0.4], [0.1]])
    settings = {"restarts": 2, "seed": 1, "threads": 1, "device": device}
    together = fit_exact(ReluOutputModel(4, 2), features, **settings)
    monkeypatch.setattr("training.device_fit.BUDGET", 0)  # one model at a time
    for k in range(1, 2):
        (alone,) = fit_exact(ReluOutputModel(4, 2), features[k], **settings)
        assert alone.loss == pytest.approx(together[k].loss, rel=1e-6)
        losses = [one.details["start_losses"] for one in (alone, together[k])]
        np.testing.assert_allclose(*losses, rtol=1e-5)


def test_device_of_another_name_takes_the_torch_path():
    run = fit(
        ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), restarts=2, seed=0, device="cpu:0"
    )
    assert float(run.loss) == pytest.approx(0.003319, abs=1e-6)
    assert run.settings.device == "cpu:0"
