"""Equal loss, ratio of times: exact fits against the usual training loop.

    python -m tests.benchmarks.speed

One thread, CPU-seconds, both sides in one program. The loop is timed twice: as the notebook of
the paper writes it, and as `fit(method="sampled")` runs it, which is faster; ratios are quoted
against the faster. Exact fits are timed between the loops and after them, and the median counts.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import numba
import numpy as np
import torch

from tegum.output import print_table
from theory import FeatureDistribution, expected_loss
from theory.features import Array
from training import ReluOutputModel, fit

Result = TypeVar("Result")
STEPS = 10_000
RESTARTS = 4
REPEATS = 5


def main() -> None:
    torch.set_num_threads(1)
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}, numba {numba.__version__}, one thread"
    )
    density = 20 ** -np.linspace(0, 1, 10)
    features = FeatureDistribution(5, density[:, None], 0.9 ** np.arange(5))
    model = ReluOutputModel(5, 2)
    fit(model, features, restarts=1, seed=1)  # compile
    fit(model, features, method="sampled", restarts=1, steps=10)
    notebook_loop(features, 2, steps=10, seed=0)

    exact_times = []

    def exact() -> Array:
        for _ in range(REPEATS):
            seconds, run = timed(lambda: fit(model, features, restarts=RESTARTS, seed=0))
            exact_times.append(seconds)
        return run.loss

    exact()
    notebook_seconds, (W, b) = timed(lambda: notebook_loop(features, 2, STEPS, seed=0))
    notebook_loss = np.asarray(expected_loss(W, b, features))
    exact()
    sampled_seconds, run = timed(
        lambda: fit(model, features, method="sampled", restarts=1, steps=STEPS, seed=0)
    )
    ours = exact()

    loop = min(notebook_seconds, sampled_seconds)
    seconds = statistics.median(exact_times)
    print_table(
        "exact loss of the loop's 10 000 steps and of the best of 4 exact starts, n = 5, m = 2",
        {"p": "1 − S", "notebook": "notebook", "sampled": "sampled", "ours": "exact"},
        [
            {"p": p, "notebook": x, "sampled": y, "ours": z}
            for p, x, y, z in zip(
                density.tolist(), notebook_loss.tolist(), run.loss.tolist(), ours.tolist(),
                strict=True,
            )
        ],
    )  # fmt: skip
    lower = int((ours <= np.minimum(notebook_loss, run.loss)).sum())
    for name, value in (("notebook loop", notebook_seconds), ("sampled method", sampled_seconds)):
        each = value / (STEPS * len(density)) * 1e6
        print(f"{name}: {value:.2f} CPU-s, {each:.0f} µs per model and step")
    print(
        f"exact, best of {RESTARTS}: {seconds * 1e3:.1f} CPU-ms "
        f"(min {min(exact_times) * 1e3:.1f}, max {max(exact_times) * 1e3:.1f}, "
        f"{len(exact_times)} runs)"
    )
    print(
        f"no higher loss at {lower} of {len(density)} densities; "
        f"ratio ×{loop / seconds:.0f} (notebook ×{notebook_seconds / seconds:.0f}, "
        f"sampled ×{sampled_seconds / seconds:.0f})"
    )


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
