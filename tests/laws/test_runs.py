"""Nothing is lost on the way to disk, through a sweep and to the command line."""

import contextlib
import io
import json
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geometry import identify
from tegum.__main__ import main
from tests.laws.strategies import distributions, few, seeds, weights
from theory import FeatureDistribution
from training import (
    AbsoluteValueModel,
    FitConfig,
    FitSettings,
    LinearModel,
    ReluOutputModel,
    Run,
    fit_config,
    sweep,
)

any_float = st.floats(allow_nan=False, allow_infinity=False)  # denormals and signed zeros too


def bits(*array):
    return [(a.shape, a.dtype, a.tobytes()) for a in array]


@st.composite
def broadcast_features(draw):
    """Density and importance of any shapes that broadcast, with repeats that invite compaction."""
    n = draw(st.integers(1, 4))
    instances = draw(st.lists(st.integers(1, 3), max_size=2))
    shapes = []
    for _ in range(2):
        kept = [draw(st.sampled_from([1, k])) for k in instances]
        full = [*kept, draw(st.sampled_from([1, n]))]
        shapes.append(tuple(full[draw(st.integers(0, len(full))) :]))
    density = draw(arrays(np.float64, shapes[0], elements=st.sampled_from([0.1, 0.25, 1.0])))
    weight = draw(arrays(np.float64, shapes[1], elements=st.sampled_from([0.0, 0.3, 1.0])))
    return FeatureDistribution(n, density, weight)


@st.composite
def runs(draw):
    """A run of any weights: what was fitted is no matter to the disk."""
    features = draw(broadcast_features() | st.integers(1, 5).flatmap(distributions))
    n, m = features.n_features, draw(st.integers(1, 3))
    kinds = [LinearModel, ReluOutputModel] + [AbsoluteValueModel] * (not features.groups)
    model = draw(st.sampled_from(kinds))(n, m)
    shape = features.instances
    W = draw(arrays(np.float64, (*shape, n, m), elements=any_float))
    b = draw(arrays(np.float64, (*shape, n), elements=any_float))
    loss = draw(arrays(np.float64, shape, elements=any_float))
    readout = W[::-1].copy() if isinstance(model, AbsoluteValueModel) else None
    metrics = tuple({"loss": float(x)} for x in loss.ravel())
    return Run(FitConfig(model, features, FitSettings()), W, b, loss, metrics, readout)


settings_of_a_fit = st.builds(
    FitSettings,
    method=st.just("sampled"),
    restarts=st.integers(1, 10**6),
    seed=st.integers(0, 2**64 - 1),
    device=st.sampled_from(["cpu", "cuda:0"]),
    steps=st.integers(1, 10**9),
    batch_size=st.integers(1, 10**6),
    learning_rate=st.floats(1e-300, 1e300),
    weight_decay=st.floats(0, 1e300),
    init_instances=st.none() | st.integers(1, 10**6),
    rao_blackwell=st.booleans(),
    exact_strata=st.booleans(),
    l1=st.floats(0, 1e300),
    adversarial=st.floats(0, 1e300),
    record=st.none() | st.integers(1, 100) | st.lists(st.integers(0, 1)).map(tuple),
)


@given(broadcast_features() | st.integers(1, 5).flatmap(distributions), st.booleans())
def test_features_survive_the_document_with_their_instances_and_sets(features, linear):
    model = (LinearModel if linear else ReluOutputModel)(features.n_features, 2)
    config = FitConfig(model, features, FitSettings())
    again = FitConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again.features.instances == features.instances
    assert again.features == features
    assert again.model == model
    assert again.to_dict() == config.to_dict()


@given(settings_of_a_fit)
def test_settings_survive_the_document(chosen):
    config = FitConfig(LinearModel(2, 1), FeatureDistribution(2, 0.1), chosen)
    assert FitConfig.from_dict(json.loads(json.dumps(config.to_dict()))).fit == chosen


@given(runs())
def test_run_is_to_the_last_bit_what_was_saved(run):
    with tempfile.TemporaryDirectory() as folder:
        again = Run.load(run.save(Path(folder) / "run"))
    assert bits(again.W, again.b, again.loss) == bits(run.W, run.b, run.loss)
    assert (again.readout is None) == (run.readout is None)
    if run.readout is not None:
        assert bits(again.readout) == bits(run.readout)
    assert again.config.to_dict() == run.config.to_dict()
    assert again.features == run.features and again.metrics == run.metrics


def saved(W, folder):
    config = FitConfig(ReluOutputModel(*W.shape), FeatureDistribution(len(W), 0.1), FitSettings())
    run = Run(config, W, np.zeros(len(W)), np.zeros(()), ({"loss": 0.0},))
    return run.save(Path(folder) / "run")


@few(10)
@given(weights())
def test_verdict_of_a_run_is_that_of_its_saved_and_loaded_self(W):
    with tempfile.TemporaryDirectory() as folder:
        assert identify(Run.load(saved(W, folder)).W).to_dict() == identify(W).to_dict()


@few(10)
@given(weights(), st.booleans())
def test_command_line_prints_the_verdict_of_identify(W, as_run):
    with tempfile.TemporaryDirectory() as folder:
        path = saved(W, folder) if as_run else Path(folder) / "W.npy"
        if not as_run:
            np.save(path, W)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            main(["classify", str(path), "--json"])
    (model,) = json.loads(printed.getvalue())["models"]
    expected = json.loads(json.dumps(identify(W).to_dict()))
    assert {name: model[name] for name in expected} == expected


@few(5)
@given(seeds, st.sampled_from([0.5, 0.1]) | st.floats(0.05, 1), st.integers(1, 2))
def test_chunk_of_a_sweep_is_the_fit_alone(seed, density, m):
    grid = [
        FitConfig(
            ReluOutputModel(3, m),
            FeatureDistribution(3, density),
            FitSettings(restarts=1, seed=seed + k, search="quick"),
        )
        for k in range(2)
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = sweep(grid, out=folder)
    for config, run in zip(grid, found, strict=True):
        alone = fit_config(config)
        assert bits(run.W, run.b, run.loss) == bits(alone.W, alone.b, alone.loss)
        assert run.config.to_dict() == config.to_dict()
