import numpy as np
import pytest
from sympy import Rational

from theory import StaircaseCode, break_even_ramp
from theory.nonlinear_compression import LINEAR
from theory.symbolic.nonlinear_compression import (
    OFFSET,
    RAMP,
    SEGMENTS,
    best_offset,
    linear_reference,
    mean_squared_errors,
)

VARIANTS = [(0.5, False), (0.5, True), (0.0, False), (0.0, True)]


@pytest.mark.parametrize("last_ramp", [False, True])
@pytest.mark.parametrize("segments", [2, 3, 10])
@pytest.mark.parametrize("ramp", ["1/10", "1/5", "1"])
def test_errors_are_those_derived_from_the_integrals(segments, ramp, last_ramp):
    for offset in (Rational(1, 2), Rational(0)):
        code = StaircaseCode(segments, float(Rational(ramp)), float(offset), last_ramp)
        at = {SEGMENTS: segments, RAMP: Rational(ramp), OFFSET: offset}
        derived = [float(error.subs(at)) for error in mean_squared_errors(last_ramp=last_ramp)]
        assert code.errors == pytest.approx(derived, rel=1e-13)


@pytest.mark.parametrize(("offset", "last_ramp"), VARIANTS)
@pytest.mark.parametrize(("segments", "ramp"), [(2, 0.3), (3, 0.1), (3, 0.2), (7, 0.9)])
def test_errors_are_within_four_standard_errors_of_monte_carlo(segments, ramp, offset, last_ramp):
    code = StaircaseCode(segments, ramp, offset, last_ramp)
    values = np.random.default_rng(0).random((2, 200_000))
    for decoded, true, error in zip(
        code.decode(code.encode(*values)), values, code.errors, strict=True
    ):
        square = (decoded - true) ** 2
        assert abs(square.mean() - error) <= 4 * square.std() / np.sqrt(square.size)


def test_no_linear_map_does_better_than_the_reference():
    assert float(linear_reference()) == LINEAR
    # by rotation: the part of x and y orthogonal to a direction is lost, and its variance is 1/12
    rng = np.random.default_rng(1)
    x = rng.random((200_000, 2)) - 0.5
    for angle in (0.0, 0.3, np.pi / 4):
        u = np.array([np.cos(angle), np.sin(angle)])
        lost = ((x - np.outer(x @ u, u)) ** 2).mean(axis=1)
        assert abs(lost.mean() - LINEAR) <= 4 * lost.std() / np.sqrt(len(lost))


@pytest.mark.parametrize(("offset", "last_ramp"), VARIANTS)
def test_a_tenth_and_three_segments_beat_the_linear_map(offset, last_ramp):
    assert StaircaseCode(3, 0.1, offset, last_ramp).error < LINEAR


@pytest.mark.parametrize(("offset", "last_ramp"), VARIANTS)
def test_a_fifth_beats_it_only_without_the_needless_last_ramp(offset, last_ramp):
    assert (StaircaseCode(3, 0.2, offset, last_ramp).error < LINEAR) == (not last_ramp)


@pytest.mark.parametrize("last_ramp", [False, True])
@pytest.mark.parametrize("segments", [2, 3, 8])
def test_break_even_separates_codes_that_win_from_those_that_lose(segments, last_ramp):
    ramp = break_even_ramp(segments, last_ramp=last_ramp)
    assert StaircaseCode(segments, ramp - 1e-9, last_ramp=last_ramp).error < LINEAR
    assert StaircaseCode(segments, ramp + 1e-9, last_ramp=last_ramp).error > LINEAR


@pytest.mark.parametrize("last_ramp", [False, True])
def test_break_even_of_many_segments_has_its_closed_form(last_ramp):
    limit = (1 + np.cbrt(np.sqrt(2) - 1) - np.cbrt(np.sqrt(2) + 1)) / 2
    assert break_even_ramp(10**6, last_ramp=last_ramp) == pytest.approx(limit, abs=1e-5)


def test_best_offset_has_the_least_error():
    at = {SEGMENTS: 3, RAMP: Rational(1, 5)}
    best = float(best_offset().subs(at))
    errors = [StaircaseCode(3, 0.2, best + step).error for step in (-0.01, 0, 0.01)]
    assert errors[1] < min(errors[0], errors[2])


def test_three_segments_take_ten_neurons():
    assert StaircaseCode(3, 0.1).neurons == 10
    assert StaircaseCode(3, 0.1, last_ramp=True).neurons == 14


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((1, 0.1), "expected segments to be a whole number ≥ 2, got 1"),
        ((2.5, 0.1), "expected segments to be a whole number ≥ 2, got 2.5"),
        ((3, 0.0), r"expected a ramp in \(0, 1\], got 0.0"),
        ((3, np.nan), "expected ramp to be a finite number, got nan"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, expected):
    with pytest.raises(ValueError, match=expected):
        StaircaseCode(*arguments)


def test_a_code_that_never_wins_has_no_break_even():
    with pytest.raises(ValueError, match="expected a code that beats the linear one"):
        break_even_ramp(2, offset=0.0)
