"""What a sweep of many small chunks costs beside the fits: by itself, and over a cluster."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.drills.kill_sweep import DENSITIES, PATIENCE, cluster
from tests.drills.measured_process import peak_megabytes
from theory import FeatureDistribution
from training import FitConfig, FitSettings, ReluOutputModel, fit_config, sweep

WORKERS = 4
SHARE = 0.1  # of the chunks make the smaller sweep, whose cost per chunk is compared


def grid(chunks: int) -> list[FitConfig]:
    """Fits of five features in two dimensions, a millisecond each."""
    return [
        FitConfig(
            ReluOutputModel(5, 2),
            FeatureDistribution(5, DENSITIES[k % len(DENSITIES)]),
            FitSettings(search="quick", restarts=1, seed=k),
        )
        for k in range(chunks)
    ]


def measured(chunks: int) -> dict[str, Any]:
    """The same sweep alone and over Dask, each again over its finished folder, at two sizes."""
    figures: dict[str, Any] = {}
    for size in (max(1, int(SHARE * chunks)), chunks):
        with tempfile.TemporaryDirectory() as name:
            for what, work in (("alone", _alone), ("four Dask workers", _over_dask)):
                # a process of its own has a peak of its own
                with get_context("spawn").Pool(1) as pool:
                    figures[f"{size} chunks, {what}"] = pool.apply(work, (size, Path(name)))
    return figures


def _alone(chunks: int, folder: Path) -> dict[str, Any]:
    configs = grid(chunks)
    fit_config(configs[0])
    began = time.process_time()
    for config in configs[:100]:
        fit_config(config)
    fitting = (time.process_time() - began) / len(configs[:100])
    first = _timed(lambda: sweep(configs, out=folder / "alone"))
    again = _timed(lambda: sweep(configs, out=folder / "alone"))
    files = [path for path in (folder / "alone").rglob("*") if path.is_file()]
    return {
        "CPU-ms per fit": _ms(fitting),
        "CPU-ms per chunk": _ms(first["cpu"] / chunks),
        "clock-ms per chunk": _ms(first["wall"] / chunks),
        "restart, CPU-s": round(again["cpu"], 2),
        "restart, CPU-ms per chunk": _ms(again["cpu"] / chunks),
        "peak MB": peak_megabytes(),
        "files per chunk": len(files) / chunks,
        "bytes per chunk": round(sum(path.stat().st_size for path in files) / chunks),
        "KB on disk per chunk": sum(path.stat().st_blocks for path in files) / 2 / chunks,
    }


def _over_dask(chunks: int, folder: Path) -> dict[str, Any]:
    from distributed import Client

    configs = grid(chunks)
    fit_config(configs[0])
    with ExitStack() as stack:
        address, workers = stack.enter_context(cluster(folder, WORKERS))
        client: Any = stack.enter_context(Client(address, set_as_default=False))
        client.wait_for_workers(len(workers), timeout=PATIENCE)
        client.run(fit_config, configs[0])  # kernels are loaded

        def used() -> list[float]:
            return [_cpu(), client.run_on_scheduler(_cpu), sum(client.run(_cpu).values())]

        before, idle, began = used(), client.run_on_scheduler(peak_megabytes), time.perf_counter()
        runs = sweep(configs, executor=client.get_executor(), out=folder / "dask")
        wall = time.perf_counter() - began
        here, scheduler, worked = (b - a for a, b in zip(before, used(), strict=True))
        figures = {
            "CPU-ms per chunk": _ms((here + scheduler + worked) / chunks),
            "of it this process": _ms(here / chunks),
            "of it the scheduler": _ms(scheduler / chunks),
            "of it the workers": _ms(worked / chunks),
            "clock-ms per chunk": _ms(wall / chunks),
            "peak MB": peak_megabytes(),
            "scheduler, peak MB": client.run_on_scheduler(peak_megabytes),
            "scheduler before, peak MB": idle,
            "worker, peak MB": max(client.run(peak_megabytes).values()),
        }
    same = sweep(configs, out=folder / "alone")
    for one, other in zip(runs, same, strict=True):
        assert (one.W == other.W).all() and (one.b == other.b).all()
    return figures


def _timed(work: Callable[[], Any]) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def _cpu() -> float:
    return time.process_time()


def _ms(seconds: float) -> float:
    return round(1e3 * seconds, 2)
