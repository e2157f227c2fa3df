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
from theory.atlas import Atlas, atlas, best_geometry
from theory.compare import Comparison, ComponentComparison, compare
from theory.dedicated_digon import DedicatedDigon, dedicated_digon
from theory.deflation import deflated, destroyed
from theory.feature_sets import AnticorrelatedSet, CorrelatedSet
from theory.features import FeatureDistribution
from theory.ideal import IdealSolution, ideal
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
from theory.packing import PackedComponent, Packing, best_packing
from theory.phases import (
    PHASES,
    superposition_boundary,
    two_feature_losses,
    two_feature_phase,
)
from theory.sensing.bounds import Bounds, bounds
from theory.transitions import Transition, transition, transitions

__all__ = [
    "PHASES",
    "AnticorrelatedSet",
    "AsymmetricMotif",
    "Atlas",
    "Attack",
    "Bounds",
    "Comparison",
    "ComponentComparison",
    "CorrelatedSet",
    "DedicatedDigon",
    "FeatureDistribution",
    "IdealSolution",
    "MeanField",
    "PackedComponent",
    "Packing",
    "StaircaseCode",
    "ThreeNeurons",
    "Transition",
    "Vulnerability",
    "absolute_value_loss",
    "absolute_value_losses",
    "asymmetric_motifs",
    "atlas",
    "attack_bound",
    "attacked_loss",
    "best_geometry",
    "best_packing",
    "bounds",
    "break_even_ramp",
    "chance_of_overlap",
    "code_size_bounds",
    "compare",
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
    "largest_overlap",
    "linear_loss",
    "linear_optimum",
    "mean_field",
    "mean_norm",
    "nearest_cosine",
    "output_gain",
    "random_code",
    "random_code_loss",
    "random_code_size",
    "rational_loss",
    "superposition_boundary",
    "three_neurons",
    "transition",
    "transitions",
    "two_feature_losses",
    "two_feature_phase",
    "vulnerability",
    "worst_attack",
]
