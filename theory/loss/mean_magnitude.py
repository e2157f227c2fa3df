"""The mean magnitude of a hidden activation, compiled: what L1 costs."""

import math

import numpy as np

from theory.loss.kernels import compiled

TERMS = 256  # a power of two; what is left out falls like TERMS⁻³


@compiled
def magnitude_workspace(n):
    """Scratch for n weights: (phases and ψ of every weight, prefix products, running product)."""
    return np.empty((n, 4, TERMS)), np.empty((n, 2, TERMS)), np.empty((3, TERMS)), np.empty(n)


@compiled
def mean_magnitude(w, density, scratch, slope):
    """E |h| of h = Σ_j w_j x_j with independent x_j, and its gradient in `slope`.

    On |h| ≤ L the magnitude is a triangle wave, L/2 − (4L/π²) Σ_{k odd} cos(k π h / L) / k², so

        E |h| = L/2 − (4L/π²) Σ_{k odd} Re φ(k π / L) / k²,   φ(u) = Π_j (1 − p_j + p_j ψ(u w_j)).

    What no or one active feature contributes is taken out and done in closed form; the rest of φ
    falls like u⁻². L is quantised and held constant under differentiation.
    """
    part, prefix, product, alone = scratch
    n = w.shape[0]
    low = high = 0.0
    none = 1.0
    for j in range(n):
        low -= min(w[j], 0.0)
        high += max(w[j], 0.0)
        alone[j] = density[j] * none
        none *= 1.0 - density[j]
        slope[j] = 0.0
    length = max(low, high)
    if length == 0.0:
        return 0.0
    length = 2.0 ** (math.ceil(4.0 * math.log2(length)) / 4.0)
    after = 1.0
    value = 0.0
    rest = 1.0 - none
    for back in range(n):
        j = n - 1 - back
        alone[j] *= after
        after *= 1.0 - density[j]
        value += 0.5 * alone[j] * abs(w[j])
        rest -= alone[j]

    re, im, weight = product
    for k in range(TERMS):
        weight[k] = -4.0 * length / (math.pi * (2.0 * k + 1.0)) ** 2
        re[k] = 1.0
        im[k] = 0.0
    left = np.full(TERMS, none)
    for j in range(n):
        _transform(math.pi * w[j] / (2.0 * length), part[j])
        psi_r = part[j, 2]
        psi_i = part[j, 3]
        pre_r = prefix[j, 0]
        pre_i = prefix[j, 1]
        p = density[j]
        for k in range(TERMS):
            pre_r[k] = re[k]
            pre_i[k] = im[k]
            f_r = 1.0 - p + p * psi_r[k]
            f_i = p * psi_i[k]
            re[k], im[k] = re[k] * f_r - im[k] * f_i, re[k] * f_i + im[k] * f_r
            left[k] += alone[j] * psi_r[k]
    value += 0.5 * rest * length
    for k in range(TERMS):
        value += weight[k] * (re[k] - left[k])
        re[k] = 1.0
        im[k] = 0.0

    for back in range(n):
        j = n - 1 - back
        psi_r = part[j, 2]
        psi_i = part[j, 3]
        to_r = part[j, 0]
        to_i = part[j, 1]
        p = density[j]
        total = 0.0
        for k in range(TERMS):
            m_r = p * (prefix[j, 0, k] * re[k] - prefix[j, 1, k] * im[k]) - alone[j]
            m_i = p * (prefix[j, 0, k] * im[k] + prefix[j, 1, k] * re[k])
            u = (2.0 * k + 1.0) * math.pi / length
            total += weight[k] * u * (m_r * to_r[k] - m_i * to_i[k])
            f_r = 1.0 - p + p * psi_r[k]
            f_i = p * psi_i[k]
            re[k], im[k] = re[k] * f_r - im[k] * f_i, re[k] * f_i + im[k] * f_r
        sign = 1.0 if w[j] > 0.0 else (-1.0 if w[j] < 0.0 else 0.0)
        slope[j] = 0.5 * alone[j] * sign + total
    return value


@compiled
def _transform(half, part):
    """ψ and ψ' at 2 k half for odd k: rows ψ'_r, ψ'_i, ψ_r, ψ_i."""
    c, s, psi_r, psi_i = part
    c[0] = math.cos(half)
    s[0] = math.sin(half)
    size = 1
    while size < TERMS:
        turn_c = math.cos(2.0 * size * half)
        turn_s = math.sin(2.0 * size * half)
        for k in range(size):
            c[size + k] = c[k] * turn_c - s[k] * turn_s
            s[size + k] = s[k] * turn_c + c[k] * turn_s
        size *= 2
    for k in range(TERMS):
        a = 2.0 * (2.0 * k + 1.0) * half
        small = abs(a) < 1e-3
        inverse = 1.0 / (1.0 if small else a)
        sinc = 1.0 - a * a / 24.0 if small else 2.0 * s[k] * inverse
        x = sinc * c[k]
        y = sinc * s[k]
        # ψ' = (e^{ia} − ψ)/a, or its power series
        e_r = (c[k] - s[k]) * (c[k] + s[k])
        e_i = 2.0 * s[k] * c[k]
        c[k] = -a / 3.0 if small else (e_r - x) * inverse
        s[k] = 0.5 - a * a / 8.0 if small else (e_i - y) * inverse
        psi_r[k] = x
        psi_i[k] = y
