"""A few models that take their steps together."""

from __future__ import annotations

import torch

from theory import FeatureDistribution, mean_norm
from theory.features import Array
from training.adamw import AdamW
from training.config import FitSettings
from training.gradients import Gradient, Workspace
from training.models import Model
from training.strata import FewActive, crowded_chance

LANES = 64  # parameters fill whole vectors: at a ragged end they would be rounded otherwise


class Group:
    """Models (instances, restarts) with their parameters, gradient and optimiser.

    `starts` are the first weights (restarts, n, m), the same for every instance, of W and, where
    the model has one, of the readout. All parameters are views of one flat tensor.
    """

    def __init__(
        self,
        model: Model,
        features: FeatureDistribution,
        settings: FitSettings,
        starts: list[torch.Tensor],
        work: Workspace,
    ) -> None:
        restarts, n, m = starts[0].shape
        instances = len(features.density)
        models = instances * restarts
        sizes = [models * n * m] * len(starts) + [models * n]
        values = torch.zeros(-(-sum(sizes) // LANES) * LANES, device=starts[0].device)
        self._slopes = torch.zeros_like(values)
        shape = (instances, restarts, n, m)
        weights, self._b = _views(values, sizes, (models, n, m))
        to_weights, self._db = _views(self._slopes, sizes, (models, n, m))
        for weight, start in zip(weights, starts, strict=True):
            weight.view(shape).copy_(start)
        self._W, self._R = weights[0], weights[-1]
        self._dW, self._dR = to_weights[0], to_weights[-1]
        self._shape = shape

        def per_model(array: Array) -> torch.Tensor:
            tensor = torch.tensor(array, dtype=torch.float32, device=values.device)
            return tensor.repeat_interleave(restarts, 0).view(models, -1, 1)

        density, importance = per_model(features.density), per_model(features.importance)
        self._few = FewActive(density, importance) if settings.exact_strata else None
        if settings.exact_strata:
            importance = importance * per_model(crowded_chance(features))
        attack = settings.adversarial * mean_norm(features) if settings.adversarial else None
        self._gradient = Gradient(
            model,
            importance,
            work,
            l1=settings.l1,
            density=density if settings.rao_blackwell else None,
            attack=None if attack is None else per_model(attack),
        )
        self._optimiser = AdamW(
            values, learning_rate=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.inputs = work.x[:models].view(instances, restarts, n, -1)

    def step(self) -> None:
        """One step of AdamW on the batch in `inputs`."""
        self._optimiser(self.gradient())

    def gradient(self) -> torch.Tensor:
        """The derivatives on the batch in `inputs`, flat: all W, readouts, b and padding."""
        self._gradient(self._W, self._R, self._b, self._dW, self._dR, self._db)
        if self._few is not None:
            self._few(self._W, self._b, self._dW, self._db)
        return self._slopes

    def arrays(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Copies of W, R (instances, restarts, n, m) and b (instances, restarts, n)."""
        W, R = (weights.view(self._shape).clone() for weights in (self._W, self._R))
        return W, R, self._b.view(self._shape[:3]).clone()


def _views(
    flat: torch.Tensor, sizes: list[int], shape: tuple[int, int, int]
) -> tuple[list[torch.Tensor], torch.Tensor]:
    *weights, b = flat[: sum(sizes)].split(sizes)
    return [weight.view(shape) for weight in weights], b.view(shape[0], shape[1], 1)
