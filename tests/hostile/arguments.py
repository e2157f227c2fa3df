"""Arguments as mistakes and other programs make them: of another type, size, range or layout."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

Maker = Callable[[Random], Any]
NO_NUMBERS = (None, "", "W", "0.5", b"\x00", object(), {}, {"W": 1}, set(), [], (), [[]], int, len,
              slice(None), Ellipsis, [None], ["a"], [[1.0], [1.0, 2.0]], 1j, np.complex128(1 + 2j),
              np.datetime64("2020-01-01"), np.array(["a"]), np.array([None]),
              np.ma.masked)  # fmt: skip
ODD = (True, False, 0, -1, -0.0, 0.5, 1, 1.0, 2, 3, 7.5, 1e-320, 1e-200, 1e-12, 1e12, 1e200, 1e308,
       -1e308, float("nan"), float("inf"), float("-inf"), 10**12, -(10**12), 2**31, 2**63, 10**400,
       np.float16(0.1), np.float32(0.1), np.longdouble(0.1), np.int8(3), np.uint64(2**63),
       np.bool_(True), np.array(0.2), np.array([0.2]), np.array([]),
       np.nan * np.ones(2))  # fmt: skip
SCALES = (1e-320, 1e-310, 1e-200, 1e-160, 1e-100, 1e100, 1e150, 1e160, 1e200, 1e308)


def matrix(rng: Random, n: int = 5, m: int = 2) -> np.ndarray:
    return np.array([[rng.gauss(0, 1) for _ in range(m)] for _ in range(n)])


def weights(rng: Random, n: int = 5, m: int = 2) -> Any:
    """What may be given for W of shape (n, m)."""
    return rng.choice(
        (scaled, scaled, dotted, dotted, of_dtype, of_layout, of_shape, degenerate, no_number)
    )(rng, n, m)


def scaled(rng: Random, n: int, m: int) -> Any:
    return matrix(rng, n, m).clip(-1, 1) * rng.choice(SCALES)


def dotted(rng: Random, n: int, m: int) -> Any:
    """With single entries that are not like the others."""
    W = matrix(rng, n, m)
    for _ in range(rng.choice((1, 1, 3))):
        odd = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e200, 1e-320, 0.0, -0.0, 1e16)
        W.flat[rng.randrange(W.size)] = rng.choice(odd)
    return W


def of_dtype(rng: Random, n: int, m: int) -> Any:
    kind = rng.choice(
        ("f2", "f4", ">f8", "f16", "i1", "u1", "i8", "u8", "?", "c16", "O", "U3", "V8")
    )
    W = matrix(rng, n, m) * rng.choice((1, 100))
    return np.abs(W).astype(kind) if kind[0] == "u" else W.astype(kind)


def of_layout(rng: Random, n: int, m: int) -> Any:
    W = matrix(rng, n, m)
    read_only = W.copy()
    read_only.setflags(write=False)
    return rng.choice(
        (
            np.asfortranarray(W),
            np.repeat(W, 2, axis=0)[::2],
            W[::-1, ::-1],
            np.broadcast_to(W[:1], (n, m)),
            np.ma.masked_array(W, mask=np.eye(n, m, dtype=bool)),
            np.ma.masked_array(W, mask=False),
            W.tolist(),
            tuple(map(tuple, W)),
            read_only,
            W.view(Subclass),
            memoryview(W),
            np.lib.stride_tricks.sliding_window_view(np.arange(n + m - 1.0), m),
        )
    )


class Subclass(np.ndarray):
    pass


def of_shape(rng: Random, n: int, m: int) -> Any:
    shapes = ((0, m), (n, 0), (0, 0), (), (n,), (1, n, m), (3, n, m), (0, n, m), (2, 1, n, m),
              (m, n), (n + 1, m), (1, 1), (n, 40), (n, 1), (1,) * 33)  # fmt: skip
    return np.resize(matrix(rng, n, m), rng.choice(shapes))


def degenerate(rng: Random, n: int, m: int) -> Any:
    W = matrix(rng, n, m)
    return rng.choice(
        (
            np.zeros((n, m)),
            np.ones((n, m)),
            np.repeat(W[:1], n, axis=0),
            W * np.array([0.0, *[1.0] * (n - 1)])[:, None],
            W * np.logspace(-200, 200, n)[:, None],
            W * np.logspace(-12, 0, n)[:, None],
            np.eye(n, m),
            -np.eye(n, m),
        )
    )


def no_number(rng: Random, *_: int) -> Any:
    return rng.choice(NO_NUMBERS)


def vector(rng: Random, n: int = 5) -> Any:
    """What may be given for b of shape (n,), or for one number for each feature."""
    W = weights(rng, n, 1)
    return W[..., 0] if isinstance(W, np.ndarray) and W.ndim and W.shape[-1] else W


def number(rng: Random) -> Any:
    return rng.choice(ODD) if rng.random() < 0.8 else rng.choice(NO_NUMBERS)


def share(rng: Random) -> Any:
    """What may be given for a density or another number that is mostly between 0 and 1."""
    near = (0.3, 1e-3, 1e-6, 1e-9, 1e-15, 1 - 1e-12, np.nextafter(1, 0), np.nextafter(1, 2))
    return rng.choice(near) if rng.random() < 0.4 else number(rng)


def count(rng: Random) -> Any:
    """What may be given for a number of repetitions: a large one is no mistake and takes long."""
    odd = (0, -1, 1, 2, 2.0, 1.5, True, -(10**12), float("nan"), np.int8(2), np.array(2))
    return rng.choice(odd) if rng.random() < 0.7 else rng.choice(NO_NUMBERS)


def flag(rng: Random) -> Any:
    return rng.choice((True, False, 0, 1, np.bool_(True), *NO_NUMBERS))


def name(rng: Random) -> Any:
    names = ("", " ", "dedicated", "digon", "pentagon", "tetrahedron", "Pentagon ", "pentagom",
             "octahedron", "unknown", "3_21", "5-cell", "5-simplex", "10**9-simplex", "x" * 10_000,
             "pentagon\n", "\x00", "π", "triangle x triangle", "../catalogue", "999999999-simplex",
             "1000000-gon", "-3-gon", "1e3-gon", "{}", "%s", "None", 3, True)  # fmt: skip
    return rng.choice(names) if rng.random() < 0.8 else rng.choice(NO_NUMBERS)


def indices(rng: Random) -> Any:
    odd = ([0, 0], [-1], [5], [10**12], [0.0], [0.5], [True], "01", (1, 2), range(3), [2**64],
           [[0]], np.array([0, 1]), np.array([0.0]), {0, 1}, [np.nan])  # fmt: skip
    return rng.choice(odd) if rng.random() < 0.8 else rng.choice(NO_NUMBERS)


def pair(rng: Random) -> Any:
    """What may be given for the two ends of a range."""
    odd = ((0.5, 0.1), (0.1, 0.1), (0, 1), (-1, 2), (0.1,), (0.1, 0.2, 0.3), (np.nan, 0.5), "ab",
           (0.1, "b"), (1e-300, 1.0), (0.2, np.inf), [0.01, 0.5], np.array([0.1, 0.5]))  # fmt: skip
    return rng.choice(odd) if rng.random() < 0.8 else rng.choice(NO_NUMBERS)
