"""Arrays by name from the files that others write, without executing anything in them."""

from __future__ import annotations

import pickletools
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from io import BufferedReader, FileIO
from math import prod
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Choice = Callable[[list[str]], list[str]]
# What a compressed member may inflate to: weights shrink little, bombs a thousandfold.
_INFLATED, _RATIO = 2**24, 8
# What the pickle of a state dict names. torch would also call what allocates any number of bytes.
_GLOBALS = re.compile(
    r"collections (OrderedDict|Counter)|__builtin__ (set|complex)|_codecs encode"
    r"|torch(\.cuda)? [A-Z]\w+Storage|torch (Size|device|(b?float|u?int|complex|bool)\d*)"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|parameter|parameter_with_state)"
)


def w_and_b(names: list[str]) -> list[str]:
    """ "W" and "b" of the names in a file, or its only one."""
    if "W" in names:
        return [name for name in ("W", "b") if name in names]
    return names if len(names) == 1 else []


def read_arrays(path: str | PathLike[str], wanted: Choice = w_and_b) -> Mapping[str, Any]:
    """The arrays in a file by their names, as they are stored; one that is not wanted is None.

    `wanted` chooses among the names. A .npy holds "W" alone, and so does a bare tensor.
    Formats and errors as `load_weights`.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path, Choice], Mapping[str, Any]]] = {
        ".npy": _read_npy,
        ".npz": _read_npz,
        ".safetensors": _read_safetensors,
        ".pt": _read_pt,
        ".pth": _read_pt,
    }
    if path.is_dir():
        raise ValueError(f"{path}: expected a file of weights, found a directory; name the file")
    if path.suffix.lower() not in readers:
        raise ValueError(
            f"{path}: expected a file that ends in {', '.join(readers)}, got {path.suffix!r}; "
            "save the weights in one of these formats"
        )
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a file of weights, found none; check the path")
    try:
        return readers[path.suffix.lower()](path, wanted)
    except MemoryError:
        raise  # the file is as large as it says
    # Foreign parsers raise whatever they like on a damaged file: each becomes one line.
    except Exception as error:
        raise ValueError(
            f"{path}: expected a readable {path.suffix} file of plain arrays, got "
            f"{type(error).__name__}: {one_line(error)}; save it again, without pickled objects"
        ) from error


def one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:297] + "..."


class _Stored(BufferedReader):
    """A file of which no more is asked for, and set aside for, than it stores."""

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path))
        self.size = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(None if size is None else min(size, self.size))


def _read_array(stream: BinaryIO, size: int) -> NDArray[Any]:
    """The one array of a .npy stream, after its header was held against the size of the stream."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} of the .npy format, which plain numbers do not need")
    header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    try:
        shape, _, dtype = header(stream)
    except MemoryError:  # what Python's parser says of a text that is nested too deeply
        raise ValueError("a header nested too deeply") from None
    if dtype.hasobject:
        raise ValueError("an array of pickled objects")
    if min(shape, default=0) < 0:
        raise ValueError(f"a header that declares the shape {shape}")
    declared = prod(shape) * dtype.itemsize
    available = size - stream.tell()
    if declared > available:
        raise ValueError(f"a header that declares {declared} bytes where {available} are stored")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _read_npy(path: Path, wanted: Choice) -> dict[str, Any]:
    with _Stored(path) as stream:
        return {"W": _read_array(stream, stream.size)}


def _read_npz(path: Path, wanted: Choice) -> dict[str, Any]:
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        names = [info.filename.removesuffix(".npy") for info in infos]
        members = dict(zip(names, infos, strict=True))
        arrays: dict[str, Any] = dict.fromkeys(members)
        for name in wanted(list(members)):
            info = members[name]
            if names.count(name) > 1:
                raise ValueError(f"{names.count(name)} members called {name!r}")
            stored = min(info.compress_size, size)
            if info.file_size > max(_INFLATED, _RATIO * stored):
                raise ValueError(
                    f"a member of {stored} bytes that would inflate to {info.file_size}, "
                    "which must be saved uncompressed if it is true"
                )
            with archive.open(info) as stream:
                arrays[name] = _read_array(stream, info.file_size)  # type: ignore[arg-type]
    return arrays


def _read_safetensors(path: Path, wanted: Choice) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        kinds = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
    # numpy has no name for the short floats of machine learning
    framework = "pt" if any(kind.startswith(("BF", "F8")) for kind in kinds) else "numpy"
    with safe_open(path, framework=framework) as file:
        arrays: dict[str, Any] = dict.fromkeys(file.keys())
        for name in wanted(list(arrays)):
            tensor = file.get_tensor(name)
            arrays[name] = tensor if framework == "numpy" else tensor.double().numpy()
    return arrays


def _read_pt(path: Path, wanted: Choice) -> dict[str, Any]:
    import torch

    _check_archive(path)
    with warnings.catch_warnings():
        # What torch warns about here either loads all the same or is refused below in one line.
        warnings.simplefilter("ignore")
        found = torch.load(path, map_location="cpu", weights_only=True)
    tensors = found if isinstance(found, Mapping) else {"W": found}
    names = Counter(map(str, tensors))
    tensors = {str(name): tensor for name, tensor in tensors.items()}
    arrays: dict[str, Any] = dict.fromkeys(tensors)
    for name in wanted(list(tensors)):
        tensor = tensors[name]
        if names[name] > 1:
            raise ValueError(f"{names[name]} entries called {name!r}")
        if isinstance(tensor, torch.Tensor):
            # An expanded view stores one number and declares as many as it likes.
            if tensor.numel() * tensor.element_size() > path.stat().st_size:
                raise ValueError(f"{tensor.numel()} numbers declared, more than the file stores")
            tensor = tensor.detach()
            arrays[name] = (tensor if tensor.is_complex() else tensor.double()).numpy()
        else:
            raise ValueError(f"a {type(tensor).__name__} where a tensor was expected")
    return arrays


def _check_archive(path: Path) -> None:
    """Refuse what torch.load would unpack to more than the file, or call beyond a state dict."""
    if not zipfile.is_zipfile(path):
        raise ValueError("no archive, as torch has saved since version 1.6")
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > path.stat().st_size:
            raise ValueError("an archive that declares more bytes than it stores")
        for info in infos:
            if info.filename.endswith("/data.pkl"):
                for operation, name, _ in pickletools.genops(archive.read(info)):
                    if "GLOBAL" in operation.name and not _GLOBALS.fullmatch(str(name)):
                        raise ValueError(f"a pickle that names {name}, which no state dict needs")
