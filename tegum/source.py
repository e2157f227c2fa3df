"""Where the models of a command come from: a run, or a bare file of weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tegum.output import note

if TYPE_CHECKING:
    from theory import FeatureDistribution
    from theory.features import Array

Layout = Literal["features-hidden", "hidden-features", "notebook", "arena", "spd", "sae-lens"]


@dataclass(frozen=True)
class Models:
    """W (k, n, m) with b (k, n) and features (k instances) where they are known.

    `kind` is the kind of model of a run, None for bare weights.
    """

    W: Array
    b: Array | None
    features: FeatureDistribution | None
    batched: bool
    kind: str | None = None

    def density(self, instance: int) -> float | None:
        """The density of an instance, None where it is unknown or differs between features."""
        if self.features is None or np.ptp(self.features.density[instance]):
            return None
        return float(self.features.density[instance, 0])


def read_models(path: Path, layout: Layout, array: str | None = None) -> Models:
    """Read a run or a bare file of weights; an odd shape is read as it stands and said aloud."""
    from geometry import load_weights

    if path.is_dir() and layout != "sae-lens":
        from training import Run

        if layout != "features-hidden":
            raise ValueError(f"expected no --layout for a run, got {layout}; {path} says its own")
        if array is not None:
            raise ValueError(f"expected no --array for a run, got {array}; {path} says its own")
        run = Run.load(path)
        n, m = run.model.n_features, run.model.n_hidden
        features = replace(
            run.features,
            density=run.features.density.reshape(-1, n),
            importance=run.features.importance.reshape(-1, n),
        )
        return Models(
            run.W.reshape(-1, n, m),
            run.b.reshape(-1, n),
            features,
            bool(run.features.instances),
            run.model.kind,
        )
    weights = load_weights(path, layout, array)
    n, m = weights.W.shape[-2:]
    if n < m and layout == "features-hidden":
        note(
            f"read {path.name} as {n} feature{'s' if n > 1 else ''} in {m} hidden dimensions "
            "(rows are features); "
            "if its columns are the features, pass --layout hidden-features"
        )
    b = None if weights.b is None else weights.b.reshape(-1, n)
    return Models(weights.W.reshape(-1, n, m), b, None, weights.W.ndim == 3)


def features_from(
    n_features: int,
    density: tuple[float, ...],
    importance: tuple[float, ...],
    importance_decay: float | None,
    amplitude: str = "uniform",
) -> FeatureDistribution:
    """One instance per density; importances given one by one, as a decay r^i, or all 1."""
    from theory import FeatureDistribution

    if importance and importance_decay is not None:
        raise ValueError("expected --importance or --importance-decay, got both; leave one out")
    if importance_decay is not None:
        if not 0 < importance_decay <= 1:
            raise ValueError(f"expected --importance-decay in (0, 1], got {importance_decay}")
        weights = importance_decay ** np.arange(n_features)
    elif len(importance) in (1, n_features):
        weights = np.array(importance)
    elif importance:
        raise ValueError(
            f"expected one value or {n_features} for --importance, got {len(importance)}"
        )
    else:
        weights = np.ones(1)
    values = np.array(density)
    return FeatureDistribution(
        n_features, values[:, None] if len(values) > 1 else values, weights, amplitude
    )
