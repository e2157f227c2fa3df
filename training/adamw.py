"""AdamW on one flat tensor: the parameters of many models in few operations."""

from __future__ import annotations

import math

import torch

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class AdamW:
    """Adam with decoupled weight decay, in place, with torch's defaults and torch's arithmetic.

        θ ← (1 − η λ) θ − η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)

    >>> x, slope = torch.ones(1), torch.full((1,), 2.0)
    >>> AdamW(x, learning_rate=0.1, weight_decay=0.0)(slope)
    >>> round(float(x), 6)
    0.9

    Reference: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
    """

    def __init__(self, parameters: torch.Tensor, *, learning_rate: float, weight_decay: float):
        self._parameters = parameters
        self._rate = learning_rate
        self._keep = 1 - learning_rate * weight_decay
        self._steps = 0
        self._mean = torch.zeros_like(parameters)
        self._square = torch.zeros_like(parameters)
        self._scale = torch.empty_like(parameters)

    def __call__(self, gradient: torch.Tensor) -> None:
        """One step along minus the gradient, which it leaves as it is."""
        self._steps += 1
        correction = math.sqrt(1 - BETA2**self._steps)
        rate = self._rate / (1 - BETA1**self._steps)
        self._mean.lerp_(gradient, 1 - BETA1)
        self._square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        torch.sqrt(self._square, out=self._scale)
        self._scale.div_(correction).add_(EPSILON)
        self._parameters.mul_(self._keep).addcdiv_(self._mean, self._scale, value=-rate)
