"""Fit a toy model to features, exactly or as the authors did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from geometry.arguments import whole
from theory import linear_loss, linear_optimum
from theory.features import FeatureDistribution
from training.best_restart import sampled_run
from training.config import FitConfig, FitSettings
from training.models import (
    LinearModel,
    Model,
    ReluOutputModel,
)
from training.run import Run
from training.solution import Solution

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int], None]


def fit(
    model: Model,
    features: FeatureDistribution,
    *,
    method: str = "exact",
    search: str = "thorough",
    restarts: int = 8,
    seed: int = 0,
    device: str = "cpu",
    steps: int = 10_000,
    batch_size: int = 1024,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.01,
    init_instances: int | None = None,
    rao_blackwell: bool = False,
    exact_strata: bool = False,
    l1: float = 0.0,
    adversarial: float = 0.0,
    record: int | Sequence[int] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Run:
    """Train one model per instance of the features and keep the best of the restarts of each.

        W, b = argmin Σ_i I_i E (x_i − x'_i)²

    method "exact": L-BFGS on the exact expected loss, with moves of crowded features into the
    emptiest directions, polished and verified with more terms; the metrics say how many starts
    found the best (the linear model by its closed form; the models with a hidden ReLU on fixed
    points, verified on others by `training.stratified_loss`). On a `device` other than "cpu" exact
    descents run there, many at once, and are polished and verified here. method "sampled": the
    loop of the paper's notebook; the arguments from `steps` to `record` are its own. Either way
    the best is chosen by the exact loss (on held-out inputs for a model that has none), and the
    same seed gives the same models whatever the number of threads. So it does whatever the other
    instances are; only the initial scale of the sampled method depends on their number, as in the
    notebook, unless `init_instances` is given. `progress(done, total)` is called from this thread
    as work is finished.

    search "quick" is for large models, or many: rough descents, one move of the best, which ends
    early (some 1e-4 above its optimum) and is verified with twice the terms; for the ReLU output
    model and method "exact".

    Either method takes `l1` λ, which adds λ Σ_k E |h_k| to the loss, and `adversarial`, which
    trains on x + ε G_i / ‖G_i‖, G = W Wᵀ, for all features i alike, with ε = adversarial · E ‖x‖
    and x itself as the target; method "exact" for the ReLU output model on independent uniform
    features. `loss` is the plain loss, and the sum that was minimised is in the metrics.

    Further options of the sampled method. Two of smaller variance for the ReLU output model on
    independent uniform features, unbiased both: `rao_blackwell` averages over the own feature of
    each output, `exact_strata` takes inputs with none or one active feature exactly and samples
    the others. `record` keeps the weights after the given steps (0 is the start), or after that
    many steps spread evenly in their logarithm, in `Run.trajectory`.

    Raises ValueError for settings that make no sense, for features of another size, for an option
    without mathematics for the model, for a device that does not work here and for a sampled
    training that diverged.

    >>> from training import ReluOutputModel, fit
    >>> from theory import FeatureDistribution
    >>> run = fit(ReluOutputModel(2, 1), FeatureDistribution(2, density=0.1), restarts=4, seed=0)
    >>> run.W.shape, round(float(run.loss), 6)
    ((2, 1), 0.003319)

    Reference: Elhage et al. 2022, "Toy Models of Superposition", sections 2, 7, 8 and 11, and its
    training notebook.
    """
    config = FitConfig(
        model,
        features,
        FitSettings(
            method=method,
            search=search,
            restarts=restarts,
            seed=seed,
            device=device,
            steps=steps,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            init_instances=init_instances,
            rao_blackwell=rao_blackwell,
            exact_strata=exact_strata,
            l1=l1,
            adversarial=adversarial,
            record=record,  # type: ignore[arg-type]
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
    threads = whole("threads", threads, 1)
    if settings.method == "sampled":
        return sampled_run(config, threads=threads, progress=progress)
    found = _solutions(config, threads, progress)
    shape = features.instances
    n, m = model.n_features, model.n_hidden
    readouts = [one.readout for one in found if one.readout is not None]
    return Run(
        config,
        np.stack([one.W for one in found]).reshape(shape + (n, m)),
        np.stack([one.b for one in found]).reshape(shape + (n,)),
        np.array([one.loss for one in found]).reshape(shape),
        tuple({"instance": k, **one.details} for k, one in enumerate(found)),
        np.stack(readouts).reshape(shape + (n, m)) if readouts else None,
    )


def _solutions(config: FitConfig, threads: int, progress: Progress | None) -> list[Solution]:
    """The best of every instance, from the solver that the model and the settings call for."""
    model, features, settings = config.model, config.features, config.fit
    common = {
        "restarts": settings.restarts,
        "seed": settings.seed,
        "threads": threads,
        "progress": progress,
    }
    penalised = bool(settings.l1 or settings.adversarial)
    if penalised or not isinstance(model, ReluOutputModel):
        what = model.kind + " with l1 or adversarial" * penalised
        for name, value, only in (
            ("search", settings.search, "thorough"),
            ("device", settings.device, "cpu"),
        ):
            if value != only:
                raise ValueError(
                    f"expected {name} {only!r} for model {what} with method 'exact', got {value!r}"
                )
    if penalised:
        plain = not features.groups and features.amplitude == "uniform"
        if not isinstance(model, ReluOutputModel) or not plain:
            raise ValueError(
                "expected model relu-output on independent uniform features for l1 or adversarial "
                f"with method 'exact', got {model.kind}, amplitude {features.amplitude!r} and "
                f"{len(features.groups)} sets; take method='sampled'"
            )
        from training.penalised import fit_penalised

        weights = {"l1": settings.l1, "adversarial": settings.adversarial}
        return fit_penalised(model, features, **weights, **common)
    if isinstance(model, LinearModel):
        return _linear(config)
    if isinstance(model, ReluOutputModel):
        from training.exact import fit_exact

        device = _device(settings.device, features)
        quick = settings.search == "quick"
        return fit_exact(model, features, quick=quick, device=device, **common)
    from training.hidden import fit_hidden

    return fit_hidden(model, features, **common)


def _device(name: str, features: FeatureDistribution) -> torch.device | None:
    """The device of the descents; None for the compiled form."""
    if name == "cpu":
        return None
    if features.groups or features.amplitude != "uniform":
        what = "features in sets" if features.groups else f"{features.amplitude} amplitudes"
        raise ValueError(f"expected device 'cpu' for {what} with method 'exact', got {name!r}")
    import torch

    from training.devices import torch_device

    return torch_device(name, torch.float64)


def _linear(config: FitConfig) -> list[Solution]:
    found = []
    for k in np.ndindex(config.features.instances):
        one = config.features[k] if k else config.features
        W, b = linear_optimum(one, config.model.n_hidden)
        loss = float(linear_loss(W, b, one))
        found.append(Solution(W, b, loss, {"loss": loss}))
    return found
