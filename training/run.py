"""A finished fit, in memory and on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geometry.write import write_folder
from theory.features import Array, FeatureDistribution
from training.config import FitConfig, FitSettings, load_config
from training.models import AbsoluteValueModel, Model
from training.trajectory import Trajectory

FILES = CONFIG, WEIGHTS, METRICS = "config.json", "model.safetensors", "metrics.jsonl"
TRAJECTORY = "trajectory.safetensors"  # of a fit that recorded some


@dataclass(frozen=True, eq=False)
class Run:
    """The best models of a fit: W (..., n, m), b (..., n), loss (...); leading axes are instances.

    `readout` (..., n, m) is there for the absolute-value model, whose output has weights of its
    own, and None otherwise. `metrics` has one record per instance, in C order: its loss and
    error estimate, the losses of all starts and the number of evaluations; of an exact fit also
    `hits`, how many of the `starts` were followed to within 1e-6 of the best, and
    `hit_interval`, the 95 % Clopper–Pearson interval of the chance that a start gets there.
    `trajectory` has the weights after the steps that the fit was told to record, and is None
    otherwise. On disk a run is a directory with config.json, model.safetensors (W, b, readout),
    metrics.jsonl and perhaps trajectory.safetensors, written whole or not at all.
    """

    config: FitConfig
    W: Array
    b: Array
    loss: Array
    metrics: tuple[dict[str, Any], ...]
    readout: Array | None = None
    trajectory: Trajectory | None = None

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
        empty directory) is there, and OSError where it cannot be written: what is there stays.
        """
        from safetensors.numpy import save

        target = Path(path).resolve()
        if target.exists():
            if not overwrite:
                raise FileExistsError(
                    f"expected a new path for the run, {target} exists; name another or overwrite"
                )
            if not replaceable(target):
                raise FileExistsError(
                    f"expected a run to overwrite at {target}, found something else; name another"
                )
        arrays = {"W": _stacked(self.W, 2), "b": _stacked(self.b, 1)}
        if self.readout is not None:
            arrays["readout"] = _stacked(self.readout, 2)
        files: dict[str, bytes | str] = {
            CONFIG: json.dumps(self.config.to_dict(), indent=2) + "\n",
            WEIGHTS: save(arrays),
            METRICS: "".join(json.dumps(record) + "\n" for record in self.metrics),
        }
        if self.trajectory is not None:
            files[TRAJECTORY] = self.trajectory.to_bytes()
        return write_folder(target, files, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a run; raises ValueError if it is not whole, FileNotFoundError if there is none."""
        from geometry import load_weights

        folder = Path(path)
        if not folder.is_dir():
            raise FileNotFoundError(f"expected the directory of a run, found none at {folder}")
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ValueError(f"expected a whole run in {folder}, {missing[0]} is missing")
        config = load_config(folder / CONFIG)
        weights = load_weights(folder / WEIGHTS)
        metrics, loss = _read_metrics(folder / METRICS)
        shape = config.features.instances
        n, m = config.model.n_features, config.model.n_hidden
        stored = ((int(np.prod(shape)),) if shape else ()) + (n, m)
        if weights.b is None or weights.W.shape != stored or len(loss) != np.prod(shape, dtype=int):
            raise ValueError(
                f"expected W of shape {stored}, b and one loss per instance in {folder}, "
                f"got W {weights.W.shape}, {'no b' if weights.b is None else 'b'} and {len(loss)}"
            )
        W, b = weights.W.reshape(shape + (n, m)), weights.b.reshape(shape + (n,))
        readout = None
        if isinstance(config.model, AbsoluteValueModel):
            readout = _read_readout(folder / WEIGHTS, stored).reshape(shape + (n, m))
        trajectory = None
        if (folder / TRAJECTORY).is_file():
            trajectory = Trajectory.read(folder / TRAJECTORY, config.model, config.features)
        return cls(config, W, b, loss.reshape(shape), metrics, readout, trajectory)


def _stacked(array: Array, axes: int) -> Array:
    """One leading axis for all instances, or none for a single model."""
    return np.ascontiguousarray(
        array if array.ndim <= axes + 1 else array.reshape(-1, *array.shape[-axes:])
    )


def replaceable(target: Path) -> bool:
    """An empty directory, or one with a run and nothing else: no other data may be lost."""
    if not target.is_dir() or {path.name for path in target.iterdir()} - {*FILES, TRAJECTORY}:
        return False
    try:
        return not any(target.iterdir()) or load_config(target / CONFIG) is not None
    except (OSError, ValueError):
        return False


def _read_readout(path: Path, shape: tuple[int, ...]) -> Array:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        readout = file.get_tensor("readout") if "readout" in file.keys() else None  # noqa: SIM118
    if readout is None or readout.shape != shape or readout.dtype.kind != "f":
        found = "none" if readout is None else f"{readout.dtype} of shape {readout.shape}"
        raise ValueError(f"expected a readout of shape {shape} in {path}, got {found}")
    if not np.isfinite(readout).all():
        raise ValueError(f"expected a finite readout in {path}, got NaN or infinite entries")
    return readout.astype(np.float64)


def _read_metrics(path: Path) -> tuple[tuple[dict[str, Any], ...], Array]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        metrics = tuple(json.loads(line) for line in lines)
        losses = [float(record["loss"]) for record in metrics]
    except (UnicodeDecodeError, KeyError, TypeError, ValueError, RecursionError):
        raise ValueError(f"expected one record with a loss per line in {path}") from None
    if not np.isfinite(losses).all():
        raise ValueError(f"expected finite losses in {path}, got NaN or infinite ones")
    return metrics, np.array(losses)
