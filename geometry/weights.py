"""Weight matrices: what counts as one, and how one is read from a file."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Layout = Literal["features-hidden", "hidden-features"]
_DEFLATE_LIMIT = 1032  # no deflate stream expands by more than this factor


def checked_weights(W: ArrayLike, *, ndim: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """A finite real array whose last two axes are features and hidden dimensions.

    Parameters
    ----------
    W : shape (..., n_features, n_hidden)
    ndim : the numbers of axes that are allowed; any number from two on where it is left out

    Raises
    ------
    ValueError
        with one line that says what was expected, what was found and what to do.
    """
    try:
        found = np.asarray(W)
    except ValueError:
        raise ValueError(
            "expected W of shape (n_features, n_hidden), got rows of unequal length; "
            "give every feature the same number of hidden dimensions"
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
    array = found.astype(np.float64)
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
        b = b.astype(np.float64)
        if not np.isfinite(b).all():
            raise ValueError("expected finite b, got NaN or infinite entries; take another run")
        object.__setattr__(self, "b", b)


def load_weights(path: str | PathLike[str], layout: Layout = "features-hidden") -> Weights:
    """The weights in a file, with features as rows whatever the layout of the file.

    Parameters
    ----------
    path : a .npy, .npz, .safetensors or .pt file. A file of named arrays holds "W" and perhaps
        "b"; a file with a single array may call it anything.
    layout : "features-hidden" when the last two axes of W are (n_features, n_hidden), the default;
        "hidden-features" transposes them. A layout is never guessed from the shape.

    No pickle is executed: arrays of objects are refused, and a .pt is read with weights only.

    Raises
    ------
    FileNotFoundError
        when there is no such file.
    ValueError
        in one line, for a file that does not hold one weight matrix (or one batch of them).

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "digon.npy"
    ...     np.save(path, [[1.0], [-1.0]])
    ...     load_weights(path).W.shape
    (2, 1)
    """
    if layout not in ("features-hidden", "hidden-features"):
        raise ValueError(
            f"expected layout 'features-hidden' or 'hidden-features', got {layout!r}; "
            "name the order of the last two axes of W"
        )
    arrays = read_arrays(path)
    try:
        W, b = _select(arrays)
        if layout == "hidden-features" and np.ndim(W) >= 2:
            W = np.swapaxes(W, -1, -2)
        return Weights(W, b)
    except ValueError as error:
        raise ValueError(f"{path}: {_one_line(error)}") from None


def read_arrays(path: str | PathLike[str]) -> Mapping[str, Any]:
    """The arrays in a file by their names, as they are stored; one that is not wanted is None.

    Wanted are "W" and "b", or the only array of the file. Formats and errors as `load_weights`.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path], Mapping[str, Any]]] = {
        ".npy": _read_npy,
        ".npz": _read_npz,
        ".safetensors": _read_safetensors,
        ".pt": _read_pt,
    }
    if path.suffix.lower() not in readers:
        raise ValueError(
            f"{path}: expected a file that ends in {', '.join(readers)}, got {path.suffix!r}; "
            "save the weights in one of these formats"
        )
    if not path.exists():
        raise FileNotFoundError(f"{path}: expected a file of weights, found none; check the path")
    if not path.is_file():
        raise ValueError(f"{path}: expected a file of weights, found a directory; name the file")
    try:
        return readers[path.suffix.lower()](path)
    # Four foreign parsers raise whatever they like on a damaged file: each becomes one line.
    except Exception as error:
        raise ValueError(
            f"{path}: expected a readable {path.suffix} file of plain arrays, got "
            f"{type(error).__name__}: {_one_line(error)}; save it again, without pickled objects"
        ) from error


def _select(arrays: Mapping[str, Any]) -> tuple[Any, Any]:
    if "W" in arrays:
        return arrays["W"], arrays.get("b")
    if len(arrays) == 1:
        return next(iter(arrays.values())), None
    names = ", ".join(sorted(map(str, arrays))[:8]) or "nothing"
    raise ValueError(
        f"expected an array called 'W' (and perhaps 'b'), or a single array, got {names}; "
        "save the weight matrix under the name 'W'"
    )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:297] + "..."


def _read_array(stream: BinaryIO, size: int) -> NDArray[Any]:
    """The one array of a .npy stream, after its header was held against the size of the stream."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"version {version} of the .npy format, which plain numbers do not need")
    if dtype.hasobject:
        raise ValueError("an array of pickled objects")
    declared = prod(shape) * dtype.itemsize
    available = size - stream.tell()
    if declared > available:
        raise ValueError(f"a header that declares {declared} bytes where {available} are stored")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _read_npy(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return {"W": _read_array(stream, path.stat().st_size)}


def _read_npz(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        wanted = [name for name in ("W", "b") if name in members] if "W" in members else members
        arrays: dict[str, Any] = dict.fromkeys(members)
        for name in wanted if len(members) == 1 or "W" in members else ():
            info = members[name]
            if info.file_size > _DEFLATE_LIMIT * min(info.compress_size, size):
                raise ValueError(f"a member that declares {info.file_size} bytes, more than it has")
            with archive.open(info) as stream:
                arrays[name] = _read_array(stream, info.file_size)  # type: ignore[arg-type]
    return arrays


def _read_safetensors(path: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        kinds = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
    # numpy has no name for the short floats of machine learning
    framework = "pt" if any(kind.startswith(("BF", "F8")) for kind in kinds) else "numpy"
    with safe_open(path, framework=framework) as file:
        names = list(file.keys())
        wanted = [name for name in names if name in ("W", "b")] if "W" in names else names[:1]
        arrays: dict[str, Any] = dict.fromkeys(names)
        for name in wanted:
            tensor = file.get_tensor(name)
            arrays[name] = tensor if framework == "numpy" else tensor.double().numpy()
    return arrays


def _read_pt(path: Path) -> dict[str, Any]:
    import torch

    with warnings.catch_warnings():
        # What torch warns about here either loads all the same or is refused below in one line.
        warnings.simplefilter("ignore")
        found = torch.load(path, map_location="cpu", weights_only=True)
    tensors = found if isinstance(found, Mapping) else {"W": found}
    wanted = ("W", "b") if "W" in tensors else tuple(tensors) if len(tensors) == 1 else ()
    arrays: dict[str, Any] = {str(name): None for name in tensors}
    for name in wanted:
        tensor = tensors.get(name)
        if isinstance(tensor, torch.Tensor):
            # An expanded view stores one number and declares as many as it likes.
            if tensor.numel() * tensor.element_size() > path.stat().st_size:
                raise ValueError(f"{tensor.numel()} numbers declared, more than the file stores")
            tensor = tensor.detach()
            arrays[str(name)] = (tensor if tensor.is_complex() else tensor.double()).numpy()
        elif tensor is not None:
            raise ValueError(f"a {type(tensor).__name__} where a tensor was expected")
    return arrays
