"""Models converged per second on a device, against the compiled fit and the usual loop there.

    python -m tests.benchmarks.device --device cuda
    python -m tests.benchmarks.device --device cpu --sizes 5 --models 20 --steps 100

For each size: descents of the exact loss to rest on the device, all models at once; the same
descents by the compiled form, on one thread and as many models as take a moment; and the loop of
the paper's notebook on the device, whose time is measured over some of its 10 000 steps and scaled
up. Both exact forms start from the same weights. Wall time, after a first run of a few models.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numba
import numpy as np
import torch

from tegum.output import print_table
from tests.benchmarks.speed import notebook_loop
from theory import FeatureDistribution
from theory.features import Array
from theory.loss.row_loss import SEARCH
from training.descent import minimise
from training.device_lbfgs import minimise as device_minimise
from training.devices import torch_device

Result = TypeVar("Result")
HIDDEN = {5: 2, 20: 5, 400: 30}
MODELS = {5: 20_000, 20: 2_000, 400: 20}
LOOP_STEPS = 10_000
COMPILED_SECONDS = 5.0
DENSITIES = 10
START_NORM = 0.5
RULES = (SEARCH, 0.1, 1e-6, 1e-6, 5000)  # a descent to rest, as a fit begins with


def main() -> None:
    options = _options()
    try:
        device = torch_device(options.device, torch.float64)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    print(_machine(device))
    rows = [
        _measure(n, options.models or MODELS.get(n, 100), options.steps, device)
        for n in options.sizes
    ]
    print_table(
        f"models converged per second, {DENSITIES} densities from 1 to 1/20",
        {
            "n": "n, m",
            "models": "models",
            "device": f"exact on {device}",
            "compiled": "exact, compiled, one thread",
            "loop": f"loop on {device}",
            "per_core": "device / compiled",
            "per_loop": "device / loop",
            "loss": "mean loss / compiled",
        },
        rows,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(HIDDEN), help="n")
    parser.add_argument("--models", type=int, help="models at once, at every size")
    parser.add_argument("--steps", type=int, default=500, help="of the loop, to be timed")
    return parser.parse_args()


def _machine(device: torch.device) -> str:
    chip = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return (
        f"{device}: {chip}; compiled: {_processor()}; Python {platform.python_version()}, "
        f"torch {torch.__version__}, CUDA {torch.version.cuda}, numba {numba.__version__}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _measure(n: int, models: int, steps: int, device: torch.device) -> dict[str, object]:
    m = HIDDEN.get(n, max(1, n // 5))
    restarts = max(1, models // DENSITIES)
    density = np.repeat(20 ** -np.linspace(0, 1, DENSITIES), restarts)[:, None]
    features = FeatureDistribution(n, density, 0.9 ** np.arange(n) if n < 100 else 1.0)
    at_stake = (features.importance * features.variance).sum(axis=1, keepdims=True)
    W = np.random.default_rng(0).standard_normal((len(density), n, m))
    W *= START_NORM / np.linalg.norm(W, axis=2, keepdims=True)
    b = np.zeros((len(density), n))
    batch = (W, b, features.density.copy(), features.importance / at_stake)

    def on_device(*arrays: Array) -> dict[int, float]:
        tensors = [torch.tensor(array, device=device) for array in arrays]
        return {k: loss for k, _, _, loss, _ in device_minimise(*tensors, *RULES)}

    on_device(*(array[:2] for array in batch))
    seconds, losses = _timed(lambda: on_device(*batch), device)
    compiled_seconds, compiled = _compiled(*batch)
    notebook_loop(features, m, steps=3, seed=0, device=device)
    loop_seconds, _ = _timed(
        lambda: notebook_loop(features, m, steps=steps, seed=0, device=device), device
    )
    rate = len(losses) / seconds
    rate_compiled = len(compiled) / compiled_seconds
    rate_loop = len(losses) / (loop_seconds / steps * LOOP_STEPS)
    return {
        "n": f"{n}, {m}",
        "models": len(losses),
        "device": f"{rate:.4g}",
        "compiled": f"{rate_compiled:.4g}",
        "loop": f"{rate_loop:.4g}",
        "per_core": f"{rate / rate_compiled:.3g}",
        "per_loop": f"{rate / rate_loop:.3g}",
        "loss": f"{sum(losses[k] for k in compiled) / sum(compiled.values()):.5f}",
    }


def _compiled(
    W: Array, b: Array, density: Array, importance: Array
) -> tuple[float, dict[int, float]]:
    """Models from all over the densities, one after the other, until time is up."""
    order = np.random.default_rng(1).permutation(len(W)).tolist()
    minimise(W[0].copy(), b[0].copy(), density[0], importance[0], *RULES)
    found: dict[int, float] = {}
    began = time.perf_counter()
    for k in order:
        found[k], _, _ = minimise(W[k].copy(), b[k].copy(), density[k], importance[k], *RULES)
        if time.perf_counter() - began > COMPILED_SECONDS:
            break
    return time.perf_counter() - began, found


def _timed(work: Callable[[], Result], device: torch.device) -> tuple[float, Result]:
    def settle() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    settle()
    began = time.perf_counter()
    result = work()
    settle()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    main()
