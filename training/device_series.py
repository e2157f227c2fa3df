"""The Fourier series of `theory.loss.fourier_series` on a torch device, for many rows at once.

A column is one output of one model. Its frequencies come in the same blocks and bands as in the
compiled form, and it stops after the same block; what is counted of the terms computed beyond is
nothing. Partners are the leading axis, so that the characteristic function and the products that
its gradient needs are running products along it: near density 1 there are factors that vanish, and
so neither a division by one nor a logarithm.

Every operation is elementwise, a running product or a sum in a fixed order (`total`): what a column
gets depends on nothing but itself, whatever else is in the batch and however it is cut into slabs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from theory.loss.fourier_series import (
    BANDS,
    LANES,
    MOST_BLOCKS,
    SERIES_BELOW,
    TERMS_PER_LENGTH,
)

BLOCKS = 2  # of frequencies that are computed together before the columns that are done drop out
BYTES_PER_TERM = 208  # of memory at the most, per column, partner and frequency

Schedule = Sequence[Tensor]


class Columns(NamedTuple):
    """Outputs, one per column; of a partner that has no part the weight is 1 and the density 0."""

    own: Tensor  # (columns,): a = G_ii
    bias: Tensor
    density: Tensor
    none: Tensor  # the mass of no partner active, 0 where that stratum was not taken out
    length: Tensor  # of the interval
    weight: Tensor  # (n, columns)
    partner: Tensor  # density of the partner
    alone: Tensor  # the mass of this partner active alone

    def take(self, index: Tensor) -> Columns:
        return Columns(*(values[..., index] for values in self))


class Sums(NamedTuple):
    value: Tensor  # (columns,)
    to_bias: Tensor
    to_own: Tensor
    to_weight: Tensor  # (n, columns)
    chunks: Tensor  # how many chunks of BLOCKS blocks each column took


def total(values: Tensor, dim: int) -> Tensor:
    """The sum over an axis by halving it: its order depends on the length of that axis alone.

    A device's own sum may split the work by the size of the whole tensor.
    """
    size = values.shape[dim]
    while size > 1:
        half = size // 2
        paired = values.narrow(dim, 0, half) + values.narrow(dim, half, half)
        if size % 2:
            paired = torch.cat([paired, values.narrow(dim, size - 1, 1)], dim)
        values, size = paired, paired.shape[dim]
    return values.squeeze(dim)


def series(
    columns: Columns,
    relevant: Tensor,
    fold: int,
    smallest: float,
    schedule: Schedule | None = None,
) -> Sums:
    """What the cubic leaves, summed over frequencies, for the columns that are `relevant`.

    Without a schedule every column gets the terms it needs, and the host waits for each chunk to
    learn which. With one, chunk k is computed for the columns schedule[k] and no others: nothing
    waits, and all shapes are known. A column that would need more is then cut short, which its
    number of chunks shows: one more than it was given.
    """
    sums = Sums(
        torch.zeros_like(columns.own),
        torch.zeros_like(columns.own),
        torch.zeros_like(columns.own),
        torch.zeros_like(columns.weight),
        torch.zeros_like(relevant, dtype=torch.int64),
    )
    filled = torch.ceil(TERMS_PER_LENGTH / (2 * LANES) * columns.length).clamp(min=1.0)
    half_band = (fold * filled).clamp(max=float(MOST_BLOCKS)).long()
    pending = relevant.clone()
    chunk = 0
    while True:
        if schedule is None:
            index = pending.nonzero()[:, 0]
        else:
            index = schedule[chunk] if chunk < len(schedule) else pending.new_empty(0).long()
        if not index.numel():
            sums.chunks.add_(pending.long())
            return sums
        _add_chunk(sums, columns.take(index), half_band[index], chunk, smallest, pending, index)
        chunk += 1


def _add_chunk(
    sums: Sums,
    columns: Columns,
    half_band: Tensor,
    chunk: int,
    smallest: float,
    pending: Tensor,
    index: Tensor,
) -> None:
    """Add one chunk of frequencies of the columns at `index`, and mark those that it ends."""
    waiting = pending[index]
    order, share, last = _frequencies(half_band, chunk)
    step = (2.0 * math.pi / columns.length)[:, None]
    frequency = order * step
    kernel, kernel_to_own = _coefficients(columns, frequency, share * step)
    psi, before, after = _products(columns, frequency)

    taken_out = columns.none[:, None] + total(columns.alone[:, :, None] * psi, 0)
    rest = before[-1] - taken_out
    term = rest * kernel
    size = (term.real.abs() + term.imag.abs()).view(-1, BLOCKS, LANES)
    small = size[:, :, LANES // 2 :].amax(dim=2) < smallest * columns.density[:, None]
    open_blocks = torch.cat([waiting[:, None], (waiting[:, None] & ~small).cumprod(1).bool()], 1)
    counted = open_blocks[:, :-1, None].expand(-1, -1, LANES).reshape(order.shape)

    term = torch.where(counted, term, 0.0)
    kernel = torch.where(counted, kernel, 0.0)
    own = torch.where(counted, (rest * kernel_to_own).real, 0.0)
    slope = _slope(columns, kernel, frequency, psi, before, after)

    sums.value[index] += total(term.real, 1)
    sums.to_bias[index] -= total(frequency * term.imag, 1)
    sums.to_own[index] += total(own, 1)
    sums.to_weight[:, index] += torch.where(waiting, slope, 0.0)
    sums.chunks[index] += waiting.long()
    pending[index] = open_blocks[:, -1] & ~last


def _frequencies(half_band: Tensor, chunk: int) -> tuple[Tensor, Tensor, Tensor]:
    """k and its share of the sum (columns, BLOCKS · LANES), and whether no block comes after."""
    block = chunk * BLOCKS + torch.arange(BLOCKS, device=half_band.device)
    half = half_band[:, None]
    later = block - 2 * half
    first = later < 0
    band = torch.where(first, 0, 1 + later.div(half, rounding_mode="floor"))
    within = torch.where(first, block - half, later.remainder(half))
    spacing = torch.bitwise_left_shift(torch.ones_like(band), band.clamp(max=BANDS))[:, :, None]
    lane = torch.arange(1, LANES + 1, device=half_band.device)
    order = spacing * (LANES * (half + within)[:, :, None] + lane)
    # the trapezoidal rule where the spacing changes
    turn = (within == half - 1)[:, :, None] & (lane == LANES)
    share = torch.where((band < BANDS)[:, :, None], (1.0 + 0.5 * turn.double()) * spacing, 0.0)
    over = (chunk + 1) * BLOCKS >= (BANDS + 1) * half_band
    return order.flatten(1).double(), share.flatten(1), over


def _coefficients(columns: Columns, u: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """V = e^{iub} [i q + p (i E₀ + u E₁)] and ∂V/∂a = e^{iub} p u (i u E₂ − E₁), times 4/(L u³)."""
    p = columns.density[:, None]
    zeta = u * columns.own[:, None]
    c, s = torch.cos(zeta), torch.sin(zeta)
    small = zeta.abs() < SERIES_BELOW
    iz = 1.0 / torch.where(small, 1.0, zeta)
    even, odd = _second_moment(zeta * zeta)
    # E_q = x_q + i y_q, by E_q = −i (e^{iζ} − q E_{q−1})/ζ, or down from the power series of E₂
    x0 = s * iz
    y0 = (1.0 - c) * iz
    x1 = (s - y0) * iz
    y1 = (x0 - c) * iz
    x2 = torch.where(small, even, (s - 2.0 * y1) * iz)
    y2 = torch.where(small, zeta * odd, (2.0 * x1 - c) * iz)
    x1 = torch.where(small, 0.5 * (c + zeta * y2), x1)
    y1 = torch.where(small, 0.5 * (s - zeta * x2), y1)
    x0 = torch.where(small, c + zeta * y1, x0)
    y0 = torch.where(small, s - zeta * x1, y0)
    scale = share * (2.0 / math.pi) / (u * u * u)
    phase = torch.polar(scale, u * columns.bias[:, None])
    value = torch.complex(p * (u * x1 - y0), 1.0 - p + p * (x0 + u * y1))
    to_own = torch.complex(-p * u * (x1 + u * y2), p * u * (u * x2 - y1))
    return phase * value, phase * to_own


def _second_moment(z2: Tensor) -> tuple[Tensor, Tensor]:
    """Real part of E₂ and imaginary part over ζ: Σ_r (iζ)^r / (r! (r + 3)), for small ζ."""
    even, odd = torch.zeros_like(z2), torch.zeros_like(z2)
    for r in range(5, -1, -1):
        sign = 1 - 2 * (r % 2)
        even = even * z2 + sign / (math.factorial(2 * r) * (2 * r + 3))
        odd = odd * z2 + sign / (math.factorial(2 * r + 1) * (2 * r + 4))
    return even, odd


def _products(columns: Columns, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """ψ (n, columns, k) of every partner, and the products of the factors before and after it.

    before and after have n + 1 entries: before[-1] = after[0] is the characteristic function.
    """
    half = (0.5 * columns.weight)[:, :, None] * u
    psi = torch.polar(torch.sin(half).div_(half), half)
    del half
    p = columns.partner[:, :, None]
    factor = p * psi
    factor += 1.0 - p
    before = torch.ones((len(factor) + 1, *factor.shape[1:]), dtype=psi.dtype, device=psi.device)
    torch.cumprod(factor, 0, out=before[1:])
    after = torch.ones_like(before)
    torch.cumprod(factor.flip(0), 0, out=after[1:])
    del factor
    return psi, before, after.flip(0)


def _slope(
    columns: Columns, kernel: Tensor, u: Tensor, psi: Tensor, before: Tensor, after: Tensor
) -> Tensor:
    """∂/∂G_ij (n, columns) of the series, with dψ(ug)/dg = (1 − ψ)/g + iuψ."""
    mass = before[:-1] * after[1:]
    mass *= columns.partner[:, :, None]
    mass -= columns.alone[:, :, None]
    mass *= kernel
    turned = mass * psi
    slope = mass.sub_(turned).real / columns.weight[:, :, None]
    slope -= u * turned.imag
    return total(slope, 2)
