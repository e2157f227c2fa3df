"""Functions that are polynomials between breakpoints: compiled.

A function F on an interval is kept piece by piece as its values at 16 Chebyshev nodes, with its
mean from either end of the piece to every node, and all three as Chebyshev series for the points
between the nodes. All these are averages of F: nothing cancels.
"""

import numpy as np

from theory.loss.kernels import compiled

NODES = 16
NO_JUMP = 99
KNOT, ORDER, TOTAL, REST, HALF, SIZE, ERROR = range(7)  # the columns of the marks
VALUE, BEFORE, AFTER, SERIES = (k * NODES for k in range(4))  # where the tables of a piece begin
SHORT = 0.1  # of half a piece: a segment that four nodes integrate

# no reassociation where a prefix sum carries its rounding; NaN must come out as NaN everywhere
in_order = compiled(fastmath={"contract"})

# matrices are made with digits to spare: what they are off by adds up over the partners
_PI = np.arccos(np.longdouble(-1))
_ANGLE = _PI * np.arange(NODES) / (NODES - 1)
ABSCISSAE = -np.cos(_ANGLE).astype(float)  # ascending, both ends included
GAUSS = tuple(
    ((1.0 + x) / 2.0, w / 2.0) for x, w in map(np.polynomial.legendre.leggauss, (4, NODES // 2))
)


def _coefficients():
    """Chebyshev coefficients from the values at ABSCISSAE."""
    halved = np.where(np.arange(NODES) % (NODES - 1) == 0, 0.5, 1.0)
    waves = np.cos(np.outer(np.arange(NODES), _PI - _ANGLE))
    return 2.0 * np.outer(halved, halved) * waves / (NODES - 1)


def _means():
    """Mean values from −1 to every node, from the values at ABSCISSAE."""
    x, w = GAUSS[1]
    at = -1.0 + np.outer(1.0 - np.cos(_ANGLE), x)
    waves = np.cos(np.arange(NODES)[:, None, None] * np.arccos(at))
    return np.einsum("kmg,g,kn->mn", waves, w, _coefficients())


def _tables():
    """All that is kept of a piece but its values, in the order kept, from the values."""
    before = _means()
    after = before[::-1, ::-1]
    series = [_coefficients() @ table for table in (np.eye(NODES), before, after)]
    return np.concatenate([before, after, *series])


TABLES = np.ascontiguousarray(_tables().T, dtype=float)  # the long axis is the inner one
SHORT_X, SHORT_W = GAUSS[0]
LONG_X, LONG_W = GAUSS[1]


@in_order
def room(pieces):
    """Space for a function of so many pieces: marks and tables.

    The marks of a piece are its left end, the order of the jump there, the integral up to there and
    its rounding, the size of the upper half of its Chebyshev coefficients, its largest value and
    the error made in it. Its tables: values at the nodes, means before and after them, and the
    series of the three.
    """
    return np.empty((pieces + 1, 7)), np.empty((pieces + 1, 6 * NODES))


@in_order
def begin(F, left):
    """An empty function whose first piece will start at `left`."""
    marks, _ = F
    marks[0, KNOT] = left
    marks[0, ORDER] = NO_JUMP
    marks[0, TOTAL] = 0.0
    marks[0, REST] = 0.0


@compiled
def tabulate(tables, j, values):
    """The tables of piece j, from its values at the nodes."""
    for m in range(NODES):
        tables[j, VALUE + m] = values[m]
    for k in range(TABLES.shape[1]):
        tables[j, BEFORE + k] = 0.0
    for m in range(0, NODES, 4):
        a, b, c, d = values[m], values[m + 1], values[m + 2], values[m + 3]
        for k in range(TABLES.shape[1]):
            tables[j, BEFORE + k] += (a * TABLES[m, k] + b * TABLES[m + 1, k]) + (
                c * TABLES[m + 2, k] + d * TABLES[m + 3, k]
            )


@in_order
def tails(tables, j):
    """The size of the upper half of a piece's Chebyshev coefficients, and of the last three."""
    half = 0.0
    tail = 0.0
    for m in range(NODES // 2, NODES):
        half = max(half, abs(tables[j, SERIES + m]))
        if m >= NODES - 3:
            tail = max(tail, abs(tables[j, SERIES + m]))
    return half, tail


@in_order
def append(F, count, right, order, half, error):
    """Add the piece that has been tabulated, from the last breakpoint to `right`."""
    marks, tables = F
    largest = 0.0
    for m in range(NODES):
        largest = max(largest, abs(tables[count, VALUE + m]))
    marks[count, HALF] = half
    marks[count, SIZE] = largest
    marks[count, ERROR] = error
    marks[count + 1, KNOT] = right
    marks[count + 1, ORDER] = order
    whole = (right - marks[count, KNOT]) * tables[count, BEFORE + NODES - 1]
    x = marks[count, TOTAL]
    y = x + whole
    z = y - x
    marks[count + 1, TOTAL] = y
    marks[count + 1, REST] = marks[count, REST] + ((x - (y - z)) + (whole - z))
    return count + 1


@compiled
def polynomial(tables, table, j, x):
    """A table of piece j between the nodes, by Clenshaw's recurrence."""
    first = SERIES + table
    last = 0.0
    y = 0.0
    for m in range(first + NODES - 1, first, -1):
        y, last = tables[j, m] + 2.0 * x * y - last, y
    return tables[j, first] + x * y - last


@in_order
def piece_of(marks, count, guess, s):
    """The piece that s lies in, sought from a guess on."""
    j = min(max(guess, 0), count - 1)
    while j > 0 and s < marks[j, KNOT]:
        j -= 1
    while j < count - 1 and s > marks[j + 1, KNOT]:
        j += 1
    return j


@in_order
def local(marks, j, s):
    """Where s lies in piece j, from −1 to 1."""
    left = marks[j, KNOT]
    right = marks[j + 1, KNOT]
    return ((s - left) - (right - s)) / (right - left)


@compiled
def polynomials(tables, table, where, x, out):
    """A table between the nodes, at several points x in the pieces `where`."""
    for k in range(x.shape[0]):
        out[k] = polynomial(tables, table, where[k], x[k])


@in_order
def mean_inside(marks, tables, j, left, right):
    """The mean of F from left to right, both in piece j."""
    x = local(marks, j, left)
    y = local(marks, j, right)
    if y - x > 1.0:
        a = (y + 1.0) * polynomial(tables, BEFORE, j, y)
        return (a - (x + 1.0) * polynomial(tables, BEFORE, j, x)) / (y - x)
    mean = 0.0
    if y - x < SHORT:
        for m in range(SHORT_X.shape[0]):
            mean += SHORT_W[m] * polynomial(tables, VALUE, j, x + (y - x) * SHORT_X[m])
    else:
        for m in range(LONG_X.shape[0]):
            mean += LONG_W[m] * polynomial(tables, VALUE, j, x + (y - x) * LONG_X[m])
    return mean
