"""The way the packages depend on each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tegum

ROOT = Path(tegum.__file__).parent.parent
BELOW = {
    "geometry": set(),
    "theory": {"geometry"},
    "training": {"geometry", "theory"},
    "tegum": {"geometry", "theory", "training"},
}


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports anywhere in its body."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("package", BELOW)
def test_imports_only_run_downwards(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        upwards = (imported(path) & set(BELOW)) - BELOW[package] - {package}
        assert not upwards, f"{path} imports {upwards}"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import geometry", {"torch", "sympy", "matplotlib", "theory", "training", "tegum"}),
        ("import theory", {"torch", "sympy", "matplotlib", "training", "tegum"}),
        ("import training", {"torch", "sympy", "matplotlib", "tegum"}),
        (
            "import tegum.__main__ as m, contextlib, io\n"
            "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
            "    m.main(['--help'])",
            {"torch", "numba", "theory", "training", "matplotlib"},
        ),
    ],
    ids=["geometry", "theory", "training", "tegum --help"],
)
def test_heavy_libraries_are_imported_only_where_they_are_used(code, absent):
    probe = f"{code}\nimport sys\nprint(*sorted(set(sys.modules) & {absent!r}))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_test_of_a_law_draws_its_examples_and_as_many_as_the_profile_says():
    files = sorted((ROOT / "tests" / "laws").glob("test_*.py"))
    assert files
    for path in files:
        for law in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(law, ast.FunctionDef) and law.name.startswith("test_"):
                by = {ast.unparse(call).split("(")[0] for call in law.decorator_list}
                assert "given" in by and by <= {"given", "example", "few"}, f"{path}: {law.name}"


def test_readme_example_prints_what_its_comments_say(capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.split("```python\n")[1].split("```")[0]
    assert len([line for line in block.splitlines() if line.strip()]) <= 12
    exec(compile(block, "README.md", "exec"), {})
    verdict, matching, ratio = capsys.readouterr().out.splitlines()
    assert verdict == "1 pentagon"
    assert sorted(matching.strip("()").split(", ")) == list("01234")
    assert f"# {ratio}: exact loss over" in block
