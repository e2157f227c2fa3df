"""How noisy a model is, told by its own parts, and what noise of that size explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import scipy
from numpy.typing import NDArray

from geometry.correspondence import rotation
from geometry.split import Part
from geometry.template import Template

Array = NDArray[np.float64]
# what is known before a model is seen, worth a few degrees of freedom
_PRIOR_SCALE, _PRIOR_DEGREES = 0.05, 4
# how far trained shapes are off the ideal ones without any noise, inside their own span
_MISFIT = 0.05
_BENT = 0.03  # as much as they lean on what they share no dimension with
_ORTHOGONAL = 0.1  # cosine up to which a part is a factor, whatever many small ones add up to
_TRUE = 0.03  # rmsd up to which the name of a shape without noise is true
_EMPTY = 0.12  # noise below which a direction without any feature looks empty
_EQUAL = 1e-7  # relative difference of lengths that no training leaves equal
_NORMALISED = 2e-3  # relative range of lengths that rounding leaves of equal ones


@dataclass(frozen=True)
class Residual:
    """What is left of a part after a template is laid onto it.

    Attributes
    ----------
    squared_error : E, summed over features of unit norm
    degrees : how many directions are left for noise to move the features in, after the rotation
        and the free parameters took theirs: k(m - 1) - d(d - 1)/2 - d(m - d) - parameters
    inside : as many inside the span of the template: k(d - 1) - d(d - 1)/2 - parameters
    n_vertices, n_hidden : k and m
    """

    squared_error: float
    degrees: int
    inside: int
    n_vertices: int
    n_hidden: int

    @classmethod
    def of(cls, squared_error: float, template: Template, n_hidden: int) -> Residual:
        """The residual of a template laid into m hidden dimensions."""
        k, d, m = len(template.vertices), template.dimension, n_hidden
        inside = max(k * (d - 1) - d * (d - 1) // 2 - len(template.parameters), 0)
        return cls(squared_error, inside + (k - d) * (m - d), inside, k, m)


@dataclass(frozen=True)
class Noise:
    r"""The root mean square displacement of unit features, as some parts of a model show it.

    .. math:: \hat\sigma^2 = \frac{m \sum_c E_c}{\sum_c \nu_c}

    Noise of that size displaces a feature by sigma / sqrt(m) in every hidden direction.

    Attributes
    ----------
    square, degrees : numerator and denominator
    """

    square: float = 0.0
    degrees: int = 0

    @classmethod
    def of(cls, residuals: Iterable[Residual]) -> Noise:
        """What some parts show together.

        >>> from geometry import template
        >>> round(Noise.of([Residual.of(0.02, template("pentagon"), 2)]).scale, 3)
        0.1
        """
        found = list(residuals)
        return cls(sum(r.n_hidden * r.squared_error for r in found), sum(r.degrees for r in found))

    def without(self, residual: Residual) -> Noise:
        """What is shown by the other parts."""
        own = residual.n_hidden * residual.squared_error
        return Noise(max(self.square - own, 0.0), self.degrees - residual.degrees)

    @property
    def scale(self) -> float:
        """sigma-hat, NaN where nothing can be displaced."""
        return sqrt(self.square / self.degrees) if self.degrees else nan

    def expected(self) -> tuple[float, float]:
        """sigma squared and its degrees of freedom, with what was known before the model was seen.

        Four degrees of freedom at .05 stand for models seen before, so that a part alone has a
        scale too.
        """
        degrees = self.degrees + _PRIOR_DEGREES
        return (self.square + _PRIOR_DEGREES * _PRIOR_SCALE**2) / degrees, degrees


def misfit_p_value(residual: Residual, others: Noise) -> float:
    r"""How often noise as the other parts have it would leave a residual as large as this.

    .. math:: p = P\Big(F_{\nu, \nu_o} > \frac{E}{\hat\sigma_o^2 \nu_c / m + k \mu^2}\Big)

    with the noise of the other parts and a misfit mu = .05 inside the span of the template, because
    trained shapes are not exactly the ideal ones; nu is what two such terms have together
    (Satterthwaite 1946). 1 where nothing is left to be displaced.

    >>> from geometry import template
    >>> quiet = Noise.of([Residual.of(1e-4, template("cube"), 3)] * 9)
    >>> near, far = (Residual.of(8 * r**2, template("cube"), 3) for r in (0.05, 0.12))
    >>> round(misfit_p_value(near, quiet), 2), misfit_p_value(far, quiet) < 1e-3
    (0.48, True)
    """
    if not residual.degrees:
        return 1.0
    square, known = others.expected()
    noise = square * residual.degrees / residual.n_hidden
    misfit = residual.n_vertices * _MISFIT**2 if residual.inside else 0.0
    spread = noise**2 / residual.degrees + (misfit**2 / residual.inside if misfit else 0.0)
    degrees = (noise + misfit) ** 2 / spread
    return float(scipy.special.fdtrc(degrees, known, residual.squared_error / (noise + misfit)))


def noise_of_empty_directions(U: Array) -> Noise:
    """What displaces unit rows (n, m) along the hidden directions that no feature extends along.

    Those are the directions that noise of .12 would reach as far along (Marchenko and Pastur 1967).
    """
    n, m = U.shape
    squares = np.linalg.svd(U, compute_uv=False) ** 2
    squares = np.pad(squares, (0, m - len(squares)))
    empty = squares <= _EMPTY**2 * (np.sqrt(n) + np.sqrt(m)) ** 2 / m
    count = int(empty.sum())
    return Noise(m * float(squares[empty].sum()), max(n - m + count, 0) * count)


def noise_of_lengths(lengths: Array, orbits: Sequence[NDArray[np.intp]], n_hidden: int) -> Noise:
    """What displaces features along themselves: how lengths differ inside orbits of vertices.

    Nothing is told by lengths that were made equal. Where features differ in importance they do in
    length, and so does the noise that is told.

    Parameters
    ----------
    lengths : (n,)
    orbits : numbers of features that a symmetry of their shape exchanges
    n_hidden : m of the space they lie in
    """
    if np.ptp(lengths) <= _NORMALISED * lengths.max():
        return Noise()
    inside = [lengths[orbit] / lengths[orbit].mean() for orbit in orbits]
    square = sum(float(((x - 1) ** 2).sum()) for x in inside)
    return Noise(n_hidden * square, sum(len(x) - 1 for x in inside))


def noise_of_most(X: Array, vertices: Array, residual: Residual) -> Noise:
    """What displaces the median feature of a part, whatever befell a few of them.

    Of chi-squared with nu degrees of freedom the median is nu (1 - 2 / (9 nu))^3 (Wilson and
    Hilferty 1931); it tells about half of what all of them would.

    Parameters
    ----------
    X : (k, m), unit rows
    vertices : (k, d), in the order of the features
    residual : what the vertices leave of X
    """
    each = ((X - vertices @ rotation(X, vertices)) ** 2).sum(axis=1)
    share = residual.degrees / len(X)
    typical = float(np.median(each)) / max(1 - 2 / (9 * share), 0.1) ** 3 if share else 0.0
    half = residual.degrees // 2
    return Noise(X.shape[1] * typical / share * half, half) if half else Noise()


def in_levels(lengths: Array, orbits: Sequence[NDArray[np.intp]]) -> bool:
    """Whether features at alike vertices have a few lengths, each exactly that of several.

    Then they are vertices of another solid that has the same directions, as those of the triakis
    tetrahedron are a cube's.
    """
    for orbit in orbits:
        ascending = np.sort(lengths[orbit])
        equal = np.diff(ascending) <= _EQUAL * ascending[-1]
        ends = np.flatnonzero(~equal)
        sizes = np.diff(np.concatenate([[-1], ends, [len(ascending) - 1]]))
        if len(sizes) > 1 and sizes.min() > 1 and np.ptp(ascending) > _TRUE * ascending[-1]:
            return True
    return False


def excess_p_value(residual: Residual, noise: Noise) -> float:
    r"""How often noise of a known size and a misfit of .03 would leave a residual as large as this.

    .. math:: p = \Big\langle P\big(s^2 \chi'^2_\nu(k \mu^2 / s^2) > E\big) \Big\rangle_s,
              \qquad s^2 \sim \frac{\nu_o\, \hat\sigma^2 / m}{\chi^2_{\nu_o}}

    averaged over what noise told with nu_o degrees of freedom may be; the noncentral chi-squared
    is taken as the scaled central one of its mean and variance (Satterthwaite 1946). 1 where no
    noise was told.

    >>> from geometry import template
    >>> cube = template("cube")
    >>> told = Noise(0.03**2 * 20, 20)
    >>> [round(excess_p_value(Residual.of(8 * r**2, cube, 3), told), 3) for r in (0.03, 0.06)]
    [0.898, 0.002]
    """
    if not noise.degrees:
        return 1.0
    told = noise.square / residual.n_hidden
    # the logarithm of chi-squared, from where its density begins to where it ends
    half, width = noise.degrees / 2, 6 / sqrt(noise.degrees)
    logs = np.linspace(-3 * width - 2, min(width, 3.0), 96)
    weights = np.exp(half * (logs - np.exp(logs) + 1))
    square = told / (noise.degrees * np.exp(logs))
    misfit = residual.n_vertices * _TRUE**2
    expected = residual.degrees * square + misfit
    variance = 2 * residual.degrees * square**2 + 4 * misfit * square
    degrees = 2 * expected**2 / np.maximum(variance, 1e-9 * expected**2)
    above = scipy.special.chdtrc(degrees, degrees * residual.squared_error / expected)
    return float(weights @ above / weights.sum())


def strain_p_values(U: Array, parts: Sequence[Part], noise: Noise) -> Array:
    r"""How often noise alone would entangle two independent parts as far as they are.

    .. math:: L_{cc'} = \sum_{i \in c, j \in c'} P_{ij}^2, \qquad
              \langle L_{cc'} \rangle = \frac{\sigma^2}{m}
              \big( s_c r_{c'} + r_c s_{c'} \big), \qquad
              s_c = \mathrm{tr}(1 - P_{cc}), \quad r_c = \|U^+_c\|^2

    The projector P = U U^+ is block diagonal over independent parts, however they lean on each
    other, and noise moves it by what the second formula says to first order. Parts that share
    hidden dimensions, as pieces of one larger shape do, are entangled by much more. A part all of
    whose cosines to the others are at most .1 is orthogonal to them.

    Parameters
    ----------
    U : (n, m), unit rows
    parts : disjoint; features in none of them are left out
    noise : of the model; trained parts that are independent are bent by .03 besides

    Returns
    -------
    (len(parts), len(parts)), symmetric, 1 on the diagonal
    """
    square, known = noise.expected()
    square += _BENT**2
    label = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    U = U[[i for part in parts for i in part]]
    n, m = U.shape
    Q, s, _ = np.linalg.svd(U, full_matrices=False)
    # what noise puts along an empty direction ends here (Marchenko and Pastur 1967)
    kept = s**2 > max(square * (np.sqrt(n) + np.sqrt(m)) ** 2 / m, 1e-16 * s[0] ** 2)
    P = Q[:, kept] @ Q[:, kept].T
    member = (label == np.arange(len(parts))[:, None]).astype(np.float64)
    leak = member @ P**2 @ member.T
    spare = member @ (1 - np.diag(P))
    reach = member @ ((Q[:, kept] / s[kept]) ** 2).sum(axis=1)
    rank = member @ np.diag(P)
    expected = square / m * (np.outer(spare, reach) + np.outer(reach, spare))
    degrees = np.maximum(np.outer(spare, rank) + np.outer(rank, spare), 1e-9)
    p = scipy.special.fdtrc(degrees, known, leak / np.maximum(expected, 1e-300))
    between = np.abs(U @ U.T) * (label[:, None] != label)
    apart = np.array([between[label == k].max() <= _ORTHOGONAL for k in range(len(parts))])
    p[apart] = p[:, apart] = 1.0
    np.fill_diagonal(p, 1.0)
    return p
