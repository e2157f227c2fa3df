"""A run for the tests of the command line."""

import numpy as np
import pytest

from theory import FeatureDistribution
from training import ReluOutputModel, fit


@pytest.fixture
def run(tmp_path):
    features = FeatureDistribution(5, density=[[1.0], [0.1]], importance=0.9 ** np.arange(5))
    return fit(ReluOutputModel(5, 2), features, restarts=32, seed=0).save(tmp_path / "run")
