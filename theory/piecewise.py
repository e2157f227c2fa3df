"""Functions that are polynomials between breakpoints: compiled.

A function F on an interval is kept piece by piece as its values at 16 Chebyshev nodes, with its
mean from either end of the piece to every node. All these are averages of F: nothing cancels.
"""

import math

import numpy as np
from numba import njit

NODES = 16
NO_JUMP = 99
VALUE, BEFORE, AFTER = range(3)  # the tables of a piece
SHORT = 0.1  # of half a piece: a segment that four nodes integrate

# no reassociation where a prefix sum carries its rounding; NaN must come out as NaN everywhere
COMPILE = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
SUMS = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "arcp", "nsz"},
}

_ANGLE = np.pi * np.arange(NODES) / (NODES - 1)
ABSCISSAE = -np.cos(_ANGLE)  # ascending, both ends included
BARYCENTRIC = (-1.0) ** np.arange(NODES)
BARYCENTRIC[[0, -1]] /= 2
GAUSS = tuple(
    ((1.0 + x) / 2.0, w / 2.0) for x, w in map(np.polynomial.legendre.leggauss, (4, NODES // 2))
)


def _coefficients():
    """Chebyshev coefficients from the values at ABSCISSAE."""
    halved = np.where(np.arange(NODES) % (NODES - 1) == 0, 0.5, 1.0)
    waves = np.cos(np.outer(np.arange(NODES), np.pi - _ANGLE))
    return 2.0 / (NODES - 1) * np.outer(halved, halved) * waves


def _means():
    """Mean values from −1 to every node, from the values at ABSCISSAE."""
    x, w = GAUSS[1]
    at = -1.0 + np.outer(ABSCISSAE + 1.0, x)
    waves = np.cos(np.arange(NODES)[:, None, None] * np.arccos(at))
    return np.einsum("kmg,g,kn->mn", waves, w, _coefficients())


UPPER_COEFFICIENTS = np.ascontiguousarray(_coefficients()[NODES // 2 :])
MEAN_BEFORE = np.ascontiguousarray(_means())
MEAN_AFTER = np.ascontiguousarray(MEAN_BEFORE[::-1, ::-1])
SHORT_X, SHORT_W = GAUSS[0]
LONG_X, LONG_W = GAUSS[1]


@njit(**COMPILE)
def room(pieces):
    """Space for a function of so many pieces.

    (breakpoints, order of the jump there, integral up to there, its rounding; and of each piece
    its tables of values at the nodes and of means before and after them, the size of the upper
    half of its Chebyshev coefficients, its largest value, the error made in it)
    """
    return (
        np.empty(pieces + 1),
        np.empty(pieces + 1, np.int64),
        np.empty(pieces + 1),
        np.empty(pieces + 1),
        np.empty((3, pieces, NODES)),
        np.empty(pieces),
        np.empty(pieces),
        np.empty(pieces),
    )


@njit(**COMPILE)
def begin(F, left):
    """An empty function whose first piece will start at `left`."""
    F[0][0] = left
    F[1][0] = NO_JUMP
    F[2][0] = 0.0
    F[3][0] = 0.0


@njit(**COMPILE)
def append(F, count, right, order, values, half, error):
    """Add a piece with these values at its nodes, from the last breakpoint to `right`."""
    knots, orders, total, rest, tables, halves, sizes, errors = F
    width = right - knots[count]
    knots[count + 1] = right
    orders[count + 1] = order
    largest = 0.0
    for m in range(NODES):
        tables[VALUE, count, m] = values[m]
        largest = max(largest, abs(values[m]))
    _times(MEAN_BEFORE, values, tables[BEFORE, count])
    _times(MEAN_AFTER, values, tables[AFTER, count])
    halves[count] = half
    sizes[count] = largest
    errors[count] = error
    whole = width * tables[BEFORE, count, NODES - 1]
    x = total[count]
    y = x + whole
    z = y - x
    total[count + 1] = y
    rest[count + 1] = rest[count] + ((x - (y - z)) + (whole - z))
    return count + 1


@njit(**SUMS)
def polynomial(values, x):
    """The polynomial with these values at ABSCISSAE."""
    above = 0.0
    below = 0.0
    for m in range(NODES):
        share = BARYCENTRIC[m] / (x - ABSCISSAE[m])
        above += share * values[m]
        below += share
    y = above / below
    if math.isnan(y):  # x is a node, or a value is NaN
        for m in range(NODES):
            if x == ABSCISSAE[m]:
                y = values[m]
    return y


@njit(**SUMS)
def _times(matrix, values, out):
    """The product of matrix and values."""
    for k in range(matrix.shape[0]):
        x = 0.0
        for m in range(NODES):
            x += matrix[k, m] * values[m]
        out[k] = x


@njit(**COMPILE)
def tails(values, upper):
    """The size of the upper half of the Chebyshev coefficients, and that of the last three."""
    _times(UPPER_COEFFICIENTS, values, upper)
    last = NODES // 2 - 1
    tail = max(abs(upper[last]), max(abs(upper[last - 1]), abs(upper[last - 2])))
    half = tail
    for k in range(last - 2):
        half = max(half, abs(upper[k]))
    return half, tail


@njit(**COMPILE)
def piece_of(knots, count, guess, s):
    """The piece that s lies in, sought from a guess on."""
    j = min(max(guess, 0), count - 1)
    while j > 0 and s < knots[j]:
        j -= 1
    while j < count - 1 and s > knots[j + 1]:
        j += 1
    return j


@njit(**COMPILE)
def local(knots, j, s):
    """Where s lies in piece j, from −1 to 1."""
    return ((s - knots[j]) - (knots[j + 1] - s)) / (knots[j + 1] - knots[j])


@njit(**COMPILE)
def at_place(F, table, j, s, node):
    """An entry of piece j's table: at its node, or between them at s if node is −1."""
    if node >= 0:
        return F[4][table, j, node]
    return polynomial(F[4][table, j], local(F[0], j, s))


@njit(**COMPILE)
def mean_inside(F, j, left, right):
    """The mean of F from left to right, both in piece j."""
    knots, _, _, _, tables, _, _, _ = F
    x = local(knots, j, left)
    y = local(knots, j, right)
    if y - x > 1.0:
        a = (y + 1.0) * polynomial(tables[BEFORE, j], y)
        return (a - (x + 1.0) * polynomial(tables[BEFORE, j], x)) / (y - x)
    mean = 0.0
    if y - x < SHORT:
        for m in range(SHORT_X.shape[0]):
            mean += SHORT_W[m] * polynomial(tables[VALUE, j], x + (y - x) * SHORT_X[m])
    else:
        for m in range(LONG_X.shape[0]):
            mean += LONG_W[m] * polynomial(tables[VALUE, j], x + (y - x) * LONG_X[m])
    return mean
