"""Loss gradients of the toy models on a batch of inputs, by hand: no graph, no new memory."""

from __future__ import annotations

from typing import NamedTuple

import torch

from training.models import AbsoluteValueModel, LinearModel, Model, ReluHiddenModel

SMALLEST = 1e-30


class Workspace(NamedTuple):
    """Inputs x and what a gradient needs beside them; columns are the inputs of the batch."""

    x: torch.Tensor
    hidden: torch.Tensor
    to_hidden: torch.Tensor
    output: torch.Tensor
    error: torch.Tensor

    @classmethod
    def of(cls, models: int, model: Model, batch_size: int, device: torch.device) -> Workspace:
        """For any number of models up to this."""
        wide = (models, model.n_features, batch_size)
        narrow = (models, model.n_hidden, batch_size)
        return cls(*(torch.empty(s, device=device) for s in (wide, narrow, narrow, wide, wide)))


class Gradient:
    """Derivatives of the batch loss of M models, in buffers that are used again at every step.

        L = mean over the batch of  Σ_i I_i (y_i − y'_i)² / n + λ Σ_k |h_k| / n
        h = φ(Wᵀ x),   y' = ψ(R h + b)

    φ and ψ are the identity or a ReLU, the readout R is W itself or a matrix of its own, and the
    target y is x or |x|, as the model says. Inputs are columns: x (M, n, batch), W, R (M, n, m),
    b and importance (M, n, 1).

    With `density` (M, n, 1) the loss of output i of the ReLU output model is its expectation over
    x_i given the other features (`_own_feature`). With `attack` (M, 1, 1) the model sees
    x + ε G_i / ‖G_i‖, G = W Wᵀ, for features i that take turns; the target is x as it was.

    Reference: Elhage et al. 2022, sections 2 and 8 to 11.
    """

    def __init__(
        self,
        model: Model,
        importance: torch.Tensor,
        work: Workspace,
        *,
        l1: float = 0.0,
        density: torch.Tensor | None = None,
        attack: torch.Tensor | None = None,
    ) -> None:
        models, n, _ = importance.shape
        batch_size = work.x.shape[-1]
        self._hidden_relu = isinstance(model, (ReluHiddenModel, AbsoluteValueModel))
        self._output_relu = not isinstance(model, LinearModel)
        self._absolute = isinstance(model, AbsoluteValueModel)
        self._weight = importance * (2.0 / (batch_size * n))
        self._penalty = l1 / (batch_size * n)
        self._density = density
        self._attack = attack
        self._turn = torch.arange(batch_size, device=importance.device) % n
        self._work = [array[:models] for array in work]

    def __call__(
        self,
        W: torch.Tensor,
        R: torch.Tensor,
        b: torch.Tensor,
        dW: torch.Tensor,
        dR: torch.Tensor,
        db: torch.Tensor,
    ) -> None:
        """Fill dW, dR and db for the inputs x in the workspace.

        Where W reads out as well, R is W and dR is dW: the sum of both parts.
        """
        x, hidden, to_hidden, output, error = self._work
        seen = x
        if self._attack is not None:
            direction, length = _directions(W)
            seen = x + self._attack * direction[:, :, self._turn]
        torch.bmm(W.mT, seen, out=hidden)
        if self._hidden_relu:
            hidden.relu_()
        torch.baddbmm(b, R, hidden, out=output)
        torch.sub(output, x.abs() if self._absolute else x, out=error)
        if self._output_relu:
            _gate(error, output)
        own = None if self._density is None else _own_feature(x, W, output, self._density, error)

        torch.sum(error, -1, keepdim=True, out=db)
        db.mul_(self._weight)
        torch.bmm((R * self._weight).mT, error, out=to_hidden)
        if self._penalty:
            to_hidden.add_(hidden.sign(), alpha=self._penalty)
        if self._hidden_relu:
            _gate(to_hidden, hidden)
        to_readout = torch.bmm(error, hidden.mT).mul_(self._weight)
        torch.bmm(seen, to_hidden.mT, out=dW)
        if R is W:
            dW.add_(to_readout)
        else:
            dR.copy_(to_readout)
        if own is not None:
            dW.addcmul_(own * self._weight, W, value=2.0)
        if self._attack is not None:
            to_input = torch.bmm(W, to_hidden)
            dW.add_(
                _through_directions(self._attack * self._by_turn(to_input), W, direction, length)
            )
            self._turn = (self._turn + self._turn.shape[0]) % W.shape[1]

    def _by_turn(self, to_input: torch.Tensor) -> torch.Tensor:
        """(M, n, n): the sums over the inputs that were attacked with each of the features."""
        models, n, _ = to_input.shape
        total = torch.zeros(models, n, n, device=to_input.device)
        return total.index_add_(2, self._turn, to_input)


def attacks(W: torch.Tensor, size: int) -> torch.Tensor:
    """Unit attacks G_i / ‖G_i‖, G = W Wᵀ (M, n, m), as columns (M, n, size): features in turn."""
    return _directions(W)[0][:, :, torch.arange(size, device=W.device) % W.shape[1]]


def _gate(gradient: torch.Tensor, value: torch.Tensor) -> None:
    """The gradient where a ReLU let its value through, 0 elsewhere, in place."""
    torch.ops.aten.threshold_backward.grad_input(gradient, value, 0, grad_input=gradient)


def _own_feature(
    x: torch.Tensor, W: torch.Tensor, z: torch.Tensor, p: torch.Tensor, error: torch.Tensor
) -> torch.Tensor:
    """Halves of E ∂L_i/∂a_i into error and what Σ error_i x_i lacks of Σ E ∂L_i/∂G_ii (M, n, 1).

    a_i = z_i − G_ii x_i,   w = G_ii,   output i is on for U > t = clip(−a/w, 0, 1)
    E ∂L_i/∂a = 2 (1 − p) a₊ + 2 p ∫_t^1 (a + (w − 1) u) du
    E ∂L_i/∂w = 2 p ∫_t^1 u (a + (w − 1) u) du
    """
    w = W.square().sum(-1, keepdim=True)
    a = torch.addcmul(z, w, x, value=-1.0)
    t = (a / -w.clamp_min(SMALLEST)).clamp_(0.0, 1.0)
    square = t * t
    excess = (w - 1) / 2
    own = torch.addcmul(excess * (4 / 3), excess * (-4 / 3), square * t)
    square.neg_().add_(1.0)
    own.addcmul_(a, square).mul_(p / 2)
    torch.mul(square, excess, out=error)
    error.addcmul_(a, t.neg_().add_(1.0)).mul_(p)
    error.addcmul_(a.relu_(), 1 - p)
    return own.sum(-1, keepdim=True).sub_((error * x).sum(-1, keepdim=True))


def _directions(W: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """G_i / ‖G_i‖ as columns (M, n, n), and the lengths (M, 1, n); 0 where there is none."""
    G = torch.bmm(W, W.mT)
    length = torch.linalg.vector_norm(G, dim=1, keepdim=True).clamp_min_(SMALLEST)
    return G / length, length


def _through_directions(
    to_direction: torch.Tensor, W: torch.Tensor, direction: torch.Tensor, length: torch.Tensor
) -> torch.Tensor:
    """dL/dW from derivatives by the columns of the directions."""
    along = (direction * to_direction).sum(1, keepdim=True)
    dG = (to_direction - direction * along) / length
    return torch.bmm(dG + dG.mT, W)
