"""Weights from a file, in our layout or in that of others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from geometry.formats import Choice, one_line, read_arrays, w_and_b
from geometry.weights import Weights, checked_weights

Layout = Literal["features-hidden", "hidden-features", "notebook", "arena", "spd", "sae-lens"]
Arrays = Mapping[str, Any]
RUN = "model.safetensors"
SAE_CONFIG, SAE_WEIGHTS = "cfg.json", "sae_weights.safetensors"
TIED = 1e-6  # of the largest weight: what float32 loses when tied weights are copied


def load_weights(
    path: str | PathLike[str], layout: Layout = "features-hidden", array: str | None = None
) -> Weights:
    """The weights in a file, with features as rows whatever the layout of the file.

    Parameters
    ----------
    path : a .npy, .npz, .safetensors, .pt or .pth file, or the directory of a run. A file of named
        arrays holds "W" and perhaps "b"; a file with a single array may call it anything.
    layout : how the file holds them; never guessed from a shape. The last two axes of W are
        "features-hidden" (the default) or "hidden-features"; or the file is one of

        "notebook" : the state dict of the paper's training notebook, and of the first versions of
            spd: W (instances, n_features, n_hidden), b_final (instances, n_features)
        "arena" : that of the ARENA exercises or of tms-kit: W (instances, n_hidden, n_features),
            b_final (instances, n_features)
        "spd" : that of the TMSModel of spd (stochastic parameter decomposition), tied: either
            linear1.weight (n_hidden, n_features), linear2.weight (n_features, n_hidden) and
            linear2.bias, or, as its predecessor apd has it, linear1.weight (instances, n_features,
            n_hidden) and b_final; hidden layers only where they are the identity
        "sae-lens" : a directory with cfg.json and sae_weights.safetensors, as SAELens saves a
            sparse autoencoder: the rows of W_dec (d_sae, d_in) are the features. Its b_dec is a
            bias of the d_in, not of the features: b is None.
    array : the name of the one array that is W, in the file of a larger model; b is then None.

    No pickle is executed: arrays of objects are refused, and a .pt is read with weights only (and
    as torch saves it since version 1.6). No file takes much more memory than it has bytes: a
    compressed .npz of more than 16 MB may inflate eightfold.

    Raises
    ------
    FileNotFoundError
        when there is no such file.
    ValueError
        in one line, for a file that does not hold one weight matrix (or one batch of them), in
        particular for weights that are not tied: no single W stands for them.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "digon.npy"
    ...     np.save(path, [[1.0], [-1.0]])
    ...     load_weights(path).W.shape
    (2, 1)
    """
    if layout not in LAYOUTS:
        raise ValueError(
            f"expected layout {', '.join(map(repr, get_args(Layout)))}, got {layout!r}; "
            "name how the file holds W"
        )
    path = Path(path)
    wanted, weights = LAYOUTS[layout] if array is None else _one(array, layout)
    if layout == "sae-lens":
        file = _inside(path, (SAE_CONFIG, SAE_WEIGHTS))
    elif path.is_dir() and (path / RUN).is_file():
        if layout != "features-hidden":
            raise ValueError(f"{path}: expected no layout for a run, got {layout!r}; leave it out")
        if array is not None:
            raise ValueError(f"{path}: expected no array for a run, got {array!r}; leave it out")
        file, wanted = path / RUN, _named("W", "b", "readout")
    else:
        file = path
    arrays = read_arrays(file, wanted)
    try:
        if layout == "sae-lens":
            _check_sizes(arrays, path / SAE_CONFIG)
        return Weights(*weights(arrays))
    except ValueError as error:
        raise ValueError(f"{path}: {one_line(error)}") from None


def _inside(folder: Path, names: tuple[str, str]) -> Path:
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: expected a directory, found none; check the path")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ValueError(
            f"{folder}: expected a directory with {' and '.join(names)}, "
            f"found no {missing[0]}; name the directory that was saved"
        )
    return folder / names[1]


def _named(*wanted: str) -> Choice:
    return lambda names: [name for name in wanted if name in names]


def _one(array: str, layout: Layout) -> tuple[Choice, Callable[[Arrays], tuple[Any, Any]]]:
    """Only the array of that name, its axes in that order."""
    if layout not in ("features-hidden", "hidden-features"):
        raise ValueError(
            f"expected layout 'features-hidden' or 'hidden-features' for a named array, got "
            f"{layout!r}, which knows its names; leave one of them out"
        )

    def weights(arrays: Arrays) -> tuple[Any, None]:
        if array not in arrays:
            raise ValueError(f"expected an array called {array!r}, got {_names(arrays)}")
        return _swapped(arrays[array]) if layout == "hidden-features" else arrays[array], None

    return _named(array), weights


def _of_spd(names: list[str]) -> list[str]:
    known = ("linear1.weight", "linear2.weight", "linear2.bias", "b_final")
    return [name for name in names if name in known or name.startswith("hidden_layers.")]


def _plain(arrays: Arrays) -> tuple[Any, Any]:
    if arrays.get("readout") is not None:
        raise ValueError(
            "expected tied weights, got a readout beside W; take W and readout from Run.load"
        )
    if "W" in arrays:
        return arrays["W"], arrays.get("b")
    if len(arrays) == 1:
        return next(iter(arrays.values())), None
    raise ValueError(
        "expected an array called 'W' (and perhaps 'b'), or a single array, got "
        f"{_names(arrays)}; name the array that is W, or the layout"
    )


def _transposed(arrays: Arrays) -> tuple[Any, Any]:
    W, b = _plain(arrays)
    return _swapped(W), b


def _notebook(arrays: Arrays) -> tuple[Any, Any]:
    _check_names(arrays, ("W", "b_final"), ("b",))
    return arrays["W"], arrays["b_final"]


def _arena(arrays: Arrays) -> tuple[Any, Any]:
    W, b = _notebook(arrays)
    return _swapped(W), b


def _spd(arrays: Arrays) -> tuple[Any, Any]:
    if "linear2.weight" in arrays or "linear2.bias" in arrays:
        _check_names(arrays, ("linear1.weight", "linear2.weight", "linear2.bias"), ("W", "b_final"))
        W, b = checked_weights(arrays["linear2.weight"], ndim=(2, 3)), arrays["linear2.bias"]
        first = _swapped(checked_weights(arrays["linear1.weight"], ndim=(2, 3)))
        if first.shape != W.shape or np.abs(first - W).max() > TIED * np.abs(W).max():
            raise ValueError(
                "expected tied weights, linear2 the transpose of linear1, got others; "
                "no single W stands for them, take a model trained with tied_weights"
            )
    else:
        _check_names(arrays, ("linear1.weight", "b_final"), ("W",))
        W, b = checked_weights(arrays["linear1.weight"], ndim=(2, 3)), arrays["b_final"]
    for name in arrays:
        if name.startswith("hidden_layers.") and not _is_identity(arrays[name], W.shape[-1]):
            raise ValueError(
                f"expected no hidden layer but the identity, got another in {name}; "
                "no single W stands for the model"
            )
    return W, b


def _sae_lens(arrays: Arrays) -> tuple[Any, Any]:
    _check_names(arrays, ("W_dec",), ())
    return checked_weights(arrays["W_dec"], ndim=(2,)), None


LAYOUTS: dict[str, tuple[Choice, Callable[[Arrays], tuple[Any, Any]]]] = {
    "features-hidden": (w_and_b, _plain),
    "hidden-features": (w_and_b, _transposed),
    "notebook": (_named("W", "b_final"), _notebook),
    "arena": (_named("W", "b_final"), _arena),
    "spd": (_of_spd, _spd),
    "sae-lens": (_named("W_dec"), _sae_lens),
}


def _swapped(W: Any) -> Any:
    return np.swapaxes(W, -1, -2) if np.ndim(W) >= 2 else W


def _is_identity(layer: Any, n_hidden: int) -> bool:
    eye = np.eye(n_hidden)
    return np.shape(layer)[-2:] == eye.shape and bool((np.asarray(layer) == eye).all())


def _names(arrays: Arrays) -> str:
    return ", ".join(sorted(map(str, arrays))[:8]) or "nothing"


def _check_names(arrays: Arrays, needed: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    """All of the needed names, and none that would say the same in another way."""
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise ValueError(
            f"expected {' and '.join(map(repr, needed))}, got {_names(arrays)}; "
            "check which layout the file has"
        )
    twice = [name for name in excluded if name in arrays]
    if twice:
        raise ValueError(
            f"expected {' and '.join(map(repr, needed))} alone, got {twice[0]!r} beside them; "
            "it is ambiguous which is meant, keep one and name its layout"
        )


def _check_sizes(arrays: Arrays, config: Path) -> None:
    """cfg.json must be that of the decoder; a transcoder writes to d_out instead of d_in."""
    try:
        sizes = json.loads(config.read_text(encoding="utf-8"))
        expected = (sizes["d_sae"], sizes.get("d_out", sizes["d_in"]))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"expected d_in and d_sae in {config.name}, as SAELens saves it") from None
    if "W_dec" in arrays and np.shape(arrays["W_dec"]) != expected:
        raise ValueError(
            f"expected W_dec of shape (d_sae, d_in) = {expected} by {config.name}, "
            f"got {np.shape(arrays['W_dec'])}; the two files are not of one autoencoder"
        )
