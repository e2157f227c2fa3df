"""What a solution costs: features, exact losses, ideal shapes, phases."""

from theory.compare import Comparison, ComponentComparison, compare
from theory.dedicated_digon import DedicatedDigon, dedicated_digon
from theory.feature_sets import AnticorrelatedSet, CorrelatedSet
from theory.features import FeatureDistribution
from theory.ideal import IdealSolution, ideal
from theory.linear import linear_loss, linear_optimum
from theory.loss.expected_loss import expected_loss, expected_loss_and_gradient
from theory.loss.mean_norm import mean_norm
from theory.loss.rational import rational_loss
from theory.loss.reference import exact_reference_loss
from theory.packing import PackedComponent, Packing, best_packing
from theory.phases import (
    PHASES,
    superposition_boundary,
    two_feature_losses,
    two_feature_phase,
)
from theory.sensing.bounds import Bounds, bounds

__all__ = [
    "PHASES",
    "AnticorrelatedSet",
    "Bounds",
    "Comparison",
    "ComponentComparison",
    "CorrelatedSet",
    "DedicatedDigon",
    "FeatureDistribution",
    "IdealSolution",
    "PackedComponent",
    "Packing",
    "best_packing",
    "bounds",
    "compare",
    "dedicated_digon",
    "exact_reference_loss",
    "expected_loss",
    "expected_loss_and_gradient",
    "ideal",
    "linear_loss",
    "linear_optimum",
    "mean_norm",
    "rational_loss",
    "superposition_boundary",
    "two_feature_losses",
    "two_feature_phase",
]
