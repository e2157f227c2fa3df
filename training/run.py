"""A finished fit, in memory and on disk."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from theory.features import Array, FeatureDistribution
from training.config import FitConfig, FitSettings, load_config
from training.models import Model

CONFIG, WEIGHTS, METRICS = "config.json", "model.safetensors", "metrics.jsonl"


@dataclass(frozen=True, eq=False)
class Run:
    """The best models of a fit: W (..., n, m), b (..., n), loss (...); leading axes are instances.

    `metrics` has one record per instance, in C order: its loss and error estimate, the losses of
    all starts and the number of evaluations. On disk a run is a directory with config.json,
    model.safetensors (W, b) and metrics.jsonl, written whole or not at all.
    """

    config: FitConfig
    W: Array
    b: Array
    loss: Array
    metrics: tuple[dict[str, Any], ...]

    @property
    def model(self) -> Model:
        return self.config.model

    @property
    def features(self) -> FeatureDistribution:
        return self.config.features

    @property
    def settings(self) -> FitSettings:
        return self.config.fit

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run to a directory, which appears whole or not at all.

        Raises FileExistsError if the path is taken, unless overwrite is given and a run (or an
        empty directory) is there.
        """
        from safetensors.numpy import save

        target = Path(path)
        if target.exists() or target.is_symlink():
            if not overwrite:
                raise FileExistsError(
                    f"expected a new path for the run, {target} exists; name another or overwrite"
                )
            if not _replaceable(target):
                raise FileExistsError(
                    f"expected a run at {target} to overwrite, found something else"
                )
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            scratch.chmod(0o755)
            arrays = {"W": _stacked(self.W, 2), "b": _stacked(self.b, 1)}
            (scratch / CONFIG).write_text(json.dumps(self.config.to_dict(), indent=2) + "\n")
            (scratch / WEIGHTS).write_bytes(save(arrays))
            lines = (json.dumps(record) + "\n" for record in self.metrics)
            (scratch / METRICS).write_text("".join(lines))
            if target.exists():
                old = scratch.with_name(scratch.name + ".old")
                os.replace(target, old)
                os.replace(scratch, target)
                shutil.rmtree(old)
            else:
                os.replace(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return target

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a run; raises ValueError if it is not whole, FileNotFoundError if there is none."""
        from geometry import load_weights

        folder = Path(path)
        if not folder.is_dir():
            raise FileNotFoundError(f"expected the directory of a run, found none at {folder}")
        config = load_config(folder / CONFIG)
        weights = load_weights(folder / WEIGHTS)
        try:
            text = (folder / METRICS).read_text(encoding="utf-8")
            metrics = tuple(json.loads(line) for line in text.splitlines())
            loss = np.array([record["loss"] for record in metrics], np.float64)
        except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError):
            raise ValueError(
                f"expected one record with a loss per line in {folder / METRICS}"
            ) from None
        shape = config.features.instances
        n, m = config.model.n_features, config.model.n_hidden
        stored = ((int(np.prod(shape)),) if shape else ()) + (n, m)
        if weights.b is None or weights.W.shape != stored or len(loss) != np.prod(shape, dtype=int):
            raise ValueError(
                f"expected W of shape {stored}, b and one loss per instance in {folder}, "
                f"got W {weights.W.shape}, {'no b' if weights.b is None else 'b'} and {len(loss)}"
            )
        W, b = weights.W.reshape(shape + (n, m)), weights.b.reshape(shape + (n,))
        return cls(config, W, b, loss.reshape(shape), metrics)


def _stacked(array: Array, axes: int) -> Array:
    """One leading axis for all instances, or none for a single model."""
    return np.ascontiguousarray(
        array if array.ndim <= axes + 1 else array.reshape(-1, *array.shape[-axes:])
    )


def is_run(path: str | Path) -> bool:
    """Whether a directory is meant to be a run."""
    return (Path(path) / CONFIG).is_file()


def _replaceable(target: Path) -> bool:
    return target.is_dir() and (is_run(target) or not any(target.iterdir()))
