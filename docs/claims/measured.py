"""What the claims need of trained models and no other page has: measured once, kept as JSON.

python docs/make_claims.py --measure [NAME ...]
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from geometry import dimensionality, identify
from tegum.studies.activations import PHASES, activations
from tegum.studies.adversarial import adversarial, gradient_attack_ratio, per_example_ratio
from tegum.studies.hidden_bias import hidden_bias
from theory import CorrelatedSet, FeatureDistribution
from training import AbsoluteValueModel, ReluHiddenModel, ReluOutputModel, fit

DATA = Path(__file__).parents[1] / "data" / "claims.json"
DENSITIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
STRONG = 0.75  # a norm that the eye takes for 1 in a figure of bars

Record = dict[str, Any]


@cache
def measured(name: str) -> Record:
    """One of the measurements that are kept."""
    return json.loads(DATA.read_text(encoding="utf-8"))[name]


def write(*names: str) -> None:
    """Measure what is named, or everything, and write it; whole or not at all."""
    kept = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    for name, (measure, settings) in MEASUREMENTS.items():
        if not names or name in names:
            kept[name] = {"settings": settings, **measure(**settings)}
    text = json.dumps(kept, ensure_ascii=False, indent=1, default=_rounded)
    scratch = DATA.with_name(f".{DATA.name}")
    scratch.write_text(f"{text}\n", encoding="utf-8")
    scratch.replace(DATA)


def decreasing_importance(
    n_features: int, n_hidden: int, base: float, restarts: int, search: str
) -> Record:
    """Section 3: features with a norm near 1 and those alone; biases, at seven densities."""
    features = FeatureDistribution(
        n_features, np.array(DENSITIES)[:, None], base ** np.arange(n_features)
    )
    run = fit(ReluOutputModel(n_features, n_hidden), features, restarts=restarts, search=search)
    norms = np.linalg.norm(run.W, axis=-1)
    ignored = [b[norm < 0.1] for norm, b in zip(norms, run.b, strict=True)]
    return {
        "strong": (norms > STRONG).sum(axis=-1),
        "dedicated": [
            sum(len(part.features) for part in identify(W).components if part.name == "dedicated")
            for W in run.W
        ],
        "least_bias": run.b.min(axis=-1),
        "ignored_bias": [np.median(b) if b.size else None for b in ignored],
        "loss": run.loss,
    }


def dimensionalities(n_features: int, n_hidden: int, inverse_densities: list[float]) -> Record:
    """Section 5: the sum of D_i in hidden dimensions, and how D_i lie, features of equal kind."""
    features = FeatureDistribution(n_features, 1 / np.array(inverse_densities)[:, None])
    run = fit(ReluOutputModel(n_features, n_hidden), features, restarts=1, search="quick")
    D = np.stack([dimensionality(W) for W in run.W])
    represented = np.linalg.norm(run.W, axis=-1) > 0.5
    at_half = (np.abs(D - 0.5) < 0.01) & represented
    return {
        "sum_over_m": D.sum(axis=-1) / n_hidden,
        "share_at_half": at_half.sum(axis=-1) / np.maximum(represented.sum(axis=-1), 1),
        "dimensions_per_feature": n_hidden / (run.W**2).sum(axis=(1, 2)),
    }


def jumps(n_features: int, n_hidden: int, density: float, window: int, seed: int) -> Record:
    """Section 7.1: D_i and the loss along the authors' loop, in windows of steps."""
    run = fit(
        ReluOutputModel(n_features, n_hidden), FeatureDistribution(n_features, density),
        method="sampled", restarts=1, seed=seed, record=range(0, 10_001, window),
    )  # fmt: skip
    path = run.trajectory
    assert path is not None
    D, loss = path.dimensionality(), path.loss()
    last = np.linalg.norm(path.W[-1], axis=-1) > 0.5
    jumping = (np.abs(np.diff(D, axis=0)) > 0.1).sum(axis=1)
    return {
        "final": np.sort(D[-1][last])[::-1],
        "jumping_features": jumping,
        "loss": loss,
        "verdict": str(path.verdicts()[-1]),
    }


def triples(density: float, runs: int, seed: int) -> Record:
    """Section 7.2: what single runs of the authors' loop from a small start end in."""
    groups = (CorrelatedSet((0, 1, 2)), CorrelatedSet((3, 4, 5)))
    features = FeatureDistribution(6, np.full((runs, 1), density), groups=groups)
    run = fit(
        ReluOutputModel(6, 3), features,
        method="sampled", restarts=1, seed=seed, init_instances=1000,
    )  # fmt: skip
    return {"verdicts": [identify(W).summary() for W in run.W]}


def attacked_training(density: float, lengths: list[float], restarts: int) -> Record:
    """Section 8: features per dimension of models trained under attacks of these lengths."""
    features = FeatureDistribution(20, density)
    runs = [
        fit(ReluOutputModel(20, 6), features, adversarial=length, restarts=restarts)
        for length in lengths
    ]
    return {
        "features_per_dimension": [(run.W**2).sum() / 6 for run in runs],
        "largest_dimensionality": [dimensionality(run.W).max() for run in runs],
    }


def gradient_attacks(densities: list[float], seed: int) -> Record:
    """Section 8: attacks on every input along gradients beside the paper's candidates."""
    study = adversarial(densities=densities)
    models = [
        (W, b, study.run.features[k], study.vulnerabilities[k].norm)
        for k, (W, b) in enumerate(zip(study.run.W, study.run.b, strict=True))
    ]
    gradients = [gradient_attack_ratio(*model, seed=seed) for model in models]
    return {
        "candidates": [per_example_ratio(*model, seed=seed) for model in models],
        "gradients": [ratio for ratio, _ in gradients],
        "without_gradient": [share for _, share in gradients],
    }


def other_activations(names: list[str]) -> Record:
    """Section 4.3: shares of the diagram of n = 2, m = 1 in every phase, by activation."""
    study = activations(names)
    return {
        "phases": PHASES,
        "shares": [study.shares(name) for name in names],
        "changed": [study.changed(name) for name in names],
    }


def biased_neurons(restarts: int, steps: int) -> Record:
    """Section 9: biases of the neurons, how often these are on, and losses beside the bound."""
    study = hidden_bias(restarts=restarts, steps=steps)
    return {
        "density": study.density,
        "c": study.c,
        "linear": study.linear,
        "loss": study.loss,
        "bound": study.bound,
    }


def absolute_values(restarts: int) -> Record:
    """Section 10.1: the least loss of three absolute values on six neurons."""
    run = fit(AbsoluteValueModel(3, 6), FeatureDistribution(3, 0.5), restarts=restarts)
    return {"loss": run.loss, "bias": np.abs(run.b).max()}


def l1_on_neurons(l1: float, steps: int) -> Record:
    """Section 11: features and their D_i without and with λ Σ E |h_k|, a hidden ReLU."""
    features = FeatureDistribution(10, 0.05, 0.75 ** np.arange(10))
    runs = [
        fit(
            ReluHiddenModel(10, 5), features,
            method="sampled", restarts=2, steps=steps, learning_rate=3e-3, l1=strength,
        )
        for strength in (0.0, l1)
    ]  # fmt: skip
    kept = [np.linalg.norm(run.W, axis=1) > 0.5 for run in runs]
    return {
        "represented": [long.sum() for long in kept],
        "least_dimensionality": [
            dimensionality(run.W)[long].min() for run, long in zip(runs, kept, strict=True)
        ],
    }


def _rounded(value: np.ndarray | np.generic) -> Any:
    """Arrays and their numbers to eight digits: the last ones differ between machines."""
    if value.ndim:
        return [_rounded(entry) for entry in np.asarray(value)]
    number = value.item()
    return float(f"{number:.8g}") if isinstance(number, float) else number


MEASUREMENTS: dict[str, tuple[Callable[..., Record], Record]] = {
    "small grid": (
        decreasing_importance,
        {"n_features": 20, "n_hidden": 5, "base": 0.7, "restarts": 24, "search": "thorough"},
    ),
    "large grid": (
        decreasing_importance,
        {"n_features": 80, "n_hidden": 20, "base": 0.9, "restarts": 2, "search": "quick"},
    ),
    "dimensionalities": (
        dimensionalities,
        {"n_features": 100, "n_hidden": 10, "inverse_densities": [1.2, 1.75, 2.5, 3, 5, 10, 20]},
    ),
    "jumps": (
        jumps,
        {"n_features": 100, "n_hidden": 10, "density": 1 / 3, "window": 250, "seed": 0},
    ),
    "triples": (triples, {"density": 0.1, "runs": 4, "seed": 0}),
    "attacked training": (
        attacked_training,
        {"density": 0.1, "lengths": [0.0, 0.1, 0.4, 0.8], "restarts": 2},
    ),
    "gradient attacks": (gradient_attacks, {"densities": [0.1, 0.03, 0.01, 0.003], "seed": 0}),
    "other activations": (
        other_activations,
        {"names": ["ReLU", "leaky ReLU", "GELU", "square", "identity"]},
    ),
    "biased neurons": (biased_neurons, {"restarts": 4, "steps": 3000}),
    "l1 on neurons": (l1_on_neurons, {"l1": 0.1, "steps": 3000}),
    "absolute values": (absolute_values, {"restarts": 12}),
}
