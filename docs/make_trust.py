"""Makes docs/trust.md of what the drills measured (docs/data/trust-*.json).

python docs/make_trust.py
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
SECTIONS = {
    "laws": "Laws",
    "fuzz": "Hostile input",
    "faults": "Faults",
    "determinism": "The same again",
    "scale": "Scale",
    "real": "Real matrices",
    "stranger": "A stranger's first hour",
    "supply": "Supply",
}
HEAD = """\
# What is promised

Each row is a promise, the test or drill that would see it broken, and what that measured the last
time it was run. Drills take minutes to hours (`make drill` runs them all); their fast forms are
part of `make test`.
"""


def page(data: Path = HERE / "data") -> str:
    """The table of promises, by section."""
    parts = [HEAD]
    for name, title in SECTIONS.items():
        rows = json.loads((data / f"trust-{name}.json").read_text(encoding="utf-8"))
        parts.append(f"## {title}\n\n| promise | tested by | measured |\n|---|---|---|")
        parts[-1] += "".join(
            f"\n| {row['promise']} | `{row['test']}` | {row['measured']} |" for row in rows
        )
        parts[-1] += "\n"
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "trust.md").write_text(page(), encoding="utf-8")
