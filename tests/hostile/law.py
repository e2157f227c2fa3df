"""What must hold of every input, however malformed: a right answer or one clear line."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

LONGEST = 1000  # characters of a line that a person still reads


class Outcome(NamedTuple):
    answered: bool
    said: str  # why it was refused
    result: Any = None


def outcome(work: Callable[[], Any], undefined: tuple[str, ...] = ()) -> Outcome:
    """What comes of it; whatever is neither an answer nor one clear line is an error here.

    `undefined` are the endings of numbers that the documentation allows not to be finite.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = work()
        except (ValueError, FileNotFoundError) as error:
            check_line(str(error))
            return Outcome(False, str(error))
        except ArithmeticError as error:  # of an accuracy that cannot be had, as documented
            if type(error) is not ArithmeticError:
                raise
            check_line(str(error))
            return Outcome(False, str(error))
    nan = [
        name
        for name, value in numbers(result)
        if not name.endswith(undefined) and not np.isfinite(value).all()
    ]
    assert not nan, f"an answer with numbers that are not finite: {nan[:5]}"
    return Outcome(True, "", result)


def check_line(said: str) -> None:
    """One line that says what was expected, and no want of memory that stands for a claim."""
    assert said.strip() and "\n" not in said, f"expected one line, got {said!r}"
    assert len(said) <= LONGEST, f"expected a line that can be read, got {len(said)} characters"
    for memory in ("MemoryError", "can't allocate", "nable to allocate", "out of memory"):
        assert memory not in said, f"so much memory was asked for that there was none: {said}"


def numbers(found: Any, name: str = "result") -> Iterator[tuple[str, np.ndarray]]:
    """All real and complex numbers in a result, with the way to each."""
    if isinstance(found, np.ndarray):
        if found.dtype.kind in "fc":
            yield name, found
    elif isinstance(found, (float, complex, np.floating)):
        yield name, np.asarray(found)
    elif is_dataclass(found):
        for field in fields(found):
            yield from numbers(getattr(found, field.name), f"{name}.{field.name}")
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from numbers(value, f"{name}[{key!r}]")
    elif isinstance(found, (list, tuple)):
        for index, value in enumerate(found):
            yield from numbers(value, f"{name}[{index}]")


def check_untouched(folder: Path, before: set[Path]) -> None:
    """Nothing that was read has run, made or removed anything."""
    assert set(folder.iterdir()) == before, f"something was made in or removed from {folder}"
