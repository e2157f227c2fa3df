"""Configs and runs as mistakes, damage and malice make them."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from safetensors.numpy import save

from tests.hostile.weight_files import make

CONFIG: dict[str, Any] = {
    "schema_version": 1,
    "model": {"kind": "relu-output", "n_features": 3, "n_hidden": 2},
    "features": {"instances": [], "density": 0.1, "importance": 1.0, "amplitude": "uniform"},
    "fit": {"method": "exact", "restarts": 1, "seed": 0},
}
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3.0, 0.5, 1e-320, 1e308, 10**12, 10**18, 2**63, 10**400, -0.0,
    float("nan"), float("inf"), "", "3", "relu-output", "exact", "sampled", "x" * 10_000, "\x00",
    [], [0.1], [0.1, 0.2, 0.3], [[0.1], [0.2]], [None], ["a"], [[1], [1, 2]], [10**12], [10**9] * 2,
    [-1], [0], [2, 0], [1] * 40, {}, {"kind": "correlated", "features": [0, 1]},
    [{"kind": "correlated", "features": [0, 1]}], [{"kind": "anticorrelated", "features": [0, 9]}],
)  # fmt: skip
KEYS = ("density", "importance", "amplitude", "instances", "groups", "kind", "n_features", "seed",
        "restarts", "steps", "record", "l1", "device", "__class__", "", "batch_size")  # fmt: skip
RUN = ("config.json", "model.safetensors", "metrics.jsonl")


def config(rng: Random) -> bytes:
    """A config with a few values, keys or bytes that do not belong there."""
    document = json.loads(json.dumps(CONFIG))
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        parts = [part for part in document.values() if isinstance(part, dict)]
        section = rng.choice([document, *parts])
        change = rng.choice(("value", "value", "value", "key", "gone"))
        key = rng.choice(KEYS) if change == "key" or not section else rng.choice(list(section))
        if change == "gone":
            section.pop(key, None)
        else:
            section[key] = rng.choice(VALUES)
    return _damaged(rng, json.dumps(document).encode())


def _damaged(rng: Random, content: bytes) -> bytes:
    """As text that says the same, something else or nothing at all."""
    cut = rng.randrange(len(content) + 1)
    deep = (b"[" * 100_000, b'{"a":' * 50_000)
    odd = (
        *deep, b"9" * 5000, b"\xff\xfe" + content, b"\x00" * 99, b"null",
        b"\xef\xbb\xbf" + content, content[:cut], content[:cut] + rng.randbytes(3) + content[cut:],
        content.replace(b"{", b'{"fit": {}, "model": 3, ', 1), content * 2, b"", b"NaN",
        b'"\\ud800"', content + b" " * 10**6, content.replace(b"0", b"9" * 5000),
        content.replace(b"1", b"1e999"), content.replace(b"1", b"-Infinity"),
    )  # fmt: skip
    return content if rng.random() < 0.6 else rng.choice(odd)


def metrics(rng: Random) -> bytes:
    line = json.dumps({"loss": 0.1, "error": 0.0, "start_losses": [0.1], "evaluations": 3}).encode()
    odd = (
        b"", b"\n", line, line * 2, line + b"\n" + line, b"{}", b"[]", b"null", b'{"loss": NaN}',
        b'{"loss": 1e999}', b'{"loss": "0.1"}', b'{"loss": null}', b'{"loss": [0.1]}',
        b'{"loss": {}}', b"[" * 100_000, b'{"loss": ' + b"9" * 5000 + b"}", b'{"loss": true}',
        b"\xff", line[:9],
        b'{"loss": 0.1, "loss": 0.2}', b'{"loss": 0.1}\r\n', b'{"loss": 0.1}\xe2\x80\xa8',
    )  # fmt: skip
    return line + b"\n" if rng.random() < 0.4 else rng.choice(odd)


def weights(rng: Random) -> bytes:
    if rng.random() < 0.3:
        return make(rng.choice(("claims of .safetensors", "anything", "flipped")), rng)[1]
    shape = rng.choice(((3, 2), (3, 2), (2, 3), (1, 3, 2), (2, 3, 2), (3,), (0, 2)))
    kind = rng.choice((np.float64, np.float64, np.float32, np.int64))
    W = np.array([rng.gauss(0, 1) for _ in range(60)])
    W[0] = rng.choice((1.0, 1.0, np.nan, np.inf, 1e308))
    with np.errstate(all="ignore"):
        arrays = {
            "W": np.resize(W, shape).astype(kind),
            "b": np.zeros(shape[:-1]),
            rng.choice(("b", "readout", "c")): np.zeros(rng.choice((shape, shape[:-1], (3,)))),
        }
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def run(rng: Random, folder: Path) -> None:
    """The files of a run, some of them malformed, missing or no files."""
    folder.mkdir()
    whole = {
        "config.json": json.dumps(CONFIG).encode(),
        "model.safetensors": save({"W": np.ones((3, 2)), "b": np.zeros(3)}),
        "metrics.jsonl": b'{"loss": 0.1}\n',
    }
    makers = {"config.json": config, "model.safetensors": weights, "metrics.jsonl": metrics}
    wrong = rng.sample(RUN, rng.choice((1, 1, 2)))
    for name in RUN:
        path, how = folder / name, rng.random()
        if name not in wrong:
            path.write_bytes(whole[name])
        elif how < 0.8:
            path.write_bytes(makers[name](rng))
        elif how < 0.9:
            path.symlink_to(rng.choice((folder / "gone", path, folder, Path("/dev/zero"))))
        elif how < 0.95:
            path.mkdir()
    if rng.random() < 0.3:
        steps = rng.choice((np.arange(1), np.array(0), np.zeros(0), np.array([[0]]), np.ones(1)))
        arrays = {"steps": steps, "W": np.ones((1, 3, 2)), "b": np.zeros((1, 3))}
        if rng.random() < 0.3:
            arrays["b"] = np.full((1, 3), np.nan)
        content = save(arrays) if rng.random() < 0.7 else weights(rng)
        (folder / "trajectory.safetensors").write_bytes(content)
