"""Gradients by hand against torch's autograd, in the models' own words."""

import pytest
import torch

from training.gradients import Gradient, Workspace
from training.models import AbsoluteValueModel, LinearModel, ReluHiddenModel, ReluOutputModel

MODELS = [LinearModel, ReluOutputModel, ReluHiddenModel, AbsoluteValueModel]
M, N, HIDDEN, BATCH = 3, 7, 4, 50


def _problem(model, seed=0):
    """Random weights, inputs and importances; x is signed where the model's inputs are."""
    generator = torch.Generator().manual_seed(seed)
    W, R = torch.randn(2, M, N, HIDDEN, generator=generator)
    b = 0.3 * torch.randn(M, N, 1, generator=generator)
    x = torch.rand(M, N, BATCH, generator=generator)
    x *= torch.rand(M, N, BATCH, generator=generator) < 0.4
    if isinstance(model, AbsoluteValueModel):
        x *= torch.randint(0, 2, x.shape, generator=generator) * 2 - 1
    else:
        R = W
    importance = torch.rand(M, N, 1, generator=generator)
    return W, R, b, x, importance


def _by_hand(model, W, R, b, x, importance, **options):
    work = Workspace.of(M + 1, model, BATCH, torch.device("cpu"))
    work.x[:M] = x
    dW, db = torch.full_like(W, torch.nan), torch.full_like(b, torch.nan)
    dR = dW if R is W else torch.full_like(R, torch.nan)
    with torch.no_grad():
        Gradient(model, importance, work, **options)(W, R, b, dW, dR, db)
    return [dW, db] if R is W else [dW, db, dR]


def _by_autograd(model, W, R, b, x, importance, l1=0.0, attack=0.0):
    """The models as the paper writes them, the loss as the notebook does."""
    W = W.clone().requires_grad_()
    R = W if isinstance(model, (LinearModel, ReluOutputModel, ReluHiddenModel)) else R.clone()
    b = b.clone().requires_grad_()
    seen = x
    if attack:
        G = W @ W.mT
        turns = torch.arange(BATCH) % N
        seen = x + attack * (G / G.norm(dim=1, keepdim=True))[:, :, turns]
    hidden = W.mT @ seen
    if isinstance(model, (ReluHiddenModel, AbsoluteValueModel)):
        hidden = hidden.relu()
    if isinstance(model, AbsoluteValueModel):
        R.requires_grad_()
    out = R @ hidden + b
    if not isinstance(model, LinearModel):
        out = out.relu()
    target = x.abs() if isinstance(model, AbsoluteValueModel) else x
    loss = (importance * (target - out) ** 2).mean(dim=(1, 2)).sum()
    loss = loss + l1 * hidden.abs().sum() / (BATCH * N)
    return torch.autograd.grad(loss, [W, b] if R is W else [W, b, R])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("l1", [0.0, 0.3])
def test_gradient_is_that_of_autograd(model, l1):
    problem = _problem(model(N, HIDDEN))
    ours = _by_hand(model(N, HIDDEN), *problem, l1=l1)
    theirs = _by_autograd(model(N, HIDDEN), *problem, l1=l1)
    for mine, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", [LinearModel, ReluOutputModel])
def test_gradient_of_an_attack_goes_through_its_direction(model):
    problem = _problem(model(N, HIDDEN))
    ours = _by_hand(model(N, HIDDEN), *problem, attack=torch.full((M, 1, 1), 0.4))
    theirs = _by_autograd(model(N, HIDDEN), *problem, attack=0.4)
    for mine, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("density", [1.0, 0.3])
def test_own_feature_is_averaged_over(density):
    # autograd of the loss of output i, with x_i replaced by 0 and by many values in [0, 1]
    model = ReluOutputModel(N, HIDDEN)
    W, _, b, x, importance = _problem(model)
    values = (torch.arange(4000) + 0.5) / 4000
    p = torch.full((M, N, 1), density)
    ours = _by_hand(model, W, W, b, x, importance, density=p)
    W, b = W.clone().requires_grad_(), b.clone().requires_grad_()
    G = W @ W.mT
    own = G.diagonal(dim1=1, dim2=2)[..., None]
    a = b + G @ x - own * x
    off = a.relu() ** 2
    on = ((a[..., None] + own[..., None] * values).relu() - values).square().mean(-1)
    loss = (importance * ((1 - p) * off + p * on)).mean(dim=(1, 2)).sum()
    for mine, expected in zip(ours, torch.autograd.grad(loss, [W, b]), strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-3, atol=1e-4)
