"""Makes the table of the paper's claims: docs/claims.md.

python docs/make_claims.py                       # a few seconds
python docs/make_claims.py --measure [NAME ...]  # measures first, all of it in some minutes
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from claims import (  # noqa: E402
    computation,
    demonstration,
    dynamics,
    footnotes,
    geometry_of_superposition,
    mathematics,
    measured,
    phase_changes,
    privileged,
    robustness,
    sensing,
    sets_of_features,
)
from claims.claim import Claim  # noqa: E402

SECTIONS: dict[str, tuple[Claim, ...]] = {
    "1–2. Introduction and definitions": demonstration.INTRODUCTION,
    "3. Demonstrating superposition": demonstration.CLAIMS,
    "3.5 Mathematical understanding": mathematics.CLAIMS,
    "4. Superposition as a phase change": phase_changes.CLAIMS,
    "5. Geometry of equal features": geometry_of_superposition.CLAIMS,
    "6. Geometry of unequal features": sets_of_features.CLAIMS,
    "7. Learning dynamics": dynamics.CLAIMS,
    "8. Adversarial robustness": robustness.CLAIMS,
    "9. A privileged basis": privileged.CLAIMS,
    "10. Computation in superposition": computation.CLAIMS,
    "11–12. Strategic picture": robustness.STRATEGY,
    "13–14. Compressed sensing and the appendices": sensing.CLAIMS,
    "15. Footnotes": footnotes.CLAIMS,
    "16. What the paper does not give": footnotes.NOT_GIVEN,
}
HEAD = ("where", "the claim", "the paper", "exact", "trained", "verdict", "test and page")
INTRODUCTION = """# The paper's claims

Every quantitative statement of "Toy Models of Superposition" (Elhage et al. 2022; sections and
footnotes as in arXiv 2209.10652), beside what is exact and what training finds. The numbers are
computed by `python docs/make_claims.py`, or read from the data of the page that is named; only the
paper's are typed in. A claim **agrees** if ours are within the tolerance that stands after the
paper's number, or the condition in `docs/claims/` holds; it is **refined** if it does and more can
be said, and **disagrees** if not. *Not recoverable* is what the paper gives no numbers or settings
for, *not measured* what it does and nothing here was run for. (r) marks numbers that are read off a
figure of the paper, (d) those derived from what it states.

{counts} of {total} claims.
"""
DISAGREEMENTS = "## Where the paper is off\n"


def page() -> str:
    """The page in Markdown."""
    claims = [claim for section in SECTIONS.values() for claim in section]
    verdicts = [claim.verdict for claim in claims]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(verdicts).most_common())
    parts = [INTRODUCTION.format(counts=counts, total=len(claims)), DISAGREEMENTS]
    parts += [
        _off(claim)
        for claim, verdict in zip(claims, verdicts, strict=True)
        if verdict == "disagree"
    ]
    for title, section in SECTIONS.items():
        parts += [f"\n## {title}\n", _row(HEAD), "|" + " --- |" * len(HEAD)]
        parts += [_row(claim.cells()) for claim in section]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Write the page, whole or not at all."""
    if "--measure" in sys.argv[1:]:
        measured.write(*sys.argv[2:])
    scratch = HERE / ".claims.md"
    scratch.write_text(page(), encoding="utf-8")
    scratch.replace(HERE / "claims.md")


def _off(claim: Claim) -> str:
    """A claim that does not hold, in a line."""
    _, says, paper, exact, trained, *_ = claim.cells()
    here = "; ".join(ours for ours in (exact, trained) if ours)
    says = says.rstrip(".")
    return f"- **{claim.where}** {says}. *Paper:* {paper}. *Here:* {here}. {claim.reason}"


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
