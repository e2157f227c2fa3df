"""The paper's footnotes, measured: what each says, what is computed of it, and what comes out.

    python -m tests.benchmarks.footnotes            # two CPU-minutes; prints the page
    python -m tests.benchmarks.footnotes --write    # and writes it, its figure and its data

The numbers of the page are those of docs/data/footnotes-….json, whose name is the hash of the
settings they were measured with.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from geometry import dimensionality, frame_analysis, identify
from tegum.studies.dictionary_learning import dictionary_learning
from tegum.studies.l1_margin import l1_margin
from tegum.studies.linear import linear
from tegum.studies.truncation import truncation
from tegum.studies.widening import widening
from tests.benchmarks.footnote_table import page
from theory import (
    FeatureDistribution,
    code_size_bounds,
    dedicated_digon,
    destroyed,
    excess_kurtosis,
    largest_overlap,
    random_code_size,
    two_feature_losses,
)
from theory.sensing import nonnegative_recovery
from training import AbsoluteValueModel, ReluOutputModel, Run, fit

SETTINGS: dict[str, Any] = {
    "seed": 0,
    "widening": {"restarts": 8},
    "truncation": {"restarts": 16},
    "l1_margin": {"restarts": 16},
    "dictionary_learning": {"restarts": 8, "samples": 1000},
    "linear": {"steps": 10_000},
    "importance_scales": [1.0, 1e-3, 1e-6, 1e-9],
    "neurons": [4, 6, 8, 12],
    "code_dimensions": [10, 25, 50, 100],
}
HASH = hashlib.sha256(json.dumps(SETTINGS, sort_keys=True).encode()).hexdigest()[:12]
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "footnotes.md"
FIGURE = DOCS / "footnotes.png"
DATA = DOCS / "data" / f"footnotes-{HASH}.json"

Record = dict[str, Any]


def main(write: bool = False) -> None:
    """Measure, and print the page.

    Args:
        write: write the page, the figure and the data as well
    """
    begun = time.process_time()
    data = json.loads(json.dumps(measured(SETTINGS["seed"])))
    print(page(data))
    print(f"{time.process_time() - begun:.0f} CPU-seconds")
    if write:
        from tests.benchmarks.footnote_figure import draw

        DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(data), encoding="utf-8")
        draw(data, FIGURE)


def measured(seed: int) -> Record:
    """All figures of the page, as JSON has them."""
    dictionaries = dictionary_learning(seed=seed, **SETTINGS["dictionary_learning"])
    return {
        "widening": of_widening(seed),
        "truncation": of_truncation(seed),
        "l1": of_l1(seed),
        "dictionaries": {
            "densities": dictionaries.densities,
            "atoms": dictionaries.atoms,
            "represented": dictionaries.represented,
            "score": dictionaries.score.tolist(),
            "found": dictionaries.found.tolist(),
            "guessed": dictionaries.guessed.tolist(),
        },
        "trained": of_trained(dictionaries.run),
        "linear": of_linear(seed),
        "amplitudes": of_amplitudes(seed),
        "scales": of_scales(seed),
        "neurons": of_neurons(seed),
        "codes": of_codes(),
        "kink": of_kink(),
        "transition": of_transition(),
        "single_kurtosis": {
            str(p): float(excess_kurtosis([[1.0]], FeatureDistribution(1, p))[0])
            for p in (1.0, 0.1, 0.01)
        },
    }


def of_widening(seed: int) -> Record:
    study = widening(seed=seed, **SETTINGS["widening"])
    share = {
        str(m): dedicated_digon(0.1, 1 / np.arange(1.0, 3 * m + 1), m).digons / m
        for m in (10, 100, 1000)
    }
    return {
        "densities": study.densities,
        "widths": study.widths,
        "dedicated": study.dedicated.tolist(),
        "predicted": study.predicted_dedicated.tolist(),
        "first_width": [study.first_width(i) for i in range(4)],
        "superposed_share_of_power_law": share,
    }


def of_truncation(seed: int) -> Record:
    study = truncation(seed=seed, **SETTINGS["truncation"])
    return {
        "densities": study.densities,
        "sizes": study.sizes,
        "excess": study.excess.tolist(),
        "kept": study.kept.tolist(),
        "represented": study.represented.tolist(),
    }


def of_l1(seed: int) -> Record:
    study = l1_margin(seed=seed, **SETTINGS["l1_margin"])
    represented = [int((np.linalg.norm(run.W, axis=1) > 0.5).sum()) for run in study.runs]
    return {
        "l1": study.l1.tolist(),
        "loss": study.loss.tolist(),
        "superposition": study.superposition.tolist(),
        "features_per_dimension": study.features_per_dimension.tolist(),
        "represented": represented,
        "largest_dimensionality": [
            float(D[np.linalg.norm(run.W, axis=1) > 0.5].max(initial=0.0))
            for D, run in zip(study.dimensionalities, study.runs, strict=True)
        ],
        "order_of_loss": study.order(study.loss),
        "order_of_superposition": study.order(study.superposition),
    }


def of_trained(run: Run) -> list[Record]:
    """Twenty equal features in six dimensions: kurtosis, deflation, isometry and coherence."""
    found = []
    for k, W in enumerate(run.W):
        features = run.features[k]
        unit = W / np.linalg.norm(W, axis=1, keepdims=True)
        kept = np.linalg.norm(W, axis=1) > 0.5
        frame = frame_analysis(W[kept])
        found.append(
            {
                "density": float(features.density[0]),
                "represented": int(kept.sum()),
                "of_one_feature": float(excess_kurtosis([[1.0]], _one(features))[0]),
                "of_readouts": float(excess_kurtosis(W @ unit[kept].T, features).mean()),
                "of_dimensions": float(excess_kurtosis(W, features).mean()),
                "removed_with_one": float(destroyed(W[kept]).sum(axis=1).mean()),
                "reciprocal_dimensionality": float((1 / dimensionality(W[kept])).mean()),
                "isometry": {str(s): v for s, v in frame.restricted_isometry.items()},
                "interference_sum": frame.interference_sum,
                "interference_max": frame.interference_max,
            }
        )
    return found


def _one(features: FeatureDistribution) -> FeatureDistribution:
    return FeatureDistribution(1, features.density[0])


def of_linear(seed: int) -> Record:
    study = linear(seed=seed, **SETTINGS["linear"])
    return {
        "densities": study.densities,
        "excess": study.excess.tolist(),
        "dedicated": (study.dimensionalities > 0.99).sum(axis=-1).tolist(),
        "largest_dimensionality": study.dimensionalities.max(axis=-1).tolist(),
    }


def of_amplitudes(seed: int) -> Record:
    """Five equal features in two dimensions, with uniform and with exponential amplitudes."""
    densities = np.array([0.5, 0.2, 0.05])
    named = {}
    for amplitude in ("uniform", "exponential"):
        features = FeatureDistribution(5, densities[:, None], amplitude=amplitude)
        run = fit(ReluOutputModel(5, 2), features, restarts=16, seed=seed)
        named[amplitude] = [identify(W).summary() for W in run.W]
    return {"densities": densities.tolist(), "named": named}


def of_scales(seed: int) -> list[Record]:
    """All importances times c: by exact training, and by the loop of the paper's notebook."""
    found = []
    model, importance = ReluOutputModel(5, 2), 0.9 ** np.arange(5)
    least = None
    for scale in SETTINGS["importance_scales"]:
        features = FeatureDistribution(5, 0.1, scale * importance)
        exact = fit(model, features, restarts=8, seed=seed)
        loop = fit(model, features, method="sampled", restarts=4, steps=10_000, seed=seed)
        least = float(exact.loss) / scale if least is None else least
        found.append(
            {
                "scale": scale,
                "exact": float(exact.loss) / scale / least,
                "loop": float(loop.loss) / scale / least,
            }
        )
    return found


def of_neurons(seed: int) -> list[Record]:
    """Three absolute values on ever more neurons: how many starts learn them."""
    found = []
    for n_hidden in SETTINGS["neurons"]:
        model = AbsoluteValueModel(3, n_hidden)
        run = fit(model, FeatureDistribution(3, 0.1), restarts=48, seed=seed)
        losses = np.array(run.metrics[0]["start_losses"])
        found.append({"neurons": n_hidden, "share": float((losses < 1e-4).mean())})
    return found


def of_codes() -> list[Record]:
    found = []
    for d in SETTINGS["code_dimensions"]:
        n = random_code_size(0.5, d)
        estimate, lower, upper = largest_overlap(max(2, round(n)), d)
        found.append(
            {
                "dimension": d,
                "random": n,
                "at_most": code_size_bounds(0.5, d)[1],
                "asymptotic": float(np.sqrt(2 * np.log(n**2 / 2) / d)) / estimate - 1,
                "width": (upper - lower) / estimate,
            }
        )
    return found


def of_kink() -> Record:
    """The slope of the least loss of two equal features on both sides of the triple point."""
    step = 1e-6
    at = [float(min(two_feature_losses(4 / 7 + k * step, 1.0).values())) for k in (-1, 0, 1)]
    return {"below": (at[1] - at[0]) / step, "above": (at[2] - at[1]) / step}


def of_transition() -> list[Record]:
    """Between what m / n recovery by x ≥ 0 alone rises from 10 % to 90 %, at 1 − S = .1."""
    found = []
    for n in (20, 100, 1000, 10_000):
        chances = [nonnegative_recovery(n, m, n // 10) for m in range(1, n + 1)]
        low, high = np.searchsorted(chances, [0.1, 0.9]) + 1
        found.append({"features": n, "from": float(low / n), "to": float(high / n)})
    return found


if __name__ == "__main__":
    tyro.cli(main)
