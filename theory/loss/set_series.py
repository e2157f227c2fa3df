"""The Fourier series of an output's expected loss when partners come in sets, compiled.

As `theory.loss.fourier_series`, with a characteristic function of the form

    φ(u) = Π_f [ 1 + Σ_{k in f} w_k (Π_{j in k} ψ(u G_ij) − 1) ],   ψ(t) = (e^{it} − 1)/(it),

a product over independent *factors*. A factor is at most one of its *blocks*, block k with
probability w_k; the members of a block are active together. A feature of its own is one block of
one member, a correlated set one block of all, an anticorrelated set a block per member, and a set
that is known to be active has Σ w_k = 1.

A member's weight may be zero: ψ' is in a form that does not cancel.
"""

import math
from typing import NamedTuple

import numpy as np

from theory.loss.fourier_series import (
    BANDS,
    INVERSE,
    KINK_C,
    KINK_S,
    MOST_BLOCKS,
    ONE_I,
    ONE_R,
    ORDER,
    OWN_C,
    OWN_S,
    PHI_I,
    PHI_R,
    SHARE,
    TERMS_PER_LENGTH,
    TOA_I,
    TOA_R,
    VAL_I,
    VAL_R,
    _coefficients,
    _double_phase,
    _start_phase,
)
from theory.loss.kernels import LANES, compiled, vector

SMALL_ANGLE = 0.1  # half of u G_ij, under which sin(θ)/θ and its slope are power series

# per member, flat: product of the block's members before it, ψ, dψ/dG_ij, phase of k spacings; and
# in the first member of a factor, its characteristic function and the product of those before it
PRE_R, PRE_I, PSI_R, PSI_I, TURN_R, TURN_I, COS, SIN = (LANES * r for r in range(8))
LAW_R, LAW_I, LEFT_R, LEFT_I = (LANES * r for r in range(8, 12))
# per row, flat, behind the parts that all series have: running products of a block and a factor
PART_R, PART_I, SUM_R, SUM_I = (LANES * r for r in range(15, 19))
# per member, scalars: its weight, the angle G_ij h/2 and its inverse, and the phase at the start of
# a block of frequencies and its step
WEIGHT, ANGLE, INVERSE_ANGLE, BASE_C, BASE_S, STEP_C, STEP_S = range(7)
# per block of members, scalars: its probability, that of the stratum in which no other is active
# if that is in closed form, and the variance and first three moments of its sum
MASS, ALONE, SPREAD, FIRST, SECOND, THIRD = range(6)
# per factor, scalars: the probability of none of its blocks, that of none of the factors before
# it, and the first two moments of its sum
OFF, BEFORE, MEAN, SQUARE = range(4)


class Sets(NamedTuple):
    """Which features belong together: one set after another, a feature of its own a set of one.

    feature (n,), where each set stops in it, and whether a set is anticorrelated.
    """

    feature: np.ndarray
    stop: np.ndarray
    exclusive: np.ndarray


class SetWorkspace(NamedTuple):
    """Scratch for rows of features in sets.

    index (n,): the feature of each member; block_stop, factor_stop: where the members of a block
    and the blocks of a factor stop; member, block, factor: their scalars; slope (n,): the gradient
    to the weight of each member. The rest belongs to the series.
    """

    sets: Sets
    index: np.ndarray
    block_stop: np.ndarray
    factor_stop: np.ndarray
    member: np.ndarray
    block: np.ndarray
    factor: np.ndarray
    slope: np.ndarray
    chunk: np.ndarray
    lane: np.ndarray


@compiled
def set_workspace(n, sets):
    """Scratch for rows of n features."""
    return SetWorkspace(
        sets,
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty((n, 7)),
        np.empty((n, 6)),
        np.empty((n, 4)),
        vector(n),
        np.empty((n, 12 * LANES)),
        np.empty(19 * LANES),
    )


@compiled
def _member(part, scalar, half_step, lane):
    """ψ and dψ/dG_ij of a member, multiplied into its block; moves its phases on.

    With θ = u G_ij/2: ψ = e^{iθ} sin(θ)/θ and dψ/dG_ij = (u/2) e^{iθ} (i sin(θ)/θ + (sin(θ)/θ)').
    """
    angle = scalar[ANGLE]
    inverse_angle = scalar[INVERSE_ANGLE]
    base_c = scalar[BASE_C]
    base_s = scalar[BASE_S]
    for v in range(LANES):
        c = base_c * part[COS + v] - base_s * part[SIN + v]
        s = base_s * part[COS + v] + base_c * part[SIN + v]
        theta = angle * lane[ORDER + v]
        inverse = inverse_angle * lane[INVERSE + v]
        small = abs(theta) < SMALL_ANGLE
        t2 = theta * theta
        sinc = s * inverse
        slope = (c - sinc) * inverse
        near = 1.0 - t2 / 6.0 * (1.0 - t2 / 20.0 * (1.0 - t2 / 42.0))
        near_slope = -theta / 3.0 * (1.0 - t2 / 10.0 * (1.0 - t2 / 28.0 * (1.0 - t2 / 54.0)))
        sinc = near if small else sinc
        slope = near_slope if small else slope
        psi_r = sinc * c
        psi_i = sinc * s
        half = half_step * lane[ORDER + v]
        joint_r = lane[PART_R + v]
        joint_i = lane[PART_I + v]
        part[PRE_R + v] = joint_r
        part[PRE_I + v] = joint_i
        part[PSI_R + v] = psi_r
        part[PSI_I + v] = psi_i
        part[TURN_R + v] = half * (c * slope - s * sinc)
        part[TURN_I + v] = half * (s * slope + c * sinc)
        lane[PART_R + v] = joint_r * psi_r - joint_i * psi_i
        lane[PART_I + v] = joint_r * psi_i + joint_i * psi_r
    scalar[BASE_C] = base_c * scalar[STEP_C] - base_s * scalar[STEP_S]
    scalar[BASE_S] = base_s * scalar[STEP_C] + base_c * scalar[STEP_S]


@compiled
def _forward(factors, half_step, scratch):
    """Multiply the factors, keeping every prefix; collect the strata that are in closed form."""
    block_stop, factor_stop, lane = scratch.block_stop, scratch.factor_stop, scratch.lane
    r = k = 0
    for f in range(factors):
        head = scratch.chunk[r]
        off = scratch.factor[f, OFF]
        for v in range(LANES):
            lane[SUM_R + v] = off
            lane[SUM_I + v] = 0.0
        while k < factor_stop[f]:
            for v in range(LANES):
                lane[PART_R + v] = 1.0
                lane[PART_I + v] = 0.0
            while r < block_stop[k]:
                _member(scratch.chunk[r], scratch.member[r], half_step, lane)
                r += 1
            mass = scratch.block[k, MASS]
            alone = scratch.block[k, ALONE]
            for v in range(LANES):
                lane[SUM_R + v] += mass * lane[PART_R + v]
                lane[SUM_I + v] += mass * lane[PART_I + v]
                lane[ONE_R + v] += alone * lane[PART_R + v]
                lane[ONE_I + v] += alone * lane[PART_I + v]
            k += 1
        for v in range(LANES):
            phi_r = lane[PHI_R + v]
            phi_i = lane[PHI_I + v]
            law_r = lane[SUM_R + v]
            law_i = lane[SUM_I + v]
            head[LAW_R + v] = law_r
            head[LAW_I + v] = law_i
            head[LEFT_R + v] = phi_r
            head[LEFT_I + v] = phi_i
            lane[PHI_R + v] = phi_r * law_r - phi_i * law_i
            lane[PHI_I + v] = phi_r * law_i + phi_i * law_r


@compiled
def _backward(factors, scratch):
    """Add the series' part of ∂/∂G_ij, by products of the factors and members on either side."""
    block_stop, factor_stop = scratch.block_stop, scratch.factor_stop
    chunk, lane, slope = scratch.chunk, scratch.lane, scratch.slope
    for v in range(LANES):
        lane[PHI_R + v] = 1.0
        lane[PHI_I + v] = 0.0
    for f in range(factors - 1, -1, -1):
        first_block = factor_stop[f - 1] if f else 0
        head = chunk[block_stop[first_block - 1] if f else 0]
        for v in range(LANES):  # what multiplies a block of the factor, coefficient included
            left_r = head[LEFT_R + v]
            left_i = head[LEFT_I + v]
            suf_r = lane[PHI_R + v]
            suf_i = lane[PHI_I + v]
            m_r = left_r * suf_r - left_i * suf_i
            m_i = left_r * suf_i + left_i * suf_r
            lane[SUM_R + v] = m_r * lane[VAL_R + v] - m_i * lane[VAL_I + v]
            lane[SUM_I + v] = m_r * lane[VAL_I + v] + m_i * lane[VAL_R + v]
            law_r = head[LAW_R + v]
            law_i = head[LAW_I + v]
            lane[PHI_R + v] = suf_r * law_r - suf_i * law_i
            lane[PHI_I + v] = suf_r * law_i + suf_i * law_r
        for k in range(first_block, factor_stop[f]):
            mass = scratch.block[k, MASS]
            alone = scratch.block[k, ALONE]
            for v in range(LANES):
                lane[PART_R + v] = mass * lane[SUM_R + v] - alone * lane[VAL_R + v]
                lane[PART_I + v] = mass * lane[SUM_I + v] - alone * lane[VAL_I + v]
            first = block_stop[k - 1] if k else 0
            for r in range(block_stop[k] - 1, first - 1, -1):
                part = chunk[r]
                total = 0.0
                for v in range(LANES):
                    m_r = lane[PART_R + v]
                    m_i = lane[PART_I + v]
                    pre_r = part[PRE_R + v]
                    pre_i = part[PRE_I + v]
                    psi_r = part[PSI_R + v]
                    psi_i = part[PSI_I + v]
                    total += (m_r * pre_r - m_i * pre_i) * part[TURN_R + v]
                    total -= (m_r * pre_i + m_i * pre_r) * part[TURN_I + v]
                    lane[PART_R + v] = m_r * psi_r - m_i * psi_i
                    lane[PART_I + v] = m_r * psi_i + m_i * psi_r
                slope[r] += total


@compiled
def set_series(a, b, p, length, none, factors, fold, smallest, scratch):
    """The Fourier series of what the cubic leaves; as `fourier_series.series`, for factors.

    A term below `smallest` ends the sum.
    """
    member, chunk, lane = scratch.member, scratch.chunk, scratch.lane
    members = scratch.block_stop[scratch.factor_stop[factors - 1] - 1]
    step = 2.0 * math.pi / length
    kink_c, kink_s = _start_phase(lane, KINK_C, KINK_S, step * b)
    own_c, own_s = _start_phase(lane, OWN_C, OWN_S, step * a)
    base = (1.0, 0.0, 1.0, 0.0)
    for r in range(members):
        angle = 0.5 * step * member[r, WEIGHT]
        member[r, ANGLE] = angle
        member[r, INVERSE_ANGLE] = 0.0 if angle == 0.0 else 1.0 / angle
        member[r, STEP_C], member[r, STEP_S] = _start_phase(chunk[r], COS, SIN, angle)
        member[r, BASE_C] = 1.0
        member[r, BASE_S] = 0.0

    filled = max(1.0, math.ceil(TERMS_PER_LENGTH * length / (2 * LANES)))
    half_band = int(min(fold * filled, MOST_BLOCKS))
    value = to_b = to_a = 0.0
    k0 = 0.0
    spacing = 1.0
    for band in range(BANDS):
        blocks = half_band if band else 2 * half_band
        for block in range(blocks):
            for v in range(LANES):
                lane[SHARE + v] = spacing
            if block == blocks - 1:  # the trapezoidal rule where the spacing changes
                lane[SHARE + LANES - 1] = 1.5 * spacing
            _coefficients(lane, k0, spacing, step, a, p, base)
            _forward(factors, 0.5 * step, scratch)
            largest = 0.0
            for v in range(LANES):
                r_r = lane[PHI_R + v] - none - lane[ONE_R + v]
                r_i = lane[PHI_I + v] - lane[ONE_I + v]
                real = r_r * lane[VAL_R + v] - r_i * lane[VAL_I + v]
                imag = r_r * lane[VAL_I + v] + r_i * lane[VAL_R + v]
                value += real
                to_b -= lane[ORDER + v] * step * imag
                to_a += r_r * lane[TOA_R + v] - r_i * lane[TOA_I + v]
                largest = max(largest, abs(real) + abs(imag))
            _backward(factors, scratch)
            k0 += LANES * spacing
            base = (
                base[0] * kink_c - base[1] * kink_s,
                base[1] * kink_c + base[0] * kink_s,
                base[2] * own_c - base[3] * own_s,
                base[3] * own_c + base[2] * own_s,
            )
            if largest < smallest:
                return value, to_b, to_a
        spacing *= 2.0
        _double_phase(lane, KINK_C, KINK_S)
        _double_phase(lane, OWN_C, OWN_S)
        kink_c = lane[KINK_C + LANES - 1]
        kink_s = lane[KINK_S + LANES - 1]
        own_c = lane[OWN_C + LANES - 1]
        own_s = lane[OWN_S + LANES - 1]
        for r in range(members):
            _double_phase(chunk[r], COS, SIN)
            member[r, STEP_C] = chunk[r, COS + LANES - 1]
            member[r, STEP_S] = chunk[r, SIN + LANES - 1]
    return value, to_b, to_a
