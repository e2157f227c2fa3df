"""Many partners of one density: their characteristic functions from a grid of weights.

log φ(u) = Σ_j log f(u g_j), f(t) = 1 − p + p ψ(t), is a sum over the weights g_j of a row. Between
the nodes q Δ of a grid a smooth function of the weight is the polynomial through its eight nearest
nodes, so that

    Σ_j log f(u g_j) ≈ Σ_q w_q log f(u q Δ),    w_q = Σ_j ℓ_q(g_j),

which costs frequencies × nodes and partners × taps, not frequencies × partners. With u = k h and
Δ = δ/h the logarithms depend on k q δ alone: one table per density serves every row. The sum of
ψ(u g_j) that the one-active stratum needs has the same weights and a table of its own.

A grid is good up to u Δ = `spacing(p)`; for higher frequencies the weights are put on a finer one.
f has no zero on the real line for p < 1, but near p = 1 it comes close to one from u g = 2π on:
there the grid is used below `reach`, and beyond it the partners are multiplied one by one.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from theory.loss.kernels import LANES, compiled

TAPS = 8
NODES = 64  # on either side of zero; FINEST as many on the levels that cannot be made coarser
FINEST = 512
LEVELS = 9  # table spacings δ, each twice the one before
BLOCKS = 8  # of LANES frequencies that a table holds
CROWD = 40  # partners from which a grid pays
DENSE = 0.8
LEAST_SQUARE = 1e-18  # of |f|, which vanishes on the grid only for p = 1
REACH_IF_DENSE = 4.5

_OFFSETS = np.arange(TAPS) - (TAPS // 2 - 1.0)
# LAGRANGE[d, v]: coefficient of degree d of the polynomial that is 1 at offset v, 0 at the others
LAGRANGE = np.ascontiguousarray(np.linalg.inv(np.vander(_OFFSETS, increasing=True)))
FIRST_TAP = TAPS // 2 - 1

LOG_R, LOG_I, PSI_R, PSI_I = range(4)


class PartnerGrid(NamedTuple):
    """log f(x) and ψ(x) at x = δ k q, in `table` (level, frequency, part, node).

    `step` is the δ of the last level; every level before has half the δ of the next.
    """

    density: float
    reach: float
    step: float
    table: np.ndarray


def spacing(p: float) -> float:
    """Largest u Δ: eight nodes resolve log f to 1e-6 there, where terms count least."""
    return 0.35 if p <= 0.35 else 0.15


@lru_cache(maxsize=64)
def partner_grid(p: float) -> PartnerGrid:
    """The table for partners of one density p in (0, 1]."""
    reach = REACH_IF_DENSE if p > DENSE else math.inf
    step = spacing(p) / (2 * LANES)
    table = np.zeros((LEVELS, BLOCKS * LANES, 4, FINEST))  # coarser levels fill only a part
    _fill(p, step, table)
    return PartnerGrid(p, reach, step, table)


@compiled
def _extent(level):
    """Nodes and frequencies of a level: the last are as coarse as 2, 4 and 8 blocks may have it."""
    last = LEVELS - 1 - level
    return (FINEST if last <= 2 else NODES), LANES * min(BLOCKS, 2 << last)


@compiled
def _fill(p, step, table):
    for level in range(LEVELS):
        delta = step * 2.0 ** (level - LEVELS + 1)
        nodes, frequencies = _extent(level)
        for k in range(frequencies):
            part = table[level, k]
            part[LOG_R, 0] = part[LOG_I, 0] = part[PSI_I, 0] = 0.0
            part[PSI_R, 0] = 1.0
            for q in range(1, nodes):
                half = 0.5 * delta * (k + 1) * q
                sine = math.sin(half)
                psi_r = sine * math.cos(half) / half
                psi_i = sine * sine / half
                real = 1.0 - p + p * psi_r
                imag = p * psi_i
                part[LOG_R, q] = 0.5 * math.log(max(real * real + imag * imag, LEAST_SQUARE))
                part[LOG_I, q] = math.atan2(imag, real)
                part[PSI_R, q] = psi_r
                part[PSI_I, q] = psi_i


def grid_for(density: np.ndarray) -> PartnerGrid | None:
    """The grid that serves a model with these densities, if there is one."""
    if density.size > CROWD and (density == density[0]).all():
        return partner_grid(float(density[0]))
    return None


# A board is flat scratch of one row: the line of nodes from −size to size, eight taps for each of
# LANES weights, the first node of each, and even and odd halves of node weights and derivatives.
CENTRE = FINEST + 2 * TAPS
TAP = 2 * CENTRE
FIRST = TAP + TAPS * LANES
EVEN = FIRST + LANES
ODD, BACK_EVEN, BACK_ODD = (EVEN + FINEST * r for r in (1, 2, 3))
BOARD = EVEN + FINEST * 4


class Crowd(NamedTuple):
    """The partners that are on a grid: nodes (0: none), level in the table, step of the grid."""

    size: int
    level: int
    last: int
    step: float
    largest: float
    alone: float


NOBODY = Crowd(0, 0, 0, 0.0, 0.0, 0.0)


@compiled
def open_crowd(weights, alone, frequency, half_band, grid, board):
    """Put weights on the grid that suits them and multiples of a frequency."""
    largest = total = 0.0
    for w in weights:
        largest = max(largest, abs(w))
        total += abs(w)
    if 2 * half_band > BLOCKS or not total < math.inf:  # NaN and infinity have no place on a grid
        return NOBODY
    last = LEVELS - 1
    while (1 << (LEVELS - 1 - last)) < half_band:
        last -= 1
    level = last
    step = grid.step * 2.0 ** (last - LEVELS + 1) / frequency
    while level and largest <= 0.5 * (NODES - TAPS) * step:
        level -= 1
        step *= 0.5
    return _placed(Crowd(0, level, last, step, largest, alone), weights, board)


@compiled
def refine_crowd(crowd, weights, board, slope):
    """The grid for frequencies twice as far apart: the next level, or half the step."""
    size, level, last, step, largest, alone = crowd
    if level < last:
        return Crowd(size, level + 1, last, step, largest, alone)
    close_crowd(crowd, weights, board, slope)
    return _placed(Crowd(0, level, last, 0.5 * step, largest, alone), weights, board)


@compiled
def _placed(crowd, weights, board):
    _, level, last, step, largest, alone = crowd
    most = FINEST if level >= LEVELS - 3 else NODES
    if not largest / step < most - TAPS // 2:
        return NOBODY
    size = int(largest / step) + TAPS // 2 + 1
    _spread(weights, step, size, board)
    for q in range(size):
        board[BACK_EVEN + q] = 0.0
        board[BACK_ODD + q] = 0.0
    return Crowd(size, level, last, step, largest, alone)


@compiled
def within_reach(crowd, frequency, quiet, grid):
    """Whether the grid serves up to a frequency: where φ is quiet already, f may be small too."""
    reach = (2.0 if quiet else 1.0) * grid.reach
    return crowd.size > 0 and crowd.largest * frequency <= reach


@compiled
def close_crowd(crowd, weights, board, slope):
    """Pass the derivatives on from the nodes to the weights."""
    if crowd.size:
        _gather(weights, crowd.step, crowd.size, board, slope)


@compiled
def _locate(w, first, count, inverse, board):
    """The first of the eight nodes around each of LANES weights, and its place in its cell."""
    for k in range(count):
        t = w[first + k] * inverse
        low = math.floor(t)
        board[FIRST + k] = CENTRE + low - FIRST_TAP
        board[TAP + k] = t - low


@compiled
def _spread(w, step, size, board):
    """Node weights of w on the grid of this step: w_q + w_−q and w_q − w_−q.

    Weights go through in groups: what can be done for many at once is, before they are scattered.
    """
    for c in range(CENTRE - size, CENTRE + size + 1):
        board[c] = 0.0
    for first in range(0, w.shape[0], LANES):
        count = min(LANES, w.shape[0] - first)
        _locate(w, first, count, 1.0 / step, board)
        for v in range(TAPS - 1, -1, -1):  # the offsets lie where the first tap goes: it is last
            for k in range(count):
                r = board[TAP + k]
                r2 = r * r
                even = LAGRANGE[0, v] + r2 * (
                    LAGRANGE[2, v] + r2 * (LAGRANGE[4, v] + r2 * LAGRANGE[6, v])
                )
                odd = LAGRANGE[1, v] + r2 * (
                    LAGRANGE[3, v] + r2 * (LAGRANGE[5, v] + r2 * LAGRANGE[7, v])
                )
                board[TAP + LANES * v + k] = even + r * odd
        for k in range(count):
            at = int(board[FIRST + k])
            for v in range(TAPS):
                board[at + v] += board[TAP + LANES * v + k]
    for q in range(size):
        board[EVEN + q] = board[CENTRE + q] + board[CENTRE - q]
        board[ODD + q] = board[CENTRE + q] - board[CENTRE - q]
    board[EVEN] *= 0.5


@compiled
def _gather(w, step, size, board, slope):
    """Add Σ_q ∂w_q/∂w_j B_q to slope[j], from the even and odd halves of B."""
    inverse = 1.0 / step
    for q in range(size):
        board[CENTRE - q] = (board[BACK_EVEN + q] - board[BACK_ODD + q]) * inverse
        board[CENTRE + q] = (board[BACK_EVEN + q] + board[BACK_ODD + q]) * inverse
    for first in range(0, w.shape[0], LANES):
        count = min(LANES, w.shape[0] - first)
        _locate(w, first, count, inverse, board)
        for v in range(TAPS - 1, -1, -1):
            for k in range(count):
                r = board[TAP + k]
                r2 = r * r
                even = LAGRANGE[1, v] + r2 * (
                    3.0 * LAGRANGE[3, v] + r2 * (5.0 * LAGRANGE[5, v] + r2 * 7.0 * LAGRANGE[7, v])
                )
                odd = 2.0 * LAGRANGE[2, v] + r2 * (4.0 * LAGRANGE[4, v] + r2 * 6.0 * LAGRANGE[6, v])
                board[TAP + LANES * v + k] = even + r * odd
        for k in range(count):
            at = int(board[FIRST + k])
            total = 0.0
            for v in range(TAPS):
                total += board[at + v] * board[TAP + LANES * v + k]
            slope[first + k] += total


@compiled
def crowd_forward(crowd, grid, first, board, lane, phi, one):
    """φ = exp(Σ_q w_q log f) and Σ_j alone ψ of LANES frequencies, into lane[phi:], lane[one:].

    Real parts come first, imaginary parts LANES further on.
    """
    for v in range(LANES):
        part = grid.table[crowd.level, first + v]
        real = imag = 0.0
        for q in range(crowd.size):
            real += board[EVEN + q] * part[LOG_R, q]
            imag += board[ODD + q] * part[LOG_I, q]
        lane[phi + v] = real
        lane[phi + LANES + v] = imag
        if crowd.alone > 0.0:
            real = imag = 0.0
            for q in range(crowd.size):
                real += board[EVEN + q] * part[PSI_R, q]
                imag += board[ODD + q] * part[PSI_I, q]
            lane[one + v] += crowd.alone * real
            lane[one + LANES + v] += crowd.alone * imag
    for v in range(LANES):
        # eˣ⁺ⁱʸ as the 128th power of a short power series: no branch, so that it vectorises
        turns = math.floor(lane[phi + LANES + v] * (0.5 / math.pi) + 0.5)
        x = max(lane[phi + v], -60.0) * (1.0 / 128.0)
        y = (lane[phi + LANES + v] - turns * (2.0 * math.pi)) * (1.0 / 128.0)
        c = 1.0
        s = 0.0
        for order in range(13, 0, -1):
            scale = 1.0 / order
            c, s = 1.0 + scale * (x * c - y * s), scale * (x * s + y * c)
        for _ in range(7):
            c, s = (c - s) * (c + s), 2.0 * c * s
        lane[phi + v] = c
        lane[phi + LANES + v] = s


@compiled
def crowd_backward(crowd, grid, first, board, lane, owed, value):
    """Add ∂/∂w_q of Σ Re V (φ − alone Σψ); V φ is in lane[owed:], V in lane[value:]."""
    for v in range(LANES):
        part = grid.table[crowd.level, first + v]
        owed_r = lane[owed + v]
        owed_i = lane[owed + LANES + v]
        if crowd.alone > 0.0:
            value_r = crowd.alone * lane[value + v]
            value_i = crowd.alone * lane[value + LANES + v]
            for q in range(crowd.size):
                board[BACK_EVEN + q] += owed_r * part[LOG_R, q] - value_r * part[PSI_R, q]
                board[BACK_ODD + q] -= owed_i * part[LOG_I, q] - value_i * part[PSI_I, q]
        else:
            for q in range(crowd.size):
                board[BACK_EVEN + q] += owed_r * part[LOG_R, q]
                board[BACK_ODD + q] -= owed_i * part[LOG_I, q]
