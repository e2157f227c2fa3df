"""A model held against the predictions: what each of its shapes costs, and what it should."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geometry import Component, Identification, identify, template
from theory.best_fit import best_fit
from theory.dedicated_digon import dedicated_digon
from theory.features import FeatureDistribution
from theory.ideal import ideal
from theory.loss.expected_loss import expected_loss, model_arrays

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


@dataclass(frozen=True)
class Comparison:
    """Trained against predicted, for one model.

    loss: exact, of the whole model. `components` in the order of the identification;
    `not_represented_loss` is what the unlearned features cause, `not_represented_predicted` their
    variance Σ I v. `predicted` adds up the ideals, None when one of them is.
    `dedicated_digon` is the closed form of paper 3.3 at these features, None when their densities
    differ or some come in sets. `best_prediction` is the lower of the two, `ratio` the loss
    relative to it.
    """

    identification: Identification
    components: tuple[ComponentComparison, ...]
    not_represented_loss: float
    not_represented_predicted: float
    loss: float
    predicted: float | None
    dedicated_digon: float | None
    best_prediction: float | None
    ratio: float | None

    @property
    def best_prediction_by(self) -> str | None:
        """Which of the two predictions is the lower one."""
        if self.best_prediction is None:
            return None
        ideals = self.predicted is not None and self.predicted <= self.best_prediction
        return "ideal shapes" if ideals else "dedicated + digons"

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
) -> Comparison:
    """Exact losses of a model's components beside those of their ideal polytopes.

        ratio_c = Σ_{i∈c} I_i E (x_i − x'_i)²  /  min_{s, b, h} L(s V_c(h), b)

    A ratio below 1 means that the model does better than the rigid shape: norms that follow the
    importances, heights that breathe. W (n_features, n_hidden), b (n_features,), one model;
    `identification` spares naming it again. Raises ValueError as `expected_loss`, and for
    exponential amplitudes, of which no predictions are known.

    >>> comparison = compare([[1.0], [-1.0]], [0.0, 0.0], FeatureDistribution(2, density=0.1))
    >>> comparison.components[0].component.name, round(comparison.components[0].ratio, 3)
    ('digon', 1.004)

    Reference: the prediction of a component is `ideal`; Elhage et al. 2022, sections 3 and 5.
    """
    if features.amplitude != "uniform":
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
    rows = np.asarray(expected_loss(weights, bias, features, per_feature=True))
    parts = []
    for component in found.components:
        members = list(component.features)
        loss = float(rows[members].sum())
        predicted = _predicted(component, features)
        scale = float((features.importance * features.variance)[members].sum())
        parts.append(
            ComponentComparison(component, loss, predicted, _ratio(loss, predicted, scale))
        )
    dead = list(found.not_represented)
    variance = float((features.importance * features.variance)[dead].sum())
    ideals = [part.predicted for part in parts]
    predicted = None if None in ideals else sum(x for x in ideals if x is not None) + variance
    closed = None
    if np.ptp(features.density) == 0 and not features.groups:
        closed = dedicated_digon(
            float(features.density[0]), features.importance, weights.shape[1]
        ).loss
    best = min((x for x in (predicted, closed) if x is not None), default=None)
    total = float(rows.sum())
    return Comparison(
        identification=found,
        components=tuple(parts),
        not_represented_loss=float(rows[dead].sum()),
        not_represented_predicted=variance,
        loss=total,
        predicted=predicted,
        dedicated_digon=closed,
        best_prediction=best,
        ratio=_ratio(total, best, float((features.importance * features.variance).sum())),
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
