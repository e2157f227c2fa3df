"""What a training passed through: weights along the way, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geometry import dimensionality, identify
from theory.features import Array, FeatureDistribution
from training.losses import losses
from training.models import Model


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Weights after some of the steps: steps (s,), W (s, ..., n, m), b (s, ..., n).

    The middle axes are the instances of `features`; step 0 is the start. `readout` is like W for
    the absolute-value model, and None otherwise. Only the weights are kept: losses,
    dimensionalities and verdicts are worked out when they are asked for.

    >>> from training import FitSettings, ReluOutputModel, fit
    >>> features = FeatureDistribution(2, density=0.1)
    >>> run = fit(
    ...     ReluOutputModel(2, 1), features,
    ...     method="sampled", restarts=1, steps=20, batch_size=64, record=(0, 10, 20),
    ... )
    >>> path = run.trajectory
    >>> path.steps, path.W.shape, path.dimensionality().shape, len(path.verdicts())
    (array([ 0, 10, 20]), (3, 2, 1), (3, 2), 3)
    >>> bool(path.loss()[-1] == run.loss)
    True

    Reference: Elhage et al. 2022, section 7 (learning dynamics).
    """

    model: Model
    features: FeatureDistribution
    steps: NDArray[np.int64]
    W: Array
    b: Array
    readout: Array | None = None

    def loss(self) -> Array:
        """Losses (s, ...): exact, or on the same held-out inputs throughout."""
        count, n, m = len(self.steps), self.model.n_features, self.model.n_hidden
        shape = (count, -1, n, m)
        weights = [None if w is None else w.reshape(shape) for w in (self.W, self.readout)]
        W, readout = (None if w is None else w.swapaxes(0, 1) for w in weights)
        assert W is not None
        b = self.b.reshape(count, -1, n).swapaxes(0, 1)
        found, _ = losses(self.model, W, b, self.features, readout)
        return found.T.reshape(self.b.shape[:-1])

    def dimensionality(self) -> Array:
        """D_i of every feature, (s, ..., n)."""
        return dimensionality(self.W)

    def verdicts(self) -> NDArray[np.str_]:
        """What the solution is called after each step, (s, ...): the summary of its naming."""
        names = [identify(W).summary() for W in self.W.reshape(-1, *self.W.shape[-2:])]
        return np.array(names).reshape(self.W.shape[:-2])

    def only(self, steps: Sequence[int]) -> Trajectory:
        """These steps alone."""
        kept = np.isin(self.steps, steps)
        readout = None if self.readout is None else self.readout[kept]
        return replace(
            self, steps=self.steps[kept], W=self.W[kept], b=self.b[kept], readout=readout
        )

    def to_bytes(self) -> bytes:
        """Steps and weights as the content of a .safetensors file."""
        from safetensors.numpy import save

        arrays = {"steps": self.steps, "W": self.W, "b": self.b}
        if self.readout is not None:
            arrays["readout"] = self.readout
        return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    @classmethod
    def read(cls, path: Path, model: Model, features: FeatureDistribution) -> Trajectory:
        """Read what `to_bytes` gave; ValueError where the file is not that of this model."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            arrays = load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise ValueError(f"expected a readable .safetensors file in {path}, {error}") from None
        steps = arrays.get("steps", np.empty(0, np.int64))
        front = (len(steps), *features.instances) if steps.ndim == 1 else ()
        n, m = model.n_features, model.n_hidden
        wanted = {"steps": steps.shape, "W": (*front, n, m), "b": (*front, n)}
        if "readout" in arrays:
            wanted["readout"] = (*front, n, m)
        found = {name: array.shape for name, array in arrays.items()}
        if found != wanted or not steps.size:
            raise ValueError(f"expected arrays of shapes {wanted} in {path}, got {found}")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError(f"expected finite numbers in {path}, got NaN or infinite ones")
        return cls(model, features, **arrays)
