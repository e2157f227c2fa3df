"""The loss of trained models: exact where there is mathematics for it, else on held-out inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from theory import expected_loss, linear_loss
from theory.features import Array, FeatureDistribution
from training.models import LinearModel, Model, ReluOutputModel


def losses(
    model: Model,
    W: Array,
    b: Array,
    features: FeatureDistribution,
    readout: Array | None = None,
) -> tuple[Array, Array | None]:
    """Losses (k, r), and their standard errors if they are held-out losses and not exact.

    W and readout (k, r, n, m), b (k, r, n), for features with k instances in all.
    """
    n = features.n_features
    density, importance = (a.reshape(-1, n) for a in (features.density, features.importance))
    if isinstance(model, (LinearModel, ReluOutputModel)):
        exact = linear_loss if isinstance(model, LinearModel) else expected_loss
        columns = replace(features, density=density[:, None], importance=importance[:, None])
        return np.asarray(exact(W, b, columns)), None
    from training.held_out import held_out_loss

    flat = replace(features, density=density, importance=importance)
    return held_out_loss(model, W, b, flat, readout)
