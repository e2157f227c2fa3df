"""Before the first test: have the kernels compiled, by another process.

The process that compiles them runs other code than those that load them from the cache, with other
last bits. Tests that compare processes bit for bit want all of them to load, and to load whole
descents first: parts of them that are evaluated by themselves were optimised otherwise, and a
process takes the code of a part from whichever library has it first.

Hypothesis has two profiles: `fast`, the same few examples in every run, and `extensive`, taken by
`--hypothesis-profile=extensive`, a thousand new ones.
"""

import subprocess
import sys
from pathlib import Path

from hypothesis import settings

settings.register_profile("fast", max_examples=20, derandomize=True, deadline=None)
settings.register_profile("extensive", max_examples=1000, deadline=None)
settings.load_profile("fast")

COMPILE = """
from theory import FeatureDistribution
from training import ReluOutputModel, fit
fit(ReluOutputModel(3, 2), FeatureDistribution(3, 0.2, [1.0, 0.9, 0.8]), restarts=2)
fit(ReluOutputModel(60, 8), FeatureDistribution(60, 0.2), restarts=1, search="quick")
"""


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):
        root = Path(__file__).parents[1]
        subprocess.run([sys.executable, "-c", COMPILE], cwd=root, check=True)
    exec(COMPILE, {})
