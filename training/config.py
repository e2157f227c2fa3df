"""What a fit is made of, as a strict JSON document: the config of a run and of `tegum train`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from geometry.arguments import real, shown, truth, whole
from theory import AnticorrelatedSet, CorrelatedSet
from theory.features import MOST, Array, FeatureDistribution, checked_features
from training.models import MODELS, Model

SCHEMA_VERSION = 1
MOST_BYTES = 2**24  # of a config: instances of a million features have fewer
MOST_RECORDS = 10**6
MOST_AXES = 32  # that numpy broadcasts
METHODS = ("exact", "sampled")
SEARCHES = ("thorough", "quick")
SAMPLED_ONLY = ("rao_blackwell", "exact_strata", "record")
SETS = {"correlated": CorrelatedSet, "anticorrelated": AnticorrelatedSet}


@dataclass(frozen=True)
class FitSettings:
    """How a model is fitted; `fit` says what each setting means.

    `device` is "cpu" or whatever torch has, such as "cuda": it is tried when the fit begins.
    Those from `steps` on, but for `l1` and `adversarial`, matter to the sampled method only, and
    their defaults are those of the paper's training notebook. `init_instances` is the number of
    instances in the Xavier initialisation (None: as many as the features have). `record` is a
    number of steps, spread evenly in their logarithm, or the steps themselves, kept as a tuple.
    """

    method: str = "exact"
    search: str = "thorough"
    restarts: int = 8
    seed: int = 0
    device: str = "cpu"
    steps: int = 10_000
    batch_size: int = 1024
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    init_instances: int | None = None
    rao_blackwell: bool = False
    exact_strata: bool = False
    l1: float = 0.0
    adversarial: float = 0.0
    record: int | tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise ValueError(f"expected method to be one of {METHODS}, got {shown(self.method)}")
        if not isinstance(self.search, str) or self.search not in SEARCHES:
            raise ValueError(f"expected search to be one of {SEARCHES}, got {shown(self.search)}")
        for name, least in (("restarts", 1), ("seed", 0), ("steps", 1), ("batch_size", 1)):
            self._keep(name, whole(name, getattr(self, name), least))
        if self.init_instances is not None:
            self._keep("init_instances", whole("init_instances", self.init_instances, 1))
        if not isinstance(self.device, str):
            raise ValueError(
                f"expected device to be a name such as 'cpu', got {shown(self.device)}"
            )
        for name in ("learning_rate", "weight_decay", "l1", "adversarial"):
            self._keep(name, _size(name, getattr(self, name), above=name == "learning_rate"))
        for name in ("rao_blackwell", "exact_strata"):
            self._keep(name, truth(name, getattr(self, name)))
        if self.record is not None:
            self._keep("record", _steps(self.record, self.steps))
        for name in SAMPLED_ONLY:
            if self.method != "sampled" and getattr(self, name) not in (False, None):
                raise ValueError(
                    f"expected {name} with method 'sampled' only, got it with {self.method!r}"
                )
        if self.method == "sampled" and self.search != "thorough":
            raise ValueError(
                f"expected search {self.search!r} with method 'exact' only, got it with 'sampled'"
            )

    def _keep(self, name: str, value: Any) -> None:
        """Numbers are kept as Python's: numpy's would not be JSON."""
        object.__setattr__(self, name, value)

    @property
    def recorded(self) -> tuple[int, ...]:
        """The steps after which a sampled fit keeps its weights; 0 is the start."""
        if isinstance(self.record, int):
            spread = np.geomspace(1, self.steps, self.record)
            return tuple(int(step) for step in np.unique(spread.round()))
        return self.record or ()


@dataclass(frozen=True)
class FitConfig:
    """A model, the features it is fed and how it is fitted."""

    model: Model
    features: FeatureDistribution
    fit: FitSettings

    def __post_init__(self) -> None:
        if not isinstance(self.model, Model):
            raise ValueError(f"expected a model such as ReluOutputModel, got {shown(self.model)}")
        checked_features(self.features)
        if not isinstance(self.fit, FitSettings):
            raise ValueError(f"expected FitSettings, got {shown(self.fit)}")

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "model": {
                "kind": self.model.kind,
                "n_features": self.model.n_features,
                "n_hidden": self.model.n_hidden,
            },
            "features": _features_to_dict(self.features),
            "fit": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in asdict(self.fit).items()
            },
        }

    @classmethod
    def from_dict(cls, document: Any) -> FitConfig:
        """The config in a document; every unknown, missing or ill-typed key is a ValueError."""
        top = _section("config", document, {"schema_version", "model", "features"}, {"fit"})
        if top["schema_version"] is not SCHEMA_VERSION:
            raise ValueError(
                f"expected schema_version {SCHEMA_VERSION}, got {shown(top['schema_version'])}"
            )
        model = _section("model", top["model"], {"kind", "n_features", "n_hidden"}, set())
        if not isinstance(model["kind"], str) or model["kind"] not in MODELS:
            raise ValueError(
                f"expected model kind to be one of {sorted(MODELS)}, got {shown(model['kind'])}"
            )
        optional = {"importance", "amplitude", "instances", "groups"}
        features = _section("features", top["features"], {"density"}, optional)
        known = {field.name for field in fields(FitSettings)}
        settings = _section("fit", top.get("fit", {}), set(), known)
        built = MODELS[model["kind"]](model["n_features"], model["n_hidden"])
        instances = features.pop("instances", None)
        groups = _groups_from_list(features.pop("groups", []))
        fed = FeatureDistribution(built.n_features, **features, groups=groups)
        if instances is not None:
            fed = _with_instances(fed, instances)
        return cls(built, fed, FitSettings(**settings))


def load_config(path: str | Path) -> FitConfig:
    """Read a config.json; raises ValueError naming the file, FileNotFoundError if there is none."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"expected a config at {path}, found none; check the path")
    # a pipe would be waited for, and a device never ends
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise ValueError(
            f"expected a config at {path}, found no file of at most {MOST_BYTES} bytes"
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # what is no text, no JSON, or a number of thousands of digits
        raise ValueError(f"expected JSON in {path}, got something else ({error})") from None
    except RecursionError:
        raise ValueError(f"expected a config in {path}, got JSON nested too deeply") from None
    try:
        return FitConfig.from_dict(document)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _section(name: str, value: Any, required: set[str], optional: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected {name} to be an object, got {shown(value)}")
    unknown = sorted(set(value) - required - optional)
    if unknown:
        raise ValueError(
            f"unknown key {shown(unknown[0])} in {name}; expected {sorted(required | optional)}"
        )
    missing = sorted(required - set(value))
    if missing:
        raise ValueError(f"missing key {missing[0]!r} in {name}")
    return dict(value)


def _features_to_dict(features: FeatureDistribution) -> dict[str, Any]:
    document: dict[str, Any] = {
        "instances": list(features.instances),
        "density": _compact(features.density),
        "importance": _compact(features.importance),
        "amplitude": features.amplitude,
    }
    if features.groups:
        kinds = {group: kind for kind, group in SETS.items()}
        document["groups"] = [
            {"kind": kinds[type(group)], "features": list(group.features)}
            for group in features.groups
        ]
    return document


def _groups_from_list(document: Any) -> tuple[CorrelatedSet | AnticorrelatedSet, ...]:
    if not isinstance(document, list):
        raise ValueError(f"expected groups to be a list of sets, got {shown(document)}")
    groups = []
    for entry in document:
        group = _section("a set in groups", entry, {"kind", "features"}, set())
        if not isinstance(group["kind"], str) or group["kind"] not in SETS:
            raise ValueError(
                f"expected the kind of a set to be one of {sorted(SETS)}, got "
                f"{shown(group['kind'])}"
            )
        if not isinstance(group["features"], list):
            raise ValueError(
                f"expected the features of a set to be a list, got {shown(group['features'])}"
            )
        groups.append(SETS[group["kind"]](tuple(group["features"])))
    return tuple(groups)


def _with_instances(features: FeatureDistribution, instances: Any) -> FeatureDistribution:
    try:
        shape = (*(whole("instances", k, 0) for k in instances), features.n_features)
        if len(shape) > MOST_AXES or prod(shape) > MOST:
            raise ValueError
        return replace(
            features,
            density=np.broadcast_to(features.density, shape),
            importance=np.broadcast_to(features.importance, shape),
        )
    except (TypeError, ValueError):
        raise ValueError(
            f"expected instances to be the leading shape of density and importance, "
            f"{list(features.instances)} or one that it broadcasts to, got {shown(instances)}"
        ) from None


def _steps(record: Any, last: int) -> int | tuple[int, ...]:
    if isinstance(record, np.ndarray):
        record = record.tolist()
    if isinstance(record, (list, tuple, range)):
        for step in record:
            whole("each step to record", step, 0)
            if step > last:
                raise ValueError(f"expected steps to record up to {last}, got {shown(step)}")
        return tuple(sorted({int(step) for step in record}))
    return whole("record, where it is no list of steps,", record, 1, MOST_RECORDS)


def _size(name: str, value: Any, *, above: bool) -> int | float:
    number = real(name, value)
    if not 0 <= number <= 1e300 or (above and number == 0):
        raise ValueError(f"expected {name} to be {'>' if above else '≥'} 0, got {shown(value)}")
    return value if isinstance(value, int) else number  # 1 is 1 in the document, and in its name


def _compact(array: Array) -> Any:
    """The shortest nested list that broadcasts back to the array's shape."""
    for axis in range(array.ndim):
        if array.shape[axis] and (array == array.take([0], axis)).all():
            array = array.take([0], axis)
    while array.ndim and array.shape[0] == 1:
        array = array[0]
    return array.tolist()
