import numpy as np
import pytest

from theory.sensing import (
    denoising_error,
    minimax_threshold,
    state_evolution,
    weak_threshold,
)


def amplitudes(rng, size, density, signed):
    x = np.where(rng.random(size) < density, rng.random(size), 0.0)
    return x * rng.choice([-1, 1], size) if signed else x


def soft(y, theta, signed):
    return np.sign(y) * np.maximum(np.abs(y) - theta, 0) if signed else np.maximum(y - theta, 0)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("noise", "alpha"), [(0.02, 1.5), (0.3, 0.7), (3.0, 1.0)])
def test_denoising_error_is_that_of_drawn_features(noise, alpha, signed):
    rng = np.random.default_rng(0)
    x = amplitudes(rng, 400_000, 0.2, signed)
    errors = (soft(x + noise * rng.standard_normal(len(x)), alpha * noise, signed) - x) ** 2
    exact = denoising_error(noise, 0.2, alpha, signed=signed)
    assert abs(errors.mean() - exact) < 4 * errors.std() / np.sqrt(len(x))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("density", [0.01, 0.1, 0.4])
def test_error_per_noise_tends_to_the_weak_threshold(density, signed):
    alpha = minimax_threshold(density, signed=signed)
    slope = denoising_error(1e-9, density, alpha, signed=signed) / 1e-18
    assert slope == pytest.approx(weak_threshold(density, signed=signed), abs=1e-8)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("density", [0.01, 0.1, 0.4])
def test_recursion_reaches_zero_above_the_weak_threshold_only(density, signed):
    threshold = weak_threshold(density, signed=signed)
    above = state_evolution(density, threshold * 1.03, signed=signed, steps=1000)
    below = state_evolution(density, threshold * 0.97, signed=signed, steps=1000)
    assert above[-1] < 1e-10 * above[0]
    assert below[-1] > 1e-8 * below[0]
    assert below[-1] == pytest.approx(below[-2], rel=1e-3)
    assert (np.diff(above) < 0).all()


@pytest.mark.parametrize("signed", [False, True])
def test_recursion_predicts_the_iteration_itself(signed):
    """Message passing on one large random W, step by step; amplitudes evenly spread."""
    n, m, p = 3000, 1350, 0.1
    rng = np.random.default_rng(1)
    A = rng.standard_normal((m, n)) / np.sqrt(m)
    x = np.zeros(n)
    x[: n // 10] = (np.arange(n // 10) + 0.5) / (n // 10)
    x[: n // 10 : 2] *= -1 if signed else 1
    y, alpha = A @ x, minimax_threshold(p, signed=signed)
    predicted = state_evolution(p, m / n, signed=signed, steps=6)
    estimate, residual = np.zeros(n), y
    for square in predicted:
        seen = (residual**2).mean()
        assert seen == pytest.approx(square, rel=0.1)
        estimate = soft(estimate + A.T @ residual, alpha * np.sqrt(seen), signed)
        residual = y - A @ estimate + residual * np.count_nonzero(estimate) / m
    assert predicted[-1] < 0.1 * predicted[0]


@pytest.mark.parametrize("arguments", [(0.0, 0.5), (0.1, 0.0), (0.1, 1.1), (0.1, np.nan)])
def test_what_makes_no_sense_is_refused(arguments):
    with pytest.raises(ValueError, match=r"expected a (density|ratio)"):
        state_evolution(*arguments)
    with pytest.raises(ValueError, match="noise"):
        denoising_error(0.0, 0.1, 1.0, signed=False)
