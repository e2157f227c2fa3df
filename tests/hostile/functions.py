"""Every public function with arguments that are right, and then one or two that are not.

What is right is cheap, so that every call ends in time unless a wrong argument keeps it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

import numpy as np

import geometry
import theory
import training
from tests.hostile import arguments
from tests.hostile.arguments import Maker
from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution

TURN = 2 * np.pi * np.arange(5) / 5
W = 1.1 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)
B = np.linspace(-0.4, -0.2, 5)
FEATURES = FeatureDistribution(5, 0.1, 0.9 ** np.arange(5))
PAIR = FeatureDistribution(2, 0.2)
DIGON = {"W": np.array([[1.0], [-1.0]]), "b": np.zeros(2), "features": PAIR}
MODEL = {"W": W, "b": B, "features": FEATURES}


def features(rng: Random) -> Any:
    """What may be given for the features of a model of five."""
    n = rng.choice((5, 5, 5, 4, 6, 1))
    groups = (CorrelatedSet((0, 1)), AnticorrelatedSet((2, 3))) if n > 3 else ()
    return rng.choice(
        (
            lambda: FeatureDistribution(n, rng.choice((1.0, 0.5, 1e-3, 1e-9, 1e-15, 1e-300))),
            lambda: FeatureDistribution(n, 0.1, rng.choice((0.0, 1e-320, 1e-300, 1e300, 1e308))),
            lambda: FeatureDistribution(n, [[1.0], [0.1]]),
            lambda: FeatureDistribution(n, np.geomspace(1e-9, 1, n)),
            lambda: FeatureDistribution(n, 0.1, 10.0 ** -np.arange(0, 60 * n, 60)),
            lambda: FeatureDistribution(n, 0.1, amplitude="exponential"),
            lambda: FeatureDistribution(n, 0.1, groups=groups),
            lambda: rng.choice(arguments.NO_NUMBERS),
        )
    )()


KINDS: dict[str, Maker] = {
    **dict.fromkeys(("W", "W_in", "W_out", "readout", "U"), arguments.weights),
    **dict.fromkeys(("b", "attack"), arguments.vector),
    "features": features,
    **dict.fromkeys(("density", "relative_importance", "importance"), arguments.share),
    **dict.fromkeys(
        ("n_features", "n_hidden", "dimension", "n_vectors", "segments", "dead", "scale", "bias",
         "norm", "relative_norm", "cosine", "quantile", "threshold", "rtol", "resolution", "offset",
         "represented", "max_rmsd", "max_leakage", "min_confidence", "clearance", "entangled",
         "max_shared", "min_dedicated", "least_ratio", "agreement", "least_inhibition", "sparsest",
         "ramp", "default", "low", "high", "learning_rate", "weight_decay", "l1", "adversarial",
         "seed", "group_order"), arguments.number),
    **dict.fromkeys(
        ("trials", "starts", "halvings", "points", "restarts", "steps", "batch_size", "threads",
         "init_instances", "record"), arguments.count),
    **dict.fromkeys(
        ("norms", "per_feature", "refine", "last_ramp", "rao_blackwell", "exact_strata"),
        arguments.flag),
    **dict.fromkeys(
        ("name", "amplitude", "method", "search", "device", "layout", "a", "symbol"),
        arguments.name),
    **dict.fromkeys(("taken", "sparsities", "groups", "templates", "names"), arguments.indices),
    **dict.fromkeys(("within", "inverse_densities"), arguments.pair),
}  # fmt: skip


class Call(NamedTuple):
    function: Callable[..., Any]
    right: Mapping[str, Any]
    kinds: Mapping[str, Maker]  # of the arguments that are made wrong


def call(function: Callable[..., Any], kinds: Mapping[str, Maker] = {}, **right: Any) -> Call:
    """With the kind of every parameter that has one, by its name or as it is said here."""
    known = {name: KINDS[name] for name in inspect.signature(function).parameters if name in KINDS}
    return Call(function, right, {**known, **kinds})


def _vector(rng: Random) -> Any:
    return arguments.vector(rng)


CALLS: dict[str, Call] = {
    "align": call(geometry.align, {"W1": arguments.weights, "W2": arguments.weights}, W1=W, W2=W),
    "describe": call(geometry.describe, U=W),
    "dimensionality": call(geometry.dimensionality, W=W),
    "exact_vertices": call(geometry.exact_vertices, name="triangle"),
    "features_per_neuron": call(geometry.features_per_neuron, W=W),
    "frame_analysis": call(geometry.frame_analysis, W=W, trials=10),
    "identify": call(geometry.identify, W=W),
    "interference": call(geometry.interference, W=W),
    "interference_graph": call(geometry.interference_graph, W=W),
    "leverage": call(geometry.leverage, W=W),
    "primary_ratio": call(geometry.primary_ratio, W=W),
    "rescaled_neurons": call(geometry.rescaled_neurons, W=W, readout=W),
    "superposition": call(geometry.superposition, W=W),
    "symmetry": call(geometry.symmetry, W=W),
    "template": call(geometry.template, name="pentagon"),
    "Weights": call(geometry.Weights, W=W, b=B),
    "Parameter": call(geometry.Parameter, name="t", default=0.5, low=0.0, high=1.0),
    "Template": call(
        geometry.Template,
        {"vertices": arguments.weights},
        name="mine", symbol="{5}", vertices=W / 1.1, group_order=10,
    ),
    "AnticorrelatedSet": call(AnticorrelatedSet, {"features": arguments.indices}, features=(0, 1)),
    "CorrelatedSet": call(CorrelatedSet, {"features": arguments.indices}, features=(0, 1)),
    "FeatureDistribution": call(
        FeatureDistribution,
        {"density": lambda rng: rng.choice((_vector, arguments.share))(rng)},
        n_features=5, density=0.1, importance=1.0, amplitude="uniform", groups=(),
    ),
    "StaircaseCode": call(theory.StaircaseCode, segments=3, ramp=0.1),
    "absolute_value_loss": call(
        theory.absolute_value_loss,
        W_in=np.array([[1.0, -1.0], [0.5, 0.2]]), W_out=np.ones((2, 2)), b=np.zeros(2),
        features=PAIR,
    ),
    "absolute_value_losses": call(theory.absolute_value_losses, density=0.1),
    "antipodal_boundary": call(theory.antipodal_boundary, relative_importance=0.5),
    "asymmetric_motifs": call(theory.asymmetric_motifs, W_in=W, W_out=W),
    "atlas": call(
        theory.atlas, inverse_densities=(5.0, 6.0), names=("digon", "triangle"), halvings=0
    ),
    "attack_bound": call(theory.attack_bound, **MODEL, norm=0.1),
    "attacked_loss": call(theory.attacked_loss, **MODEL, attack=np.ones(5)),
    "best_geometry": call(theory.best_geometry, density=0.1, names=("digon", "pentagon")),
    "best_packing": call(theory.best_packing, features=FEATURES, n_hidden=2),
    "bounds": call(theory.bounds, n_features=100, n_hidden=20, density=0.1),
    "break_even_ramp": call(theory.break_even_ramp, segments=3),
    "chance_of_overlap": call(theory.chance_of_overlap, cosine=0.3, dimension=10),
    "code_size_bounds": call(theory.code_size_bounds, cosine=0.3, dimension=10),
    "compare": call(theory.compare, **MODEL),
    "confusion_transition": call(theory.confusion_transition, importance=0.5),
    "dedicated_digon": call(
        theory.dedicated_digon, {"importance": _vector}, density=0.1, importance=np.ones(5),
        n_hidden=2,
    ),
    "deflated": call(theory.deflated, W=W, taken=[0]),
    "destroyed": call(theory.destroyed, W=W),
    "exact_reference_loss": call(theory.exact_reference_loss, **MODEL),
    "excess_kurtosis": call(theory.excess_kurtosis, W=W, features=FEATURES),
    "expected_loss": call(theory.expected_loss, **MODEL),
    "expected_loss_and_gradient": call(theory.expected_loss_and_gradient, **MODEL),
    "feature_attacks": call(theory.feature_attacks, W=W, norm=0.1),
    "gaussian_error": call(
        theory.gaussian_error, n_features=100, n_hidden=20, density=0.1, scale=1.0, bias=-0.1
    ),
    "ideal": call(theory.ideal, name="digon", density=0.1),
    "instability_of_zero": call(theory.instability_of_zero, density=0.1),
    "largest_overlap": call(theory.largest_overlap, n_vectors=10, dimension=5),
    "linear_loss": call(theory.linear_loss, **MODEL),
    "linear_optimum": call(theory.linear_optimum, features=FEATURES, n_hidden=2),
    "local_minimum": call(
        theory.local_minimum, {"W": lambda rng: arguments.weights(rng, 2, 1)}, **DIGON
    ),
    "mean_field": call(theory.mean_field, density=0.1),
    "mean_norm": call(theory.mean_norm, features=FEATURES),
    "nearest_cosine": call(theory.nearest_cosine, n_vectors=10, dimension=5),
    "no_bias_loss": call(
        theory.no_bias_loss, {"W1": _vector, "W2": _vector}, W1=1.0, W2=-1.0, density=0.1,
        importance=1.0,
    ),
    "no_bias_minima": call(theory.no_bias_minima, density=0.1, importance=0.5),
    "optimal_phases": call(
        theory.optimal_phases, n_hidden=1, density=[0.1], relative_importance=[1.0]
    ),
    "output_gain": call(theory.output_gain, W=W),
    "random_code": call(theory.random_code, density=0.1, n_features=100, n_hidden=20),
    "random_code_loss": call(
        theory.random_code_loss, n_features=100, n_hidden=20, density=0.1, scale=1.0, bias=-0.1
    ),
    "random_code_size": call(theory.random_code_size, cosine=0.3, dimension=10),
    "rational_loss": call(theory.rational_loss, **DIGON),
    "stability": call(theory.stability, name="digon", density=0.1),
    "stable_densities": call(theory.stable_densities, name="digon", points=4),
    "stationary": call(
        theory.stationary, {"W": lambda rng: arguments.weights(rng, 2, 1)}, **DIGON
    ),
    "superposition_boundary": call(theory.superposition_boundary, relative_importance=0.5),
    "superposition_onset": call(theory.superposition_onset, density=0.1),
    "three_feature_boundary": call(theory.three_feature_boundary, relative_importance=0.5),
    "three_feature_losses": call(
        theory.three_feature_losses, density=0.1, relative_importance=0.5
    ),
    "three_feature_phase": call(theory.three_feature_phase, density=0.1, relative_importance=0.5),
    "three_neurons": call(theory.three_neurons, density=0.1),
    "transition": call(
        theory.transition, {"b": arguments.name}, a="digon", b="pentagon", within=(0.2, 0.25)
    ),
    "transitions": call(
        theory.transitions, {"b": arguments.name}, a="digon", b="pentagon", within=(0.2, 0.25)
    ),
    "two_feature_losses": call(theory.two_feature_losses, density=0.1, relative_importance=0.5),
    "two_feature_phase": call(theory.two_feature_phase, density=0.1, relative_importance=0.5),
    "vulnerability": call(theory.vulnerability, **MODEL),
    "worst_attack": call(theory.worst_attack, **MODEL, norm=0.1, starts=2),
    "AbsoluteValueModel": call(training.AbsoluteValueModel, n_features=5, n_hidden=2),
    "LinearModel": call(training.LinearModel, n_features=5, n_hidden=2),
    "ReluHiddenModel": call(training.ReluHiddenModel, n_features=5, n_hidden=2),
    "ReluOutputModel": call(training.ReluOutputModel, n_features=5, n_hidden=2),
    "FitSettings": call(training.FitSettings),
    "fit": call(
        training.fit,
        {"model": lambda rng: rng.choice((*arguments.NO_NUMBERS, training.ReluOutputModel(3, 2)))},
        model=training.ReluOutputModel(2, 1), features=PAIR, restarts=1, steps=2, batch_size=4,
    ),
    "refine": call(training.refine, {"W": lambda rng: arguments.weights(rng, 2, 1)}, **DIGON),
    "stratified_loss": call(
        training.stratified_loss, model=training.ReluHiddenModel(5, 2), **MODEL
    ),
}  # fmt: skip
# What a call returns, and nobody makes by hand; files and folders have drills of their own.
RESULTS = {
    *("Alignment", "Component", "Coupling", "Description", "FrameAnalysis", "Identification"),
    *("Placement", "Symmetry", "AntipodalBoundary", "AsymmetricMotif", "Atlas", "Attack", "Bounds"),
    *("BranchEnd", "Comparison", "ComponentComparison", "Crossing", "DedicatedDigon", "MeanField"),
    *("IdealSolution", "NoBiasMinimum", "OptimalPhases", "PackedComponent", "Packing", "Stability"),
    *("Stationary", "ThreeNeurons", "Transition", "Vulnerability", "Run", "Trajectory"),
}
OF_RESULTS = {"place", "branch_end", "crossing", "FitConfig", "chunk_name", "fit_config", "sweep"}
OF_FILES = {"load_weights", "load_config", "replaceable"}
WITHOUT_ARGUMENTS = {"catalogue", "boundary_end"}


# What the documentation says to be NaN or infinite where there is no such number.
VERDICT = (".rmsd", ".p_value", ".noise")
UNDEFINED: dict[str, tuple[str, ...]] = {
    "compare": VERDICT,
    "excess_kurtosis": ("result",),
    "frame_analysis": (".eigenvalues", ".interference_sum", ".interference_max"),
    "identify": VERDICT,
    "instability_of_zero": ("result",),
    "atlas": (".gain",),
}


def made_wrong(name: str, rng: Random) -> dict[str, Any]:
    """The arguments of a call, one or two of which are not as they should be."""
    one = CALLS[name]
    wrong = rng.sample(list(one.kinds), min(len(one.kinds), rng.choice((1, 1, 1, 2))))
    return {**one.right, **{parameter: one.kinds[parameter](rng) for parameter in wrong}}
