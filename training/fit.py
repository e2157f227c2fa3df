"""Fit a toy model to features, exactly or as the authors did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from theory import expected_loss, linear_loss, linear_optimum
from theory.features import Array, FeatureDistribution
from training.config import FitConfig, FitSettings
from training.models import LinearModel, Model
from training.run import Run

Progress = Callable[[int, int], None]


def fit(
    model: Model,
    features: FeatureDistribution,
    *,
    method: str = "exact",
    restarts: int = 8,
    seed: int = 0,
    device: str = "cpu",
    steps: int = 10_000,
    batch_size: int = 1024,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.01,
    init_instances: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Run:
    """Train one model per instance of the features and keep the best of the restarts of each.

        W, b = argmin Σ_i I_i E (x_i − x'_i)²

    method "exact": L-BFGS on the exact expected loss, polished and verified with more terms (the
    linear model by its closed form). method "sampled": the loop of the paper's notebook; the
    arguments from `steps` to `init_instances` are its own. On a `device` other than "cpu" exact
    descents run there, many at once, and are polished and verified here. Either way the best is
    chosen by the exact loss, and the same seed gives the same models whatever the number of
    threads. So it does whatever the other instances are; only the initial scale of the sampled
    method depends on their number, as in the notebook, unless `init_instances` is given.
    `progress(done, total)` is called from this thread as work is finished.

    Raises ValueError for settings that make no sense, for features of another size, for a device
    that does not work here and for a sampled training that diverged.

    >>> from training import ReluOutputModel, fit
    >>> from theory import FeatureDistribution
    >>> run = fit(ReluOutputModel(2, 1), FeatureDistribution(2, density=0.1), restarts=4, seed=0)
    >>> run.W.shape, round(float(run.loss), 6)
    ((2, 1), 0.003319)

    Reference: Elhage et al. 2022, "Toy Models of Superposition", and its training notebook.
    """
    config = FitConfig(
        model,
        features,
        FitSettings(
            method=method,
            restarts=restarts,
            seed=seed,
            device=device,
            steps=steps,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            init_instances=init_instances,
        ),
    )
    return fit_config(config, threads=threads, progress=progress)


def fit_config(config: FitConfig, *, threads: int = 1, progress: Progress | None = None) -> Run:
    """Fit what a config describes; see `fit`."""
    model, features, settings = config.model, config.features, config.fit
    if model.n_features != features.n_features:
        raise ValueError(
            f"expected features for {model.n_features} features, got {features.n_features}"
        )
    if 0 in features.instances:
        raise ValueError(f"expected at least one instance, got {features.instances}")
    if threads < 1:
        raise ValueError(f"expected threads ≥ 1, got {threads}")
    if settings.method == "sampled":
        W, b, metrics = _sampled(config, threads, progress)
    elif isinstance(model, LinearModel):
        W, b, metrics = _linear(config)
    else:
        W, b, metrics = _exact(config, threads, progress)
    shape = features.instances
    n, m = model.n_features, model.n_hidden
    loss = np.array([record["loss"] for record in metrics])
    return Run(
        config, W.reshape(shape + (n, m)), b.reshape(shape + (n,)), loss.reshape(shape), metrics
    )


Fitted = tuple[Array, Array, tuple[dict[str, Any], ...]]


def _exact(config: FitConfig, threads: int, progress: Progress | None) -> Fitted:
    from training.exact import fit_exact

    device = None
    if config.fit.device != "cpu":
        import torch

        from training.devices import torch_device

        device = torch_device(config.fit.device, torch.float64)
    assert not isinstance(config.model, LinearModel)
    solutions = fit_exact(
        config.model,
        config.features,
        restarts=config.fit.restarts,
        seed=config.fit.seed,
        threads=threads,
        progress=progress,
        device=device,
    )
    metrics = tuple(
        {
            "instance": k,
            "loss": solution.loss,
            "error": solution.error,
            "start_losses": list(solution.start_losses),
            "evaluations": solution.evaluations,
        }
        for k, solution in enumerate(solutions)
    )
    W = np.stack([solution.W for solution in solutions])
    b = np.stack([solution.b for solution in solutions])
    return W, b, metrics


def _linear(config: FitConfig) -> Fitted:
    found = []
    for k in np.ndindex(config.features.instances):
        one = config.features[k] if k else config.features
        W, b = linear_optimum(one, config.model.n_hidden)
        found.append((W, b, float(linear_loss(W, b, one))))
    metrics = tuple({"instance": k, "loss": loss} for k, (_, _, loss) in enumerate(found))
    return np.stack([W for W, _, _ in found]), np.stack([b for _, b, _ in found]), metrics


def _sampled(config: FitConfig, threads: int, progress: Progress | None) -> Fitted:
    from training.sampled import fit_sampled

    features, settings = config.features, config.fit
    n = config.model.n_features
    W, b = fit_sampled(
        config.model,
        features,
        restarts=settings.restarts,
        seed=settings.seed,
        steps=settings.steps,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        init_instances=settings.init_instances or int(np.prod(features.instances, dtype=int)),
        device=settings.device,
        threads=threads,
        progress=progress,
    )
    if not (np.isfinite(W).all() and np.isfinite(b).all()):
        raise ValueError(
            f"expected the training to stay finite, it diverged at learning_rate="
            f"{settings.learning_rate}; take a smaller one"
        )
    exact_loss = linear_loss if isinstance(config.model, LinearModel) else expected_loss
    flat = FeatureDistribution(
        n, features.density.reshape(-1, 1, n), features.importance.reshape(-1, 1, n)
    )
    losses = np.asarray(exact_loss(W, b, flat))
    best = losses.argmin(axis=1)
    rows = np.arange(len(best))
    metrics = tuple(
        {"instance": int(k), "loss": float(losses[k, best[k]]), "start_losses": losses[k].tolist()}
        for k in rows
    )
    return W[rows, best], b[rows, best], metrics
