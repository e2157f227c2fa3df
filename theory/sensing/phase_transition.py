"""The transition of recovery, measured: random weights, random inputs, a linear programme."""

from __future__ import annotations

from functools import partial

import numpy as np

from theory.sensing.decoders import basis_pursuit, recover


def recovery_rate(
    n_features: int,
    n_hidden: int,
    n_active: int,
    *,
    trials: int = 50,
    seed: int = 0,
    signed: bool = False,
) -> float:
    """The share of inputs that basis pursuit recovers, each from Gaussian weights of its own.

    Inputs have n_active features, drawn from all, of amplitudes uniform on [0, 1) and, if `signed`,
    of random signs. It falls from 1 to 0 where m = n ψ(k/n), `weak_threshold`, over a width of √n.

    Raises ValueError unless 1 ≤ n_active, n_hidden ≤ n_features and for fewer than one trial.

    >>> recovery_rate(40, 20, 2, trials=5), recovery_rate(40, 5, 10, trials=5)
    (1.0, 0.0)
    """
    if not 1 <= n_hidden <= n_features or not 1 <= n_active <= n_features or trials < 1:
        raise ValueError(
            f"expected 1 ≤ n_hidden, n_active ≤ n_features and trials ≥ 1, got {n_hidden}, "
            f"{n_active}, {n_features} and {trials}"
        )
    rng = np.random.default_rng(seed)
    decoder = partial(basis_pursuit, signed=signed)
    recovered = 0
    for _ in range(trials):
        W = rng.standard_normal((n_features, n_hidden)) / np.sqrt(n_hidden)
        x = np.zeros(n_features)
        active = rng.choice(n_features, n_active, replace=False)
        x[active] = rng.random(n_active) * (rng.choice([-1, 1], n_active) if signed else 1)
        recovered += int(recover(decoder, x, W).recovered[0])
    return recovered / trials
