"""What an installation brings along: licences, pinned files, and no need of a network."""

import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]

# Everything that `pip install tegum` installs, with its licence as its own metadata has it. What
# torch adds on machines with an accelerator differs from build to build and is not listed.
LICENCES = {
    "cloudpickle": "BSD",
    "contourpy": "BSD",
    "cycler": "BSD",
    "docstring-parser": "MIT",
    "filelock": "MIT",
    "fonttools": "MIT",
    "fsspec": "BSD",
    "jinja2": "BSD",
    "joblib": "BSD",
    "kiwisolver": "BSD",
    "llvmlite": "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception",
    "markdown-it-py": "MIT",
    "markupsafe": "BSD",
    "matplotlib": "Python Software Foundation",
    "mdurl": "MIT",
    "mpmath": "BSD",
    "narwhals": "MIT",
    "networkx": "BSD",
    "numba": "BSD",
    "numpy": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    "packaging": "Apache-2.0 OR BSD-2-Clause",
    "pillow": "MIT-CMU",
    "pygments": "BSD",
    "pyparsing": "MIT",
    "python-dateutil": "BSD",
    "rich": "MIT",
    "safetensors": "Apache",
    "scikit-learn": "BSD",
    "scipy": "BSD",
    "setuptools": "MIT",
    "sympy": "BSD",
    "tegum": "MIT",
    "threadpoolctl": "BSD",
    "torch": "Apache-2.0 AND Apache-2.0 WITH LLVM-exception AND BSD-2-Clause",
    "typeguard": "MIT",
    "typing-extensions": "PSF-2.0",
    "tyro": "MIT",
    "tzdata": "Apache",
}
OF_ACCELERATORS = re.compile(r"nvidia-|cuda-|triton$|pytorch-triton")


def test_every_dependency_has_the_licence_that_is_listed():
    installed = dependencies()
    assert sorted(installed) == sorted(LICENCES)
    for name, found in installed.items():
        assert LICENCES[name] in licence(found), f"{name}: {licence(found)}"


def test_nothing_that_is_installed_by_default_is_gpl():
    for name, found in dependencies().items():
        assert not re.search(r"\b[AL]?GPL|General Public", licence(found)), name


def test_every_pin_but_torch_has_a_hash():
    for file in ("constraints.txt", "constraints-dev.txt"):
        pins = re.split(r"\n(?=\S)", (ROOT / file).read_text(encoding="utf-8").strip())
        assert len(pins) > 40
        for pin in pins:
            assert re.match(r"[a-z0-9.-]+==\S+ \\\n +--hash=sha256:[0-9a-f]{64}\b", pin), pin
            assert not pin.startswith("torch==")


def test_what_is_installed_by_default_is_pinned():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    names = {*re.findall(r"^([a-z0-9.-]+)==", pins, re.MULTILINE), "torch", "tegum"}
    assert set(dependencies()) <= names


OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        sys.stderr.write(f"used the network: {event} {arguments}\\n")
        raise SystemExit(77)
sys.addaudithook(refuse)
"""
COMMANDS = """
from tegum.__main__ import main
for line in sys.argv[1:]:
    main(line.split())
"""


def test_no_command_uses_the_network(tmp_path):
    done = offline(
        COMMANDS,
        tmp_path,
        "train --features 3 --hidden 2 --density 0.1 --restarts 2 --out run",
        "classify run",
        "compare run",
        "bounds --features 9 --hidden 3 --density 0.1",
        "report run -o report.html",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").exists()


def test_a_command_that_used_the_network_would_be_seen(tmp_path):
    done = offline("import socket\nsocket.create_connection(('::', 9))", tmp_path)
    assert done.returncode == 77
    assert "used the network" in done.stderr


def offline(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A process that ends when it asks for an address, a connection or a port."""
    command = [sys.executable, "-c", OFFLINE + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def dependencies() -> dict[str, Distribution]:
    """By normalised name: Tegum and all that it asks for without extras."""
    found: dict[str, Distribution] = {}
    asked = {("tegum", "")}
    seen = set()
    while asked:
        name, extra = pair = asked.pop()
        seen.add(pair)
        found[name] = distribution(name)
        for text in found[name].requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                key = re.sub(r"[-_.]+", "-", needed.name).lower()
                if not OF_ACCELERATORS.match(key):
                    asked |= {(key, e) for e in ("", *needed.extras)} - seen
    return found


def licence(found: Distribution) -> str:
    """All that the metadata says of it: expression, classifiers, first line of the text."""
    about = found.metadata
    classifiers = [text for text in about.get_all("Classifier") or () if "License" in text]
    expression = about.get("License-Expression") or ""
    return " ".join([expression, *classifiers, (about.get("License") or "").split("\n")[0]])
