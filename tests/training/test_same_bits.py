"""One seed, one result to the last bit, whatever else the process or another did."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from theory import FeatureDistribution
from training.moves import relocated
from training.problem import problems

ROOT = Path(__file__).parents[2]


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


KERNELS = """
import numpy as np
from theory.loss.kernels import compiled

@compiled
def wave(x, w):
    real = imaginary = 0.0
    for k in range(x.shape[0]):
        y = x[k] * w
        s = y * y
        real += (1.0 - s * (1 / 2 - s * (1 / 24 - s * (1 / 720 - s / 40320)))) / (1.0 + s)
        imaginary += y * (1.0 - s * (1 / 6 - s * (1 / 120 - s / 5040))) / (2.0 + s)
    return real, imaginary

@compiled
def waves(x, w):
    found = np.empty(w.shape[0])
    for k in range(w.shape[0]):
        (a, b), (c, d) = wave(x, w[k]), wave(x[1:], w[k] + 1.0)
        e, f = wave(x[:7], w[k] - 1.0)
        found[k] = a * d - b * c + e * f
    return found
"""
CALLS = """
import numpy as np
from kernels import wave, waves
x, w = np.random.default_rng(0).random((2, 101))
found = {{}}
for name in {order}:
    found[name] = wave(x, 0.3) if name == "wave" else waves(x, w).tolist()
print(found["waves"], found["wave"])
"""


def test_kernels_return_the_same_compiled_or_loaded_whatever_was_called_before(tmp_path):
    # by numba's own compiler not all three agree: the copies of `wave` in `waves` end elsewhere
    (tmp_path / "kernels.py").write_text(KERNELS)
    place = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": place}

    def called(*order):
        return subprocess.run(
            [sys.executable, "-c", CALLS.format(order=order)],
            env=environment, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    compiled = called("waves", "wave")
    assert list(tmp_path.rglob("*.nbc"))
    assert called("waves", "wave") == called("wave", "waves") == compiled


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
