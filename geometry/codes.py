"""Spherical codes that are optimal, or thought to be, and have a simple construction.

Most are eigenspaces of strongly regular graphs: two-distance sets that are tight frames.

References
----------
Cohn & Kumar 2007, J. AMS 20 (derived codes, Higman-Sims, McLaughlin); Ballinger et al. 2009,
Experimental Mathematics 18 (40 in 10 and 64 in 14); Hammons et al. 1994, IEEE Trans. IT 40 (the
Nordstrom-Robinson code as the Gray image of the octacode); Brouwer & Van Maldeghem 2022, Strongly
Regular Graphs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from geometry.shapes import simplex

Array = NDArray[np.float64]


def factored(gram: NDArray[np.floating]) -> Array:
    """Points with given scalar products, by Cholesky factorisation with pivots; shape (n, rank)."""
    left = gram.astype(np.longdouble).copy()
    columns = []
    while (largest := np.diag(left).max()) > 1e-9:
        pivot = int(np.argmax(np.diag(left) > largest * (1 - 1e-9)))
        columns.append(left[:, pivot] / np.sqrt(left[pivot, pivot]))
        left = left - np.outer(columns[-1], columns[-1])
    return np.stack(columns, axis=1).astype(np.float64)


def eigenspace(adjacency: Array, eigenvalue: int | np.longdouble) -> Array:
    r"""The vertices of a strongly regular graph laid into one of its eigenspaces.

    .. math:: \\cos = \\theta / k \\text{ for neighbours}, \\quad -(1 + \\theta) / (n - 1 - k)
              \\text{ for others}

    Parameters
    ----------
    adjacency : (n, n), zeros and ones
    eigenvalue : theta, not the degree k

    Returns
    -------
    (n, multiplicity of theta), unit norm: a tight frame

    References
    ----------
    Delsarte, Goethals & Seidel 1977, Spherical codes and designs, section 8.
    """
    n, degree = len(adjacency), adjacency[0].sum()
    others = 1 - adjacency - np.eye(n)
    far = -(1 + np.longdouble(eigenvalue)) / (n - 1 - degree)
    return factored(np.eye(n) + np.longdouble(eigenvalue) / degree * adjacency + far * others)


def derived(code: Array, cosine: float) -> Array:
    """The points at one cosine from the first, seen from it: a code in one dimension less."""
    near = code[np.abs(code @ code[0] - cosine) < 1e-9].astype(np.longdouble)
    return factored((near @ near.T - cosine**2) / (1 - np.longdouble(cosine) ** 2))


def forty_points(start: Array) -> Array:
    """40 points in 10 dimensions with cosines -1/2, -1/3, 0 and 1/6, from points near them."""
    levels = np.array([-1 / 2, -1 / 3, 0, 1 / 6, 1], np.longdouble)
    gram = start @ start.T
    return factored(levels[np.abs(gram[..., None] - levels).argmin(axis=-1)])


def nordstrom_robinson() -> Array:
    """256 words of 16 bits at distances 6, 8, 10 and 16: the Gray image of the octacode."""
    octacode = np.array(
        [
            [1, 0, 0, 0, 3, 1, 2, 1],
            [0, 1, 0, 0, 1, 2, 3, 1],
            [0, 0, 1, 0, 3, 3, 3, 2],
            [0, 0, 0, 1, 2, 3, 1, 1],
        ]
    )
    words = np.array(list(product(range(4), repeat=4))) @ octacode % 4
    return np.array([[0, 0], [0, 1], [1, 1], [1, 0]])[words].reshape(256, 16)


def shortened(times: int) -> Array:
    """The Nordstrom-Robinson code, its words with zeros in front alone, bits as signs."""
    words = nordstrom_robinson()
    kept = words[(words[:, :times] == 0).all(axis=1), times:]
    return (1 - 2 * kept) / kept.shape[1] ** 0.5


def unbiased_bases() -> Array:
    """288 points in 16 dimensions: nine orthoplexes, no two of which favour each other."""
    return np.vstack([shortened(0), np.eye(16), -np.eye(16)])


def blocks_of_seven() -> Array:
    """The 253 words of weight 7 of the binary Golay code of length 23: the Steiner S(4, 7, 23)."""
    generator = 0b101011100011
    words = {0}
    for shift in range(12):
        words |= {word ^ (generator << shift) for word in words}
    bits = np.array([[word >> k & 1 for k in range(23)] for word in sorted(words)])
    return bits[bits.sum(axis=1) == 7]


def hexads() -> Array:
    """The 77 blocks of the Steiner system S(3, 6, 22)."""
    blocks = blocks_of_seven()
    return blocks[blocks[:, 22] == 1][:, :22]


def mclaughlin() -> Array:
    """The strongly regular graph (275, 112, 30, 56)."""
    blocks = blocks_of_seven()
    with_last = blocks[:, 22] == 1
    meet = blocks @ blocks.T
    same = with_last[:, None] == with_last[None, :]
    among_blocks = np.where(same, meet == 1, meet == 3)
    incident = blocks[:, :22] == 1
    to_points = np.where(with_last[:, None], ~incident, incident)
    return np.block([[np.zeros((22, 22)), to_points.T], [to_points, among_blocks]]).astype(float)


def m22_graph() -> Array:
    """(77, 16, 0, 4): hexads, joined when they are disjoint."""
    return (hexads() @ hexads().T == 0).astype(float)


def higman_sims() -> Array:
    """(100, 22, 0, 6): a point, the 22 points and the 77 hexads."""
    adjacency = np.zeros((100, 100))
    adjacency[0, 1:23] = 1
    adjacency[1:23, 23:] = hexads().T
    adjacency += adjacency.T
    adjacency[23:, 23:] = m22_graph()
    return adjacency


def gewirtz() -> Array:
    """(56, 10, 0, 2): the hexads that miss a point, joined when they are disjoint."""
    blocks = hexads()
    blocks = blocks[blocks[:, 0] == 0]
    return (blocks @ blocks.T == 0).astype(float)


def hoffman_singleton() -> Array:
    """(50, 7, 0, 1): five pentagons and five pentagrams (Robertson)."""
    adjacency = np.zeros((50, 50))
    for h, i, j in product(range(5), repeat=3):
        pentagon, pentagram = 5 * h + j, 25 + 5 * i + j
        adjacency[pentagon, 5 * h + (j + 1) % 5] = 1
        adjacency[pentagram, 25 + 5 * i + (j + 2) % 5] = 1
        adjacency[pentagon, 25 + 5 * i + (h * i + j) % 5] = 1
    return np.maximum(adjacency, adjacency.T)


def paley(prime: int) -> Array:
    """Numbers modulo a prime, joined when they differ by a square."""
    squares = {x * x % prime for x in range(1, prime)}
    numbers = range(prime)
    return np.array([[float((a - b) % prime in squares) for a in numbers] for b in numbers])


def _paley_value(prime: int) -> np.longdouble:
    """The larger of the two eigenvalues of a Paley graph; the other space looks the same."""
    return (np.sqrt(np.longdouble(prime)) - 1) / 2


def triangular(n: int) -> Array:
    """Pairs of n things, joined when they share one."""
    pairs = list(combinations(range(n), 2))
    return np.array([[float(len({*a, *b}) == 3) for a in pairs] for b in pairs])


def rook(n: int) -> Array:
    """Squares of an n by n board, joined in rows and columns."""
    squares = list(product(range(n), repeat=2))
    return np.array([[float((a[0] == b[0]) != (a[1] == b[1])) for a in squares] for b in squares])


def shrikhande() -> Array:
    """(16, 6, 2, 2), which is not the rook's graph of that size."""
    steps = {(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (3, 3)}
    squares = list(product(range(4), repeat=2))
    differ = [[((a[0] - b[0]) % 4, (a[1] - b[1]) % 4) for a in squares] for b in squares]
    return np.array([[float(step in steps) for step in row] for row in differ])


def symplectic(q: int, dimension: int) -> Array:
    """Points of a projective space over the prime field of q elements, joined when orthogonal.

    Orthogonal for the form x0 y1 - x1 y0 + x2 y3 - x3 y2 + ...
    """
    points = [
        x for x in product(range(q), repeat=dimension) if next((v for v in x if v), None) == 1
    ]
    x = np.array(points)
    form = x[:, 0::2] @ x[:, 1::2].T
    joined = ((form - form.T) % q == 0).astype(float)
    return joined - np.eye(len(points))


def brouwer_haemers() -> Array:
    """(81, 20, 1, 6): vectors of length 4 modulo 3, joined when a form of them vanishes."""
    x = np.array(list(product(range(3), repeat=4)))
    apart = (x[:, None] - x[None, :]) % 3
    form = (apart[..., :3] ** 2).sum(axis=-1) - apart[..., 3] ** 2
    return (form % 3 == 0).astype(float) - np.eye(81)


def clebsch() -> Array:
    """(16, 10, 6, 6): even words of 5 bits, joined when they differ in two places."""
    words = np.array([w for w in product((0, 1), repeat=5) if sum(w) % 2 == 0])
    apart = (words[:, None] != words[None, :]).sum(axis=-1)
    return (apart == 2).astype(float)


def known(forty: Array) -> Iterator[tuple[tuple[str, ...], Array, str]]:
    """The codes with their names and sources; those that are uniform polytopes are left out."""
    for d in range(4, 9):
        both = np.vstack([simplex(d), -simplex(d)])
        yield (f"{d}-diplo-simplex", f"{2 * d + 2} in {d}"), both, "Conway & Sloane 1991"
    ballinger = "Ballinger et al. 2009"
    yield ("40-point code", "40 in 10"), forty_points(forty), ballinger
    yield ("64-point code", "64 in 14"), shortened(2), ballinger
    robinson = "Nordstrom & Robinson 1967"
    yield ("Nordstrom-Robinson code", "256 in 16"), shortened(0), robinson
    yield ("128-point code", "128 in 15"), shortened(1), robinson
    yield ("32-point code", "32 in 13"), shortened(3), robinson
    yield ("nine unbiased bases", "288 in 16"), unbiased_bases(), "Cohn, de Laat & Leijenhorst 2024"
    kumar = "Cohn & Kumar 2007"
    whole = eigenspace(mclaughlin(), -28)
    yield ("McLaughlin code", "275 in 22"), whole, kumar
    yield ("162 in 21",), derived(whole, 1 / 6), kumar
    yield ("112 in 21",), derived(whole, -1 / 4), kumar
    yield ("Higman-Sims code", "100 in 22"), eigenspace(higman_sims(), -8), kumar
    graphs = [
        ("Hoffman-Singleton", hoffman_singleton(), (-3, 2), "Hoffman & Singleton 1960"),
        ("Gewirtz", gewirtz(), (-4, 2), "Gewirtz 1969"),
        ("M22", m22_graph(), (-6, 2), "Mesner 1956"),
        ("Brouwer-Haemers", brouwer_haemers(), (-7, 2), "Brouwer & Haemers 1992"),
        ("Shrikhande", shrikhande(), (2, -2), "Shrikhande 1959"),
        ("Clebsch", clebsch(), (-2, 2), "Seidel 1968"),
        *((f"Paley {q}", paley(q), (_paley_value(q),), "Paley 1933") for q in (13, 17, 29, 37)),
        *((f"triangular T({n})", triangular(n), (-2,), "Chang 1959") for n in range(5, 9)),
        *((f"rook {n}x{n}", rook(n), (n - 2, -2), "Shrikhande 1959") for n in (4, 5, 6)),
        *(
            (f"symplectic Sp({d},{q})", symplectic(q, d), values, "Hubaut 1975")
            for q, d, values in ((2, 4, (-3, 1)), (3, 4, (-4, 2)), (2, 6, (-5, 3)))
        ),
    ]
    for name, adjacency, values, source in graphs:
        for value in values:
            code = eigenspace(adjacency, value)
            yield (f"{name} code in {code.shape[1]}",), code, source
    yield ("Higman-Sims code in 77",), eigenspace(higman_sims(), 2), "Higman & Sims 1968"
