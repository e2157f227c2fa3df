"""Where compiled code is kept, and when it is compiled again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import theory

INNER = """
from theory.loss.kernels import compiled

@compiled
def inner(x):
    return x + {}
"""
OUTER = """
from inner import inner
from theory.loss.kernels import compiled

@compiled
def outer(x):
    return 10.0 * inner(x)

print(outer(1.0))
"""


def run(folder, **environment):
    return subprocess.run(
        [sys.executable, folder / "outer.py"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def test_an_edit_of_what_a_kernel_calls_is_seen(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for added in (1.0, 2.0):
        (tmp_path / "inner.py").write_text(INNER.format(added))
        for _ in range(2):  # compiled, and loaded
            assert float(run(tmp_path, **place).stdout) == 10.0 * (1.0 + added)
    assert list((tmp_path / "cache").rglob("*outer*.nbi"))
    assert not list(tmp_path.glob("__pycache__/*.nbi"))


@pytest.mark.parametrize("folder", ["theory/loss", "training"])
def test_every_source_with_kernels_is_in_the_checksum(folder):
    for path in (Path(theory.__file__).parents[1] / folder).glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "@in_order" in text:
            assert "compiled" in text, f"{path.name} needs the word to be found by `_folder`"


def test_without_a_place_for_it_code_is_compiled_every_time_and_says_so_once(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    (tmp_path / "inner.py").write_text(INNER.format(1.0))
    nowhere = {
        "NUMBA_CACHE_DIR": os.devnull,
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
    }
    done = run(tmp_path, **nowhere)
    assert float(done.stdout) == 20.0
    assert done.stderr.count("set NUMBA_CACHE_DIR") == 1
