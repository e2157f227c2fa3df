"""The toy models: which function of the input is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from geometry.arguments import whole


@dataclass(frozen=True)
class LinearModel:
    """Tied linear autoencoder x' = W Wᵀ x + b (rows of W are features).

    Its optimum is known in closed form (`theory.linear_optimum`): the n_hidden features of largest
    importance times variance, one dimension each, at every density.

    >>> LinearModel(n_features=20, n_hidden=5)
    LinearModel(n_features=20, n_hidden=5)
    """

    n_features: int
    n_hidden: int
    kind: ClassVar[str] = "linear"

    def __post_init__(self) -> None:
        _keep_sizes(self)


@dataclass(frozen=True)
class ReluOutputModel:
    """The paper's model x' = ReLU(W Wᵀ x + b) (rows of W are features).

    >>> ReluOutputModel(n_features=5, n_hidden=2)
    ReluOutputModel(n_features=5, n_hidden=2)

    Reference: Elhage et al. 2022, "Toy Models of Superposition", section 2.
    """

    n_features: int
    n_hidden: int
    kind: ClassVar[str] = "relu-output"

    def __post_init__(self) -> None:
        _keep_sizes(self)


@dataclass(frozen=True)
class ReluHiddenModel:
    """A privileged basis: h = ReLU(Wᵀ x), x' = ReLU(W h + b), no hidden bias (rows are features).

    >>> ReluHiddenModel(n_features=10, n_hidden=5)
    ReluHiddenModel(n_features=10, n_hidden=5)

    Reference: Elhage et al. 2022, "Toy Models of Superposition", section 9.
    """

    n_features: int
    n_hidden: int
    kind: ClassVar[str] = "relu-hidden"

    def __post_init__(self) -> None:
        _keep_sizes(self)


@dataclass(frozen=True)
class AbsoluteValueModel:
    """Computation in superposition: h = ReLU(Wᵀ x), y' = ReLU(R h + b), trained to y = |x|.

    W and the untied readout R are both (n_features, n_hidden): W_ik leads from feature i to
    neuron k, R_ik from neuron k to output i. Inputs are signed: x_i has the distribution's
    density and magnitude, and either sign with equal chance.

    >>> AbsoluteValueModel(n_features=3, n_hidden=6)
    AbsoluteValueModel(n_features=3, n_hidden=6)

    Reference: Elhage et al. 2022, "Toy Models of Superposition", section 10.
    """

    n_features: int
    n_hidden: int
    kind: ClassVar[str] = "absolute-value"

    def __post_init__(self) -> None:
        _keep_sizes(self)


Model = LinearModel | ReluOutputModel | ReluHiddenModel | AbsoluteValueModel
MODELS: dict[str, type[Model]] = {
    model.kind: model
    for model in (LinearModel, ReluOutputModel, ReluHiddenModel, AbsoluteValueModel)
}


def _keep_sizes(model: Model) -> None:
    for name in ("n_features", "n_hidden"):
        object.__setattr__(model, name, whole(name, getattr(model, name), 1))
