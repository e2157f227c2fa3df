"""The expected loss of one output, compiled: the fast engine.

Output i sees x only through s = Σ_{j≠i} G_ij x_j, a sum of independent terms, so that

    E (x_i − ReLU(a x_i + b + s))² = E H(s),   a = G_ii,   p = p_i,

    H(s) = (1−p) c₊² + p ∫₀¹ (x − (a x + c)₊)² dx,   c = b + s,

a piecewise cubic with kinks where c = 0 and c = −a. It is taken apart:

* an output that is always or never active is a quadratic form or a constant;
* the strata in which no partner or one is active are integrated in closed form;
* of the rest, a cubic with the jumps of H over an interval goes through exact moments;
* what the cubic leaves is periodic on that interval and is a Fourier series.

Every row has an interval of its own, as wide as its law. Intervals are quantised and held constant
under differentiation, so that the gradient is the exact gradient of the sum that is returned.
"""

import math

from theory.loss.fourier_series import ALONE, DENSITY, WEIGHT, series
from theory.loss.kernels import compiled
from theory.loss.low_strata import LEAST_NONE, masses, one_active, one_active_by_pieces, payoff
from theory.loss.partner_grid import CROWD

NEGLIGIBLE = 1e-6  # a weight this much below the row's scale acts through its mean
SMALL_OWN = 1e-3  # relative to b, below which the kinks are too close to be told apart by powers
MOST_ALONE = 8  # large weights that are left out of the grid
CLEAN_GAP = 4.0

# An effort is (factor on the number of terms, half-width of the interval in standard deviations,
# size of a term relative to p that ends the sum).
ROUGH = (1, 6.0, 1e-4)
SEARCH = (1, 7.0, 1e-7)
FINE = (2, 8.0, 1e-12)


@compiled(inline="always")
def _interval(a, b, low, high, mean, variance, largest, reach):
    """Where the law of s has mass and H its kinks; quantised, and never narrower than both."""
    spread = reach * math.sqrt(variance) + (reach - 3.0) * largest
    start = min(max(low, mean - spread), -a - b)
    stop = max(min(high, mean + spread), -b)
    margin = 0.02 * (stop - start) + 1e-3
    grain = 2.0 ** (math.ceil(math.log2(stop - start + 2.0 * margin)) - 5.0)
    start = grain * math.floor((start - margin) / grain - 0.25)
    stop = grain * math.ceil((stop + margin) / grain + 0.25)
    return start, stop


@compiled
def _largest_first(active, weight, index):
    """Bring the weights above the clearest gap among the largest to the front; their number."""
    last = MOST_ALONE
    for r in range(1, active):
        if r <= last:
            _rise(r, weight, index)
        elif abs(weight[r]) > abs(weight[last]):
            weight[r], weight[last] = weight[last], weight[r]
            index[r], index[last] = index[last], index[r]
            _rise(last, weight, index)
    direct = 0
    gap = CLEAN_GAP
    for r in range(MOST_ALONE):
        ratio = abs(weight[r]) / abs(weight[r + 1])
        if ratio >= gap:
            gap = ratio
            direct = r + 1
    return direct


@compiled
def _rise(place, weight, index):
    """Move an entry forward past all that are smaller."""
    while place and abs(weight[place]) > abs(weight[place - 1]):
        weight[place], weight[place - 1] = weight[place - 1], weight[place]
        index[place], index[place - 1] = index[place - 1], index[place]
        place -= 1


@compiled
def _quadratic(a, b, p, mean, variance):
    """The loss of an output that is always active, and its derivatives to b and a."""
    centre = b + mean
    d = 1.0 - a
    value = variance + centre * centre - p * d * centre + p * d * d / 3.0
    return value, 2.0 * centre - p * d, p * centre - 2.0 * p * d / 3.0


@compiled
def _all_on(i, g, b, p, dg):
    """Whether an output is always active, and then its loss and slopes; all have one density."""
    low = total = square = 0.0
    for j in range(g.shape[0]):
        low += min(g[j], 0.0)
        total += g[j]
        square += g[j] * g[j]
    a = g[i]
    if not b + low - min(a, 0.0) >= 0.0:
        return False, 0.0, 0.0
    spread = p * (1.0 / 3.0 - 0.25 * p)
    mean = 0.5 * p * (total - a)
    value, to_b, to_a = _quadratic(a, b, p, mean, spread * (square - a * a))
    for j in range(g.shape[0]):
        dg[j] = 2.0 * spread * g[j] + 0.5 * p * to_b
    dg[i] = to_a
    return True, value, to_b


@compiled
def row_loss(i, g, b, density, grid, effort, scratch, dg):
    """E (x_i − ReLU(Σ_j g_j x_j + b))², its derivative to b, and its gradient to g in `dg`.

    g, density and dg have n entries; grid is that of the density which all have, or None; effort
    is SEARCH or another; scratch a workspace(n).
    """
    fold, reach, smallest = effort
    index, slope, partner = scratch.index, scratch.slope, scratch.partner
    weight = partner[WEIGHT]
    chance = partner[DENSITY]
    alone = partner[ALONE]
    n = g.shape[0]
    a = g[i]
    p = density[i]
    if grid is not None:  # most outputs of a large model: no need to look at their partners twice
        on, value, to_b = _all_on(i, g, b, p, dg)
        if on:
            return value, to_b

    scale = abs(b)
    for j in range(n):
        scale = max(scale, abs(g[j]))
    negligible = NEGLIGIBLE * scale

    active = 0
    for j in range(n):
        dg[j] = 0.0
        x = g[j]
        if j == i:
            continue
        if abs(x) <= negligible:
            b += 0.5 * density[j] * x
            continue
        index[active] = j
        weight[active] = x
        active += 1
    direct = active
    if grid is not None and active >= CROWD:
        direct = _largest_first(active, weight, index)

    low = high = mean = variance = largest = 0.0
    for r in range(active):
        x = weight[r]
        w = density[index[r]]
        chance[r] = w
        slope[r] = 0.0
        low += min(x, 0.0)
        high += max(x, 0.0)
        mean += 0.5 * w * x
        variance += x * x * w * (1.0 / 3.0 - 0.25 * w)
        largest = max(largest, abs(x))

    value = p / 3.0
    if b + a + high <= 0.0:  # never active
        return value, 0.0
    to_b = to_a = 0.0
    if b + low >= 0.0:  # always active: a quadratic form
        value, to_b, to_a = _quadratic(a, b, p, mean, variance)
        for r in range(active):
            w = chance[r]
            slope[r] = 2.0 * weight[r] * w * (1.0 / 3.0 - 0.25 * w) + 0.5 * w * to_b
    else:
        exact = active <= 1  # the closed strata are then everything
        none, rest = masses(active, chance)
        if none < LEAST_NONE and not exact:
            none = 0.0
            rest = 1.0
        for r in range(active):
            w = chance[r]
            alone[r] = w if exact else (none * w / (1.0 - w) if none > 0.0 else 0.0)
        if none > 0.0 or exact:
            v, vb, va = payoff(a, b, p, 0.0)
            value += none * v
            to_b += none * vb
            to_a += none * va
            if a > SMALL_OWN * (abs(b) + largest):
                v, vb, va = one_active(a, b, p, active, weight, alone, slope)
            else:
                v, vb, va = one_active_by_pieces(a, b, p, active, weight, alone, slope)
            value += v
            to_b += vb
            to_a += va
        if not exact:
            start, stop = _interval(a, b, low, high, mean, variance, largest, reach)
            v, vb, va = _periodic(
                a, b, p, start, stop, none, rest, mean, variance,
                active, weight, chance, alone, slope,
            )  # fmt: skip
            value += v
            to_b += vb
            to_a += va
            v, vb, va = series(
                a, b, p, stop - start, none, active, direct, grid, fold, smallest, scratch
            )  # fmt: skip
            value += v
            to_b += vb
            to_a += va

    if value < 0.0:  # by rounding; a NaN stays
        value = 0.0
    for j in range(n):
        if abs(g[j]) <= negligible:
            dg[j] = 0.5 * density[j] * to_b
    for r in range(active):
        dg[index[r]] = slope[r]
    dg[i] = to_a
    return value, to_b


@compiled(inline="always")
def _cubic(a, b, p, start, stop):
    """The cubic αt + βt² + γt³, t = s − start, and the mean of what it leaves of H − p/3.

    It has the jumps of H − p/3 from start to stop in value, slope and curvature. Returns
    (α, β, γ, mean) and the derivatives of (α, β, mean) to b and to a; γ has none.
    """
    length = stop - start
    top = stop + b
    # H − p/3 and its slope at stop, and their derivatives
    high = top * top + p * ((a * a - 2.0 * a) / 3.0 - (1.0 - a) * top)
    high_b = 2.0 * top - p * (1.0 - a)
    high_a = p * ((2.0 * a - 2.0) / 3.0 + top)
    gamma = 1.0 / (3.0 * length)
    beta = (high_b - length) / (2.0 * length)
    alpha = high / length - (beta + gamma * length) * length
    beta_b = 1.0 / length
    beta_a = 0.5 * p / length
    alpha_b = high_b / length - beta_b * length
    alpha_a = high_a / length - beta_a * length

    cube = top * top * top
    area = (1.0 - p) * cube / 3.0
    area += p * ((cube + 1.5 * top * top * a + top * a * a + 0.25 * a**3) / 3.0)
    area -= p * (0.5 * top * top + 2.0 * a * top / 3.0 + 0.25 * a * a)
    area_b = (1.0 - p) * top * top
    area_b += p * (top * top + top * a + a * a / 3.0 - top - 2.0 * a / 3.0)
    area_a = p * (0.5 * top * top + 2.0 * top * a / 3.0 + 0.25 * a * a)
    area_a -= p * (2.0 * top / 3.0 + 0.5 * a)
    flat = area / length - (alpha / 2.0 + (beta / 3.0 + gamma * length / 4.0) * length) * length
    flat_b = area_b / length - (alpha_b / 2.0 + beta_b * length / 3.0) * length
    flat_a = area_a / length - (alpha_a / 2.0 + beta_a * length / 3.0) * length
    return (
        (alpha, beta, gamma, flat),
        (alpha_b, beta_b, flat_b),
        (alpha_a, beta_a, flat_a),
    )


@compiled
def _periodic(
    a, b, p, start, stop, none, rest, mean, variance, active, weight, chance, alone, slope
):
    """The cubic by moments, and the constant term of the rest.

    Moments are those of the strata with two or more active partners: `rest` is their mass.
    """
    cubic, cubic_b, cubic_a = _cubic(a, b, p, start, stop)
    alpha, beta, gamma, flat = cubic
    alpha_b, beta_b, flat_b = cubic_b
    alpha_a, beta_a, flat_a = cubic_a

    shift = mean - start
    skew = 0.0
    for r in range(active):
        g = weight[r]
        w = chance[r]
        skew += g * g * g * 0.25 * w * (1.0 - w) ** 2
    first = shift + none * start
    second = variance + shift * shift - none * start * start
    third = skew + 3.0 * variance * shift + shift * shift * shift + none * start**3
    for r in range(active):
        g = weight[r]
        w = chance[r]
        lone = alone[r]
        first -= lone * (0.5 * g - start)
        second -= lone * (g * g / 3.0 - g * start + start * start)
        third -= lone * (0.25 * g**3 - g * g * start + 1.5 * g * start * start - start**3)
        v = w * (1.0 / 3.0 - 0.25 * w)
        slope[r] += (
            alpha * 0.5 * (w - lone)
            + beta * (2.0 * g * v + shift * w - lone * (2.0 * g / 3.0 - start))
            + gamma
            * (
                0.75 * g * g * w * (1.0 - w) ** 2
                + 6.0 * g * v * shift
                + 1.5 * w * (variance + shift * shift)
                - lone * (0.75 * g * g - 2.0 * g * start + 1.5 * start * start)
            )
        )
    return (
        alpha * first + beta * second + gamma * third + rest * flat,
        alpha_b * first + beta_b * second + rest * flat_b,
        alpha_a * first + beta_a * second + rest * flat_a,
    )
