"""How many dimensions sparse features need, by counting: their entropy, a packing of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from geometry.arguments import real_array
from theory.features import Array


def checked_density(density: ArrayLike) -> Array:
    """Densities as an array, all of them in (0, 1]; raises ValueError for others."""
    p = real_array("density", density)
    if not ((p > 0) & (p <= 1)).all():
        outside = p[~((p > 0) & (p <= 1))].flat[0]
        raise ValueError(f"expected a density 1 − S in (0, 1], got {outside:g}")
    return p


def surprisal(density: ArrayLike) -> float | Array:
    r"""The paper's scaling of hidden dimensions per feature: density times surprisal, in nats.

    .. math:: m / n = -(1 - S) \log(1 - S)

    It has two readings: n features of density p = 1 − S need m = −n p ln p dimensions, and m
    dimensions have room for n = m / (−p ln p) features. The paper claims the scaling, not the
    constant, which is 1 here. As a bound it cannot hold at p > 1/e, where it is less than p, the
    information dimension of the features (Wu & Verdú 2010), and 0 at p = 1.

    density in (0, 1], of any shape; raises ValueError for others.

    >>> round(surprisal(0.1), 4), round(1 / surprisal(0.1), 2)
    (0.2303, 4.34)

    Reference: Elhage et al. 2022, section 13 (compressed sensing) and footnote 23.
    """
    p = checked_density(density)
    return _plain(-xlogy(p, p))


def support_entropy(density: ArrayLike) -> float | Array:
    r"""The entropy per feature, in nats, of which features are active.

    .. math:: H(p) = -p \ln p - (1 - p) \ln(1 - p)

    It is what k ln(n/k) stands for: ln C(n, np) = n H(p) + O(ln n), and its first term is the
    `surprisal`. density in (0, 1], of any shape; raises ValueError for others.

    >>> round(support_entropy(0.1), 4)
    0.3251
    """
    p = checked_density(density)
    return _plain(-xlogy(p, p) - xlogy(1 - p, 1 - p))


def packing_bound(density: ArrayLike, approximation: float = 1.0) -> float | Array:
    r"""The dimensions per feature that stable recovery needs: a packing of sparse vectors.

    .. math:: \|x - \hat x\|_1 \le C \min_{x' \text{ k-sparse}} \|x - x'\|_1 \text{ for all } x
              \quad\Rightarrow\quad
              m \ge k \, \frac{\ln q - \tfrac12 \ln(q - 1) - \ln 2}{\ln(3 + 2C)},
              \quad q = \lfloor n / k \rfloor

    The theorem that the paper's appendix uses, with the constant its proof gives. A code of length
    k over q letters with half of all places different (Gilbert & Varshamov) makes k-sparse 0/1
    vectors; balls of radius k / (2 + 2C) about them stay disjoint in hidden space, all within a
    ball 3 + 2C times as large. Per feature k = np. It grows as ½ p ln(1/p) / ln(3 + 2C): the
    scaling of the paper, with a constant so small that p, the information dimension, is the
    stronger bound above p = .01.

    density in (0, 1], of any shape; C ≥ 1. Raises ValueError for others.

    >>> round(packing_bound(0.1), 4), packing_bound(0.6)
    (0.0317, 0.0)

    References: Elhage et al. 2022, appendix, theorem 2; Do Ba, Indyk, Price & Woodruff 2010,
    theorem 3.1 and corollary 3.1.
    """
    p = checked_density(density)
    if not 1 <= approximation < np.inf:
        raise ValueError(
            f"expected an approximation C in [1, ∞), got {approximation}; 1 is the paper's decoder"
        )
    letters = np.maximum(np.floor(1 / p + 1e-9), 2.0)  # 1 / .1 is below 10 in places
    code = np.log(letters) - np.log(letters - 1) / 2 - np.log(2)
    return _plain(np.maximum(p * code, 0.0) / np.log(3 + 2 * approximation))


def _plain(values: Array) -> float | Array:
    """An array, or the number that it is; −0 as 0."""
    return values + 0.0 if np.ndim(values) else float(values) + 0.0
