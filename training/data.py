"""Random inputs: batches of sparse features, for many models at once, on any torch device."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from theory import AnticorrelatedSet, FeatureDistribution
from theory.features import Array

STEPS_PER_DRAW = 4  # a call of a generator costs as much as a thousand numbers
LOWEST = -(2**63)
SMALLEST = 2.0**-32


def sample(
    features: FeatureDistribution,
    size: int,
    *,
    seed: int,
    device: str = "cpu",
    signed: bool = False,
) -> torch.Tensor:
    """Inputs x (..., n_features, size) of every instance of the features, in float32.

    Features are rows here and inputs are columns. All instances are made of the same random
    numbers. `signed` inputs have either sign with equal chance.

    >>> features = FeatureDistribution(3, density=[[1.0], [0.1]])
    >>> x = sample(features, 1000, seed=0)
    >>> tuple(x.shape), round(float((x[1] > 0).float().mean()), 1)
    ((2, 3, 1000), 0.1)
    """
    target = torch.device(device)
    sampler = Sampler(features, target, signed=signed)
    u = next(uniforms([torch.Generator(target).manual_seed(seed)], sampler.rows, size))
    x = torch.empty(sampler.instances, 1, features.n_features, size, device=target)
    sampler(u, x)
    return x.view(*features.instances, features.n_features, size)


def uniforms(generators: list[torch.Generator], rows: int, size: int) -> Iterator[torch.Tensor]:
    """u (restarts, rows, size), uniform on [−1, 1], anew at every step in the same memory.

    Restart r draws from its own generator alone. One word of 64 random bits makes two numbers,
    which costs half of torch.rand; near 0, which decides what is active, steps are 2^-31.
    """
    device = generators[0].device
    restarts, count = len(generators), rows * size
    shape = (restarts, STEPS_PER_DRAW, (count + 1) // 2)
    words = torch.empty(shape, dtype=torch.int64, device=device)
    u = torch.empty(restarts, rows, size, device=device)
    flat = u.view(restarts, count)
    while True:
        for mine, generator in zip(words, generators, strict=True):
            mine.random_(LOWEST, None, generator=generator)
        for step in range(STEPS_PER_DRAW):
            flat.copy_(words[:, step].view(torch.int32)[:, :count]).mul_(2.0**-31)
            yield u


class Sampler:
    """Makes inputs x (instances, restarts, n, size) of uniforms (restarts, rows, size).

        x_i = max(0, 1 − |u_i| / p_i),   exponential amplitude: max(0, log p_i − log |u_i|)

    One number decides whether a feature is active and how large it is: given |u_i| < p_i, the
    quotient is uniform again. A set has a number of its own, v: its members are active where
    |v| < p, or in turn on the k equal parts of [0, p) if they are anticorrelated; values are |u_i|.
    """

    def __init__(
        self, features: FeatureDistribution, device: torch.device, *, signed: bool = False
    ) -> None:
        n = features.n_features
        density = features.density.reshape(-1, 1, n, 1)
        self.instances = len(density)
        self.rows = n + len(features.groups)
        self._n = n
        self._signed = signed
        self._exponential = features.amplitude == "exponential"
        self._density = _tensor(density, device)
        self._slope = _tensor(-1 / density, device)
        self._log_density = self._density.log()
        members = [i for group in features.groups for i in group.features]
        self._members = torch.tensor(members, dtype=torch.long, device=device)
        rows, first, last = [], [], []
        for row, group in enumerate(features.groups, n):
            size = len(group.features)
            apart = isinstance(group, AnticorrelatedSet)
            rows += [row] * size
            first += [j / size if apart else 0.0 for j in range(size)]
            last += [(j + 1) / size if apart else 1.0 for j in range(size)]
        self._set_rows = torch.tensor(rows, dtype=torch.long, device=device)
        chance = self._density[:, :, self._members]
        self._from = chance * torch.tensor(first, device=device)[:, None]
        self._to = chance * torch.tensor(last, device=device)[:, None]

    def __call__(self, u: torch.Tensor, x: torch.Tensor, part: slice = slice(None)) -> None:
        """Fill x with the inputs of the instances in `part`."""
        size = u[:, : self._n].abs()
        if self._exponential:
            size.clamp_min_(SMALLEST).log_()
            torch.sub(self._log_density[part], size, out=x)
            x.relu_()
            size.neg_()
        else:
            torch.mul(size, self._slope[part], out=x)
            x.add_(1.0).relu_()
        if len(self._members):
            chance = u[:, self._set_rows].abs()
            active = (chance >= self._from[part]) & (chance < self._to[part])
            x[:, :, self._members] = active * size[:, self._members]
        if self._signed:
            torch.copysign(x, u[:, : self._n], out=x)


def _tensor(values: Array, device: torch.device) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device)
