"""Recovery at a finite size, exactly: how sharp the transition of compressed sensing is."""

from __future__ import annotations

from scipy.stats import binom


def nonnegative_recovery(n_features: int, n_hidden: int, n_active: int) -> float:
    r"""The chance that x ≥ 0 with k active features is the only such vector with its hidden one.

    .. math:: P = 1 - 2^{-(n - k - 1)} \sum_{l < n - m} \binom{n - k - 1}{l}

    over random Gaussian weights: the null space, of dimension n − m, has to miss the orthant of
    the n − k inactive features (Wendel 1962; Donoho & Tanner 2010, which counts faces). In n the
    transition has the width of a binomial law, √n features, and its middle at m / n = (1 + k/n) / 2
    is `feasibility_threshold`. Amplitudes do not matter.

    Raises ValueError unless 0 ≤ n_active < n_features and 1 ≤ n_hidden ≤ n_features.

    >>> nonnegative_recovery(4, 3, 1), nonnegative_recovery(4, 2, 1)
    (0.75, 0.25)

    Reference: Elhage et al. 2022, footnote 24.
    """
    if not 0 <= n_active < n_features or not 1 <= n_hidden <= n_features:
        raise ValueError(
            "expected 0 ≤ n_active < n_features and 1 ≤ n_hidden ≤ n_features, got "
            f"{n_active}, {n_features} and {n_hidden}"
        )
    return float(binom.sf(n_features - n_hidden - 1, n_features - n_active - 1, 0.5))
