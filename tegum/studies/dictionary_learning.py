"""Paper footnote 20: features found again by sparse coding of the hidden activations alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geometry.measures import directions
from theory import FeatureDistribution, nearest_cosine
from theory.features import Array
from training import ReluOutputModel, Run, fit
from training.data import sample

DENSITIES = (0.3, 0.1, 0.03, 0.01)
FOUND = 0.95  # a cosine above which a direction counts as found
REPRESENTED = 0.5
PENALTY = 0.3  # of a code, in units of the root mean square length of an activation
ROUNDS, SWEEPS = 100, 2000


@dataclass(frozen=True)
class DictionaryLearning:
    """How well dictionaries match the true directions; rows are densities, columns atoms.

    `score` is the mean maximum cosine, `found` the share of features with a cosine above .95,
    `guessed` the exact score of as many random atoms; `represented` counts the features, which are
    those longer than 1/2.
    """

    densities: tuple[float, ...]
    atoms: tuple[int, ...]
    run: Run
    represented: tuple[int, ...]
    score: Array
    found: Array
    guessed: Array


def dictionary_learning(
    *,
    n_features: int = 20,
    n_hidden: int = 6,
    densities: tuple[float, ...] = DENSITIES,
    atoms: tuple[int, ...] = (10, 20, 40),
    samples: int = 1000,
    restarts: int = 8,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> DictionaryLearning:
    """Train on equal features, sample hidden activations, learn dictionaries of several sizes.

    The dictionaries see H = X W of about `samples` inputs with an active feature or more, and
    neither W nor X.

    Reference: Elhage et al. 2022, footnote 20; Sharkey, Braun and Millidge 2022 for the score.
    """
    features = FeatureDistribution(n_features, np.array(densities)[:, None])
    run = fit(
        ReluOutputModel(n_features, n_hidden), features,
        restarts=restarts, seed=seed, threads=threads,
    )  # fmt: skip
    score = np.empty((len(densities), len(atoms)))
    found, represented = np.empty_like(score), []
    for k, W in enumerate(run.W):
        kept = W[np.linalg.norm(W, axis=1) > REPRESENTED]
        represented.append(len(kept))
        H = active_inputs(features[k], samples, seed) @ W
        for a, n_atoms in enumerate(atoms):
            cosines = greatest_cosines(kept, dictionary(H, n_atoms, seed=seed))
            score[k, a], found[k, a] = cosines.mean(), (cosines > FOUND).mean()
            if progress:
                progress(k * len(atoms) + a + 1, score.size)
    return DictionaryLearning(
        densities=densities,
        atoms=atoms,
        run=run,
        represented=tuple(represented),
        score=score,
        found=found,
        guessed=np.array([nearest_cosine(n, n_hidden) for n in atoms]),
    )


def dictionary(H: ArrayLike, n_atoms: int, *, seed: int = 0) -> Array:
    """Atoms B of a sparse nonnegative code A of the activations, H ≈ A B, by scikit-learn.

        min over A ≥ 0 and ‖B_k‖ ≤ 1 of   ½ ‖H − A B‖² + α Σ A

    H (samples, n_hidden), scaled here to unit mean square length; returns B (n_atoms, n_hidden).
    The first atoms are directions of samples, far apart.
    """
    from sklearn.cluster import kmeans_plusplus
    from sklearn.decomposition import DictionaryLearning as Learner
    from sklearn.exceptions import ConvergenceWarning

    activations = np.asarray(H, np.float64)
    activations = activations / np.sqrt((activations**2).sum(axis=1).mean())
    first, _ = kmeans_plusplus(directions(activations), n_atoms, random_state=seed)
    learner = Learner(
        n_atoms,
        alpha=PENALTY,  # type: ignore[arg-type]
        fit_algorithm="cd",
        positive_code=True,
        max_iter=ROUNDS,
        transform_max_iter=SWEEPS,
        dict_init=first,
        code_init=np.zeros((len(activations), n_atoms)),
        random_state=seed,
    )
    with warnings.catch_warnings():
        # atoms beyond the features double others, and the share of two alike is not determined
        warnings.simplefilter("ignore", ConvergenceWarning)
        return learner.fit(activations).components_


def greatest_cosines(W: ArrayLike, atoms: ArrayLike) -> Array:
    """The cosine of every feature with the atom nearest to it; their mean is the usual score.

    W (n_features, n_hidden), atoms (n_atoms, n_hidden); returns (n_features,).

    >>> greatest_cosines([[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [3.0, 4.0]])
    array([1. , 0.8])
    """
    return (
        directions(np.asarray(W, np.float64)) @ directions(np.asarray(atoms, np.float64)).T
    ).max(axis=1)


def active_inputs(features: FeatureDistribution, count: int, seed: int) -> Array:
    """About that many inputs, all with one active feature or more, (≈ count, n_features)."""
    share = 1 - float(np.prod(1 - features.density))
    x = sample(features, round(count / share), seed=seed).numpy().T.astype(np.float64)
    return x[x.any(axis=1)]
