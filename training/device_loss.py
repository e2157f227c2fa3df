"""The exact expected loss and its gradient on a torch device, for many models at once.

The mathematics, and at one effort the very sum, of `loss.row_loss`: an output that is always or
never active in closed form, the strata with no partner or one active too, a cubic by exact
moments, the rest as a Fourier series. Where the compiled form branches this one computes and
selects; outputs are columns, in slabs that fit the memory `BUDGET`. float64 throughout.
"""

from __future__ import annotations

import torch
from torch import Tensor

from theory.loss.fourier_series import LANES
from theory.loss.row_loss import NEGLIGIBLE, SEARCH
from training.device_series import (
    BLOCKS,
    BYTES_PER_TERM,
    Columns,
    Schedule,
    Sums,
    series,
    total,
)

BUDGET = 2**29  # bytes for the intermediate results of one slab of outputs
GAUSS = (0.21132486540518713, 0.7886751345948129)

Effort = tuple[int, float, float]


def device_loss(
    W: Tensor,
    b: Tensor,
    density: Tensor,
    importance: Tensor,
    effort: Effort = SEARCH,
    schedules: list[Schedule] | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Σ_i I_i E (x_i − x'_i)² of every model, with its gradient, at one effort for every output.

        dL/dW = (Γ + Γᵀ) W,   Γ_ij = ∂L/∂(W Wᵀ)_ij

    W (M, n, m), b, density and importance (M, n), all float64 and on one device; effort as
    `row_loss.SEARCH` or `FINE`. Returns loss (M,), dW, db and chunks (M n,): how many chunks
    of frequencies every output took. It is what `model_loss` sums, up to
    rounding. With `schedules` (see `schedule`) the host never waits for the device.

    All sums run in a fixed order, so that a model's result does not depend on the other models.
    On CUDA that holds to the last bit if an elementwise kernel rounds alike at every position; on
    the CPU, vectorised loops and their tails may differ in the last bit.

    >>> import torch
    >>> W = torch.tensor([[[1.0], [-1.0]]], dtype=torch.float64)
    >>> p = torch.full((1, 2), 0.1, dtype=torch.float64)
    >>> loss, dW, db, _ = device_loss(W, torch.zeros_like(p), p, torch.ones_like(p))
    >>> round(float(loss), 9)  # a digon: 2 · p²/6
    0.003333333
    """
    models, n, m = W.shape
    overlaps = W.new_zeros(n, models, n)  # G_ij at [j, model, i]: partners lead
    for h in range(m):
        overlaps.addcmul_(W[:, :, h].T[:, :, None], W[None, :, :, h])
    g = overlaps.view(n, models * n)
    column = torch.arange(models * n, device=W.device)
    model, output = column // n, column % n
    values, slopes_b = torch.empty_like(b.reshape(-1)), torch.empty_like(b.reshape(-1))
    slopes_g, chunks = torch.empty_like(g), torch.empty_like(column)
    bias = b.reshape(-1)
    for k, slab in enumerate(slabs(models, n)):
        part = _column_losses(
            g[:, slab],
            bias[slab],
            density.T[:, model[slab]],
            output[slab],
            effort,
            None if schedules is None else schedules[k],
        )
        values[slab], slopes_b[slab] = part.value, part.to_bias
        slopes_g[:, slab], chunks[slab] = part.to_weight, part.chunks
    weighted = (slopes_g * importance.reshape(-1)).view(n, models, n)
    symmetric = weighted + weighted.permute(2, 1, 0)
    dW = torch.zeros_like(W)
    for j in range(n):
        dW.addcmul_(symmetric[j][:, :, None], W[:, None, j, :])
    loss = total(importance * values.view(models, n), 1)
    return loss, dW, importance * slopes_b.view(models, n), chunks


def slabs(models: int, n: int) -> list[slice]:
    """The columns of all outputs of all models, cut so that each cut fits the memory BUDGET."""
    width = max(1, BUDGET // (BYTES_PER_TERM * BLOCKS * LANES * n))
    return [slice(k, min(k + width, models * n)) for k in range(0, models * n, width)]


def schedule(chunks: Tensor, models: int, n: int) -> list[Schedule]:
    """Which columns of each slab take part in each chunk, for columns that take so many."""
    plans: list[Schedule] = []
    for slab in slabs(models, n):
        part = chunks[slab]
        most = int(part.max())
        plans.append([(part > k).nonzero()[:, 0] for k in range(most)])
    return plans


def _column_losses(
    g: Tensor, b: Tensor, density: Tensor, output: Tensor, effort: Effort, plan: Schedule | None
) -> Sums:
    """E (x_i − ReLU(Σ_j g_j x_j + b))² of each column, and its gradient; to_own is in to_weight.

    g, density (n, columns); b, output (columns,): which of the n features the output is for.
    """
    n = len(g)
    fold, reach, smallest = effort
    own = torch.arange(n, device=g.device)[:, None] == output
    a = g.gather(0, output[None])[0]
    p = density.gather(0, output[None])[0]
    size = g.abs()
    negligible = NEGLIGIBLE * torch.maximum(size.amax(0), b.abs())
    faint = (size <= negligible) & ~own
    active = ~faint & ~own
    w = torch.where(active, density, 0.0)
    x = torch.where(active, g, 0.0)
    drift, low, high, mean, variance = total(
        torch.stack(
            [
                torch.where(faint, 0.5 * density * g, 0.0),
                x.clamp(max=0.0),
                x.clamp(min=0.0),
                0.5 * w * x,
                x * x * w * (1.0 / 3.0 - 0.25 * w),
            ]
        ),
        1,
    )
    b = b + drift  # a negligible weight acts through its mean
    largest = x.abs().amax(0)
    never = b + a + high <= 0.0
    always = (b + low >= 0.0) & ~never
    exact = active.sum(0) <= 1  # the closed strata are then everything
    periodic = ~(never | always | exact)

    none, rest, alone = _masses(w, exact)
    spread = reach * variance.sqrt() + (reach - 3.0) * largest
    start = torch.minimum(torch.maximum(low, mean - spread), -a - b)
    stop = torch.maximum(torch.minimum(high, mean + spread), -b)
    margin = 0.02 * (stop - start) + 1e-3
    grain = torch.exp2(torch.ceil(torch.log2(stop - start + 2.0 * margin)) - 5.0)
    start = torch.where(periodic, grain * torch.floor((start - margin) / grain - 0.25), 0.0)
    stop = torch.where(periodic, grain * torch.ceil((stop + margin) / grain + 0.25), 1.0)
    columns = Columns(a, b, p, none, stop - start, torch.where(active, g, 1.0), w, alone)

    closed = _low_strata(columns)
    cubic = _cubic(columns, start, stop, rest, mean, variance)
    rests = series(columns, periodic, fold, smallest, plan)
    certain = _quadratic(columns, mean, variance)

    def chosen(part: int) -> Tensor:
        smooth = torch.where(periodic, cubic[part] + rests[part], 0.0)
        return torch.where(never, 0.0, torch.where(always, certain[part], closed[part] + smooth))

    value = (p / 3.0 + chosen(0)).clamp(min=0.0)  # below 0 by rounding; a NaN stays
    to_bias, to_own = chosen(1), chosen(2)
    to_weight = torch.where(active, chosen(3), torch.where(faint, 0.5 * density * to_bias, 0.0))
    to_weight = torch.where(own, to_own, to_weight)
    return Sums(value, to_bias, to_own, to_weight, rests.chunks)


Parts = tuple[Tensor, Tensor, Tensor, Tensor]  # value, ∂/∂b, ∂/∂a (columns,), ∂/∂g (n, columns)


def _masses(w: Tensor, exact: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The mass of no partner active, of the rest without it and each partner alone; (n, columns).

    The rest is Σ_j P(j is the first active, and not the last), in which nothing cancels.
    """
    log_idle = torch.log1p(-w)  # −∞ at density 1
    edge = torch.zeros_like(log_idle[:1])
    before = torch.cat([edge, log_idle.cumsum(0)])
    after = torch.cat([edge, log_idle.flip(0).cumsum(0)]).flip(0)
    none = torch.exp(before[-1])
    more = total(torch.exp(before[:-1]) * w * -torch.expm1(after[1:]), 0)
    none = torch.where((none < 1e-9) & ~exact, 0.0, none)
    taken = none > 0.0
    alone = torch.where(taken, none * w / (1.0 - torch.where(taken, w, 0.0)), 0.0)
    return none, torch.where(taken, more, 1.0), torch.where(exact, w, alone)


def _payoff(a: Tensor, b: Tensor, p: Tensor, s: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """H(s) − p/3, ∂H/∂b and ∂H/∂a."""
    c = s + b
    inside = (c < 0.0) & (c + a > 0.0)
    x0 = torch.where(inside, -c / torch.where(inside, a, 1.0), (c < 0.0).double())
    positive = c.clamp(min=0.0)
    d = 1.0 - a
    x2 = x0 * x0
    x3 = x2 * x0
    own = d * d * (1.0 - x3) / 3.0 - d * c * (1.0 - x2) + c * c * (1.0 - x0) + (x3 - 1.0) / 3.0
    value = (1.0 - p) * positive * positive + p * own
    to_b = 2.0 * (1.0 - p) * positive + p * (2.0 * c * (1.0 - x0) - d * (1.0 - x2))
    to_a = p * (c * (1.0 - x2) - 2.0 * d * (1.0 - x3) / 3.0)
    return value, to_b, to_a


def _low_strata(columns: Columns) -> Parts:
    """No partner or one active, in closed form: two-point Gauss on each cubic piece is exact."""
    a, b, p, none, _, g, _, alone = columns
    nothing = torch.zeros_like(b)
    parts = [none * part for part in _payoff(a, b, p, nothing)]
    first, second = (-b / g).clamp(0.0, 1.0), (-(a + b) / g).clamp(0.0, 1.0)
    left, right = torch.minimum(first, second), torch.maximum(first, second)
    start = torch.stack([torch.zeros_like(g), left, right])
    width = torch.stack([left, right - left, 1.0 - right])
    x = torch.cat([start + node * width for node in GAUSS])
    mass = 0.5 * alone * torch.cat([width, width])
    value, to_b, to_a = (mass * part for part in _payoff(a, b, p, g * x))
    slope = total(to_b * x, 0)
    one = total(torch.stack([total(part, 0) for part in (value, to_b, to_a)]), 1)
    return parts[0] + one[0], parts[1] + one[1], parts[2] + one[2], slope


def _quadratic(columns: Columns, mean: Tensor, variance: Tensor) -> Parts:
    """An output that is always active."""
    a, b, p, _, _, g, w, _ = columns
    centre = b + mean
    d = 1.0 - a
    value = variance + centre * centre - p * d * centre + p * (d * d - 1.0) / 3.0
    to_b = 2.0 * centre - p * d
    to_a = p * centre - 2.0 * p * d / 3.0
    return value, to_b, to_a, 2.0 * g * w * (1.0 / 3.0 - 0.25 * w) + 0.5 * w * to_b


def _cubic(
    columns: Columns, start: Tensor, stop: Tensor, rest: Tensor, mean: Tensor, variance: Tensor
) -> Parts:
    """The cubic αt + βt² + γt³, t = s − start, by moments, and the constant term of the rest.

    It has the jumps of H − p/3 from start to stop in value, slope and curvature; `rest` is the
    mass of the strata with two or more active partners.
    """
    a, b, p, none, length, g, w, alone = columns
    top = stop + b
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

    idle = w * (1.0 - w) ** 2
    g2 = g * g
    one, two, three, skew = total(
        torch.stack(
            [
                alone * (0.5 * g - start),
                alone * (g2 / 3.0 - g * start + start * start),
                alone * (0.25 * g2 * g - g2 * start + 1.5 * g * start * start - start**3),
                0.25 * g2 * g * idle,
            ]
        ),
        1,
    )
    shift = mean - start
    square = variance + shift * shift
    first = shift + none * start - one
    second = square - none * start * start - two
    third = skew + 3.0 * variance * shift + shift**3 + none * start**3 - three
    v = w * (1.0 / 3.0 - 0.25 * w)
    slope = alpha * 0.5 * (w - alone)
    slope += beta * (2.0 * g * v + shift * w - alone * (2.0 * g / 3.0 - start))
    slope += gamma * (
        0.75 * g2 * idle
        + 6.0 * g * v * shift
        + 1.5 * w * square
        - alone * (0.75 * g2 - 2.0 * g * start + 1.5 * start * start)
    )

    cube = top * top * top
    area = (1.0 - p) * cube / 3.0
    area = area + p * ((cube + 1.5 * top * top * a + top * a * a + 0.25 * a**3) / 3.0)
    area = area - p * (0.5 * top * top + 2.0 * a * top / 3.0 + 0.25 * a * a)
    area_b = (1.0 - p) * top * top
    area_b = area_b + p * (top * top + top * a + a * a / 3.0 - top - 2.0 * a / 3.0)
    area_a = p * (0.5 * top * top + 2.0 * top * a / 3.0 + 0.25 * a * a)
    area_a = area_a - p * (2.0 * top / 3.0 + 0.5 * a)
    flat = area / length - (alpha / 2.0 + (beta / 3.0 + gamma * length / 4.0) * length) * length
    flat_b = area_b / length - (alpha_b / 2.0 + beta_b * length / 3.0) * length
    flat_a = area_a / length - (alpha_a / 2.0 + beta_a * length / 3.0) * length
    return (
        alpha * first + beta * second + gamma * third + rest * flat,
        alpha_b * first + beta_b * second + rest * flat_b,
        alpha_a * first + beta_a * second + rest * flat_a,
        slope,
    )
