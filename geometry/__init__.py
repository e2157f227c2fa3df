"""What shapes there are, and which of them a weight matrix is."""

from geometry.align import Alignment, align
from geometry.catalogue import catalogue, template
from geometry.identify import identify
from geometry.load import load_weights
from geometry.measures import dimensionality, interference, interference_graph, leverage
from geometry.template import Parameter, Template
from geometry.verdict import Component, Identification
from geometry.weights import Weights

__all__ = [
    "Alignment",
    "Component",
    "Identification",
    "Parameter",
    "Template",
    "Weights",
    "align",
    "catalogue",
    "dimensionality",
    "identify",
    "interference",
    "interference_graph",
    "leverage",
    "load_weights",
    "template",
]
