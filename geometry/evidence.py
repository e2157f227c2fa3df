"""How much more probable directions are as a noisy template than as independent random ones."""

from __future__ import annotations

from math import lgamma, log, pi

import numpy as np

# Noise is unknown: log-uniform from better than any training leaves to where no shape is left.
_NOISE = np.geomspace(0.003, 0.3, 40)


def log_sphere_area(m: int) -> float:
    """Logarithm of the area of the unit sphere in R^m (two points for m = 1).

    >>> round(log_sphere_area(2), 6) == round(log(2 * pi), 6)
    True
    """
    return log(2) + m / 2 * log(pi) - lgamma(m / 2)


def log_bayes_factor(
    squared_error: float,
    *,
    n_vertices: int,
    dimension: int,
    n_hidden: int,
    group_order: int,
    parameter_lengths: tuple[float, ...] = (),
) -> float:
    r"""The evidence for a template against k independent uniform directions, as a logarithm.

    .. math:: \log \frac{|\mathrm{Aut}|}{k!}
              \Big\langle (2\pi s^2)^{-k(m-1)/2} e^{-E/2s^2}\, \omega(s) \Big\rangle_\sigma
              + k \log |S^{m-1}|, \qquad s^2 = \frac{\sigma^2}{m-1}

    Directions scatter around the vertices in the k(m - 1) dimensions tangent to their spheres, with
    an unknown noise averaged over a logarithmic range of root mean square displacements.
    The factor omega is the share of all rotations that fit (Laplace's method): its d(d - 1)/2
    rotations inside the span move the vertices by 2k/d per squared radian, the d(m - d) out of it
    by k/d, and the frames together have the volume of the Stiefel manifold.

    Parameters
    ----------
    squared_error : E, summed over features of unit norm, at the best rotation
    n_vertices, dimension : k and d of the template
    n_hidden : m of the space the directions lie in, at least d
    group_order : order of the symmetry group of the template
    parameter_lengths : for each fitted parameter of a family, how far the vertices travel along its
        range, root of the summed squares: a longer way costs more

    References
    ----------
    MacKay 2003, Information Theory, Inference, and Learning Algorithms, chapters 27 and 28.

    >>> antipodal = dict(n_vertices=2, dimension=1, n_hidden=1, group_order=2)
    >>> round(log_bayes_factor(0.0, **antipodal) / log(2), 9)
    1.0
    """
    k, d, m = n_vertices, dimension, n_hidden
    variance = _NOISE**2 / max(m - 1, 1)
    inside, outside = d * (d - 1) // 2, d * (m - d)
    frames = sum(log_sphere_area(j) for j in range(m - d + 1, m + 1))
    fitting = (
        (inside + outside) / 2 * np.log(2 * pi * variance)
        - inside / 2 * log(2 * k / d)
        - outside / 2 * log(k / d)
        - frames
    )
    likelihood = -k * (m - 1) / 2 * np.log(2 * pi * variance) - squared_error / (2 * variance)
    # A share of rotations, or of a range, is at most the whole of it.
    likelihood = likelihood + np.minimum(fitting, -log(2) if d == m else 0.0)
    for length in parameter_lengths:
        likelihood = likelihood + np.minimum(np.log(2 * pi * variance) / 2 - log(length), 0.0)
    average = float(np.logaddexp.reduce(likelihood)) - log(len(_NOISE))
    return average + log(group_order) - lgamma(k + 1) + k * log_sphere_area(m)
