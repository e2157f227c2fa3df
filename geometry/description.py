"""What is known of features without a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from geometry.frames import frame_analysis
from geometry.symmetry import Symmetry, symmetry


@dataclass(frozen=True)
class Description:
    """A configuration of directions, whatever its name.

    Attributes
    ----------
    symmetry : its group, with orbits, residual and the levels of the Gram matrix
    tightness : 1 exactly when the directions are a tight frame of their span
    coherence : the largest absolute cosine between two of them
    welch_ratio : the coherence over the Welch bound; None where that bound is 0
    is_association_scheme : whether the Gram levels are the relations of an association scheme
    """

    symmetry: Symmetry
    tightness: float
    coherence: float
    welch_ratio: float | None
    is_association_scheme: bool | None

    def to_dict(self) -> dict[str, Any]:
        """Every attribute as JSON has it."""
        return {
            "symmetry": self.symmetry.to_dict(),
            "tightness": self.tightness,
            "coherence": self.coherence,
            "welch_ratio": self.welch_ratio,
            "is_association_scheme": self.is_association_scheme,
        }


def describe(U: ArrayLike) -> Description:
    """The symmetry of unit directions and what frame theory says of them.

    Parameters
    ----------
    U : (n_features, n_hidden), unit rows, up to a few hundred

    >>> square = describe([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> square.symmetry.order, round(square.tightness, 9), round(square.coherence, 9)
    (8, 1.0, 1.0)
    """
    frame = frame_analysis(U, sparsities=())
    return Description(
        symmetry=symmetry(U),
        tightness=frame.tightness,
        coherence=frame.coherence,
        welch_ratio=frame.welch_ratio,
        is_association_scheme=frame.is_association_scheme,
    )
