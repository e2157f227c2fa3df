"""The loss on inputs that training never saw, for models without an exact one."""

from __future__ import annotations

import numpy as np
import torch

from theory import FeatureDistribution
from theory.features import Array
from training.data import sample
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
    size: int = SIZE,
) -> tuple[Array, Array]:
    """Mean loss on `size` inputs, the same for every model of an instance, and its standard error.

        L = Σ_i I_i E (y_i − y'_i)² + λ Σ_k E |h_k|

    W and readout (k, restarts, n, m), b (k, restarts, n) for features with instances (k,); both
    results are (k, restarts).

    >>> from training import ReluOutputModel
    >>> W, b = np.array([[[[1.0], [-1.0]]]]), np.zeros((1, 1, 2))
    >>> features = FeatureDistribution(2, density=[[0.1]])
    >>> loss, error = held_out_loss(ReluOutputModel(2, 1), W, b, features)
    >>> bool(abs(loss[0, 0] - 0.01 / 3) < 4 * error[0, 0])  # a digon: 2 · p²/6
    True
    """
    R = W if readout is None else readout
    signed = isinstance(model, AbsoluteValueModel)
    loss, error = np.empty(b.shape[:2]), np.empty(b.shape[:2])
    for k in range(len(W)):
        x = sample(features[k], size, seed=SEED, signed=signed)
        importance = _float(features.importance[k])
        for r in range(W.shape[1]):
            output, hidden = outputs(
                model, x, _float(W[k, r]), _float(R[k, r]), _float(b[k, r])[:, None]
            )
            square = (output - (x.abs() if signed else x)).square_()
            each = (importance @ square).double() + l1 * hidden.abs().sum(0).double()
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
