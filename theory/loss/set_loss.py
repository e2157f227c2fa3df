"""The expected loss of one output when features come in sets, compiled.

Given whether the output's own set is active, the row is one of the ordinary kind: the own feature
is on or off, and the partners are independent factors (`theory.loss.set_series`) with conditional
probabilities,

    E (x_i − x'_i)² = Σ_states P(state) E (x_i − ReLU(a x_i + b + s))² given the state:

own set correlated: off (its members are 0) and on (all of them are active); anticorrelated: own
feature on (the others are 0) and off (one of the others is active with probability
(p/k) / (1 − p/k) each). Each state is taken apart as in `theory.loss.row_loss`, by the same payoff,
closed strata, interval, cubic and series.
"""

import numpy as np

from theory.feature_sets import AnticorrelatedSet
from theory.features import FeatureDistribution
from theory.loss.kernels import compiled
from theory.loss.low_strata import one_alone, payoff
from theory.loss.row_loss import NEGLIGIBLE, _cubic, _interval, _quadratic
from theory.loss.set_series import (
    ALONE,
    BEFORE,
    FIRST,
    MASS,
    MEAN,
    OFF,
    SECOND,
    SPREAD,
    SQUARE,
    THIRD,
    WEIGHT,
    Sets,
    set_series,
)

# what is known of the own feature: nothing (it is no set's member), that it is 0, that it is active
FREE, IDLE, ACTIVE = range(3)


def set_arrays(features: FeatureDistribution) -> Sets | None:
    """The sets for the compiled functions; None if all features are independent."""
    if not features.groups:
        return None
    grouped = {j for group in features.groups for j in group.features}
    sets = [group.features for group in features.groups]
    sets += [(j,) for j in range(features.n_features) if j not in grouped]
    exclusive = np.zeros(len(sets), np.bool_)
    exclusive[: len(features.groups)] = [
        isinstance(group, AnticorrelatedSet) for group in features.groups
    ]
    return Sets(
        np.array([j for members in sets for j in members], np.int64),
        np.cumsum([len(members) for members in sets]),
        exclusive,
    )


@compiled
def set_row_loss(i, g, b, density, effort, scratch, dg):
    """As `theory.loss.row_loss.row_loss`, for features in sets; scratch is a set_workspace."""
    feature, stop, exclusive = scratch.sets
    home = 0
    place = 0
    while feature[place] != i:
        place += 1
    while stop[home] <= place:
        home += 1
    size = stop[home] - (stop[home - 1] if home else 0)
    chance = density[i] / size if exclusive[home] else density[i]
    dg[:] = 0.0
    value = to_b = 0.0
    for state in range(FREE, FREE + 1) if size == 1 else range(IDLE, ACTIVE + 1):
        share = 1.0 if state == FREE else (chance if state == ACTIVE else 1.0 - chance)
        if share > 0.0:
            v, vb = _state_loss(i, g, b, density, home, state, share, chance, effort, scratch, dg)
            value += v
            to_b += vb
    return value, to_b


@compiled
def _state_loss(i, g, b, density, home, state, share, chance, effort, scratch, dg):
    """The part of a state of probability `share` in the loss and its derivative to b; adds to dg.

    `chance` is that of the own feature, by which losses are measured.
    """
    fold, reach, smallest = effort
    index, slope = scratch.index, scratch.slope
    p = density[i] if state == FREE else (1.0 if state == ACTIVE else 0.0)
    a = 0.0 if state == IDLE else g[i]
    factors, faint, shift = _lay_out(i, g, b, density, home, state, scratch)
    members = scratch.block_stop[scratch.factor_stop[factors - 1] - 1] if factors else 0
    b += shift
    mean, variance, skew, low, high, largest = _moments(factors, scratch)

    value = p / 3.0
    to_b = to_a = 0.0
    if b + a + high <= 0.0:  # never active
        return share * value, 0.0
    if b + low >= 0.0:  # always active: a quadratic form
        value, to_b, to_a = _quadratic(a, b, p, mean, variance)
        _moment_slopes(factors, (to_b, 1.0, 0.0), 0.0, 0.0, 0.0, scratch)
    else:
        none, rest = _strata(factors, scratch)
        v, vb, va = _closed_strata(a, b, p, none, factors, scratch)
        value += v
        to_b += vb
        to_a += va
        if rest > 0.0:
            start, stop = _interval(a, b, low, high, mean, variance, largest, reach)
            cubic, cubic_b, cubic_a = _cubic(a, b, p, start, stop)
            first, second, third = _open_moments(
                none, mean - start, variance, skew, start, factors, scratch
            )
            alpha, beta, gamma, flat = cubic
            value += alpha * first + beta * second + gamma * third + rest * flat
            to_b += cubic_b[0] * first + cubic_b[1] * second + rest * cubic_b[2]
            to_a += cubic_a[0] * first + cubic_a[1] * second + rest * cubic_a[2]
            _moment_slopes(factors, (alpha, beta, gamma), mean - start, variance, start, scratch)
            v, vb, va = set_series(
                a, b, p, stop - start, none, factors, fold, smallest * chance / share, scratch
            )
            value += v
            to_b += vb
            to_a += va

    if value < 0.0:  # by rounding; a NaN stays
        value = 0.0
    for r in range(members):
        dg[index[r]] += share * slope[r]
    for r in range(faint, len(index)):
        dg[index[r]] += share * slope[r] * to_b
    if state != IDLE:
        dg[i] += share * to_a
    return share * value, share * to_b


@compiled
def _lay_out(i, g, b, density, home, state, scratch):
    """The partners as factors, blocks and members; returns (factors, faint, shift of b).

    A factor of negligible weights acts through its mean: its members are put at the end of the
    index, from `faint` on, with their means as slopes.
    """
    feature, stop, exclusive = scratch.sets
    index, slope = scratch.index, scratch.slope
    block_stop, factor_stop = scratch.block_stop, scratch.factor_stop
    scale = abs(b)
    for j in range(len(g)):
        scale = max(scale, abs(g[j]))
    negligible = NEGLIGIBLE * scale
    r = k = f = 0
    faint = len(index)
    shift = 0.0
    for c in range(len(stop)):
        begin = stop[c - 1] if c else 0
        size = stop[c] - begin
        p = density[feature[begin]]
        if c != home:
            mass = p / size if exclusive[c] else p
        elif state == FREE or (state == IDLE) != exclusive[c]:
            continue  # the rest of the own set is not active
        else:
            mass = p / (size - p) if exclusive[c] else 1.0
        heaviest = 0.0
        for place in range(begin, stop[c]):
            if feature[place] != i:
                heaviest = max(heaviest, abs(g[feature[place]]))
        if heaviest <= negligible:
            for place in range(begin, stop[c]):
                if feature[place] != i:
                    faint -= 1
                    index[faint] = feature[place]
                    slope[faint] = 0.5 * mass
                    shift += 0.5 * mass * g[feature[place]]
            continue
        total = 0.0
        last = r + (size - 1 if c == home else size)
        for place in range(begin, stop[c]):
            if feature[place] == i:
                continue
            index[r] = feature[place]
            scratch.member[r, WEIGHT] = g[feature[place]]
            slope[r] = 0.0
            r += 1
            if exclusive[c] or r == last:
                block_stop[k] = r
                scratch.block[k, MASS] = mass
                scratch.block[k, ALONE] = 0.0
                total += mass
                k += 1
        factor_stop[f] = k
        scratch.factor[f, OFF] = max(1.0 - total, 0.0)
        f += 1
    return f, faint, shift


@compiled
def _moments(factors, scratch):
    """Mean, variance and third cumulant of s, its least and greatest value and largest step.

    Of a block of weights g: m = Σ g/2, v = Σ g²/12, E s² = v + m², E s³ = m³ + 3 m v.
    """
    block_stop, factor_stop = scratch.block_stop, scratch.factor_stop
    mean = variance = skew = least = greatest = largest = 0.0
    r = k = 0
    for f in range(factors):
        first = second = third = low = high = 0.0
        while k < factor_stop[f]:
            m = v = below = above = 0.0
            while r < block_stop[k]:
                g = scratch.member[r, WEIGHT]
                m += 0.5 * g
                v += g * g / 12.0
                below += min(g, 0.0)
                above += max(g, 0.0)
                r += 1
            scratch.block[k, SPREAD] = v
            scratch.block[k, FIRST] = m
            scratch.block[k, SECOND] = v + m * m
            scratch.block[k, THIRD] = m * (m * m + 3.0 * v)
            mass = scratch.block[k, MASS]
            first += mass * m
            second += mass * (v + m * m)
            third += mass * m * (m * m + 3.0 * v)
            low = min(low, below)
            high = max(high, above)
            k += 1
        scratch.factor[f, MEAN] = first
        scratch.factor[f, SQUARE] = second
        mean += first
        variance += second - first * first
        skew += third - 3.0 * first * second + 2.0 * first**3
        least += low
        greatest += high
        largest = max(largest, high, -low)
    return mean, variance, skew, least, greatest, largest


@compiled
def _strata(factors, scratch):
    """The mass of nothing active and of all that is not in closed form; sets ALONE of blocks.

    In closed form are nothing and one block of one member.
    """
    block_stop, factor_stop = scratch.block_stop, scratch.factor_stop
    none = 1.0
    one = more = 0.0  # their sum must not cancel
    k = 0
    for f in range(factors):
        scratch.factor[f, BEFORE] = none
        closed = opened = 0.0
        while k < factor_stop[f]:
            if block_stop[k] - (block_stop[k - 1] if k else 0) == 1:
                closed += scratch.block[k, MASS]
            else:
                opened += scratch.block[k, MASS]
            k += 1
        more += one * (closed + opened) + none * opened
        one = one * scratch.factor[f, OFF] + none * closed
        none *= scratch.factor[f, OFF]
    after = 1.0
    for f in range(factors - 1, -1, -1):
        for k in range(factor_stop[f - 1] if f else 0, factor_stop[f]):
            if block_stop[k] - (block_stop[k - 1] if k else 0) == 1:
                scratch.block[k, ALONE] = scratch.block[k, MASS] * scratch.factor[f, BEFORE] * after
        after *= scratch.factor[f, OFF]
    return none, more


@compiled
def _closed_strata(a, b, p, none, factors, scratch):
    """Nothing active, or one block of one member."""
    block_stop, factor_stop, slope = scratch.block_stop, scratch.factor_stop, scratch.slope
    nothing, nothing_b, nothing_a = payoff(a, b, p, 0.0)
    value = none * nothing
    to_b = none * nothing_b
    to_a = none * nothing_a
    for k in range(factor_stop[factors - 1] if factors else 0):
        alone = scratch.block[k, ALONE]
        if alone > 0.0:
            r = block_stop[k] - 1
            g = scratch.member[r, WEIGHT]
            if g == 0.0:
                v, vb, va, vg = nothing, nothing_b, nothing_a, 0.5 * nothing_b
            else:
                v, vb, va, vg = one_alone(a, b, p, g)
            value += alone * v
            to_b += alone * vb
            to_a += alone * va
            slope[r] += alone * vg
    return value, to_b, to_a


@compiled
def _open_moments(none, shift, variance, skew, start, factors, scratch):
    """The first three moments of s − start over the strata that are not in closed form."""
    factor_stop = scratch.factor_stop
    first = shift + none * start
    second = variance + shift * shift - none * start * start
    third = skew + 3.0 * variance * shift + shift**3 + none * start**3
    for k in range(factor_stop[factors - 1]):
        alone = scratch.block[k, ALONE]
        m = scratch.block[k, FIRST]
        m2 = scratch.block[k, SECOND]
        first -= alone * (m - start)
        second -= alone * (m2 - 2.0 * m * start + start * start)
        third -= alone * (
            scratch.block[k, THIRD] - 3.0 * m2 * start + 3.0 * m * start * start - start**3
        )
    return first, second, third


@compiled
def _moment_slopes(factors, cubic, shift, variance, start, scratch):
    """Add the gradient of α E t + β E t² + γ E t³ over the same strata, t = s − start."""
    alpha, beta, gamma = cubic
    block_stop, factor_stop, slope = scratch.block_stop, scratch.factor_stop, scratch.slope
    r = k = 0
    for f in range(factors):
        mean = scratch.factor[f, MEAN]
        square = scratch.factor[f, SQUARE]
        while k < factor_stop[f]:
            mass = scratch.block[k, MASS]
            alone = scratch.block[k, ALONE]
            m = scratch.block[k, FIRST]
            v = scratch.block[k, SPREAD]
            while r < block_stop[k]:
                g = scratch.member[r, WEIGHT]
                second = g / 6.0 + m  # of E s² of the block, and so on
                third = 1.5 * (m * m + v) + 0.5 * m * g
                spread = second - mean
                skew = third - 3.0 * mean * second - 1.5 * square + 3.0 * mean * mean
                slope[r] += mass * (
                    0.5 * alpha
                    + beta * (spread + shift)
                    + gamma * (skew + 3.0 * shift * spread + 1.5 * (variance + shift * shift))
                )
                slope[r] -= alone * (
                    0.5 * alpha
                    + beta * (second - start)
                    + gamma * (third - 3.0 * start * second + 1.5 * start * start)
                )
                r += 1
            k += 1
