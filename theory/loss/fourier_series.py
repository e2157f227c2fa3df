"""The Fourier series of an output's expected loss, compiled.

What `row_loss` leaves of H(s), periodic with two derivatives on an interval of length L,
has coefficients that come from its two kinks alone. Against the law of s, whose characteristic
function is φ(u) = Π_j (1 − p_j + p_j ψ(u G_ij)) with ψ(t) = (e^{it} − 1)/(it), it adds

    (4/L) Σ_k u⁻³ Re { e^{iub} [i (1−p) + p (i E₀ + u E₁)] φ(u) },   E_q = ∫₀¹ y^q e^{iuay} dy,

over u = k h, h = 2π/L. Beyond a first band of frequencies only what lies near a kink still
matters, which is smooth in u: the sum goes on with the spacing doubled in every further band, and
so resolves weights of 1e-3 beside weights of 1. (Without it an optimiser finds that an unresolved
kink is cheap, and its reported loss falls below the true one.)

Arrays that the inner loops touch are flat, with constant offsets for their parts: only then can
the compiler see that the parts do not overlap, and vectorise.

Reference: series against characteristic functions as in Fang & Oosterlee 2008, "A novel pricing
method for European options based on Fourier-cosine series expansions", SIAM J. Sci. Comput. 31.
"""

import math
from typing import NamedTuple

import numpy as np

from theory.loss.kernels import LANES, compiled, vector
from theory.loss.partner_grid import (
    BOARD,
    NOBODY,
    close_crowd,
    crowd_backward,
    crowd_forward,
    open_crowd,
    refine_crowd,
    within_reach,
)

TERMS_PER_LENGTH = 3.2  # of the first band, before it is filled up to two blocks
BANDS = 8
MOST_BLOCKS = 4096  # of the first band: what a row may cost, however wide its law
SERIES_BELOW = 0.3  # |u a| under which the recursions for E_q would cancel

# per partner, flat: prefix product, ψ, and the phase of k spacings for k = 1 … LANES
PRE_R, PRE_I, PSI_R, PSI_I, COS, SIN = (LANES * r for r in range(6))
# per row, flat: running product φ, one-active stratum, k with its inverse and share of the sum,
# phases of b and a, coefficients of H and ∂H/∂a
PHI_R, PHI_I, ONE_R, ONE_I, ORDER, INVERSE, SHARE = (LANES * r for r in range(7))
KINK_C, KINK_S, OWN_C, OWN_S = (LANES * r for r in range(7, 11))
VAL_R, VAL_I, TOA_R, TOA_I = (LANES * r for r in range(11, 15))
OWED_R, OWED_I = (LANES * r for r in range(15, 17))
# per partner, scalars: the phase at the start of a block and its step over a block
WEIGHT, DENSITY, ALONE, HALF, BASE_C, BASE_S, STEP_C, STEP_S = range(8)


class Workspace(NamedTuple):
    """Scratch for rows of up to n partners: few arrays, as each costs where rows are short.

    index (n,): the feature of each partner. slope (n,): the gradient to its weight. partner
    (3, n): its weight, its density and the mass of its being active alone. The rest is for the
    inner loops of the series.
    """

    index: np.ndarray
    slope: np.ndarray
    partner: np.ndarray
    scalar: np.ndarray
    chunk: np.ndarray
    lane: np.ndarray


@compiled
def workspace(n):
    """Scratch for rows of n weights."""
    return Workspace(
        np.empty(n, np.int64),
        vector(n),
        np.empty((3, n)),
        np.empty((n, 8)),
        np.empty((n, 6 * LANES)),
        np.empty(17 * LANES),
    )


@compiled
def _start_phase(flat, c_at, s_at, angle):
    """cos and sin of k·angle for k = 1 … LANES, by products that keep small sines exact."""
    c1 = math.cos(angle)
    s1 = math.sin(angle)
    c2 = (c1 - s1) * (c1 + s1)
    s2 = 2.0 * s1 * c1
    c3 = c2 * c1 - s2 * s1
    s3 = s2 * c1 + c2 * s1
    c4 = (c2 - s2) * (c2 + s2)
    s4 = 2.0 * s2 * c2
    c = 1.0
    s = 0.0
    for start in range(0, LANES, 4):
        flat[c_at + start] = c * c1 - s * s1
        flat[s_at + start] = s * c1 + c * s1
        flat[c_at + start + 1] = c * c2 - s * s2
        flat[s_at + start + 1] = s * c2 + c * s2
        flat[c_at + start + 2] = c * c3 - s * s3
        flat[s_at + start + 2] = s * c3 + c * s3
        c, s = c * c4 - s * s4, s * c4 + c * s4
        flat[c_at + start + 3] = c
        flat[s_at + start + 3] = s
    return c, s


@compiled
def _double_phase(flat, c_at, s_at):
    """The phases of twice the spacing."""
    for v in range(LANES):
        c = flat[c_at + v]
        s = flat[s_at + v]
        flat[c_at + v] = (c - s) * (c + s)
        flat[s_at + v] = 2.0 * s * c


@compiled
def _coefficients(lane, k0, spacing, step, a, p, base):
    """Coefficients of H and ∂H/∂a for one block of frequencies; restarts the running products.

    V = e^{iub} [i q + p (i E₀ + u E₁)] and ∂V/∂a = e^{iub} p u (i u E₂ − E₁), times 4/(L u³).
    """
    q = 1.0 - p
    for v in range(LANES):
        k = k0 + spacing * (v + 1.0)
        u = k * step
        iu = 1.0 / u
        zeta = u * a
        bc = base[0] * lane[KINK_C + v] - base[1] * lane[KINK_S + v]
        bs = base[1] * lane[KINK_C + v] + base[0] * lane[KINK_S + v]
        zc = base[2] * lane[OWN_C + v] - base[3] * lane[OWN_S + v]
        zs = base[3] * lane[OWN_C + v] + base[2] * lane[OWN_S + v]
        small = abs(zeta) < SERIES_BELOW
        iz = 1.0 / (1.0 if small else zeta)
        z2 = zeta * zeta
        # E_q = x_q + i y_q, by E_q = −i (e^{iζ} − q E_{q−1})/ζ or by its power series
        x0 = zs * iz
        y0 = (1.0 - zc) * iz
        x1 = (zs - y0) * iz
        y1 = (x0 - zc) * iz
        x2 = (zs - 2.0 * y1) * iz
        y2 = (2.0 * x1 - zc) * iz
        t0 = 1.0 - z2 / 6.0 * (1.0 - z2 / 20.0 * (1.0 - z2 / 42.0 * (1.0 - z2 / 72.0)))
        w0 = zeta * (0.5 - z2 * (1 / 24 - z2 * (1 / 720 - z2 * (1 / 40320 - z2 / 3628800))))
        t1 = 0.5 - z2 * (1 / 8 - z2 * (1 / 144 - z2 * (1 / 5760 - z2 / 403200)))
        w1 = zeta * (1 / 3 - z2 * (1 / 30 - z2 * (1 / 840 - z2 * (1 / 45360 - z2 / 3991680))))
        t2 = 1 / 3 - z2 * (1 / 10 - z2 * (1 / 168 - z2 * (1 / 6480 - z2 / 443520)))
        w2 = zeta * (0.25 - z2 * (1 / 36 - z2 * (1 / 960 - z2 * (1 / 50400 - z2 / 4354560))))
        x0 = t0 if small else x0
        y0 = w0 if small else y0
        x1 = t1 if small else x1
        y1 = w1 if small else y1
        x2 = t2 if small else x2
        y2 = w2 if small else y2
        scale = lane[SHARE + v] * (2.0 * step / math.pi) * iu * iu * iu
        v_r = p * (u * x1 - y0)
        v_i = q + p * (x0 + u * y1)
        a_r = -p * u * (x1 + u * y2)
        a_i = p * u * (u * x2 - y1)
        lane[VAL_R + v] = scale * (bc * v_r - bs * v_i)
        lane[VAL_I + v] = scale * (bc * v_i + bs * v_r)
        lane[TOA_R + v] = scale * (bc * a_r - bs * a_i)
        lane[TOA_I + v] = scale * (bc * a_i + bs * a_r)
        lane[ORDER + v] = k
        lane[INVERSE + v] = 1.0 / k
        lane[PHI_R + v] = 1.0
        lane[PHI_I + v] = 0.0
        lane[ONE_R + v] = 0.0
        lane[ONE_I + v] = 0.0


@compiled
def _forward(active, scalar, chunk, lane):
    """Multiply the characteristic functions, keeping every prefix; move the phases on."""
    for r in range(active):
        part = chunk[r]
        p = scalar[r, DENSITY]
        q = 1.0 - p
        alone = scalar[r, ALONE]
        half = scalar[r, HALF]
        base_c = scalar[r, BASE_C]
        base_s = scalar[r, BASE_S]
        for v in range(LANES):
            c = base_c * part[COS + v] - base_s * part[SIN + v]
            s = base_s * part[COS + v] + base_c * part[SIN + v]
            sinc = s * (half * lane[INVERSE + v])
            psi_r = sinc * c
            psi_i = sinc * s
            phi_r = lane[PHI_R + v]
            phi_i = lane[PHI_I + v]
            part[PSI_R + v] = psi_r
            part[PSI_I + v] = psi_i
            part[PRE_R + v] = phi_r
            part[PRE_I + v] = phi_i
            f_r = q + p * psi_r
            f_i = p * psi_i
            lane[PHI_R + v] = phi_r * f_r - phi_i * f_i
            lane[PHI_I + v] = phi_r * f_i + phi_i * f_r
            lane[ONE_R + v] += alone * psi_r
            lane[ONE_I + v] += alone * psi_i
        scalar[r, BASE_C] = base_c * scalar[r, STEP_C] - base_s * scalar[r, STEP_S]
        scalar[r, BASE_S] = base_s * scalar[r, STEP_C] + base_c * scalar[r, STEP_S]


@compiled
def _backward(active, scalar, chunk, lane, step, slope):
    """Add the series' part of ∂/∂g_j, with dψ(ug)/dg = (1 − ψ)/g + iuψ and suffix products."""
    for v in range(LANES):
        lane[PHI_R + v] = 1.0
        lane[PHI_I + v] = 0.0
    for back in range(active):
        r = active - 1 - back
        part = chunk[r]
        p = scalar[r, DENSITY]
        q = 1.0 - p
        alone = scalar[r, ALONE]
        ratio = 0.0
        turn = 0.0
        for v in range(LANES):
            suf_r = lane[PHI_R + v]
            suf_i = lane[PHI_I + v]
            pre_r = part[PRE_R + v]
            pre_i = part[PRE_I + v]
            psi_r = part[PSI_R + v]
            psi_i = part[PSI_I + v]
            m_r = p * (pre_r * suf_r - pre_i * suf_i) - alone
            m_i = p * (pre_r * suf_i + pre_i * suf_r)
            y_r = m_r * psi_r - m_i * psi_i
            y_i = m_r * psi_i + m_i * psi_r
            c_r = lane[VAL_R + v]
            c_i = lane[VAL_I + v]
            ratio += (m_r - y_r) * c_r - (m_i - y_i) * c_i
            turn -= lane[ORDER + v] * (y_r * c_i + y_i * c_r)
            f_r = q + p * psi_r
            f_i = p * psi_i
            lane[PHI_R + v] = suf_r * f_r - suf_i * f_i
            lane[PHI_I + v] = suf_r * f_i + suf_i * f_r
        slope[r] += ratio / scalar[r, WEIGHT] + turn * step


@compiled
def _begin(first, last, step, spacing, k0, partner, scalar, chunk):
    """The phases of partners first … last − 1 after frequency k0, at a spacing."""
    for r in range(first, last):
        g = partner[WEIGHT, r]
        angle = 0.5 * step * g
        step_c, step_s = _start_phase(chunk[r], COS, SIN, angle * spacing)
        scalar[r, WEIGHT] = g
        scalar[r, DENSITY] = partner[DENSITY, r]
        scalar[r, ALONE] = partner[ALONE, r]
        scalar[r, HALF] = 1.0 / angle
        scalar[r, STEP_C] = step_c
        scalar[r, STEP_S] = step_s
        scalar[r, BASE_C] = math.cos(k0 * angle) if k0 > 0.0 else 1.0
        scalar[r, BASE_S] = math.sin(k0 * angle) if k0 > 0.0 else 0.0


@compiled
def series(a, b, p, length, none, active, direct, grid, fold, smallest, scratch):
    """The Fourier series of what the cubic leaves, in bands of doubling spacing.

    The first `direct` partners are multiplied one by one, the others through the grid as long as
    it reaches.
    """
    partner, scalar, chunk = scratch.partner, scratch.scalar, scratch.chunk
    lane, slope = scratch.lane, scratch.slope
    step = 2.0 * math.pi / length
    kink_c, kink_s = _start_phase(lane, KINK_C, KINK_S, step * b)
    own_c, own_s = _start_phase(lane, OWN_C, OWN_S, step * a)
    base = (1.0, 0.0, 1.0, 0.0)
    _begin(0, direct, step, 1.0, 0.0, partner, scalar, chunk)

    filled = max(1.0, math.ceil(TERMS_PER_LENGTH * length / (2 * LANES)))
    half_band = int(min(fold * filled, MOST_BLOCKS))
    if grid is not None:  # decided when this is compiled: small models carry none of it
        board = np.empty(BOARD)
        crowd = NOBODY
        if direct < active:
            alone = partner[ALONE, direct]
            crowd = open_crowd(partner[WEIGHT, direct:active], alone, step, half_band, grid, board)
    value = to_b = to_a = 0.0
    k0 = 0.0
    spacing = 1.0
    largest = math.inf
    for band in range(BANDS):
        blocks = half_band if band else 2 * half_band
        if grid is not None:  # noqa: SIM102, as only a bare test is decided then
            if band and direct < active:
                crowd = refine_crowd(
                    crowd, partner[WEIGHT, direct:active], board, slope[direct:active]
                )  # fmt: skip
        for block in range(blocks):
            for v in range(LANES):
                lane[SHARE + v] = spacing
            if block == blocks - 1:  # the trapezoidal rule where the spacing changes
                lane[SHARE + LANES - 1] = 1.5 * spacing
            _coefficients(lane, k0, spacing, step, a, p, base)
            if grid is not None:
                first = LANES * (block + (half_band if band else 0))
                if direct < active:
                    quiet = largest < 1e3 * smallest * p
                    if within_reach(crowd, (k0 + LANES * spacing) * step, quiet, grid):
                        crowd_forward(crowd, grid, first, board, lane, PHI_R, ONE_R)
                    else:
                        weights, back = partner[WEIGHT, direct:active], slope[direct:active]
                        close_crowd(crowd, weights, board, back)
                        _begin(direct, active, step, spacing, k0, partner, scalar, chunk)
                        direct = active
            _forward(direct, scalar, chunk, lane)
            largest = 0.0
            for v in range(LANES):
                phi_r = lane[PHI_R + v]
                phi_i = lane[PHI_I + v]
                val_r = lane[VAL_R + v]
                val_i = lane[VAL_I + v]
                lane[OWED_R + v] = phi_r * val_r - phi_i * val_i
                lane[OWED_I + v] = phi_r * val_i + phi_i * val_r
                r_r = phi_r - none - lane[ONE_R + v]
                r_i = phi_i - lane[ONE_I + v]
                real = r_r * val_r - r_i * val_i
                imag = r_r * val_i + r_i * val_r
                value += real
                to_b -= lane[ORDER + v] * step * imag
                to_a += r_r * lane[TOA_R + v] - r_i * lane[TOA_I + v]
                if v >= LANES // 2:
                    largest = max(largest, abs(real) + abs(imag))
            if grid is not None and direct < active:
                crowd_backward(crowd, grid, first, board, lane, OWED_R, VAL_R)
            _backward(direct, scalar, chunk, lane, step, slope)
            k0 += LANES * spacing
            base = (
                base[0] * kink_c - base[1] * kink_s,
                base[1] * kink_c + base[0] * kink_s,
                base[2] * own_c - base[3] * own_s,
                base[3] * own_c + base[2] * own_s,
            )
            if largest < smallest * p:
                break
        if largest < smallest * p:
            break
        spacing *= 2.0
        _double_phase(lane, KINK_C, KINK_S)
        _double_phase(lane, OWN_C, OWN_S)
        kink_c = lane[KINK_C + LANES - 1]
        kink_s = lane[KINK_S + LANES - 1]
        own_c = lane[OWN_C + LANES - 1]
        own_s = lane[OWN_S + LANES - 1]
        for r in range(direct):
            _double_phase(chunk[r], COS, SIN)
            scalar[r, STEP_C] = chunk[r, COS + LANES - 1]
            scalar[r, STEP_S] = chunk[r, SIN + LANES - 1]
    if grid is not None and direct < active:
        close_crowd(crowd, partner[WEIGHT, direct:active], board, slope[direct:active])
    return value, to_b, to_a
