"""The authors' training loop: minibatches of sampled features, AdamW, many models at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from theory import FeatureDistribution
from training.config import FitSettings
from training.data import Sampler, uniforms
from training.devices import torch_device
from training.gradients import Workspace
from training.group import Group
from training.models import AbsoluteValueModel, Model
from training.strata import CrowdedSampler

Progress = Callable[[int, int], None]
STRETCH = 50  # steps between two reports of progress
CACHED = 2**18  # numbers in one array of a group, so that a processor's caches hold them


@dataclass(frozen=True, eq=False)
class Trained:
    """All models after some of the steps, the last one among them, in float32.

    steps (s,), W (s, k, restarts, n, m), b (s, k, restarts, n); `readout` is like W, or None
    where W itself reads out.
    """

    steps: NDArray[np.int64]
    W: NDArray[np.float32]
    b: NDArray[np.float32]
    readout: NDArray[np.float32] | None = None


def fit_sampled(
    model: Model,
    features: FeatureDistribution,
    settings: FitSettings,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Every restart of every instance after the recorded steps of AdamW and after the last.

        W ~ N(0, 2 / ((n_features + n_instances) n_hidden)),  b = 0,
        loss = Σ_models mean over batch and features of I_i (y_i − y'_i)²

    as in the training notebook of the paper: Xavier initialisation of the three-dimensional
    tensor (its standard deviation depends on the number of instances, `init_instances`), betas
    (.9, .999), eps 1e-8, and weight decay on b as well. Model (k, r) draws its start and its
    inputs from (seed, r) alone, so a result does not depend on what else is in the batch.

    Reference: Elhage et al. 2022, companion notebook of "Toy Models of Superposition".
    """
    device = torch_device(settings.device)
    n = model.n_features
    flat = replace(
        features,
        density=features.density.reshape(-1, n),
        importance=features.importance.reshape(-1, n),
    )
    if settings.init_instances is None:
        settings = replace(settings, init_instances=flat.instances[0])
    room = _room(model, settings, device)
    width = min(room, math.ceil(settings.restarts / threads))
    restarts = range(settings.restarts)
    kept = sorted({*settings.recorded, settings.steps})
    lanes = [
        _Lane(model, flat, settings, restarts[first : first + width], kept, device)
        for first in range(0, settings.restarts, width)
    ]
    with _workers(threads) as run_all:
        for done in range(0, settings.steps, STRETCH):
            count = min(STRETCH, settings.steps - done)
            run_all(lambda lane, count=count: lane.advance(count), lanes)
            if progress:
                progress(done + count, settings.steps)
    paths = zip(*(lane.path() for lane in lanes), strict=True)
    W, R, b = (np.concatenate(parts, axis=2) for parts in paths)
    untied = isinstance(model, AbsoluteValueModel)
    return Trained(np.array(kept), W, b, R if untied else None)


class _Lane:
    """Some restarts of all instances, which share their random numbers."""

    def __init__(
        self,
        model: Model,
        features: FeatureDistribution,
        settings: FitSettings,
        restarts: range,
        kept: list[int],
        device: torch.device,
    ) -> None:
        n, m = model.n_features, model.n_hidden
        untied = isinstance(model, AbsoluteValueModel)
        generators = [
            torch.Generator(device=device).manual_seed(_stream(settings.seed, r)) for r in restarts
        ]
        assert settings.init_instances is not None
        deviation = math.sqrt(2.0 / ((n + settings.init_instances) * m))
        starts = [
            deviation
            * torch.stack([torch.randn(n, m, generator=g, device=device) for g in generators])
            for _ in range(1 + untied)
        ]
        instances = features.instances[0]
        size = min(instances, max(1, _room(model, settings, device) // len(restarts)))
        work = Workspace.of(size * len(restarts), model, settings.batch_size, device)
        self._sampler = (
            CrowdedSampler(features, device)
            if settings.exact_strata
            else Sampler(features, device, signed=untied)
        )
        self._uniforms = uniforms(generators, self._sampler.rows, settings.batch_size)
        self._done = 0
        self._wanted = set(kept)
        self._path: list[list[tuple[torch.Tensor, ...]]] = []
        self._parts = [slice(k, min(k + size, instances)) for k in range(0, instances, size)]
        self._groups = [
            Group(model, features[part], settings, starts, work) for part in self._parts
        ]

    def advance(self, steps: int) -> None:
        with torch.no_grad():
            self._keep()
            for _ in range(steps):
                u = next(self._uniforms)
                for part, group in zip(self._parts, self._groups, strict=True):
                    self._sampler(u, group.inputs, part)
                    group.step()
                self._done += 1
                self._keep()

    def _keep(self) -> None:
        if self._done in self._wanted:
            self._wanted.remove(self._done)
            self._path.append([group.arrays() for group in self._groups])

    def path(self) -> list[NDArray[np.float32]]:
        """W, R and b, with (steps, instances, restarts) in front."""
        return [
            np.stack([torch.cat([group[i] for group in step]).cpu().numpy() for step in self._path])
            for i in range(3)
        ]


def _room(model: Model, settings: FitSettings, device: torch.device) -> int:
    """How many models go together: as many as a cache holds, or all that there are."""
    if device.type != "cpu":
        return 2**30
    return max(1, CACHED // (model.n_features * settings.batch_size))


def _stream(seed: int, restart: int) -> int:
    return int(np.random.SeedSequence([seed, restart]).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., list[None]]]:
    """Run work on every lane, each on one thread: inside tensors this small, threads only wait.

    A lane on one thread is summed in one order, so that results do not depend on their number.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            run_all = map if threads == 1 else pool.map
            yield lambda work, lanes: list(run_all(work, lanes))
    finally:
        torch.set_num_threads(before)
