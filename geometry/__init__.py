"""What shapes there are, and which of them a weight matrix is."""

from geometry.align import Alignment, align
from geometry.catalogue import catalogue, template
from geometry.couplings import Coupling
from geometry.description import Description, describe
from geometry.exact import exact_vertices
from geometry.frames import FrameAnalysis, frame_analysis
from geometry.identify import identify
from geometry.load import load_weights
from geometry.measures import (
    dimensionality,
    interference,
    interference_graph,
    leverage,
    superposition,
)
from geometry.neurons import features_per_neuron, primary_ratio, rescaled_neurons
from geometry.placement import Placement, place
from geometry.symmetry import Symmetry, symmetry
from geometry.template import Parameter, Template
from geometry.verdict import Component, Identification
from geometry.weights import Weights

__all__ = [
    "Alignment",
    "Component",
    "Coupling",
    "Description",
    "FrameAnalysis",
    "Identification",
    "Parameter",
    "Placement",
    "Symmetry",
    "Template",
    "Weights",
    "align",
    "catalogue",
    "describe",
    "dimensionality",
    "exact_vertices",
    "features_per_neuron",
    "frame_analysis",
    "identify",
    "interference",
    "interference_graph",
    "leverage",
    "load_weights",
    "place",
    "primary_ratio",
    "rescaled_neurons",
    "superposition",
    "symmetry",
    "template",
]
