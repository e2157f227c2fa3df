"""How exact the fast engine is at trained points, against the reference engine.

    python -m tests.benchmarks.accuracy            # n = 5, 20, 100 and 400, some 15 minutes

For every size and density a model is trained in stages at search effort, as fits are. At every
stage the sum that is descended is set beside the converged loss: what was reported lower must be
lower in truth. At the end the converged loss is set beside `exact_reference_loss`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tegum.output import print_table
from theory import FeatureDistribution, exact_reference_loss, expected_loss
from theory.loss.row_loss import SEARCH
from training.problem import problems

SIZES = {5: 2, 20: 5, 100: 20, 400: 30}
DENSITIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
STAGES, EACH = 8, 40  # of evaluations
SEEN = 1e-6  # relative: a rise of the true loss below it is not told from rounding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", choices=SIZES, default=list(SIZES))
    rows = [measured(n, p) for n in parser.parse_args().sizes for p in DENSITIES]
    columns = {key: key for key in rows[0]}
    print_table("the fast engine at trained points", columns, rows)


def measured(n: int, p: float) -> dict[str, str]:
    features = FeatureDistribution(n, p)
    (problem,) = problems(features)
    rng = np.random.default_rng(n)
    W = rng.standard_normal((n, SIZES[n]))
    W *= 0.5 / np.linalg.norm(W, axis=1, keepdims=True)
    b = np.zeros(n)
    reported, true = [], []
    for _ in range(STAGES):
        loss, _ = problem.descend(W, b, SEARCH, 1e-9, 0.0, EACH)
        reported.append(loss)
        true.append(problem.converged_loss(W, b)[0])
    falls = np.diff(reported) < 0
    rises = (np.diff(true) / np.array(true[1:]))[falls]
    began = time.process_time()
    reference = float(np.asarray(exact_reference_loss(W, b, features, rtol=1e-9)))
    seconds = time.process_time() - began
    fast = float(np.asarray(expected_loss(W, b, features)))
    return {
        "n": str(n),
        "1 − S": f"{p:g}",
        "off by": f"{abs(fast / reference - 1):.1e}",
        "search effort off by": f"{abs(reported[-1] / true[-1] - 1):.1e}",
        "true rises": str(int((rises > SEEN).sum())) + f" of {falls.sum()}",
        "reference, s": f"{seconds:.2f}",
    }


if __name__ == "__main__":
    main()
