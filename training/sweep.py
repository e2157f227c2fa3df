"""Many fits, each kept on disk as soon as it is finished, on one processor or on a cluster."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from pathlib import Path

from geometry.write import clear_leftovers
from training.config import FitConfig
from training.fit import Progress, fit_config
from training.run import Run

Keep = Callable[[str, Run | None], bool]


def sweep(
    grid: Iterable[FitConfig],
    *,
    executor: Executor | None = None,
    out: str | Path,
    threads: int = 1,
    progress: Progress | None = None,
) -> tuple[Run, ...]:
    """The runs of all configs of a grid, in its order; what `out` already holds is not computed.

    Every config is one chunk of work and one directory in `out`, named by the hash of the config
    (`chunk_name`). A chunk that is there is loaded; equal configs are one chunk. A sweep that was
    killed goes on where it stopped when it is called again: a run appears whole or not at all, and
    only the chunks that were being computed are computed again.

    `executor` is any of concurrent.futures or of the same interface, such as Dask's
    ``client.get_executor()``; without one the chunks are computed here, one after another. Workers
    compute and send back, this process alone writes: they need no file system in common. Each fit
    runs on `threads` threads. The runs are bit for bit the same for every executor, as long as its
    processors are of one kind. On Ctrl-C, or when a chunk fails, what is finished is kept, and what
    has not begun is cancelled. Two sweeps without executors may share a folder, and the work: once
    they meet, each takes its chunks in an order of its own.

    `progress(done, total)` is called once with the number of chunks that were found, then after
    every chunk: a rate is that of the chunks after the first call.

    Raises ValueError for a grid of something else than configs, for a chunk whose settings make no
    sense or whose training diverged (named by its directory), and for a directory in `out` that is
    not the run that it is named after; MemoryError for a chunk that found too little; OSError where
    `out` cannot be written; BrokenExecutor if the executor lost its workers. What was finished by
    then is kept, and a note at the error says how much that is.

    >>> import tempfile
    >>> from theory import FeatureDistribution
    >>> from training import FitConfig, FitSettings, ReluOutputModel
    >>> grid = [
    ...     FitConfig(ReluOutputModel(2, 1), FeatureDistribution(2, p), FitSettings(seed=seed))
    ...     for p in (0.5, 0.1)
    ...     for seed in (0, 1)
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = sweep(grid, out=folder)
    ...     again = sweep(grid[::-1], out=folder)  # only loaded
    >>> [round(float(run.loss), 6) for run in runs]
    [0.076282, 0.076282, 0.003319, 0.003319]
    """
    configs = _configs(grid)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    clear_leftovers(folder)
    names = [chunk_name(config) for config in configs]
    chunks = dict(zip(names, configs, strict=True))
    runs = {
        name: _loaded(folder / name, config)
        for name, config in chunks.items()
        if (folder / name).exists()
    }
    missing = {name: config for name, config in chunks.items() if name not in runs}

    def report() -> None:
        if progress is not None:
            progress(len(runs), len(chunks))

    def keep(name: str, run: Run | None) -> bool:
        """Write a run, or take that of another sweep (None: it is there); whether it is ours."""
        ours = run is not None and _saved(run, folder / name)
        runs[name] = _loaded(folder / name, chunks[name])
        return ours

    report()
    try:
        if executor is None:
            _one_by_one(missing, threads, folder, keep, report)
        else:
            _spread(executor, missing, threads, keep, report)
    except (BrokenExecutor, CancelledError) as error:
        raise BrokenExecutor(
            f"expected the executor to finish every chunk, it lost its workers "
            f"({type(error).__name__}); {len(runs)} of {len(chunks)} chunks are kept in "
            f"{folder}, call again with a new executor to go on"
        ) from error
    except BaseException as error:
        error.add_note(
            f"{len(runs)} of {len(chunks)} chunks are kept in {folder}; the same call goes on there"
        )
        raise
    return tuple(runs[name] for name in names)


def chunk_name(config: FitConfig) -> str:
    """The name of a chunk's directory: 16 hexadecimal digits of the SHA-256 of its config.

    The hash is taken of the config as JSON with sorted keys and no spaces, so it is the same on
    every machine and for every order of the grid.

    >>> from theory import FeatureDistribution
    >>> from training import FitSettings, ReluOutputModel
    >>> config = FitConfig(ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), FitSettings())
    >>> len(chunk_name(config))
    16
    """
    text = json.dumps(config.to_dict(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _fit_chunk(name: str, config: FitConfig, threads: int) -> Run:
    """Fit one chunk, wherever the executor runs it; an error says which chunk it was."""
    try:
        return fit_config(config, threads=threads)
    except ValueError as error:
        raise ValueError(f"chunk {name} of the sweep: {error}") from error
    except MemoryError as error:
        raise MemoryError(
            f"chunk {name} of the sweep: {error or 'out of memory'}; fewer restarts, threads or "
            "workers need less"
        ) from error


def _configs(grid: Iterable[FitConfig]) -> tuple[FitConfig, ...]:
    try:
        configs = tuple(grid)
    except TypeError:
        raise ValueError(
            f"expected an iterable of FitConfig, got {type(grid).__name__}; put it into a list"
        ) from None
    for k, config in enumerate(configs):
        if not isinstance(config, FitConfig):
            raise ValueError(
                f"expected a FitConfig at place {k} of the grid, got {type(config).__name__}; "
                "make one of a model, features and FitSettings"
            )
    return configs


def _one_by_one(
    missing: Mapping[str, FitConfig],
    threads: int,
    folder: Path,
    keep: Keep,
    report: Callable[[], None],
) -> None:
    """Compute the missing chunks here, in the order of the grid as long as nobody else does.

    Once a chunk has come from another sweep into the same folder, the rest is taken in random
    order: two that went side by side would do everything twice.
    """
    waiting, alone = list(missing), True
    while waiting:
        name = waiting.pop(0)
        there = (folder / name).exists()
        ours = keep(name, None if there else _fit_chunk(name, missing[name], threads))
        report()
        if alone and not ours:
            alone = False
            random.Random().shuffle(waiting)


def _spread(
    executor: Executor,
    missing: Mapping[str, FitConfig],
    threads: int,
    keep: Keep,
    report: Callable[[], None],
) -> None:
    """Compute the missing chunks on the executor and keep each as it comes back."""
    waiting: dict[Future[Run], str] = {}
    try:
        for name, config in missing.items():
            waiting[executor.submit(_fit_chunk, name, config, threads)] = name
        for future in as_completed(tuple(waiting)):
            keep(waiting[future], future.result())
            del waiting[future]
            report()
    finally:
        for future in waiting:
            future.cancel()
        for future, name in waiting.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                keep(name, future.result())


def _saved(run: Run, path: Path) -> bool:
    """Write a run; whether it is this one, or that of another sweep, which was faster."""
    for last in (False, True):
        try:
            run.save(path)
            return True
        except FileNotFoundError:  # one whose clock is ahead took our scratch for a leftover
            if last:
                raise
        except OSError:
            if not path.exists():
                raise
            break
    return False


def _loaded(path: Path, config: FitConfig) -> Run:
    try:
        run = Run.load(path)
    except (FileNotFoundError, ValueError) as error:
        raise ValueError(f"{error}; remove {path} to have it computed again") from None
    if run.config.to_dict() != config.to_dict():
        raise ValueError(
            f"expected the run of chunk {path.name} in {path}, found one of another config; "
            "remove it to have the chunk computed"
        )
    return run
