"""Inputs by their number of active features: none or one exactly, two and more by sampling."""

from __future__ import annotations

import numpy as np
import torch

from theory import FeatureDistribution
from theory.features import Array
from training.data import Sampler

SMALLEST = 1e-30


class CrowdedSampler:
    """Inputs of independent features, given that two or more of them are active.

    The first active feature has P(first = f) ∝ Π_{j<f} (1 − p_j) p_f (1 − Π_{j>f} (1 − p_j)); the
    second comes after an exponential wait of Λ = −Σ log (1 − p_j), cut off at the last feature;
    those after it are independent.
    """

    def __init__(self, features: FeatureDistribution, device: torch.device) -> None:
        n = features.n_features
        first, passed, left = _waits(features)
        up_to = np.cumsum(first, axis=1)
        up_to /= up_to[:, -1:]
        up_to[:, n - 2 :] = 1.0
        self.rows = n + 2
        self._independent = Sampler(features, device)
        self._index = torch.arange(n, device=device)[:, None]
        self._first, self._passed, self._left = (
            torch.tensor(table, dtype=torch.float32, device=device)
            for table in (up_to, passed, left)
        )

    def __call__(self, u: torch.Tensor, x: torch.Tensor, part: slice = slice(None)) -> None:
        """Fill x (instances, restarts, n, size) from uniforms (restarts, n + 2, size)."""
        instances, restarts, n, size = x.shape
        chance = u[:, n:].abs()
        self._independent(u[:, :n], x, part)

        passed, left = self._passed[part], self._left[part]
        first = torch.searchsorted(
            self._first[part], chance[:, 0].reshape(1, -1).repeat(instances, 1)
        ).clamp_(max=n - 2)
        share = torch.expm1(-left.gather(1, first)).mul_(chance[:, 1].reshape(1, -1))
        target = passed.gather(1, first).sub_(torch.log1p(share))
        second = torch.searchsorted(passed, target).clamp_(max=n - 1)
        second = torch.maximum(second, first + 1)

        shape = (instances, restarts, 1, size)
        first, second = first.view(shape), second.view(shape)
        x.masked_fill_(self._index <= second, 0.0)
        values = u[:, :n].abs().expand(x.shape)
        for active in (first, second):
            x.scatter_(2, active, values.gather(2, active))


def crowded_chance(features: FeatureDistribution) -> Array:
    """P(two or more features are active), (instances,): a sum without cancellation.

    >>> crowded_chance(FeatureDistribution(2, density=[[0.1]])).round(12)
    array([0.01])
    """
    return _waits(features)[0].sum(axis=1)


def _waits(features: FeatureDistribution) -> tuple[Array, Array, Array]:
    """P(first active = f, and another after it), Λ up to and with f, Λ after f; (instances, n)."""
    p = features.density.reshape(-1, features.n_features)
    waits = -np.log(np.maximum(1 - p, SMALLEST))
    passed = np.cumsum(waits, axis=1)
    left = np.cumsum(waits[:, ::-1], axis=1)[:, ::-1] - waits
    return np.exp(waits - passed) * p * -np.expm1(-left), passed, left


class FewActive:
    """The gradient of a ReLU output model on inputs with no or one active feature, exactly.

        L = Π_j (1 − p_j) Σ_i I_i (b_i)₊² / n
            + Σ_j P(only j) Σ_i I_i ∫_0^1 (δ_ij u − (G_ij u + b_i)₊)² du / n

    density, importance (M, n, 1) of independent uniform features.
    """

    def __init__(self, density: torch.Tensor, importance: torch.Tensor) -> None:
        n = density.shape[1]
        waits = -torch.log((1 - density).clamp_min(SMALLEST))
        none = torch.exp(-waits.sum(1, keepdim=True))
        self._weight = importance * (2.0 / n)
        self._none = none
        self._only = (density * torch.exp(waits - waits.sum(1, keepdim=True))).mT
        self._one = torch.eye(n, device=density.device)

    def __call__(
        self, W: torch.Tensor, b: torch.Tensor, dW: torch.Tensor, db: torch.Tensor
    ) -> None:
        """Add the gradient to dW and db."""
        G = torch.bmm(W, W.mT)
        t = (-b / torch.where(G.abs() < SMALLEST, SMALLEST, G)).clamp_(0.0, 1.0)
        # the output is on from `low` to `high`; powers of the ends integrate 1, u and u²
        low, high = torch.where(G < 0, 0.0, t), torch.where(G < 0, t, 1.0)
        slope = G - self._one
        zeroth, first, second = (
            (high**k - low**k) / k * self._only * self._weight for k in (1, 2, 3)
        )
        dG = b * first + slope * second
        dW.baddbmm_(dG + dG.mT, W)
        db.add_((b * zeroth + slope * first).sum(-1, keepdim=True))
        db.addcmul_(self._none * self._weight, b.relu())
