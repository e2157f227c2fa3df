"""The authors' training loop: minibatches of sampled features, AdamW, many models at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from theory.features import Array, FeatureDistribution
from training.devices import torch_device
from training.models import LinearModel, Model

Progress = Callable[[int, int], None]
STEPS_PER_DRAW = 8  # inputs of several steps are drawn in one call per model


def fit_sampled(
    model: Model,
    features: FeatureDistribution,
    *,
    restarts: int,
    seed: int,
    steps: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    init_instances: int,
    device: str,
    threads: int,
    progress: Progress | None = None,
) -> tuple[Array, Array]:
    """W (k, restarts, n, m) and b (k, restarts, n) after `steps` steps of AdamW, in float32.

        W ~ N(0, 2 / ((n_features + n_instances) n_hidden)),  b = 0,
        loss = Σ_models mean over batch and features of I_i (x_i − x'_i)²

    as in the training notebook of the paper: Xavier initialisation of the three-dimensional
    tensor (its standard deviation depends on the number of instances, `init_instances`), betas
    (.9, .999), eps 1e-8, and weight decay on b as well. Model (k, r) draws its start and its
    inputs from (seed, r) alone, so a result does not depend on what else is in the batch.

    Reference: Elhage et al. 2022, companion notebook of "Toy Models of Superposition".
    """
    n, m = model.n_features, model.n_hidden
    target = torch_device(device)
    instances = features.density.reshape(-1, n).shape[0]
    models = instances * restarts
    shape = (instances, restarts, batch_size, n)

    def stacked(values: Array) -> torch.Tensor:
        # written out in full: broadcasting over rows of a few features is several times slower
        full = torch.tensor(values.reshape(instances, 1, 1, n), dtype=torch.float32, device=target)
        return full.expand(shape).contiguous()

    density = stacked(features.density)
    importance = stacked(features.importance).view(models, batch_size, n)
    generators = [
        torch.Generator(device=target).manual_seed(_stream(seed, r)) for r in range(restarts)
    ]
    deviation = math.sqrt(2.0 / ((n + init_instances) * m))
    starts = torch.stack(
        [torch.randn(n, m, generator=g, device=target) * deviation for g in generators]
    )
    W = starts.repeat(instances, 1, 1).requires_grad_(True)
    b = torch.zeros(models, 1, n, device=target, requires_grad=True)
    optimiser = torch.optim.AdamW([W, b], lr=learning_rate, weight_decay=weight_decay)
    linear = isinstance(model, LinearModel)

    with _torch_threads(threads):
        inputs = _inputs(generators, density, steps)
        for step in range(steps):
            x = next(inputs)
            out = torch.baddbmm(b, torch.bmm(x, W), W.transpose(1, 2))
            if not linear:
                out = torch.relu(out)
            loss = (importance * (x - out) ** 2).sum() / (batch_size * n)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if progress and ((step + 1) % 100 == 0 or step + 1 == steps):
                progress(step + 1, steps)

    return (
        W.detach().double().cpu().numpy().reshape(instances, restarts, n, m),
        b.detach().double().cpu().numpy().reshape(instances, restarts, n),
    )


def _inputs(
    generators: list[torch.Generator], density: torch.Tensor, steps: int
) -> Iterator[torch.Tensor]:
    """x (models, batch, n): one generator per restart, its draws shared by the instances."""
    instances, restarts, batch_size, n = density.shape
    device = density.device
    zero = torch.zeros((), device=device)
    for first in range(0, steps, STEPS_PER_DRAW):
        count = min(STEPS_PER_DRAW, steps - first)
        size = (count, batch_size, n)
        value = torch.stack([torch.rand(size, generator=g, device=device) for g in generators], 1)
        chance = torch.stack([torch.rand(size, generator=g, device=device) for g in generators], 1)
        for k in range(count):
            x = torch.where(chance[k] <= density, value[k], zero)
            yield x.view(instances * restarts, batch_size, n)


def _stream(seed: int, restart: int) -> int:
    return int(np.random.SeedSequence([seed, restart]).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    """More than one thread on tensors this small makes the loop many times slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
