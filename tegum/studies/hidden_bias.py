"""Paper section 9: what a bias on the hidden neurons does to the privileged basis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from theory import FeatureDistribution
from theory.features import Array
from training import ReluOutputModel, fit

N_FEATURES, N_HIDDEN = 10, 5
IMPORTANCE = 0.75 ** np.arange(N_FEATURES)
DENSITIES = (0.75, 0.35, 0.15, 0.06)
BATCH, HELD_OUT = 512, 2**16
RATES = (1e-2, 1e-4)  # of the first step and of the last


@dataclass(frozen=True)
class HiddenBias:
    """The best model per density: W (d, n, m), the biases c of the neurons (d, m) and b (d, n).

    `loss` on held-out inputs; `linear` (d, m) the share of inputs on which a neuron is active;
    `bound` the exact optimum of the model without a hidden ReLU, of which any can be had with c
    large.
    """

    density: Array
    W: Array
    c: Array
    b: Array
    loss: Array
    linear: Array
    bound: Array


def hidden_bias(
    *,
    densities: Sequence[float] = DENSITIES,
    restarts: int = 4,
    steps: int = 3000,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> HiddenBias:
    """Train h = ReLU(Wᵀ x + c), x' = ReLU(W h + b), n = 10, m = 5, I = .75^i, from c = 0.

    A neuron that is never off is linear. With c so large that all are,

        x' = ReLU(W Wᵀ x + (W c + b)),

    so the optimum is at most that of the ReLU output model. Adam on fresh inputs, the best of the
    restarts on held-out ones.

    Reference: Elhage et al. 2022, section 9 (why its models have no hidden bias).
    """
    import torch

    from training.data import sample

    density = np.array(densities)
    features = FeatureDistribution(N_FEATURES, density[:, None], IMPORTANCE)
    importance = torch.tensor(IMPORTANCE, dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    d, n, m = len(density), N_FEATURES, N_HIDDEN
    W = (0.3 * torch.randn(d, restarts, n, m, generator=generator)).requires_grad_()
    c = torch.zeros(d, restarts, 1, m, requires_grad=True)
    b = torch.zeros(d, restarts, 1, n, requires_grad=True)
    first, last = RATES
    optimiser = torch.optim.Adam([W, c, b], lr=first)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, (last / first) ** (1 / steps))

    def lost(x: torch.Tensor) -> torch.Tensor:
        output = torch.relu(torch.relu(x @ W + c) @ W.mT + b)
        return ((x - output) ** 2 @ importance).mean(dim=-1)

    chance = torch.tensor(density, dtype=torch.float32)[:, None, None, None]
    for step in range(steps):
        x = torch.rand(d, 1, BATCH, n, generator=generator)
        x *= torch.rand(d, 1, BATCH, n, generator=generator) < chance
        optimiser.zero_grad()
        lost(x).sum().backward()
        optimiser.step()
        schedule.step()
        if progress:
            progress(step + 1, steps)
    with torch.no_grad():
        x = sample(features, HELD_OUT, seed=seed).mT[:, None]
        losses = lost(x)
        best = losses.argmin(dim=1)
        linear = (x @ W + c > 0).float().mean(dim=-2)
    every = torch.arange(d)
    bound = fit(ReluOutputModel(n, m), features, restarts=restarts, seed=seed, threads=threads)
    chosen = [part[every, best].detach().double().numpy() for part in (W, c, b, losses, linear)]
    return HiddenBias(
        density, chosen[0], chosen[1][:, 0], chosen[2][:, 0], chosen[3], chosen[4], bound.loss
    )
