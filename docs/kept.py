"""Results of slow studies, kept beside the figures under the hash of the config that made them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

DATA = Path(__file__).parent / "figures" / "data"
Results = dict[str, NDArray[Any]]

afresh = False  # compute everything again, whatever is kept
asked_for: dict[str, Callable[[], Results]] = {}  # by file name: how to compute it again


def kept(
    name: str, config: Mapping[str, Any], compute: Callable[..., Mapping[str, ArrayLike]]
) -> Results:
    """The arrays that `compute(**config)` returns, computed only where they are not kept.

    The file is named by the hash of name and config, and holds the config as JSON beside the
    arrays; numbers and strings, nothing pickled. A changed config is another file: the old one is
    then to be removed by hand, and a test says so.
    """
    text = json.dumps(config, sort_keys=True)
    path = DATA / f"{name}-{hashlib.sha256(f'{name} {text}'.encode()).hexdigest()[:12]}.npz"

    def computed() -> Results:
        return {key: np.asarray(value) for key, value in compute(**config).items()}

    asked_for[path.name] = computed
    if afresh or not path.exists():
        _write(path, text, computed)
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files if key != "config"}


def _write(path: Path, config: str, computed: Callable[[], Results]) -> None:
    results = computed()
    path.parent.mkdir(exist_ok=True)
    scratch = path.with_name(f".{path.name}")
    with scratch.open("wb") as file:
        np.savez_compressed(file, config=np.array(config), **results)
    scratch.replace(path)
