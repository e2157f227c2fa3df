import numpy as np
import pytest
import torch

from geometry import identify
from theory import FeatureDistribution, expected_loss, linear_loss
from training import LinearModel, ReluOutputModel, fit
from training.sampled import _inputs, _stream, fit_sampled

SETTINGS = {
    "restarts": 2, "seed": 7, "batch_size": 64, "learning_rate": 1e-3, "weight_decay": 0.01,
    "init_instances": 3, "device": "cpu", "threads": 1,
}  # fmt: skip


def _start(n, m, instances, seed, restart):
    """What a model looks like before its first step."""
    generator = torch.Generator().manual_seed(_stream(seed, restart))
    deviation = np.sqrt(2 / ((n + instances) * m))
    return deviation * torch.randn(n, m, generator=generator).double().numpy(), generator


def test_start_has_the_deviation_of_torchs_xavier_on_three_dimensions():
    # xavier_normal_ on (instances, n, m), as in the notebook: fan_in = n m, fan_out = instances m
    n, m, instances = 50, 40, 20
    settings = SETTINGS | {"init_instances": instances, "learning_rate": 1e-12, "restarts": 1}
    W, b = fit_sampled(ReluOutputModel(n, m), FeatureDistribution(n, 0.1), steps=1, **settings)
    torchs = torch.empty(instances, n, m)
    torch.nn.init.xavier_normal_(torchs)
    assert W.std() == pytest.approx(np.sqrt(2 / ((n + instances) * m)), rel=0.1)
    assert W.std() == pytest.approx(float(torchs.std()), rel=0.1)
    assert b == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("density", [1.0, 0.3, 0.02])
def test_inputs_have_the_density_and_are_uniform_where_they_are_not_zero(density):
    generator = torch.Generator().manual_seed(1)
    stack = torch.full((1, 1, 20_000, 5), density)
    x = next(_inputs([generator], stack, 1)).numpy()
    assert x.shape == (1, 20_000, 5)
    active = x[x > 0]
    error = 4 * np.sqrt(density * (1 - density) / x.size)
    assert active.size / x.size == pytest.approx(density, abs=error + 1e-6)
    for power in (1, 2, 3):
        error = 4 * (active**power).std() / np.sqrt(active.size)
        assert (active**power).mean() == pytest.approx(1 / (power + 1), abs=error)


def test_features_of_one_batch_have_densities_of_their_own():
    density = torch.tensor([1.0, 0.5, 0.05]).expand(1, 1, 20_000, 3)
    x = next(_inputs([torch.Generator().manual_seed(2)], density, 1))[0].numpy()
    np.testing.assert_allclose((x > 0).mean(axis=0), [1.0, 0.5, 0.05], atol=0.02)


@pytest.mark.parametrize("linear", [False, True])
def test_first_steps_are_those_of_adamw_by_hand(linear):
    n, m, steps, seed, density = 4, 2, 3, 7, 0.4
    importance = np.array([1.0, 0.7, 0.5, 0.2])
    lr, decay, beta1, beta2, eps = 1e-2, 0.1, 0.9, 0.999, 1e-8
    settings = SETTINGS | {"restarts": 1, "learning_rate": lr, "weight_decay": decay}
    model = (LinearModel if linear else ReluOutputModel)(n, m)
    features = FeatureDistribution(n, density, importance)
    W, b = fit_sampled(model, features, steps=steps, **settings)

    start, generator = _start(n, m, 3, seed, 0)
    stack = torch.full((1, 1, 64, n), density)
    batches = [x[0].double().numpy() for x in _inputs([generator], stack, steps)]
    weights = [start, np.zeros(n)]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for t, x in enumerate(batches, 1):
        V, c = weights
        z = x @ V @ V.T + c
        out = z if linear else np.maximum(z, 0)
        to_z = 2 * importance * (out - x) / x.size * (1.0 if linear else z > 0)
        gradients = [x.T @ (to_z @ V) + to_z.T @ (x @ V), to_z.sum(axis=0)]
        for k, g in enumerate(gradients):
            first[k] = beta1 * first[k] + (1 - beta1) * g
            second[k] = beta2 * second[k] + (1 - beta2) * g**2
            step = first[k] / (1 - beta1**t) / (np.sqrt(second[k] / (1 - beta2**t)) + eps)
            weights[k] = weights[k] - lr * decay * weights[k] - lr * step
    np.testing.assert_allclose(W[0, 0], weights[0], atol=2e-6)
    np.testing.assert_allclose(b[0, 0], weights[1], atol=2e-6)


def test_same_seed_reproduces_and_another_does_not():
    model, features = ReluOutputModel(5, 2), FeatureDistribution(5, 0.2)
    W, b = fit_sampled(model, features, steps=20, **SETTINGS)
    W_again, b_again = fit_sampled(model, features, steps=20, **SETTINGS)
    assert np.array_equal(W, W_again)
    assert np.array_equal(b, b_again)
    W_other, _ = fit_sampled(model, features, steps=20, **(SETTINGS | {"seed": 8}))
    assert not np.allclose(W, W_other)
    assert not np.allclose(W[:, 0], W[:, 1])


def test_more_restarts_leave_the_first_ones_as_they_were():
    model, features = ReluOutputModel(5, 2), FeatureDistribution(5, 0.2)
    few, _ = fit_sampled(model, features, steps=20, **SETTINGS)
    many, _ = fit_sampled(model, features, steps=20, **(SETTINGS | {"restarts": 5}))
    np.testing.assert_allclose(many[:, :2], few, rtol=0, atol=1e-6)


@pytest.mark.parametrize("model", [ReluOutputModel(5, 2), ReluOutputModel(30, 7)])
def test_an_instance_is_the_same_alone_as_in_the_batch(model):
    features = FeatureDistribution(model.n_features, [[1.0], [0.3], [0.05]])
    W, b = fit_sampled(model, features, steps=30, **SETTINGS)
    for k in range(3):
        W_alone, b_alone = fit_sampled(model, features[k], steps=30, **SETTINGS)
        np.testing.assert_allclose(W_alone[0], W[k], rtol=0, atol=1e-6)
        np.testing.assert_allclose(b_alone[0], b[k], rtol=0, atol=1e-6)


def test_number_of_torch_threads_is_given_back():
    before = torch.get_num_threads()
    fit_sampled(ReluOutputModel(2, 1), FeatureDistribution(2, 0.2), steps=1, **SETTINGS)
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
