"""The sampled method as `fit` runs it: train all restarts, keep the best of each instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.features import Array
from training.config import FitConfig
from training.losses import losses
from training.models import LinearModel, ReluOutputModel
from training.run import Run
from training.trajectory import Trajectory

Progress = Callable[[int, int], None]
VARIANCE = ("rao_blackwell", "exact_strata")


def sampled_run(config: FitConfig, *, threads: int, progress: Progress | None) -> Run:
    """The restarts of lowest exact loss, or held-out loss for the models that have no exact one.

    Under L1 or attacks it is the held-out sum of loss and penalty that is compared.
    """
    from training.sampled import fit_sampled

    check_options(config)
    model, features, settings = config.model, config.features, config.fit
    trained = fit_sampled(model, features, settings, threads=threads, progress=progress)
    W, b = (array[-1].astype(np.float64) for array in (trained.W, trained.b))
    readout = None if trained.readout is None else trained.readout[-1].astype(np.float64)
    if not all(np.isfinite(array).all() for array in (W, b, W if readout is None else readout)):
        raise ValueError(
            f"expected the training to stay finite, it diverged at learning_rate="
            f"{settings.learning_rate}; take a smaller one"
        )
    best, metrics = _choose(config, W, b, readout)
    rows = np.arange(len(best))

    def chosen(array: NDArray[np.float32]) -> Array:
        """Of (steps, k, restarts, ...) the best restarts, (steps, *instances, ...)."""
        kept = array[:, rows, best].astype(np.float64)
        return kept.reshape(len(array), *features.instances, *array.shape[3:])

    path = Trajectory(
        model,
        features,
        trained.steps,
        chosen(trained.W),
        chosen(trained.b),
        None if trained.readout is None else chosen(trained.readout),
    )
    return Run(
        config,
        path.W[-1],
        path.b[-1],
        np.array([record["loss"] for record in metrics]).reshape(features.instances),
        metrics,
        None if path.readout is None else path.readout[-1],
        path.only(settings.recorded) if settings.recorded else None,
    )


def _choose(
    config: FitConfig, W: Array, b: Array, readout: Array | None
) -> tuple[NDArray[np.intp], tuple[dict[str, Any], ...]]:
    """The best restart of every instance, and a record of each."""
    model, features, settings = config.model, config.features, config.fit
    found, errors = losses(model, W, b, features, readout)
    penalised = bool(settings.l1 or settings.adversarial)
    goal = found
    if penalised:
        from training.held_out import held_out_loss

        goal, _ = held_out_loss(
            model, W, b, features, readout, l1=settings.l1, adversarial=settings.adversarial
        )
    best = goal.argmin(axis=1)
    metrics = []
    for k, r in enumerate(best):
        record = {"instance": k, "loss": float(found[k, r])}
        if errors is not None:
            record["error"] = float(errors[k, r])
        if penalised:
            record["objective"] = float(goal[k, r])
        metrics.append(record | {"start_losses": found[k].tolist()})
    return best, tuple(metrics)


def check_options(config: FitConfig) -> None:
    """Raise ValueError for an option of the sampled method without mathematics for the model."""
    model, features, settings = config.model, config.features, config.fit
    variance = [name for name in VARIANCE if getattr(settings, name)]
    if len(variance) > 1:
        raise ValueError("expected rao_blackwell or exact_strata, got both; choose one")
    if settings.adversarial and not isinstance(model, (LinearModel, ReluOutputModel)):
        raise ValueError(
            f"expected a model with attacks along W Wᵀ for adversarial (relu-output or linear), "
            f"got {model.kind}"
        )
    for name in variance:
        if not isinstance(model, ReluOutputModel):
            raise ValueError(f"expected model relu-output for {name}, got {model.kind}")
        if features.groups or features.amplitude != "uniform":
            raise ValueError(f"expected independent features of uniform amplitude for {name}")
        if settings.adversarial:
            raise ValueError(f"expected {name} without adversarial, got both; choose one")
    if settings.exact_strata and settings.l1:
        raise ValueError("expected exact_strata without l1, got both; choose one")
    if settings.exact_strata and features.n_features < 2:
        raise ValueError("expected two or more features for exact_strata, got one")
