"""How the compiled kernels are compiled, and where they keep their vectors."""

from typing import Any

import numpy as np
from numba import njit

from theory.loss.own_copies import OwnCopies

LANES = 16  # frequencies that go through the inner loops together: 8 and 32 were slower

# nnan and ninf stay off: a NaN that enters must come out as a NaN
COMPILE: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "arcp", "nsz"},
    "pipeline_class": OwnCopies,
}

CLEAR = 64  # numbers of room behind a vector


@njit(inline="always", **COMPILE)
def vector(size):
    """Scratch for `size` numbers, with no other scratch close behind it.

    A vectorised loop first asks whether what it writes may overlap what it reads, and takes any
    array that begins a few registers behind another for one that does. It then goes by a scalar
    way, with other last bits: those of short vectors would depend on where the heap puts them.
    """
    return np.empty(size + CLEAR)[:size]
