"""A model held against the predictions: what each of its shapes costs, and what it should."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geometry import Component, Identification, identify, template
from theory.dedicated_digon import dedicated_digon
from theory.features import FeatureDistribution, checked_features
from theory.loss.expected_loss import expected_loss, model_arrays
from theory.sensing.bounds import Bounds, bounds
from theory.shapes.best_fit import best_fit
from theory.shapes.ideal import ideal
from theory.shapes.packing import Packing

Record = dict[str, str | int | float | None]
NO_LOSS = 1e-12  # relative to the variance of the features; a dedicated feature costs nothing


@dataclass(frozen=True)
class ComponentComparison:
    """The exact loss that a component's features cause beside the least that its ideal could.

    `predicted` is None for an unknown and where features of one set share the component (an ideal
    is that of independent ones), `ratio` None where nothing is predicted or nothing costs.
    """

    component: Component
    loss: float
    predicted: float | None
    ratio: float | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Trained against predicted, for one model.

    Attributes
    ----------
    identification, components : what was found, and what each of it costs, in one order
    not_represented_loss : what the features without a component cause
    not_represented_predicted : their variance Σ I v
    loss : exact, of the whole model
    variance : Σ I v of all features, what is at stake
    dedicated_digon : the closed form of paper 3.3 at these features, None when their densities
        differ or some come in sets
    packing : the cheapest mixture of ideal shapes, where it was given
    sensing : the bounds of compressed sensing for the represented features, None when there are no
        more of them than hidden dimensions or their densities differ
    """

    identification: Identification
    components: tuple[ComponentComparison, ...]
    not_represented_loss: float
    not_represented_predicted: float
    loss: float
    variance: float
    dedicated_digon: float | None
    packing: Packing | None
    sensing: Bounds | None

    @property
    def predicted(self) -> float | None:
        """The ideals of the components and the variance of the others; None when one is unknown."""
        ideals = [part.predicted for part in self.components]
        known = [x for x in ideals if x is not None]
        return sum(known) + self.not_represented_predicted if len(known) == len(ideals) else None

    @property
    def predictions(self) -> dict[str, float]:
        """What each prediction that there is says of the whole loss."""
        said = {
            "ideal shapes": self.predicted,
            "dedicated + digons": self.dedicated_digon,
            "best packing": None if self.packing is None else self.packing.loss,
        }
        return {name: loss for name, loss in said.items() if loss is not None}

    @property
    def best_prediction(self) -> float | None:
        """The lowest of the predictions."""
        return min(self.predictions.values(), default=None)

    @property
    def best_prediction_by(self) -> str | None:
        """Which of the predictions is the lowest one."""
        return min(self.predictions, key=self.predictions.__getitem__, default=None)

    @property
    def ratio(self) -> float | None:
        """The loss over the best prediction; None where nothing is predicted or nothing costs."""
        return _ratio(self.loss, self.best_prediction, self.variance)

    @property
    def gap(self) -> dict[str, float] | None:
        r"""Where the loss differs from that of the best packing, in parts that add up.

        .. math:: L - L_{packing} = \sum_c (L_c - L_c^{ideal})
                  + (L_{dead} - \sum_{dead} I v) + (L^{ideal} - L_{packing})

        "shapes": components that are not as their ideals; "not represented": features that are
        left out and cost other than their variance; "choice": other shapes than the packing's.
        Below 0 where training did better. None without a packing or with unknown components.
        """
        if self.packing is None or self.predicted is None:
            return None
        silent = self.not_represented_loss - self.not_represented_predicted
        return {
            "shapes": self.loss - self.predicted - silent,
            "not represented": silent,
            "choice": self.predicted - self.packing.loss,
        }

    def prediction_records(self) -> list[Record]:
        """One flat record per prediction: what it says, and by how much training differs."""
        return [
            {
                "prediction": name,
                "predicted": predicted,
                "loss": self.loss,
                "difference": self.loss - predicted,
                "ratio": _ratio(self.loss, predicted, self.variance),
                "of": self.packing.summary() if name == "best packing" and self.packing else None,
            }
            for name, predicted in self.predictions.items()
        ]

    def records(self) -> list[Record]:
        """One flat record per component, one for the unlearned features and one for the total."""
        rows: list[Record] = [
            {
                "part": " ".join(map(str, row.component.features)),
                "name": row.component.name,
                "features": len(row.component.features),
                "dimensionality": row.component.dimensionality,
                "loss": row.loss,
                "predicted": row.predicted,
                "ratio": row.ratio,
                "by": None if row.predicted is None else "ideal shape",
            }
            for row in self.components
        ]
        dead = self.identification.not_represented
        if dead:
            rows.append(
                {
                    "part": " ".join(map(str, dead)),
                    "name": "not represented",
                    "features": len(dead),
                    "dimensionality": None,
                    "loss": self.not_represented_loss,
                    "predicted": self.not_represented_predicted,
                    "ratio": _ratio(self.not_represented_loss, self.not_represented_predicted, 1.0),
                    "by": "variance",
                }
            )
        rows.append(
            {
                "part": "total",
                "name": f"total: {self.identification.summary()}",
                "features": sum(int(row["features"] or 0) for row in rows),
                "dimensionality": None,
                "loss": self.loss,
                "predicted": self.best_prediction,
                "ratio": self.ratio,
                "by": self.best_prediction_by,
            }
        )
        return rows


def compare(
    W: ArrayLike,
    b: ArrayLike,
    features: FeatureDistribution,
    *,
    identification: Identification | None = None,
    packing: Packing | None = None,
) -> Comparison:
    """Exact losses of a model's components beside those of their ideal polytopes.

        ratio_c = Σ_{i∈c} I_i E (x_i − x'_i)²  /  min_{s, b, h} L(s V_c(h), b)

    A ratio below 1 means that the model does better than the rigid shape: norms that follow the
    importances, heights that breathe. W (n_features, n_hidden), b (n_features,), one model;
    `identification` spares naming it again; with the `best_packing` of the same features in as many
    dimensions, it is one of the predictions. Raises ValueError as `expected_loss`, for a packing of
    other features, and for exponential amplitudes, of which no predictions are known.

    >>> comparison = compare([[1.0], [-1.0]], [0.0, 0.0], FeatureDistribution(2, density=0.1))
    >>> comparison.components[0].component.name, round(comparison.components[0].ratio, 3)
    ('digon', 1.004)

    Reference: the prediction of a component is `ideal`; Elhage et al. 2022, sections 3 and 5.
    """
    if checked_features(features).amplitude != "uniform":
        raise ValueError(
            f"expected uniform amplitudes, got {features.amplitude!r}, for which there are no "
            "predictions to compare; expected_loss has the loss alone"
        )
    weights, bias, _, _ = model_arrays(W, b, features)
    if bias.ndim != 1:
        raise ValueError(
            f"expected one model, W of shape (n, m), got instances of shape {bias.shape[:-1]}; "
            "compare them one by one"
        )
    found = identify(weights) if identification is None else identification
    if found.n_features != len(weights):
        raise ValueError(
            f"expected an identification of {len(weights)} features, got one of "
            f"{found.n_features}; pass the one that was made from this W"
        )
    n, m = weights.shape
    if packing is not None and (packing.W.shape != (n, m) or packing.features != features):
        raise ValueError(
            "expected the packing of these features in as many dimensions, got one of others; "
            f"pass best_packing(features, {m})"
        )
    rows = np.asarray(expected_loss(weights, bias, features, per_feature=True))
    at_stake = features.importance * features.variance
    parts = []
    for component in found.components:
        members = list(component.features)
        loss, predicted = float(rows[members].sum()), _predicted(component, features)
        ratio = _ratio(loss, predicted, float(at_stake[members].sum()))
        parts.append(ComponentComparison(component, loss, predicted, ratio))
    dead = list(found.not_represented)
    alike = np.ptp(features.density) == 0 and not features.groups
    density, represented = float(features.density[0]), n - len(dead)
    return Comparison(
        identification=found,
        components=tuple(parts),
        not_represented_loss=float(rows[dead].sum()),
        not_represented_predicted=float(at_stake[dead].sum()),
        loss=float(rows.sum()),
        variance=float(at_stake.sum()),
        dedicated_digon=dedicated_digon(density, features.importance, m).loss if alike else None,
        packing=packing,
        sensing=bounds(represented, m, density) if alike and represented > m else None,
    )


def _predicted(component: Component, features: FeatureDistribution) -> float | None:
    members = list(component.features)
    dependent = any(len(set(group.features) & set(members)) > 1 for group in features.groups)
    if component.name == "unknown" or dependent:
        return None
    density = features.active[members]
    importance = features.importance[members]
    if np.ptp(density) == 0:
        return ideal(component.name, float(density[0])).loss_per_feature * float(importance.sum())
    on_vertices = np.argsort(component.matching)
    return best_fit(template(component.name), density[on_vertices], importance[on_vertices]).loss


def _ratio(loss: float, predicted: float | None, scale: float) -> float | None:
    if predicted is None or predicted <= NO_LOSS * scale:
        return None
    return loss / predicted
