"""What an argument must be, said in one line where it is something else."""

from __future__ import annotations

from math import isfinite
from numbers import Rational
from operator import index
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")
_SHOWN = 80  # characters of a value in a message
_MOST = 2**64 - 1  # that numpy counts to, and torch takes for a seed


def shown(value: Any) -> str:
    """A value in one short line of a message."""
    text = " ".join(repr(value)[: 10 * _SHOWN].split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def real(name: str, value: Any) -> float:
    """The value as a finite float; a ValueError that calls it by its name where it is none."""
    number = _number(value)
    if number is None or not isfinite(number):
        raise ValueError(
            f"expected {name} to be a finite number, got {shown(value)}{tensor(value)}"
        )
    return number


def ends(name: str, value: Any) -> tuple[float, float]:
    """The value as two finite floats, the ends of a range; a ValueError otherwise."""
    array = _array(value)
    if array is None or array.shape != (2,):
        raise ValueError(f"expected {name} to be two numbers, got {shown(value)}")
    low, high = array.tolist()
    return real(name, low), real(name, high)


def whole(name: str, value: Any, least: int, most: int = _MOST) -> int:
    """The value as an int of at least `least` and at most `most`; a ValueError otherwise.

    A float is no whole number, even where it has no fraction.
    """
    try:
        number = None if isinstance(value, bool) or np.ma.is_masked(value) else index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"expected {name} to be a whole number ≥ {least}, got {shown(value)}")
    if number > most:
        raise ValueError(f"expected {name} to be a whole number ≤ {most}, got {shown(value)}")
    return number


def truth(name: str, value: Any) -> bool:
    """The value as a bool; a ValueError for anything else, even for 0 and 1."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"expected {name} to be True or False, got {shown(value)}")
    return bool(value)


def real_array(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """The value as finite float64; a ValueError that calls it by its name otherwise."""
    array = _array(value)
    if array is None or array.dtype.kind not in "fiu":
        raise ValueError(
            f"expected {name} to be an array of real numbers or one number, got {shown(value)}"
            f"{tensor(value)}"
        )
    found = as_float64(array)
    bad = int((~np.isfinite(found)).sum())
    if bad:
        raise ValueError(
            f"expected finite {name}, got {bad} NaN or infinite of {found.size} entries"
        )
    return found


def as_float64(array: NDArray[Any], *, copy: bool = True) -> NDArray[np.float64]:
    """The numbers as float64, infinite where they are too large for it, without a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(np.float64, copy=copy)


def held(what: str, values: T) -> T:
    """The values, or a ValueError where one of them is too large for a float or no number."""
    if not np.isfinite(values).all():  # type: ignore[call-overload]
        raise ValueError(
            f"expected numbers whose {what} a float can hold, got some of which it is "
            "infinite; scale them down"
        )
    return values


def tensor(value: Any) -> str:
    """What to do where the value is a tensor of torch, as the end of a message."""
    return "; give value.detach().cpu().double()" if hasattr(value, "detach") else ""


def _number(value: Any) -> float | None:
    if isinstance(value, Rational) and not isinstance(value, bool):  # numpy has no type for some
        try:
            return float(value)
        except OverflowError:
            return None
    array = _array(value)
    if array is None or array.ndim or array.dtype.kind not in "fiu":
        return None
    return float(array)


def _array(value: Any) -> NDArray[Any] | None:
    """The value as an array, None where it is none or a part of it is masked."""
    if np.ma.is_masked(value):
        return None
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # the last of a tensor that has a gradient
        return None
