"""Weight matrices: what counts as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import as_float64, shown, tensor


def checked_weights(
    W: ArrayLike, *, ndim: tuple[int, ...] | None = None, copy: bool = True
) -> NDArray[np.float64]:
    """A finite real array whose last two axes are features and hidden dimensions.

    Parameters
    ----------
    W : shape (..., n_features, n_hidden)
    ndim : the numbers of axes that are allowed; any number from two on where it is left out
    copy : whether float64 is copied, so that it stays what it is; large weights that are only read
        need not be there twice

    Raises
    ------
    ValueError
        with one line that says what was expected, what was found and what to do.
    """
    if np.ma.is_masked(W):
        raise ValueError("expected W without masked entries, got some; fill them or leave them out")
    try:
        found = np.asarray(W)
    except ValueError:
        raise ValueError(
            "expected W of shape (n_features, n_hidden), got rows of unequal length; "
            "give every feature the same number of hidden dimensions"
        ) from None
    except (TypeError, RuntimeError):  # tensors with a gradient, of bfloat16, on other devices
        raise ValueError(
            f"expected W as an array, got {shown(W)}, of which numpy makes none{tensor(W)}"
        ) from None
    if found.dtype.kind not in "fiub":
        raise ValueError(
            f"expected W of real numbers, got dtype {found.dtype}; convert it to float64 first"
        )
    allowed = found.ndim >= 2 if ndim is None else found.ndim in ndim
    if not allowed:
        axes = (
            "(..., n_features, n_hidden)"
            if ndim is None
            else " or ".join(
                ("(n_features, n_hidden)", "(instances, n_features, n_hidden)")[: len(ndim)]
            )
        )
        raise ValueError(
            f"expected W of shape {axes}, got shape {found.shape}; "
            "rows are features, choose or reshape the axes to match"
        )
    if 0 in found.shape:
        raise ValueError(
            f"expected W with at least one feature and one hidden dimension, got {found.shape}; "
            "check how it was saved"
        )
    array = as_float64(found, copy=copy)
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        raise ValueError(
            f"expected finite W, got {len(bad)} entries that are NaN or infinite, the first at "
            f"index {tuple(map(int, bad[0]))}; the training that made it diverged, take another"
        )
    return array


@dataclass(frozen=True, eq=False)
class Weights:
    """A weight matrix and, where it has one, its bias: rows are features.

    Attributes
    ----------
    W : (..., n_features, n_hidden), float64, finite
    b : (..., n_features) or None

    >>> Weights([[1.0, 0.0], [0.0, 1.0]]).W.shape
    (2, 2)
    """

    W: NDArray[np.float64]
    b: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        W = checked_weights(self.W, ndim=(2, 3))
        object.__setattr__(self, "W", W)
        if self.b is None:
            return
        b = np.asarray(self.b)
        if b.dtype.kind not in "fiub" or b.shape != W.shape[:-1]:
            raise ValueError(
                f"expected b of real numbers and shape {W.shape[:-1]} beside W of shape {W.shape}, "
                f"got dtype {b.dtype} and shape {b.shape}; check the layout or leave b out"
            )
        b = as_float64(b)
        if not np.isfinite(b).all():
            raise ValueError("expected finite b, got NaN or infinite entries; take another run")
        object.__setattr__(self, "b", b)
