"""The loss on inputs that training never saw, for models without an exact one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from theory import FeatureDistribution, mean_norm
from theory.features import Array
from training.data import sample
from training.gradients import attacks
from training.models import AbsoluteValueModel, LinearModel, Model, ReluHiddenModel

SIZE = 2**16
SEED = 2**62  # training's seeds are hashes; none is known to be this one


def held_out_loss(
    model: Model,
    W: Array,
    b: Array,
    features: FeatureDistribution,
    readout: Array | None = None,
    *,
    l1: float = 0.0,
    adversarial: float = 0.0,
    size: int = SIZE,
) -> tuple[Array, Array]:
    """Mean loss on `size` inputs, the same for every model of an instance, and its standard error.

        L = Σ_i I_i E (y_i − y'_i)² + λ Σ_k E |h_k|

    W and readout (k, restarts, n, m), b (k, restarts, n) for features with k instances in all;
    both results are (k, restarts). With `adversarial` the inputs are attacked as in training.

    >>> from training import ReluOutputModel
    >>> W, b = np.array([[[[1.0], [-1.0]]]]), np.zeros((1, 1, 2))
    >>> features = FeatureDistribution(2, density=[[0.1]])
    >>> loss, error = held_out_loss(ReluOutputModel(2, 1), W, b, features)
    >>> bool(abs(loss[0, 0] - 0.01 / 3) < 4 * error[0, 0])  # a digon: 2 · p²/6
    True
    """
    R = W if readout is None else readout
    signed = isinstance(model, AbsoluteValueModel)
    density, weight = (a.reshape(len(W), -1) for a in (features.density, features.importance))
    loss, error = np.empty(b.shape[:2]), np.empty(b.shape[:2])
    for k in range(len(W)):
        one = replace(features, density=density[k], importance=weight[k])
        x = sample(one, size, seed=SEED, signed=signed)
        strength = adversarial * float(mean_norm(one)) if adversarial else 0.0
        for r in range(W.shape[1]):
            weights, bias = _float(W[k, r]), _float(b[k, r])[:, None]
            seen = x + attacks(weights[None], size)[0] * strength if strength else x
            output, hidden = outputs(model, seen, weights, _float(R[k, r]), bias)
            square = (output - (x.abs() if signed else x)).square_()
            each = (_float(weight[k]) @ square).double() + l1 * hidden.abs().sum(0).double()
            loss[k, r] = each.mean()
            error[k, r] = each.std() / size**0.5
    return loss, error


def outputs(
    model: Model, x: torch.Tensor, W: torch.Tensor, R: torch.Tensor, b: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """What a model makes of inputs x (n, size), with R reading out, and its hidden activations."""
    hidden = W.mT @ x
    if isinstance(model, (ReluHiddenModel, AbsoluteValueModel)):
        hidden.relu_()
    output = torch.addmm(b, R, hidden)
    return (output if isinstance(model, LinearModel) else output.relu_()), hidden


def _float(values: Array) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)
