"""How the kernels are compiled, where their code is kept, and where they keep their vectors."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numba import config, njit
from numba.misc.appdirs import AppDirs

from theory.loss.own_copies import OwnCopies

LANES = 16  # frequencies that go through the inner loops together: 8 and 32 were slower
CLEAR = 64  # numbers of room behind a vector
NUMBA: Any = config  # whose attributes are made when it is imported

# nnan and ninf stay off: a NaN that enters must come out as a NaN
COMPILE: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "arcp", "nsz"},
    "pipeline_class": OwnCopies,
}


def compiled(function: Callable | None = None, **options: Any) -> Any:
    """Decorator: compile as all kernels are, but for the options of `numba.njit` that are given.

    The code is kept in a folder named by the checksum of all the kernels' sources. Numba's own
    choice looks at the file of the function only, runs old copies of what was edited in another
    file, and leaves files beside the sources that an uninstallation does not know of. It is what
    remains where that folder cannot be written; without any place a warning says what it costs.
    """
    if function is None:
        return partial(compiled, **options)
    beside = Path(function.__code__.co_filename).parent
    of_others, NUMBA.CACHE_DIR = NUMBA.CACHE_DIR, str(_folder(beside))
    try:
        return njit(cache=True, **(COMPILE | options))(function)
    except RuntimeError:
        _warn_once()
        return njit(**(COMPILE | options))(function)
    finally:
        NUMBA.CACHE_DIR = of_others


@cache
def _folder(beside: Path) -> Path:
    """Where the code of the kernels in a folder is kept; numba's setting says in what place."""
    place = NUMBA.CACHE_DIR or AppDirs("tegum", appauthor=False).user_cache_dir
    sources = {*Path(__file__).parent.glob("*.py"), *beside.glob("*.py")}
    texts = [path.read_bytes() for path in sorted(sources)]
    checksum = zlib.crc32(b"".join(text for text in texts if b"compiled" in text))
    return Path(place) / f"kernels-{checksum:08x}"


@cache
def _warn_once() -> None:
    warnings.warn(
        "expected a folder to keep compiled kernels in, found none that can be written: each "
        "process will compile them again, for a minute or so; set NUMBA_CACHE_DIR",
        RuntimeWarning,
        stacklevel=3,
    )


@compiled(inline="always")
def vector(size):
    """Scratch for `size` numbers, with no other scratch close behind it.

    A vectorised loop first asks whether what it writes may overlap what it reads, and takes any
    array that begins a few registers behind another for one that does. It then goes by a scalar
    way, with other last bits: those of short vectors would depend on where the heap puts them.
    """
    return np.empty(size + CLEAR)[:size]
