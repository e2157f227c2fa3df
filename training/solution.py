"""What an exact fit finds for one instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from theory.features import Array


@dataclass(frozen=True)
class Solution:
    """The best of the starts of one instance: W (n, m), b (n,), its loss, and how it was found.

    `details` go into the metrics of the run; `readout` (n, m) is there where the model has one.
    """

    W: Array
    b: Array
    loss: float
    details: dict[str, Any]
    readout: Array | None = None
