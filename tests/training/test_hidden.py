import numpy as np
import pytest
from safetensors.numpy import save

from geometry import features_per_neuron, rescaled_neurons
from tegum.__main__ import main
from theory import FeatureDistribution
from training import (
    AbsoluteValueModel,
    ReluHiddenModel,
    Run,
    fit,
    load_config,
    stratified_loss,
)

PAPER = 0.75 ** np.arange(10)  # section 9: ten features on five neurons


def assert_same(a, b):
    assert a.metrics == b.metrics
    for x, y in ((a.W, b.W), (a.b, b.b), (a.loss, b.loss)):
        assert np.array_equal(x, y)
    assert (a.readout is None) == (b.readout is None)
    assert a.readout is None or np.array_equal(a.readout, b.readout)


@pytest.fixture(scope="module", params=[ReluHiddenModel, AbsoluteValueModel])
def small(request):
    features = FeatureDistribution(3, [[0.4], [0.1]], [1.0, 0.9, 0.8])
    return fit(request.param(3, 2), features, restarts=3, seed=2)


def test_dense_features_have_a_neuron_each():
    run = fit(ReluHiddenModel(10, 5), FeatureDistribution(10, 0.75, PAPER), restarts=4)
    assert features_per_neuron(run.W).tolist() == [1] * 5
    primary = np.abs(run.W).argmax(axis=0)
    assert sorted(primary) == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(run.W[primary, np.arange(5)], 1, atol=0.02)


def test_three_features_share_two_neurons_as_a_binary_code():
    run = fit(ReluHiddenModel(10, 5), FeatureDistribution(10, 0.35, PAPER), restarts=16)
    counts = features_per_neuron(run.W, threshold=0.3)
    assert sorted(counts) == [1, 1, 1, 3, 3]
    shared = np.flatnonzero(counts == 3)
    code = np.sign(run.W[3:6][:, shared])
    assert sorted(code.tolist()) in (
        sorted([[1, 1], [1, -1], [-1, 1]]),
        sorted([[1, 1], [-1, 1], [1, -1]]),
    )
    alone = np.flatnonzero(counts == 1)
    assert sorted(np.abs(run.W[:, alone]).argmax(axis=0)) == [0, 1, 2]


@pytest.mark.parametrize("density", [0.5, 0.1])
def test_absolute_values_are_computed_by_a_neuron_for_each_sign(density):
    run = fit(AbsoluteValueModel(3, 6), FeatureDistribution(3, density), restarts=12)
    assert float(run.loss) <= 1e-9
    W, readout = rescaled_neurons(run.W, run.readout)
    signs = [(int(i), int(np.sign(W[i, k]))) for k, i in enumerate(np.abs(W).argmax(axis=0))]
    assert sorted(signs) == [(i, s) for i in range(3) for s in (-1, 1)]
    np.testing.assert_allclose(np.abs(W).sum(axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(readout, np.abs(W).round(), atol=1e-4)
    np.testing.assert_allclose(run.b, 0, atol=1e-4)


def test_reported_loss_is_the_verified_one(small):
    loss, error = stratified_loss(
        small.model, small.W, small.b, small.features, readout=small.readout
    )
    np.testing.assert_allclose(small.loss, loss, rtol=1e-12)
    np.testing.assert_allclose([r["error"] for r in small.metrics], error, rtol=1e-6)
    assert (error < 2e-3 * loss).all()


def test_reported_loss_is_within_four_standard_errors_of_monte_carlo(small):
    rng = np.random.default_rng(0)
    readout = small.W if small.readout is None else small.readout
    for k, features in enumerate([small.features[0], small.features[1]]):
        values = rng.random((400_000, 3))
        if small.readout is not None:
            values = 2 * values - 1
        x = np.where(rng.random(values.shape) < features.density, values, 0)
        target = x if small.readout is None else np.abs(x)
        out = np.maximum(np.maximum(x @ small.W[k], 0) @ readout[k].T + small.b[k], 0)
        sampled = ((target - out) ** 2) @ features.importance
        noise = np.hypot(sampled.std() / np.sqrt(len(sampled)), small.metrics[k]["error"])
        assert abs(sampled.mean() - small.loss[k]) <= 4 * noise


@pytest.mark.parametrize("threads", [2, 3])
def test_same_seed_gives_the_same_bits_on_any_number_of_threads(small, threads):
    assert_same(fit(small.model, small.features, restarts=3, seed=2, threads=threads), small)


def test_an_instance_does_not_depend_on_the_others(small):
    alone = fit(small.model, small.features[1], restarts=3, seed=2)
    assert np.array_equal(alone.W, small.W[1])
    assert alone.loss == small.loss[1]


def test_a_factor_on_the_importances_changes_nothing_but_the_loss(small):
    features = FeatureDistribution(3, small.features.density, 64 * small.features.importance)
    scaled = fit(small.model, features, restarts=3, seed=2)
    assert np.array_equal(scaled.W, small.W)
    np.testing.assert_allclose(scaled.loss, 64 * small.loss, rtol=1e-12)


def test_more_starts_are_no_worse(small):
    more = fit(small.model, small.features, restarts=12, seed=2)
    errors = np.array([record["error"] for record in small.metrics])
    assert (more.loss <= small.loss + 4 * errors).all()
    assert all(len(record["start_losses"]) == 12 for record in more.metrics)


def test_what_is_loaded_is_what_was_saved(small, tmp_path):
    loaded = Run.load(small.save(tmp_path / "run"))
    assert_same(loaded, small)
    assert loaded.model == small.model


@pytest.mark.parametrize(
    "damage", [None, np.zeros((2, 3, 1)), np.full((2, 3, 2), np.nan), np.zeros((2, 3, 2), int)]
)
def test_a_run_without_its_readout_is_refused_in_one_line(damage, tmp_path):
    features = FeatureDistribution(3, [[0.4], [0.1]])
    run = fit(AbsoluteValueModel(3, 2), features, restarts=1)
    path = run.save(tmp_path / "run")
    arrays = {"W": run.W, "b": run.b} | ({} if damage is None else {"readout": damage})
    (path / "model.safetensors").write_bytes(save(arrays))
    with pytest.raises(ValueError, match=r"expected a .*readout") as caught:
        Run.load(path)
    assert "\n" not in str(caught.value)


def test_features_without_importance_cost_nothing():
    for model in (ReluHiddenModel(2, 1), AbsoluteValueModel(2, 1)):
        assert float(fit(model, FeatureDistribution(2, 0.3, 0.0), restarts=1).loss) == 0
        one = fit(model, FeatureDistribution(2, 0.3, [1.0, 0.0]), restarts=2)
        assert np.isfinite(one.loss)


def test_progress_counts_up_to_the_total(small):
    calls = []
    fit(
        small.model, small.features, restarts=2, threads=2,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    total = calls[0][1]
    assert calls == [(done, total) for done in range(1, total + 1)]


def test_commands_train_and_classify_but_do_not_compare(small, tmp_path, capsys):
    path = small.save(tmp_path / "run")
    for again in (["--config", str(path / "config.json")], ["--overwrite", "--features", "3",
                  "--hidden", "2", "--restarts", "1", "--model", small.model.kind]):  # fmt: skip
        main(["train", *again, "--out", str(tmp_path / "again"), "--threads", "1"])
    assert load_config(tmp_path / "again" / "config.json").model == small.model
    capsys.readouterr()
    main(["classify", str(path)])
    with pytest.raises(SystemExit) as caught:
        main(["compare", str(path)])
    assert caught.value.code == 1
    printed = capsys.readouterr().err.strip().splitlines()
    assert len(printed) == 1
    assert f"holds a {small.model.kind} one" in printed[0]
