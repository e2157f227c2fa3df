"""Which restart of a sampled fit is the best of its instance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from theory import expected_loss, linear_loss
from theory.features import Array, FeatureDistribution
from training.config import FitConfig
from training.models import LinearModel, Model, ReluOutputModel
from training.run import Run

Progress = Callable[[int, int], None]


def sampled_run(config: FitConfig, *, threads: int, progress: Progress | None) -> Run:
    """Train all restarts by the sampled loop and keep the best of each instance.

    The best has the lowest exact loss, or the lowest on held-out inputs where the model has none;
    under L1 or attacks, the lowest held-out sum of loss and penalty.
    """
    from training.sampled import fit_sampled

    model, features, settings = config.model, config.features, config.fit
    trained = fit_sampled(model, features, settings, threads=threads, progress=progress)
    if not all(np.isfinite(array).all() for array in (trained.W, trained.b)):
        raise ValueError(
            f"expected the training to stay finite, it diverged at learning_rate="
            f"{settings.learning_rate}; take a smaller one"
        )
    n = model.n_features
    flat = replace(
        features,
        density=features.density.reshape(-1, n),
        importance=features.importance.reshape(-1, n),
    )
    losses, errors = _losses(model, trained.W, trained.b, flat, trained.readout)
    best = losses.argmin(axis=1)
    rows = np.arange(len(best))

    def chosen(array: Array) -> Array:
        return array[rows, best].reshape(features.instances + array.shape[2:])

    metrics = []
    for k in rows:
        record = {
            "instance": int(k),
            "loss": float(losses[k, best[k]]),
            "start_losses": losses[k].tolist(),
        }
        if errors is not None:
            record["error"] = float(errors[k, best[k]])
        metrics.append(record)
    return Run(
        config,
        chosen(trained.W),
        chosen(trained.b),
        chosen(losses),
        tuple(metrics),
        None if trained.readout is None else chosen(trained.readout),
    )


def _losses(
    model: Model, W: Array, b: Array, features: FeatureDistribution, readout: Array | None
) -> tuple[Array, Array | None]:
    """(k, restarts), with standard errors where they are held-out losses and not exact."""
    if isinstance(model, (LinearModel, ReluOutputModel)):
        exact = linear_loss if isinstance(model, LinearModel) else expected_loss
        columns = replace(
            features, density=features.density[:, None], importance=features.importance[:, None]
        )
        return np.asarray(exact(W, b, columns)), None
    from training.held_out import held_out_loss

    return held_out_loss(model, W, b, features, readout)
