"""The strata in which no partner of an output is active, or one: in closed form, compiled.

H(s) is a cubic between its kinks, so its mean over one uniform partner is a difference of powers.
"""

from theory.loss.kernels import compiled

LEAST_NONE = 1e-9  # a stratum of less mass is left to the series


@compiled
def payoff(a, b, p, s):
    """H(s) − p/3, ∂H/∂b and ∂H/∂a."""
    c = s + b
    if c >= 0.0:
        x0 = 0.0
    elif c + a <= 0.0:
        x0 = 1.0
    else:
        x0 = -c / a
    positive = max(c, 0.0)
    d = 1.0 - a
    x2 = x0 * x0
    x3 = x2 * x0
    own = d * d * (1.0 - x3) / 3.0 - d * c * (1.0 - x2) + c * c * (1.0 - x0) + (x3 - 1.0) / 3.0
    value = (1.0 - p) * positive * positive + p * own
    to_b = 2.0 * (1.0 - p) * positive + p * (2.0 * c * (1.0 - x0) - d * (1.0 - x2))
    to_a = p * (c * (1.0 - x2) - 2.0 * d * (1.0 - x3) / 3.0)
    return value, to_b, to_a


@compiled(inline="always")
def one_alone(a, b, p, g):
    """E H(g x) − p/3 over a uniform x and its derivatives to b, a and g, in closed form.

    Two-point Gauss on each cubic piece is exact.
    """
    first = min(max(-b / g, 0.0), 1.0)
    second = min(max(-(a + b) / g, 0.0), 1.0)
    left = min(first, second)
    right = max(first, second)
    total = total_b = total_a = total_g = 0.0
    for piece in range(3):
        start = 0.0 if piece == 0 else (left if piece == 1 else right)
        stop = left if piece == 0 else (right if piece == 1 else 1.0)
        width = stop - start
        if width <= 0.0:
            continue
        for node in range(2):
            x = start + width * (0.21132486540518713 if node == 0 else 0.7886751345948129)
            v, vb, va = payoff(a, b, p, g * x)
            total += 0.5 * width * v
            total_b += 0.5 * width * vb
            total_a += 0.5 * width * va
            total_g += 0.5 * width * vb * x
    return total, total_b, total_a, total_g


@compiled
def _divided(y, g):
    """[(y+g)₊ⁿ − y₊ⁿ] / g for n = 2, 3, 4, and the derivatives to g of the last two."""
    x = y + g
    both = min(x, y) > 0.0
    top = max(max(x, y), 0.0)
    inverse = 1.0 / abs(g)
    two = top * top
    lone = two * inverse
    bend = inverse * inverse * two
    back = 3.0 * g - x if x > y else y
    return (
        x + y if both else lone,
        x * x + x * y + y * y if both else top * lone,
        (x + y) * (x * x + y * y) if both else two * lone,
        2.0 * x + y if both else bend * back,
        3.0 * x * x + 2.0 * x * y + y * y if both else bend * top * (back + g if x > y else back),
    )


@compiled
def one_active(a, b, p, active, weight, alone, slope):
    """Exactly one partner active: H is made of powers (s + b + a)₊ and (s + b)₊."""
    outer = p * (1.0 + a) / (12.0 * a * a)
    inner = p / (3.0 * a)
    off = (1.0 - p) / 3.0
    two_e = two_c = three_e = three_c = four = 0.0
    for r in range(active):
        mass = alone[r]
        e2, e3, e4, e3_g, e4_g = _divided(a + b, weight[r])
        c2, c3, c4, c3_g, c4_g = _divided(b, weight[r])
        two_e += mass * e2
        two_c += mass * c2
        three_e += mass * e3
        three_c += mass * c3
        four += mass * (e4 - c4)
        slope[r] += mass * (outer * (e4_g - c4_g) - inner * e3_g + off * c3_g)
    value = outer * four - inner * three_e + off * three_c
    to_b = 4.0 * outer * (three_e - three_c) - 3.0 * inner * two_e + 3.0 * off * two_c
    to_a = -p * (2.0 + a) / (12.0 * a * a * a) * four
    to_a += (4.0 * outer + inner / a) * three_e - 3.0 * inner * two_e
    return value, to_b, to_a


@compiled
def one_active_by_pieces(a, b, p, active, weight, alone, slope):
    """The same for any own weight, piece by piece."""
    value = to_b = to_a = 0.0
    for r in range(active):
        v, vb, va, vg = one_alone(a, b, p, weight[r])
        value += alone[r] * v
        to_b += alone[r] * vb
        to_a += alone[r] * va
        slope[r] += alone[r] * vg
    return value, to_b, to_a


@compiled
def masses(active, chance):
    """P(no partner active), P(two or more): the latter summed up, as 1 − P(0) − P(1) may cancel."""
    none = 1.0
    one = more = 0.0
    for r in range(active):
        w = chance[r]
        more += one * w
        one = one * (1.0 - w) + none * w
        none *= 1.0 - w
        if none < LEAST_NONE and r:
            break
    return none, more
