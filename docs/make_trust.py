"""Makes docs/trust.md of what the drills measured (docs/data/trust-*.json).

python docs/make_trust.py
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
SECTIONS = {
    "Laws": ("laws",),
    "Hostile input": ("fuzz", "fuzz-commands"),
    "Faults": ("kills", "steps", "disks"),
    "The same again": ("determinism",),
    "Scale": ("scale",),
    "Real matrices": ("real",),
    "A stranger's first hour": ("stranger",),
    "Supply": ("supply",),
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
    for title, drills in SECTIONS.items():
        rows = [
            f"| {row['promise'].rstrip('.')} | `{row['test']}` | {row['measured']} |"
            for drill in drills
            for row in json.loads((data / f"trust-{drill}.json").read_text(encoding="utf-8"))
        ]
        head = f"## {title}\n\n| promise | tested by | measured |\n|---|---|---|"
        parts.append("\n".join([head, *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "trust.md").write_text(page(), encoding="utf-8")
