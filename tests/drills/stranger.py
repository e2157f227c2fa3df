"""A stranger's first hour: wheel and sdist in an empty environment, used, and removed again.

    python -m tests.drills.stranger [--python python3.12] [--no-torch] [--write]

A new virtual environment with what the package index has today, an empty HOME, nothing but that
environment on PATH (so no compiler), and packages that nobody can write to. In it: the README's
and the tutorial's code, their commands, the demo; then the time of imports, and `pip uninstall`.
Figures are printed as JSON; what a stranger would have to report ends it with an error.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.drills.promises import write_rows

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/tutorial.md")
PACKAGES = ("geometry", "theory", "training", "tegum")
TORCH = "torch==2.13.0"
SETPRIV = shutil.which("setpriv")  # so that permissions bind a superuser too
LESS = ("--bounding-set", "-dac_override,-dac_read_search")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to try")
    parser.add_argument("--no-torch", action="store_true", help="geometry and theory alone")
    parser.add_argument("--write", action="store_true", help="into docs/data/trust-stranger.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = first_hour(Path(name), options.python, not options.no_torch)
    print(json.dumps(figures, indent=2))
    if options.write:
        write_rows("stranger", rows(figures))


def first_hour(folder: Path, python: str, torch: bool) -> dict:
    """What happens, as figures; `folder` is empty."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
                   cwd=ROOT, check=True)  # fmt: skip
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    venv = folder / "venv"
    subprocess.run([python, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--no-cache-dir"]
    if torch:
        subprocess.run([*pip, f"{wheel}[report]", TORCH], check=True)
    else:
        needs = re.findall(r'^    "((?!torch)[^"]+)",$', _dependencies(), re.MULTILINE)
        subprocess.run([*pip, *needs], check=True)
        subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    (packages,) = (venv / "lib").glob("python3*/site-packages")
    before = _tree(packages)
    stranger = Stranger(folder, venv, packages)
    figures = {"python": stranger.run("python", "-V").strip(), "ran": stranger.try_all(torch)}
    figures["import"] = stranger.imports()
    figures["heavy"] = stranger.heavy()
    stranger.may_write_again()
    figures["written into the packages"] = len(_tree(packages) - before)
    figures["wheel, after uninstall"] = stranger.uninstall()
    subprocess.run([*pip, "--no-deps", str(sdist)], check=True)
    figures["sdist"] = stranger.run(
        "python", "-c", "import tegum; print(tegum.__version__)"
    ).strip()
    figures["sdist, after uninstall"] = stranger.uninstall()
    _check(figures)
    return figures


class Stranger:
    """Runs programs with an empty HOME, nothing else on PATH, and packages that are read-only."""

    def __init__(self, folder: Path, venv: Path, packages: Path):
        self.home, self.venv, self.packages = folder / "home", venv, packages
        self.home.mkdir()
        self._mode(0o555)

    def run(self, *command: str, cwd: Path | None = None) -> str:
        obey = (SETPRIV, *LESS) if os.geteuid() == 0 and SETPRIV else ()
        done = subprocess.run(
            [*obey, str(self.venv / "bin" / command[0]), *command[1:]],
            cwd=cwd or self.home,
            env={"HOME": str(self.home), "PATH": str(self.venv / "bin")},
            capture_output=True,
            text=True,
        )
        if done.returncode or "Traceback" in done.stderr or "Warning" in done.stderr:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stderr}")
        return done.stdout

    def try_all(self, torch: bool) -> list[str]:
        """Every page with code, its commands, and the demo; the names of what ran."""
        if not torch:
            return [self._geometry_and_theory()]
        ran = []
        for page in PAGES:
            text = (ROOT / page).read_text(encoding="utf-8")
            folder = self.home / Path(page).stem
            folder.mkdir()
            code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
            self.run("python", "-c", code, cwd=folder)
            ran.append(f"{page}: code")
            np.save(folder / "weights.npy", np.eye(2, 5))
            np.savez(folder / "weights.npz", W=np.eye(5, 2))
            for command in re.findall(r"^tegum .*$", text, re.MULTILINE):
                self.run(*command.split(), cwd=folder)
                ran.append(f"{page}: {command}")
        self.run("tegum", "demo", "--out", "demo")
        return [*ran, "tegum demo --out demo"]

    def _geometry_and_theory(self) -> str:
        code = (
            "import numpy as np\n"
            "from geometry import identify, template\n"
            "from theory import FeatureDistribution, best_packing, expected_loss, transition\n"
            "assert identify(template('icosahedron').vertices).summary() == '1 icosahedron'\n"
            "features = FeatureDistribution(8, density=0.25)\n"
            "assert best_packing(features, 3).summary() == '3 digons, 2 not represented'\n"
            "assert abs(transition('digon', 'pentagon') - 0.224875449364) < 1e-11\n"
            "loss = expected_loss(np.eye(3)[:, :2], np.zeros(3), FeatureDistribution(3, 0.2))\n"
            "assert abs(loss - 0.2 / 3) < 1e-12\n"
        )
        self.run("python", "-c", code)
        return "geometry and theory"

    def imports(self) -> dict[str, float]:
        """CPU-seconds of a process that imports, medians of nine turns."""
        codes = {
            "numpy and networkx": "import numpy, networkx",
            "geometry": "import geometry",
            "tegum": "import tegum",
        }
        seconds: dict[str, list[float]] = {name: [] for name in codes}
        for turn in range(10):
            for name, code in codes.items():
                before = _children()
                self.run("python", "-c", code)
                if turn:  # the first one reads from the disk
                    seconds[name].append(_children() - before)
        return {name: round(statistics.median(times), 3) for name, times in seconds.items()}

    def heavy(self) -> str:
        """What of torch and numba `tegum --help` loads."""
        code = (
            "import contextlib, io, sys\n"
            "from tegum.__main__ import main\n"
            "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
            "    main(['--help'])\n"
            "print(*{'torch', 'numba'} & {*sys.modules})"
        )
        return self.run("python", "-c", code).strip()

    def uninstall(self) -> list[str]:
        """What is left of the packages."""
        pip = [str(self.venv / "bin" / "pip"), "uninstall", "--quiet", "--yes", "tegum"]
        subprocess.run(pip, check=True)
        return [name for name in PACKAGES if (self.packages / name).exists()]

    def may_write_again(self) -> None:
        self._mode(0o755)

    def _mode(self, mode: int) -> None:
        for folder in [self.packages, *self.packages.rglob("*")]:
            if folder.is_dir():
                folder.chmod(mode)


def rows(figures: dict) -> Iterable[dict[str, str]]:
    """For the table of promises."""
    ratio = figures["import"]["geometry"] / figures["import"]["numpy and networkx"]
    test = "tests/drills/stranger.py"
    yield {
        "promise": "The wheel works in an empty environment, no compiler, its packages read-only",
        "test": test,
        "measured": f"{figures['python']}: the code of {len(PAGES)} pages and "
        f"{len(figures['ran']) - len(PAGES)} commands ran without a traceback or a warning",
    }
    yield {
        "promise": "`import geometry` costs at most 1.5 times `import numpy, networkx`",
        "test": test,
        "measured": f"{ratio:.2f} times, CPU-seconds, medians of 9",
    }
    yield {
        "promise": "`pip uninstall` leaves nothing, after the wheel and after the sdist",
        "test": test,
        "measured": "nothing was left",
    }


def _check(figures: dict) -> None:
    assert figures["written into the packages"] == 0, figures
    assert not figures["heavy"], figures
    assert not figures["wheel, after uninstall"], figures
    assert not figures["sdist, after uninstall"], figures
    times = figures["import"]
    assert times["geometry"] <= 1.5 * times["numpy and networkx"], times


def _dependencies() -> str:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return text.split("\ndependencies = [")[1].split("\n]")[0]


def _tree(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.suffix != ".pyc"}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
