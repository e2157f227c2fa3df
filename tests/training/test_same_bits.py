"""Bits do not depend on where the heap puts short vectors."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from theory import FeatureDistribution
from training.moves import relocated
from training.problem import problems


def test_moves_end_at_the_same_bits_in_every_thread():
    (problem,) = problems(FeatureDistribution(60, 0.05))
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((60, 8)) / 8**0.5, np.full(60, -0.1)

    def moved(_):
        found = relocated(W, b, problem, np.arange(12), np.random.default_rng(1))
        assert found is not None
        return found[0]

    here = moved(0)
    with ThreadPoolExecutor(2) as pool:
        for there in pool.map(moved, range(8)):
            assert np.array_equal(here, there)


def test_fits_do_not_hang_on_what_was_evaluated_before():
    fit_ = (
        "from theory import FeatureDistribution, ideal\n"
        "from training import ReluOutputModel, fit\n"
        "{before}\n"
        "run = fit(ReluOutputModel(3, 2), FeatureDistribution(3, 0.5), restarts=2)\n"
        "print(float(run.loss).hex(), run.metrics[0]['evaluations'])"
    )
    ends = {
        subprocess.run(
            [sys.executable, "-c", fit_.format(before=before)],
            capture_output=True, text=True, check=True,
        ).stdout
        for before in ("", "ideal('digon', 0.1)")
    }  # fmt: skip
    assert len(ends) == 1
