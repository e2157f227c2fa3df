"""Ten results of one seed, computed in every way that must not change a bit of them.

    python -m tests.drills.determinism [--write]

The results are those of tests/validation/ten_results.py. Every way is a process of its own: on two
threads, backwards, after shapes and losses were evaluated by themselves, with kernels compiled in
the same process and then loaded from the cache, in a batch with another density, and as a sweep
that is killed, resumed and read back. All must agree to the last bit. At last everything is
compiled for a generic processor: there the losses may differ by TOLERANCE. Takes some minutes, as
the kernels are compiled twice. Figures are printed as JSON; a law that is broken ends it with an
error. With `--write` they go into docs/data/trust-determinism.json.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.drills.promises import write_rows
from tests.validation.ten_results import FITS, NAMES, PINNED, TOLERANCE, Result, of_run, result
from theory import FeatureDistribution, best_packing, expected_loss, ideal, stability
from training import FitConfig, Run, fit_config, sweep

ROOT = Path(__file__).parents[2]
Results = dict[str, Result]


def plainly() -> Results:
    return {name: result(name) for name in NAMES}


def on_two_threads() -> Results:
    return {name: result(name, threads=2) for name in NAMES}


def backwards() -> Results:
    return {name: result(name) for name in reversed(NAMES)}


def after_others() -> Results:
    features = FeatureDistribution(6, 0.2)
    W = np.random.default_rng(0).standard_normal((6, 3))
    ideal("digon", 0.1)
    stability("pentagon", 0.1)
    best_packing(features, 3)
    expected_loss(W, np.zeros(6), features)
    return plainly()


def in_a_batch() -> Results:
    """Every fit beside one of half its density, second."""
    found = {}
    for name, config in FITS.items():
        run = fit_config(_beside_half_the_density(config))
        readout = None if run.readout is None else run.readout[1]
        found[name] = of_run(Run(config, run.W[1], run.b[1], run.loss[1], (), readout))
    return found


def _beside_half_the_density(config: FitConfig) -> FitConfig:
    p = config.features
    features = FeatureDistribution(
        p.n_features,
        np.stack([p.density / 2, p.density]),
        p.importance,
        groups=p.groups,
        amplitude=p.amplitude,
    )
    return replace(config, features=features)


def killed_and_resumed() -> Results:
    """A sweep of the fits, killed after each third chunk; what it has is read from disk."""
    with tempfile.TemporaryDirectory() as folder:
        for done in (3, 6):
            killed = child(f"killed {done} {folder}")
            assert killed.returncode == -signal.SIGKILL, killed.stderr
        sweep(list(FITS.values()), out=folder)
        runs = sweep(list(FITS.values()), out=folder)
        return {name: of_run(run) for name, run in zip(FITS, runs, strict=True)}


def killed(after: str, folder: str) -> Results:
    def kill(done: int, total: int) -> None:
        if done == int(after):
            os.kill(os.getpid(), signal.SIGKILL)

    sweep(list(FITS.values()), out=folder, progress=kill)
    raise AssertionError("the sweep ended before it was killed")


WAYS: dict[str, Callable[..., Results]] = {
    way.__name__: way
    for way in (
        plainly, on_two_threads, backwards, after_others, in_a_batch, killed_and_resumed, killed,
    )
}  # fmt: skip


def child(way: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.drills.determinism", "--way", way]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )


def results(way: str, **environment: str) -> Results:
    done = child(way, **environment)
    if done.returncode:
        sys.exit(f"{way}: {done.stderr}")
    return {name: Result(*found) for name, found in json.loads(done.stdout).items()}


def generic_processor() -> dict[str, str]:
    """What has numba, torch, OpenBLAS and numpy run the code for the plainest processor."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[index]
    return {
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "ATEN_CPU_CAPABILITY": "default",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": " ".join(found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--write", action="store_true", help="into docs/data/trust-determinism.json"
    )
    parser.add_argument("--way", help="one way, for the processes that this one starts")
    options = parser.parse_args()
    if options.way:
        way, *arguments = options.way.split(" ", 2)
        print(json.dumps(WAYS[way](*arguments)))
        return

    truth = results("plainly")
    same = {way: results(way) for way in WAYS if way not in ("plainly", "killed")}
    with tempfile.TemporaryDirectory() as cache:
        same["compiled afresh"] = results("backwards", NUMBA_CACHE_DIR=cache)
        same["loaded from there"] = results("after_others", NUMBA_CACHE_DIR=cache)
    with tempfile.TemporaryDirectory() as cache:
        generic = results("plainly", NUMBA_CACHE_DIR=cache, **generic_processor())

    broken = [
        f"{way}: {name}"
        for way, found in same.items()
        for name in found
        if found[name] != truth[name]
    ]
    off = {name: abs(generic[name].loss / truth[name].loss - 1) for name in NAMES}
    from_pinned = {name: abs(truth[name].loss / PINNED[name][0] - 1) for name in NAMES}
    figures = {
        "compared to the last bit": {way: len(found) for way, found in same.items()},
        "different": broken,
        "generic against native": off,
        "against the pinned": from_pinned,
    }
    print(json.dumps(figures, indent=2))
    for name in NAMES:
        verdicts = {truth[name].verdict, generic[name].verdict, PINNED[name][1]}
        broken += [f"{name}: {verdicts}"] if len(verdicts) > 1 else []
        broken += [name] if max(off[name], from_pinned[name]) > TOLERANCE[name] else []
    if broken:
        sys.exit("\n".join(["these results differ:", *broken]))
    if options.write:
        write(same, off)


def write(same: dict[str, Results], off: dict[str, float]) -> None:
    here = "tests/drills/determinism.py"
    rough = [name for name in NAMES if TOLERANCE[name] == max(TOLERANCE.values())]
    worst = max(off[name] for name in NAMES if name not in rough)
    rows = [
        {
            "promise": "One seed gives one result, to the last bit: on one thread or two, alone or "
            "in a batch, killed and resumed, saved and loaded, whatever the process did before, "
            "with kernels just compiled or from the cache.",
            "test": here,
            "measured": f"{sum(map(len, same.values()))} results in {len(same)} ways, 0 different",
        },
        {
            "promise": "Code for a generic processor gives the same verdicts, and losses within "
            f"{min(TOLERANCE.values()):.0e} of themselves "
            f"({max(TOLERANCE.values()):.0e} for {' and '.join(rough)}).",
            "test": here,
            "measured": f"ten results; {worst:.1e} at most, and "
            f"{max(off.values()):.1e} for {' and '.join(rough)}",
        },
    ]
    write_rows("determinism", rows)


if __name__ == "__main__":
    main()
