"""The expected loss of one output when amplitudes are exponential, compiled.

An active feature is Exp(1), so z = a x_i + b + s, s = Σ_{j≠i} g_j x_j, has a rational transform:

    E e^{θs} = Φ(θ) = Π_{j≠i} (1 − p_j + p_j ψ(g_j θ)),   ψ(t) = 1 / (1 − t),

with poles on the real axis alone. For b ≤ 0 the loss is 2 p_i − 2 E x_i ReLU(z) + E ReLU(z)², and
by ReLU(z)^k = (k! / 2πi) ∫ e^{θz} θ^{−k−1} dθ, with σ = 1,

    E (x_i − ReLU(z))² = 2 p_i + σ/(2πi) ∫ e^{θb} [Φ(θ) B(θ) − N] 2 θ⁻³ dθ,
    B(θ) = 1 − p_i + p_i ψ(aθ) (1 − σ θ ψ(aθ)),

where N = Π_all (1 − p_j), of no input, adds nothing. For b > 0 ReLU(z) = z + ReLU(−z) gives the
same with the signs of a, b, g and σ turned, and instead of 2 p_i the loss of a linear output; so
outputs that are always or never active need no integral, as no pole is enclosed.

The path crosses the real axis between 0 and the least pole, near the saddle, and bends around the
poles:

    θ(v) = (1 + sin(α + iv)) / L,   −∞ < v < ∞.

Where b ≤ 0 but z is positive as a rule (many partners that are mostly active), the integral would
be as large as what it is taken from, the loss of a linear output and 2 p_i change places, and the
path crosses on the other side of 0, with −1 for 1; its residue there also has N b². Without this
an optimiser finds the outputs whose sum is too small.

In v the integrand is analytic in a strip and falls faster than exponentially (at b = 0 like e^{−2v}
times what Φ B − N falls), so that the trapezoidal rule converges geometrically for weights of all
scales, equal ones too, and for any density. No strata are needed and no range is cut off.

Reference: Weideman & Trefethen 2007, "Parabolic and hyperbolic contours for computing the Bromwich
integral", Math. Comp. 76.
"""

import math
from typing import NamedTuple

import numpy as np

from theory.loss.kernels import LANES, compiled, vector

NEGLIGIBLE = 1e-6  # a weight this much below the row's scale acts through its mean
LEAST = 1e-150  # under which squares of weights are no numbers
TILT = math.pi / 6  # α: both sides of the strip are wide as long as the law has poles nearby
CROWDED_TILT = math.pi / 8  # where it is nearly Gaussian, paths must keep to θ² < 0
CROWDED = 4.0  # from this variance on, in squares of the largest weight
OFTEN = 2.0  # standard deviations by which z exceeds 0 on average, to be called mostly active
NEAREST = 0.75  # of the way from 0 to the least pole, so that none is inside the strip
FARTHEST = 1e3  # where there is no pole, in inverse weights
LONGEST = 60.0  # v where all paths end

# per partner, flat: p / ((1 − gθ)(1 − (1 − p)gθ)), which is the derivative of log Φ to g over θ
RATIO_R, RATIO_I = (LANES * r for r in range(2))
# per row, flat: the path, the rule's weight e^{θb} 2 θ⁻³ dθ, Φ − N and what its slope is owed
PATH_R, PATH_I, RULE_R, RULE_I, REST_R, REST_I, OWED_R, OWED_I = (LANES * r for r in range(8))


class Contour(NamedTuple):
    """The path of integration of exponential amplitudes: its spacing at the least effort."""

    spacing: float


CONTOUR = Contour(0.15)


class ContourWorkspace(NamedTuple):
    """Scratch for rows of up to n partners of exponential amplitude.

    index (n,): the feature of each partner; weight, chance, slope (n,): its weight, its density
    and the gradient to its weight. The rest is for the inner loops.
    """

    contour: Contour
    index: np.ndarray
    weight: np.ndarray
    chance: np.ndarray
    slope: np.ndarray
    chunk: np.ndarray
    lane: np.ndarray


@compiled
def contour_workspace(n, contour):
    """Scratch for rows of n features."""
    return ContourWorkspace(
        contour,
        np.empty(n, np.int64),
        vector(n),
        vector(n),
        vector(n),
        np.empty((n, 2 * LANES)),
        np.empty(8 * LANES),
    )


@compiled
def exponential_row_loss(i, g, b, density, effort, scratch, dg):
    """As `row_loss.row_loss`, for exponential amplitudes; scratch a contour_workspace."""
    fold, _, smallest = effort
    index, weight, chance, slope = scratch.index, scratch.weight, scratch.chance, scratch.slope
    n = g.shape[0]
    p = density[i]
    scale = abs(b)
    for j in range(n):
        scale = max(scale, abs(g[j]))
    negligible = NEGLIGIBLE * scale
    for j in range(n):
        if j != i and abs(g[j]) <= negligible:
            b += density[j] * g[j]

    sign = 1.0 if b <= 0.0 else -1.0
    a = sign * g[i]
    b *= sign
    active = 0
    mean = variance = 0.0
    top = a
    bottom = 0.0
    none = 1.0 - p
    for j in range(n):
        dg[j] = 0.0
        if j == i or abs(g[j]) <= negligible:
            continue
        x = sign * g[j]
        w = density[j]
        index[active] = j
        weight[active] = x
        chance[active] = w
        slope[active] = 0.0
        mean += w * x
        variance += x * x * w * (2.0 - w)
        top = max(top, x)
        bottom = max(bottom, -x)
        none *= 1.0 - w
        active += 1

    spread = variance + a * a * p * (2.0 - p)
    drift = b + mean + p * a
    beyond = a != 0.0 and drift > OFTEN * math.sqrt(spread)
    side = -1.0 if beyond else 1.0
    tilt = CROWDED_TILT if beyond or spread > CROWDED * top * top else TILT
    value = 2.0 * p
    to_b = to_a = 0.0
    if sign * side < 0.0:  # what a linear output would cost; x − z = d x − σ centre
        centre = b + mean
        d = 1.0 - sign * a
        value = variance + centre * centre + 2.0 * p * d * (d - sign * centre)
        to_b = 2.0 * (centre - sign * p * d)
        to_a = 2.0 * p * (centre - 2.0 * sign * d)
        for r in range(active):
            w = chance[r]
            slope[r] = 2.0 * weight[r] * w * (2.0 - w) + w * to_b
    if beyond:
        value -= sign * none * b * b
        to_b -= 2.0 * sign * none * b
    if not top <= LEAST:  # a NaN goes on
        bound = bottom if beyond else top
        length = _length(b, bound, side, math.sin(tilt), active, weight, chance)
        v, vb, va = _integral(
            a, b, p, sign, side, tilt, length, active, scratch.contour.spacing / fold, smallest,
            scratch,
        )  # fmt: skip
        value += v
        to_b += vb
        to_a += va

    if value < 0.0:  # by rounding; a NaN stays
        value = 0.0
    to_b *= sign
    for j in range(n):
        if abs(g[j]) <= negligible:
            dg[j] = density[j] * to_b
    for r in range(active):
        dg[index[r]] = sign * slope[r]
    dg[i] = sign * to_a
    return value, to_b


@compiled
def _length(b, bound, side, sine, active, weight, chance):
    """L, such that the path crosses near the saddle of e^{θb} Φ(θ) |θ|⁻³ on its side of 0.

    `bound` is the inverse of the nearest pole on that side. In steps of √2, and held constant
    under differentiation, so that the gradient is the exact gradient of the sum that is returned.
    """
    shrink = math.sqrt(0.5)
    if bound > 0.0:
        nearest = NEAREST if side > 0.0 else 1.0 - sine
        crossing = 2.0 ** (0.5 * math.floor(2.0 * math.log2(nearest / bound)))
    else:
        for r in range(active):
            bound = max(bound, abs(weight[r]))
        crossing = 2.0 ** (1.0 * math.floor(math.log2(FARTHEST / bound)))  # NaN too
    while True:
        rise = b - 3.0 / (side * crossing)  # the derivative of the logarithm, which is convex
        for r in range(active):
            x = side * weight[r] * crossing
            w = chance[r]
            rise += w * weight[r] / ((1.0 - x) * (1.0 - (1.0 - w) * x))
        if not side * rise > 0.0:
            return (1.0 + side * sine) / crossing
        crossing *= shrink


@compiled
def _integral(a, b, p, sign, side, tilt, length, active, spacing, smallest, scratch):
    """σ times the integral, its derivatives to b and a, and to the weights into `slope`."""
    weight, chance, slope = scratch.weight, scratch.chance, scratch.slope
    chunk, lane = scratch.chunk, scratch.lane
    value = to_b = to_a = 0.0
    first = 0.0
    while first < LONGEST:
        _rule(first, spacing, length, b, sign, side, tilt, lane)
        none = 1.0
        for r in range(active):
            _forward(weight[r] / length, chance[r], none, chunk[r], lane)
            none *= 1.0 - chance[r]
        v, vb, va, largest = _own(a / length, p, sign / length, none, lane)
        value += v
        to_b += vb / length
        to_a += va / length
        for r in range(active):
            slope[r] += _backward(chunk[r], lane) / length
        if largest < smallest * p:
            break
        first += LANES * spacing
    return value, to_b, to_a


@compiled
def _rule(first, spacing, length, b, sign, side, tilt, lane):
    """The path Lθ, and σ e^{θb} 2 θ⁻³ dθ / 2πi of the trapezoidal rule for both half-paths."""
    sin_tilt = math.sin(tilt)
    cos_tilt = math.cos(tilt)
    for v in range(LANES):
        at = first + v * spacing
        grown = math.exp(at)
        shrunk = 1.0 / grown
        cosh = 0.5 * (grown + shrunk)
        sinh = 0.5 * (grown - shrunk)
        t_r = side + sin_tilt * cosh
        t_i = cos_tilt * sinh
        share = 1.0 if at > 0.0 else 0.5
        size = sign * share * spacing * (2.0 / math.pi) * length * length
        size *= math.exp(b * t_r / length)
        turn = b * t_i / length
        e_r = size * math.cos(turn)
        e_i = size * math.sin(turn)
        # dθ / (i dv), then over θ three times
        d_r = cos_tilt * cosh
        d_i = -sin_tilt * sinh
        x_r = e_r * d_r - e_i * d_i
        x_i = e_r * d_i + e_i * d_r
        inverse = 1.0 / (t_r * t_r + t_i * t_i)
        for _ in range(3):
            x_r, x_i = (x_r * t_r + x_i * t_i) * inverse, (x_i * t_r - x_r * t_i) * inverse
        lane[PATH_R + v] = t_r
        lane[PATH_I + v] = t_i
        lane[RULE_R + v] = x_r
        lane[RULE_I + v] = x_i
        lane[REST_R + v] = 0.0
        lane[REST_I + v] = 0.0


@compiled
def _forward(g, p, none, part, lane):
    """Multiply the transform of one partner into Φ − N, which has no atom and does not cancel."""
    q = 1.0 - p
    for v in range(LANES):
        x_r = g * lane[PATH_R + v]
        x_i = g * lane[PATH_I + v]
        d_r = 1.0 - x_r
        e_r = 1.0 - q * x_r
        e_i = q * x_i
        d2 = d_r * d_r + x_i * x_i
        e2 = e_r * e_r + e_i * e_i
        inverse = p / (d2 * e2)
        part[RATIO_R + v] = inverse * (d_r * e_r - x_i * e_i)
        part[RATIO_I + v] = inverse * (d_r * e_i + x_i * e_r)
        on_r = inverse * e2 * d_r
        on_i = inverse * e2 * x_i
        rest_r = lane[REST_R + v]
        rest_i = lane[REST_I + v]
        lane[REST_R + v] = rest_r * (q + on_r) - rest_i * on_i + none * on_r
        lane[REST_I + v] = rest_r * on_i + rest_i * (q + on_r) + none * on_i


@compiled
def _own(a, p, sign, none, lane):
    """Sum up the block over the own feature: the value, its derivatives, the largest late term.

    All in units of the path, whose length is in a, in the sign σ and in the results.
    """
    q = 1.0 - p
    bare = none if a != 0.0 else 0.0  # without a weight x_i alone cannot lift the output
    value = to_b = to_a = largest = 0.0
    for v in range(LANES):
        t_r = lane[PATH_R + v]
        t_i = lane[PATH_I + v]
        d_r = 1.0 - a * t_r
        d_i = a * t_i
        inverse = 1.0 / (d_r * d_r + d_i * d_i)
        psi_r = d_r * inverse
        psi_i = d_i * inverse
        # χ = σθψ, B = q + pψ (1 − χ), ∂B/∂a = pθψ² (1 − 2χ)
        chi_r = sign * (t_r * psi_r - t_i * psi_i)
        chi_i = sign * (t_r * psi_i + t_i * psi_r)
        on_r = p * (psi_r * (1.0 - chi_r) + psi_i * chi_i)
        on_i = p * (psi_i * (1.0 - chi_r) - psi_r * chi_i)
        slope_r = (psi_r * t_r - psi_i * t_i) * (1.0 - 2.0 * chi_r)
        slope_r += 2.0 * (psi_r * t_i + psi_i * t_r) * chi_i
        slope_i = (psi_r * t_i + psi_i * t_r) * (1.0 - 2.0 * chi_r)
        slope_i -= 2.0 * (psi_r * t_r - psi_i * t_i) * chi_i
        own_r = p * (slope_r * psi_r - slope_i * psi_i)
        own_i = p * (slope_r * psi_i + slope_i * psi_r)
        c_r = lane[RULE_R + v]
        c_i = lane[RULE_I + v]
        rest_r = lane[REST_R + v]
        rest_i = lane[REST_I + v]
        law_r = none + rest_r
        to_a += (c_r * law_r - c_i * rest_i) * own_r - (c_r * rest_i + c_i * law_r) * own_i
        b_r = c_r * (q + on_r) - c_i * on_i
        b_i = c_r * on_i + c_i * (q + on_r)
        all_r = b_r * law_r - b_i * rest_i
        all_i = b_r * rest_i + b_i * law_r
        lane[OWED_R + v] = all_r * t_r - all_i * t_i
        lane[OWED_I + v] = all_r * t_i + all_i * t_r
        real = b_r * rest_r - b_i * rest_i + bare * (c_r * on_r - c_i * on_i)
        imag = b_r * rest_i + b_i * rest_r + bare * (c_r * on_i + c_i * on_r)
        value += real
        to_b += real * t_r - imag * t_i
        if v >= LANES // 2:
            largest = max(largest, (abs(real) + abs(imag)) * t_i)  # as it enters the slopes
    return value, to_b, to_a, largest


@compiled
def _backward(part, lane):
    """The derivative to the weight of one partner."""
    total = 0.0
    for v in range(LANES):
        total += lane[OWED_R + v] * part[RATIO_R + v] - lane[OWED_I + v] * part[RATIO_I + v]
    return total
