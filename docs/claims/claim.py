"""A claim of the paper beside what comes out here, and the verdict on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Text = str | Callable[[], str]
# the figure of the gallery on a section of the paper
FIGURES = {
    "1": "introduction", "3.2": "metrics", "3.3": "decreasing_importance",
    "3.4": "rescaled_importance", "4.1": "phase_diagram", "4.2": "phase_diagram_three",
    "4.3": "no_bias", "5.1": "dimensions_per_feature", "5.2": "dimensionality",
    "5.3": "low_rank_matrices", "6.1": "varied_density", "6.3": "feature_sets",
    "6.4": "local_bases", "6.5": "collapse", "7.1": "energy_jumps", "7.2": "octahedron",
    "8": "adversarial", "9": "privileged_basis", "10.1": "absolute_value_circuit",
    "10.2": "absolute_values", "10.3": "asymmetric_superposition", "11": "less_superposition",
    "13": "compressed_sensing", "14.1": "nonlinear_compression", "14.2": "threshold_decoder",
}  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One statement of the paper: where, in our words, with its number.

    `paper` is what it says: numbers, or words; "" where it gives none that could be compared.
    `exact` and `trained` return ours, as numbers or words. The claim holds if `holds` says so; by
    default if all of ours are within `within` of the paper's numbers. `why` says how a claim that
    holds has to be refined, or where one that does not is off.
    """

    where: str
    says: str
    paper: Any
    exact: Callable[[], Any] | None = None
    trained: Callable[[], Any] | None = None
    within: float = 0.0
    holds: Callable[[], bool] | None = None
    why: Text = ""
    tests: tuple[str, ...] = ()
    page: str = ""

    @property
    def verdict(self) -> str:
        """agree, refined (it holds, and `why` adds to it), disagree, or why there is none."""
        if isinstance(self.paper, str) and not self.paper:
            return "not recoverable"
        if self.exact is None and self.trained is None:
            return "not measured"
        if not (self.holds() if self.holds else self._near()):
            return "disagree"
        return "refined" if self.reason else "agree"

    @property
    def reason(self) -> str:
        return self.why() if callable(self.why) else self.why

    def cells(self) -> list[str]:
        """The row of the table."""
        about = f" (± {self.within:g})" if self.within else ""
        ours = [shown(value()) if value else "" for value in (self.exact, self.trained)]
        links = [f"[{self.page}]({self.page}.md)"] if self.page else []
        if self.where in FIGURES:
            links.append(f"[figure](_gallery/plot_{FIGURES[self.where]}.rst)")
        verdict = self.verdict
        judged = f"**{verdict}**" if verdict == "disagree" else verdict
        reason = self.reason
        said = f"{judged}: {reason}" if reason else judged
        where = "<br>".join([*(f"`{test}`" for test in self.tests), *links])
        return [self.where, self.says, shown(self.paper) + about, *ours, said, where]

    def _near(self) -> bool:
        ours = [value() for value in (self.exact, self.trained) if value]
        if isinstance(self.paper, str):
            return all(value == self.paper for value in ours)
        return all(
            np.shape(value) == np.shape(self.paper)
            and bool((np.abs(np.subtract(value, self.paper)) <= self.within + 1e-12).all())
            for value in ours
        )


def shown(value: Any) -> str:
    """Numbers to four digits; words as they are."""
    if isinstance(value, str):
        return value
    if isinstance(value, (tuple, list, np.ndarray)):
        return ", ".join(f"({shown(v)})" if np.ndim(v) else shown(v) for v in value)
    if isinstance(value, (int, np.integer)):
        return str(value)
    return f"{value:.4g}" if abs(value) >= 1e-9 else "0"
