"""Before the first test: have the kernels compiled, once for all workers.

Hypothesis has two profiles: `fast`, the same few examples in every run, and `extensive`, taken by
`--hypothesis-profile=extensive`, a thousand new ones.
"""

from hypothesis import settings

from theory import FeatureDistribution
from training import ReluOutputModel, fit

settings.register_profile("fast", max_examples=20, derandomize=True, deadline=None)
settings.register_profile("extensive", max_examples=1000, deadline=None)
settings.load_profile("fast")


def pytest_sessionstart(session):
    if hasattr(session.config, "workerinput"):
        return
    fit(ReluOutputModel(3, 2), FeatureDistribution(3, 0.2, [1.0, 0.9, 0.8]), restarts=2)
    fit(ReluOutputModel(60, 8), FeatureDistribution(60, 0.2), restarts=1, search="quick")
