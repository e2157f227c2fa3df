"""What models learn of sets of features: paper 6.3, in two dimensions."""

import numpy as np
import pytest

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution, expected_loss
from training import ReluOutputModel, Run, fit

PAIRS = [(0, 1), (2, 3), (4, 5)]


def _angles(W, pairs):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    return [float(np.degrees(np.arccos(np.clip(units[i] @ units[j], -1, 1)))) for i, j in pairs]


def test_correlated_features_become_orthogonal_and_antipodal_to_those_of_the_other_set():
    features = FeatureDistribution(
        4, [[0.02], [0.2]], groups=[CorrelatedSet(pair) for pair in PAIRS[:2]]
    )
    run = fit(ReluOutputModel(4, 2), features, restarts=8, seed=0)
    for W in run.W:
        assert all(90 <= angle <= 92.6 for angle in _angles(W, PAIRS[:2]))
        across = np.array(_angles(W, [(0, 2), (0, 3), (1, 2), (1, 3)])).reshape(2, 2)
        assert ((across > 172).sum(axis=0) == 1).all() and ((across > 172).sum(axis=1) == 1).all()
        assert np.linalg.norm(W, axis=1) == pytest.approx(np.full(4, 1.015), abs=0.015)
    assert run.loss == pytest.approx(expected_loss(run.W, run.b, features), rel=1e-7)


def test_anticorrelated_features_become_antipodal_at_no_cost(tmp_path):
    features = FeatureDistribution(4, 0.1, groups=[AnticorrelatedSet(pair) for pair in PAIRS[:2]])
    run = fit(ReluOutputModel(4, 2), features, restarts=8, seed=0)
    assert _angles(run.W, PAIRS[:2]) == pytest.approx([180, 180], abs=0.01)
    assert np.linalg.norm(run.W, axis=1) == pytest.approx(np.ones(4), abs=1e-4)
    assert float(run.loss) < 1e-12
    assert Run.load(run.save(tmp_path / "run")).features == features


def test_three_correlated_pairs_lie_side_by_side():
    features = FeatureDistribution(6, 0.05, groups=[CorrelatedSet(pair) for pair in PAIRS])
    run = fit(ReluOutputModel(6, 2), features, restarts=16, seed=0)
    assert all(63 <= angle <= 65.5 for angle in _angles(run.W, PAIRS))
    assert np.linalg.norm(run.W, axis=1) == pytest.approx(np.full(6, 0.954), abs=0.01)
    assert run.b == pytest.approx(np.full(6, -0.18), abs=0.01)
