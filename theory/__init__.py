"""What a solution costs: features, exact losses, ideal shapes, phases."""

from theory.absolute_value import (
    ThreeNeurons,
    absolute_value_loss,
    absolute_value_losses,
    three_neurons,
)
from theory.adversarial import (
    Attack,
    Vulnerability,
    attack_bound,
    attacked_loss,
    feature_attacks,
    output_gain,
    vulnerability,
    worst_attack,
)
from theory.almost_orthogonal import (
    chance_of_overlap,
    code_size_bounds,
    largest_overlap,
    nearest_cosine,
    random_code_size,
)
from theory.asymmetric_motifs import AsymmetricMotif, asymmetric_motifs
from theory.compare import Comparison, ComponentComparison, compare
from theory.dedicated_digon import DedicatedDigon, dedicated_digon
from theory.deflation import deflated, destroyed
from theory.feature_sets import AnticorrelatedSet, CorrelatedSet
from theory.features import FeatureDistribution
from theory.kurtosis import excess_kurtosis
from theory.linear import linear_loss, linear_optimum
from theory.loss.expected_loss import expected_loss, expected_loss_and_gradient
from theory.loss.mean_norm import mean_norm
from theory.loss.rational import rational_loss
from theory.loss.reference import exact_reference_loss
from theory.mean_field import (
    MeanField,
    gaussian_error,
    mean_field,
    random_code,
    random_code_loss,
)
from theory.nonlinear_compression import StaircaseCode, break_even_ramp
from theory.phases.antipodal_boundary import AntipodalBoundary, antipodal_boundary, boundary_end
from theory.phases.candidates import (
    PHASES,
    THREE_FEATURE_PHASES,
    superposition_boundary,
    superposition_onset,
    three_feature_boundary,
    three_feature_losses,
    three_feature_phase,
    two_feature_losses,
    two_feature_phase,
)
from theory.phases.continuation import (
    BranchEnd,
    Crossing,
    Stationary,
    branch_end,
    crossing,
    local_minimum,
    stationary,
)
from theory.phases.no_bias import (
    NoBiasMinimum,
    confusion_transition,
    instability_of_zero,
    no_bias_loss,
    no_bias_minima,
)
from theory.phases.optimal_phases import OptimalPhases, optimal_phases
from theory.sensing.bounds import Bounds, bounds
from theory.shapes.atlas import Atlas, atlas, best_geometry
from theory.shapes.ideal import IdealSolution, ideal
from theory.shapes.packing import PackedComponent, Packing, best_packing
from theory.shapes.stability import Stability, stability, stable_densities
from theory.shapes.transitions import Transition, transition, transitions

__all__ = [
    "PHASES",
    "THREE_FEATURE_PHASES",
    "AnticorrelatedSet",
    "AntipodalBoundary",
    "AsymmetricMotif",
    "Atlas",
    "Attack",
    "Bounds",
    "BranchEnd",
    "Comparison",
    "ComponentComparison",
    "CorrelatedSet",
    "Crossing",
    "DedicatedDigon",
    "FeatureDistribution",
    "IdealSolution",
    "MeanField",
    "NoBiasMinimum",
    "OptimalPhases",
    "PackedComponent",
    "Packing",
    "Stability",
    "StaircaseCode",
    "Stationary",
    "ThreeNeurons",
    "Transition",
    "Vulnerability",
    "absolute_value_loss",
    "absolute_value_losses",
    "antipodal_boundary",
    "asymmetric_motifs",
    "atlas",
    "attack_bound",
    "attacked_loss",
    "best_geometry",
    "best_packing",
    "boundary_end",
    "bounds",
    "branch_end",
    "break_even_ramp",
    "chance_of_overlap",
    "code_size_bounds",
    "compare",
    "confusion_transition",
    "crossing",
    "dedicated_digon",
    "deflated",
    "destroyed",
    "exact_reference_loss",
    "excess_kurtosis",
    "expected_loss",
    "expected_loss_and_gradient",
    "feature_attacks",
    "gaussian_error",
    "ideal",
    "instability_of_zero",
    "largest_overlap",
    "linear_loss",
    "linear_optimum",
    "local_minimum",
    "mean_field",
    "mean_norm",
    "nearest_cosine",
    "no_bias_loss",
    "no_bias_minima",
    "optimal_phases",
    "output_gain",
    "random_code",
    "random_code_loss",
    "random_code_size",
    "rational_loss",
    "stability",
    "stable_densities",
    "stationary",
    "superposition_boundary",
    "superposition_onset",
    "three_feature_boundary",
    "three_feature_losses",
    "three_feature_phase",
    "three_neurons",
    "transition",
    "transitions",
    "two_feature_losses",
    "two_feature_phase",
    "vulnerability",
    "worst_attack",
]
