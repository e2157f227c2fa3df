"""Finds weights: models, exact and sampled training, runs on disk."""

from training.config import FitConfig, FitSettings, load_config
from training.exact import refine
from training.fit import fit, fit_config
from training.hidden import stratified_loss
from training.models import (
    MODELS,
    AbsoluteValueModel,
    LinearModel,
    ReluHiddenModel,
    ReluOutputModel,
)
from training.run import Run, replaceable
from training.sweep import chunk_name, sweep
from training.trajectory import Trajectory

__all__ = [
    "MODELS",
    "AbsoluteValueModel",
    "FitConfig",
    "FitSettings",
    "LinearModel",
    "ReluHiddenModel",
    "ReluOutputModel",
    "Run",
    "Trajectory",
    "chunk_name",
    "fit",
    "fit_config",
    "load_config",
    "refine",
    "replaceable",
    "stratified_loss",
    "sweep",
]
