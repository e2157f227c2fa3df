"""Equal loss, ratio of times: exact fits against the usual training loop.

    python -m tests.benchmarks.speed                      # all sizes, about 10 minutes
    python -m tests.benchmarks.speed --sizes 5 20         # some of them
    python -m tests.benchmarks.speed --record             # the loop's losses, more than an hour

One thread, CPU-seconds, both sides in one program and in turns. The loop is the one of the paper's
notebook in its plain batched form, all densities in one batch; its time is measured over some of
its 10 000 steps, which all cost the same, its loss after all of them was recorded once
(docs/data/loop-losses-<hash of the cases>.json). Writes docs/benchmarks.md and its JSON twin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import torch

from tegum.output import print_table
from theory import FeatureDistribution, expected_loss
from theory.features import Array
from training import ReluOutputModel, fit

Result = TypeVar("Result")
STEPS = 10_000
DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Case:
    """A sweep over densities of the paper: its size, how much of the loop is timed, our part."""

    n: int
    m: int
    densities: tuple[float, ...]
    importance: tuple[float, ...]
    timed_steps: int
    repeats: int
    starts: int = 1

    @property
    def model(self) -> ReluOutputModel:
        return ReluOutputModel(self.n, self.m)

    @property
    def features(self) -> FeatureDistribution:
        return FeatureDistribution(self.n, np.array(self.densities)[:, None], self.importance)


def _sweep(base: float, count: int) -> tuple[float, ...]:
    return tuple((base ** -np.linspace(0, 1, count)).tolist())


CASES = {
    5: Case(5, 2, _sweep(20, 10), tuple(0.9 ** np.arange(5)), 2000, 7, starts=2),
    20: Case(20, 5, (1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001), tuple(0.7 ** np.arange(20)), 1000, 5),
    100: Case(100, 20, _sweep(20, 20), tuple(100 ** -np.linspace(0, 1, 100)), 200, 3),
    200: Case(200, 20, _sweep(20, 20), (1.0,) * 200, 100, 3),
    400: Case(400, 30, _sweep(20, 20), (1.0,) * 400, 50, 2),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--record", action="store_true", help="run the loop to its end")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.record:
        record(options.sizes)
        return
    losses = json.loads(loss_file().read_text())["losses"]
    rows = [measured(CASES[n], np.array(losses[str(n)])) for n in options.sizes]
    print_table("exact fits against 10 000 steps of the usual loop", COLUMNS, rows)
    if options.sizes == list(CASES):
        write(rows)


COLUMNS = {
    "n": "n",
    "m": "m",
    "densities": "densities",
    "starts": "starts",
    "loop": "loop, µs per model and step",
    "ours": "exact, CPU-s",
    "spread": "of runs from",
    "ratio": "ratio",
    "higher": "densities with a higher loss",
    "worst": "worst loss / loop",
    "mean": "mean loss / loop",
    "evaluations": "evaluations per model",
}


def measured(case: Case, loop_losses: Array) -> dict[str, Any]:
    """Time both sides in turns; losses are those of the first seed."""
    features, model = case.features, case.model
    kind = {"restarts": case.starts, "search": "quick"}
    fit(model, FeatureDistribution(case.n, case.densities[-1], case.importance), **kind)  # compile
    notebook_loop(features, case.m, steps=3, seed=0)
    ours, loop, runs = [], [], []
    for seed in range(case.repeats):
        steps = case.timed_steps // case.repeats + 1
        seconds, _ = timed(partial(notebook_loop, features, case.m, steps, seed=seed))
        loop.append(seconds / steps / len(case.densities))
        seconds, run = timed(partial(fit, model, features, seed=seed, **kind))
        ours.append(seconds)
        runs.append(run)
        print(f"n = {case.n}, seed {seed}: {seconds:.3g} CPU-s", file=sys.stderr)
    ratios = np.array([run.loss / loop_losses for run in runs])
    step, fits = statistics.median(loop), statistics.median(ours)
    used = [record["evaluations"] for run in runs for record in run.metrics]
    return {
        "n": case.n,
        "m": case.m,
        "densities": len(case.densities),
        "starts": case.starts,
        "loop": round(step * 1e6, 1),
        "ours": float(f"{fits:.4g}"),
        "spread": f"{min(ours):.3g} to {max(ours):.3g}",
        "ratio": round(step * STEPS * len(case.densities) / fits),
        "higher": " ".join(str(int((row > 1).sum())) for row in ratios),
        "worst": " ".join(f"{row.max():.4f}" for row in ratios),
        "mean": " ".join(f"{row.mean():.4f}" for row in ratios),
        "evaluations": round(statistics.mean(used)),
    }


def record(sizes: list[int]) -> None:
    """The exact loss of the loop after all its steps, seed 0; sizes already there stay."""
    path = loss_file()
    document = json.loads(path.read_text()) if path.exists() else {"losses": {}}
    document["command"] = "python -m tests.benchmarks.speed --record"
    for n in sizes:
        case = CASES[n]
        W, b = notebook_loop(case.features, case.m, STEPS, seed=0)
        document["losses"][str(n)] = np.asarray(expected_loss(W, b, case.features)).tolist()
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".tmp")
        scratch.write_text(json.dumps(document, indent=1) + "\n")
        scratch.replace(path)


def loss_file() -> Path:
    # rounded, as the last bit of a power may differ from machine to machine
    content = {
        n: (case.m, STEPS, [round(x, 9) for x in (*case.densities, *case.importance)])
        for n, case in CASES.items()
    }
    name = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
    return DOCS / "data" / f"loop-losses-{name}.json"


def write(rows: list[dict[str, Any]]) -> None:
    """docs/benchmarks.md and .json: the figures with the date, the machine and the versions."""
    machine = {
        "date": date.today().isoformat(),
        "processor": processor(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numba": numba.__version__,
    }
    document = {"machine": machine, "rows": rows}
    (DOCS / "benchmarks.json").write_text(json.dumps(document, indent=1) + "\n")
    table = [
        "| " + " | ".join(COLUMNS.values()) + " |",
        "| " + " | ".join("---" for _ in COLUMNS) + " |",
        *("| " + " | ".join(str(row[key]) for key in COLUMNS) + " |" for row in rows),
    ]
    page = DOCS / "benchmarks.md"
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    said = ", ".join(f"{key} {value}" for key, value in machine.items())
    page.write_text(
        before + "\n".join([BEGIN, "", f"{said}; one thread.", "", *table, "", END]) + after
    )


BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def notebook_loop(
    features: FeatureDistribution,
    n_hidden: int,
    steps: int,
    seed: int,
    device: torch.device | str = "cpu",
) -> tuple[Array, Array]:
    """The authors' loop in its plain batched form: (batch, instance, feature), einsum, AdamW."""
    instances, n = features.density.shape
    torch.manual_seed(seed)
    W = torch.empty(instances, n, n_hidden, device=device)
    torch.nn.init.xavier_normal_(W)
    W.requires_grad_()
    b = torch.zeros(instances, n, device=device, requires_grad=True)
    density = torch.tensor(features.density[:, :1], dtype=torch.float32, device=device)
    importance = torch.tensor(features.importance[0], dtype=torch.float32, device=device)
    zero = torch.zeros((), device=device)
    optimiser = torch.optim.AdamW([W, b], lr=1e-3)
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        value = torch.rand(1024, instances, n, device=device)
        chance = torch.rand(1024, instances, n, device=device)
        x = torch.where(chance <= density, value, zero)
        hidden = torch.einsum("...if,ifh->...ih", x, W)
        out = torch.relu(torch.einsum("...ih,ifh->...if", hidden, W) + b)
        loss = (importance * (x.abs() - out) ** 2).mean(dim=(0, 2)).sum()
        loss.backward()
        optimiser.step()
    return W.detach().double().cpu().numpy(), b.detach().double().cpu().numpy()


if __name__ == "__main__":
    main()
