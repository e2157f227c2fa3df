"""What a small change of the input costs: attacks along features, the worst one, a bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from geometry.arguments import held, real, real_array, whole
from geometry.measures import directions
from theory.features import Array, FeatureDistribution, checked_features
from theory.loss.expected_loss import expected_loss, expected_loss_and_gradient, model_arrays
from theory.loss.mean_norm import mean_norm
from theory.loss.model_loss import kind_of, output_losses, structure_of
from theory.loss.row_loss import SEARCH

RTOL = 1e-4  # where the series of outputs stop; the sums come out right to 1e-8
FTOL = 1e-5  # of the rise of the loss, less than which ends an ascent


def output_gain(W: ArrayLike) -> Array:
    """How far the most sensitive direction moves each output, per unit length of the attack.

        max_{‖δ‖ = 1} (G δ)_i = ‖G_i‖ = ‖W_i‖² / √D_i,   G = W Wᵀ

    reached by δ = G_i / ‖G_i‖. W (..., n_features, n_hidden); returns (..., n_features). A feature
    of norm 1 that has a dimension to itself has gain 1, half of a digon √2.

    >>> output_gain([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]).round(6)
    array([1.414214, 1.414214, 1.      ])

    Reference: Elhage et al. 2022, section 8; D_i is `geometry.dimensionality`.
    """
    with np.errstate(over="ignore"):
        return held("gain", np.linalg.norm(_gram(W), axis=-1))


def feature_attacks(W: ArrayLike, norm: float) -> Array:
    """The paper's candidates: for every feature the attack that moves its output most.

        δ_i = λ G_i / ‖G_i‖,   G = W Wᵀ,   λ = norm

    W (..., n_features, n_hidden); returns (..., n_features, n_features), an attack in each row,
    and zeros for a feature without length.

    >>> feature_attacks([[2.0], [-2.0]], 0.1).round(6)
    array([[ 0.070711, -0.070711],
           [-0.070711,  0.070711]])

    Reference: Elhage et al. 2022, section 8.
    """
    return _of_length(_checked_norm(norm), _gram(W))


def attacked_loss(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution, attack: ArrayLike
) -> Array | float:
    """The exact expected loss when the model sees x + δ and has to give back x.

        L'(δ) = Σ_i I_i E (x_i − ReLU(G (x + δ) + b)_i)² = L(W, b + G δ),   G = W Wᵀ

    for one δ, the same for all inputs: a shift of the bias, so that nothing is sampled. attack
    (..., n_features); all leading axes are instances and broadcast. Shapes and errors otherwise as
    in `expected_loss`.

    >>> features = FeatureDistribution(1, density=0.3)
    >>> round(attacked_loss([[1.0]], [0.0], features, [0.1]), 9)  # x + δ instead of x
    0.01

    Reference: Elhage et al. 2022, section 8.
    """
    gram, direction = _gram(W), real_array("attack", attack)
    if direction.ndim < 1 or direction.shape[-1] != gram.shape[-1]:
        raise ValueError(
            f"expected an attack of shape (..., {gram.shape[-1]}), got {direction.shape}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        shift = held("attack's effect", np.matmul(gram, direction[..., None])[..., 0])
    return expected_loss(W, real_array("b", b) + shift, features, rtol=RTOL)


def attack_bound(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution, norm: float
) -> Array | float:
    """No attack of a length, not even one chosen for each input, costs more than this.

        L' ≤ (√L + λ σ_max(√I G))²,   G = W Wᵀ,   λ = norm

    by Minkowski's inequality in the mean square over inputs, as a ReLU lengthens nothing; √I scales
    the rows. Shapes and errors as in `expected_loss`.

    >>> features = FeatureDistribution(1, density=0.3)
    >>> round(attack_bound([[1.0]], [0.0], features, 0.1), 9)  # reached, as the loss is 0
    0.01
    """
    norm = _checked_norm(norm)
    loss = expected_loss(W, b, features, rtol=RTOL)
    with np.errstate(over="ignore", invalid="ignore"):
        weighted = np.sqrt(features.importance)[..., None] * _gram(W)
        largest = np.linalg.norm(held("square", weighted), ord=2, axis=(-2, -1))
        bound = held("bound", (np.sqrt(loss) + norm * largest) ** 2)
    return bound if np.ndim(bound) else float(bound)


@dataclass(frozen=True, eq=False)
class Attack:
    """A change of all inputs, attack (n_features,), and the exact expected loss under it.

    `reached_by` of the `starts` ascents came within 1e-3 of the rise that it causes.
    """

    attack: Array
    loss: float
    reached_by: int
    starts: int


def worst_attack(
    W: ArrayLike,
    b: ArrayLike,
    features: FeatureDistribution,
    norm: float,
    *,
    starts: int = 24,
    seed: int = 0,
) -> Attack:
    """The costliest change of all inputs of a length found from many starts, beyond the candidates.

        max_{‖δ‖ = λ} L(W, b + G δ),   G = W Wᵀ,   λ = norm

    by ascent (L-BFGS) on the exact loss over the directions of δ. Half of the starts are the
    costliest `feature_attacks`, the others random in hidden space; the result is never below the
    best candidate. A lower bound of the maximum, which need not be unique. One model:
    W (n_features, n_hidden), b (n_features,).

    >>> features = FeatureDistribution(2, density=0.1)
    >>> found = worst_attack([[1.0], [-1.0]], [0.0, 0.0], features, 0.1, starts=4)
    >>> found.attack.round(6).tolist() in ([0.070711, -0.070711], [-0.070711, 0.070711])
    True
    """
    norm, starts, seed = _checked_norm(norm), whole("starts", starts, 2), whole("seed", seed, 0)
    candidates, losses = _candidates(W, b, features, norm)
    weights, bias = real_array("W", W), real_array("b", b)
    plain = float(expected_loss(W, b, features, rtol=RTOL))
    if not weights.any():
        return Attack(np.zeros(len(weights)), plain, starts, starts)
    best = [k for k in np.argsort(-losses)[: starts // 2] if candidates[k].any()]
    rng = np.random.default_rng(seed)
    random = rng.standard_normal((starts - len(best), weights.shape[1]))
    ends = [
        _ascend(weights, bias, features, norm, plain, hidden)
        for hidden in (*weights[best], *random)
    ]
    attack, loss = max(ends, key=lambda end: end[1])
    near = loss - 1e-3 * max(loss - plain, 0.0)
    return Attack(attack, loss, sum(end[1] >= near for end in ends), len(ends))


@dataclass(frozen=True)
class Vulnerability:
    """One model under the worst of the paper's attacks, the same for every input.

    `norm` λ is the length of the attack, `feature` the one whose output it aims at, `loss` and
    `attacked_loss` the exact losses without and with it; `without_superposition` is the rise of the
    loss of the model that gives its dimensions to the most important features.
    """

    norm: float
    feature: int
    loss: float
    attacked_loss: float
    without_superposition: float

    @property
    def ratio(self) -> float:
        """(L' − L) / (L'_0 − L_0)."""
        return (self.attacked_loss - self.loss) / self.without_superposition


def vulnerability(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution, relative_norm: float = 0.1
) -> Vulnerability:
    """How much more an attack costs a model than one without superposition.

        (L' − L) / (L'_0 − L_0),   L' = max_i L(W, b + λ G G_i / ‖G_i‖),   L'_0 − L_0 = λ² max I

    with λ = relative_norm · E ‖x‖. One attack is chosen per model, not per example, for which the
    ratios would be far larger. A dedicated feature gives back x_i + λ, which costs I_i λ² exactly.
    In superposition a feature of norm 1 is moved by λ/√D_i: about 1/D_i times the cost.

    One model: W (n_features, n_hidden), b (n_features,). Raises ValueError as `expected_loss`, for
    a relative norm that is not positive and where every importance is 0.

    >>> W, b = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [0.0, 0.0, 0.05]
    >>> round(vulnerability(W, b, FeatureDistribution(3, density=0.1)).ratio, 6)
    1.0

    Reference: Elhage et al. 2022, section 8.
    """
    relative_norm = _checked_norm(relative_norm)
    if not checked_features(features).importance.any():
        raise ValueError("expected an importance above 0, got none; nothing is at stake")
    norm = relative_norm * float(mean_norm(_one(features)))
    attacks, losses = _candidates(W, b, features, norm)
    worst = int(np.argmax(losses))
    return Vulnerability(
        norm=norm,
        feature=worst,
        loss=float(expected_loss(W, b, features, rtol=RTOL)),
        attacked_loss=float(attacked_loss(W, b, features, attacks[worst])),
        without_superposition=norm**2 * float(features.importance.max()),
    )


def _candidates(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution, norm: float
) -> tuple[Array, Array]:
    """The paper's attacks on one model, and their losses (n_features,), right to some 1e-6."""
    weights, bias, density, importance = model_arrays(W, b, _one(features))
    if weights.ndim != 2:
        raise ValueError(
            f"expected one model, W of shape (n, m), got instances of shape {bias.shape[:-1]}; "
            "take them one by one"
        )
    attacks = feature_attacks(weights, norm)
    structure = structure_of(density, kind_of(features))
    losses = [
        float(importance @ output_losses(weights, bias + shift, density, structure, SEARCH))
        for shift in attacks @ (weights @ weights.T)
    ]
    return attacks, np.array(losses)


def _ascend(
    W: Array, b: Array, features: FeatureDistribution, norm: float, plain: float, hidden: Array
) -> tuple[Array, float]:
    """The attack λ W h / ‖W h‖ at a maximum of the loss over h, above `hidden`, and that loss."""

    def lost(h: Array) -> tuple[float, Array]:
        direction = W @ h
        length = float(np.linalg.norm(direction))
        direction /= length
        shift = norm * (W @ (W.T @ direction))
        loss, _, to_b = expected_loss_and_gradient(W, b + shift, features, rtol=RTOL)
        to_attack = W @ (W.T @ to_b)
        across = to_attack - (to_attack @ direction) * direction
        return (plain - float(loss)) / norm**2, -(W.T @ across) / (norm * length)

    options = {"ftol": FTOL, "gtol": 0.0, "maxiter": 200}
    found = minimize(lost, hidden, jac=True, method="L-BFGS-B", options=options)
    return _of_length(norm, W @ found.x), plain - float(found.fun) * norm**2


def _one(features: FeatureDistribution) -> FeatureDistribution:
    if checked_features(features).instances:
        raise ValueError(
            f"expected one distribution, got instances {features.instances}; index one"
        )
    return features


def _of_length(norm: float, rows: Array) -> Array:
    """The rows at a length; a row of zeros stays one."""
    return norm * directions(rows)


def _gram(W: ArrayLike) -> Array:
    weights = real_array("W", W)
    if weights.ndim < 2:
        raise ValueError(f"expected W of shape (..., n_features, n_hidden), got {weights.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        return held("W Wᵀ", weights @ np.swapaxes(weights, -1, -2))


def _checked_norm(norm: float) -> float:
    number = real("the norm of the attack", norm)
    if not 0 < number * number < np.inf:
        raise ValueError(
            "expected a norm of the attack that is positive and whose square is a positive float, "
            f"got {norm}"
        )
    return number
