"""Files and folders that appear whole or not at all, whatever happens to the one who writes."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

END, ASIDE = ".partial", ".old"
LEFTOVER = re.compile(r"\..+\.[a-z0-9_]{8}(\.old)*" + re.escape(END))
LEFTOVER_AGE = 3600.0  # seconds; a living writer is done in one or two
_AT_CWD, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def write_file(path: str | PathLike[str], content: bytes | str) -> Path:
    """Write a file that appears whole or not at all; one that is there is replaced, or kept.

    `content` is text (written as UTF-8) or bytes. Missing folders are made, and a link is followed
    to what it points at. Written beside the place and renamed: two writers at once never mix.

    Raises OSError, in one line with the place, when it cannot be written (what was there is then
    untouched), and ValueError where something else than a file is.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_file(Path(folder) / "deep" / "name.txt", "digon")
    ...     path.read_text(), [found.name for found in path.parent.iterdir()]
    ('digon', ['name.txt'])
    """
    target = Path(os.path.realpath(path))  # Path.resolve may raise other errors than OSError
    if target.exists() and not target.is_file():
        raise ValueError(f"expected a file to write, {path} is something else; name another")
    data = content.encode() if isinstance(content, str) else content
    with _beside(target) as scratch:
        scratch.write_bytes(data)
        os.replace(scratch, target)
    return Path(path)


def write_folder(
    path: str | PathLike[str], files: Mapping[str, bytes | str], *, overwrite: bool = False
) -> Path:
    """Write a folder of files that appears whole or not at all; see `write_file`.

    A folder that is there is replaced with `overwrite` (on Linux without a moment in which neither
    is in place, where the file system can exchange two names) and is an OSError without, unless it
    is empty. Whether it may be replaced is for the caller to know.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_folder(Path(folder) / "run", {"a": "1", "b": b"2"})
    ...     path = write_folder(path, {"c": "3"}, overwrite=True)
    ...     [found.name for found in path.iterdir()]
    ['c']
    """
    target = Path(os.path.realpath(path))
    with _beside(target) as scratch:
        scratch.mkdir()
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (scratch / name).write_bytes(data)
        if overwrite and target.exists():
            _exchange(scratch, target)
        else:  # a folder that has come meanwhile fails the renaming
            os.replace(scratch, target)
    return Path(path)


def write_figure(path: str | PathLike[str], figure: Figure, dpi: int) -> Path:
    """Write a picture, in the format of its ending, whole or not at all; see `write_file`."""
    image = BytesIO()
    figure.savefig(image, format=Path(path).suffix[1:], dpi=dpi)
    return write_file(path, image.getvalue())


def clear_leftovers(folder: str | PathLike[str]) -> None:
    """Remove what killed writers left in a folder.

    Younger ones than an hour may have a living writer. A leftover is renamed before it is emptied,
    so a writer that wakes up after all fails at its own renaming and puts nothing half-empty in
    place. Who was killed while giving two folders each other's names in two steps left both here:
    the new one, which is whole, then takes its place.
    """
    for path in Path(folder).glob(f".*{END}"):
        with suppress(OSError):
            if not LEFTOVER.fullmatch(path.name) or not stat.S_ISDIR(path.lstat().st_mode):
                continue
            if time.time() - path.stat().st_mtime > LEFTOVER_AGE:
                _put_in_place(path)
                shutil.rmtree(
                    path.rename(path.with_name(f"{path.name.removesuffix(END)}.old{END}"))
                )


def _put_in_place(leftover: Path) -> None:
    """What the second step of `_exchange` would have done."""
    for old in leftover.glob(f"*{ASIDE}"):
        target = leftover.parent / old.name.removesuffix(ASIDE)
        new = leftover / target.name
        if new.exists() and not target.exists():
            os.replace(new, target)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A path of the same name in a scratch folder beside the target, which is gone at the end."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name[:40]}.",
            suffix=END,
            dir=target.parent,
            ignore_cleanup_errors=True,
        ) as scratch:
            yield Path(scratch) / target.name
    except OSError as error:
        raise OSError(
            error.errno,
            f"expected to write {target}, got '{(error.strerror or str(error)).lower()}'; "
            "nothing there has changed, make room or name another place",
        ) from error


def _exchange(new: Path, old: Path) -> None:
    """Give two folders each other's names; in two steps only where there is no way in one."""
    if _exchanged_at_once(new, old):
        return
    aside = new.with_name(f"{new.name}{ASIDE}")
    try:
        os.replace(old, aside)
        os.replace(new, old)
    except BaseException:
        if aside.exists() and not old.exists():
            os.replace(aside, old)
        raise


def _exchanged_at_once(new: Path, old: Path) -> bool:
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):  # another system than Linux
        return False
    return rename(_AT_CWD, os.fsencode(new), _AT_CWD, os.fsencode(old), _EXCHANGE) == 0
