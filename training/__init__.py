"""Finds weights: models, exact and sampled training, runs on disk."""

from training.config import FitConfig, FitSettings, load_config
from training.exact import refine
from training.fit import fit, fit_config
from training.models import MODELS, LinearModel, ReluOutputModel
from training.run import Run, replaceable
from training.sweep import chunk_name, sweep

__all__ = [
    "MODELS",
    "FitConfig",
    "FitSettings",
    "LinearModel",
    "ReluOutputModel",
    "Run",
    "chunk_name",
    "fit",
    "fit_config",
    "load_config",
    "refine",
    "replaceable",
    "sweep",
]
