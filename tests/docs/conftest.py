import runpy
import sys
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))  # as the scripts of the gallery find kept and dark


@cache
def _run(name):
    return runpy.run_path(str(DOCS / "figures" / f"plot_{name}.py"))


@pytest.fixture
def page():
    """What a script of the gallery leaves behind: page("introduction")["study"]."""
    yield _run
    plt.close("all")
