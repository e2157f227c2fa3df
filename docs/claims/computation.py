"""Section 10: computation in superposition, y = |x|."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from kept import DATA

from claims.claim import Claim
from claims.measured import measured
from claims.sources import data
from theory import absolute_value_losses, three_neurons

THEORY = "tests/theory/test_absolute_value.py"
MOTIFS = "tests/theory/test_asymmetric_motifs.py"
STUDY = "tests/tegum/test_asymmetric_superposition.py"


def pair_loss() -> float:
    return float(absolute_value_losses(0.5)["two"])


def saved(p: float) -> float:
    """Of two features on three neurons: by sharing the third, against a pair and one alone."""
    alone = float(absolute_value_losses(p)["one"])
    return 1 - three_neurons(p).loss / alone


@cache
def polysemantic() -> dict[float, int]:
    """Neurons with more than one feature, of forty, by density: trained as the authors do."""
    found = {}
    for path in DATA.glob("absolute-values-*.npz"):
        with np.load(path, allow_pickle=False) as kept:
            config = json.loads(str(kept["config"]))
            if config["method"] == "sampled":
                found[config["density"]] = int((kept["features"] > 1).sum())
    return dict(sorted(found.items(), reverse=True))


def motif_ratios() -> list[float]:
    return [row["ratio"] for row in data("asymmetric-superposition")]


def interference() -> tuple[float, float]:
    """k² and 1/k² of the motif with k = 2 (W_in = [2, −1/2], W_out = [1/2, 2])."""
    into, out = (2.0, -0.5), (0.5, 2.0)
    return into[0] * out[1], -into[1] * out[0]


CLAIMS = (
    Claim(
        "10.1",
        "n = 3, m = 6: a ReLU for each sign of each feature, W_2 = 1, b ≈ 0: loss",
        0.0,
        exact=pair_loss,
        trained=lambda: measured("absolute values")["loss"],
        within=1e-6,
        tests=("tests/training/test_hidden.py::"
               "test_absolute_values_are_computed_by_a_neuron_for_each_sign",
               "tests/training/test_stratified.py::test_a_neuron_for_every_sign_costs_nothing"),
    ),
    Claim(
        "10.2",
        "n = 100, m = 40, I = .8^i: all neurons monosemantic at 1 − S = 1 and .3, more and more of "
        "them polysemantic from .1 to .003, all at .001",
        "rises to all 40",
        trained=lambda: ", ".join(f"{polysemantic()[p]} at {p:g}" for p in sorted(polysemantic())),
        holds=lambda: list(polysemantic().values()) == sorted(polysemantic().values())
        and polysemantic()[0.001] == 40
        and polysemantic()[1.0] == 0,
        why="earlier than the paper says, if a neuron counts as polysemantic from a second weight "
        "of a tenth of its largest on; the authors judge by eye",
        tests=("tests/docs/test_neuron_figures.py::"
               "test_neurons_turn_polysemantic_as_the_hundred_features_grow_sparse",),
    ),
    Claim(
        "10.2",
        "Without superposition 40 neurons serve 20 features: neurons per feature (d)",
        2,
        exact=lambda: 2 if pair_loss() < 1e-12 < float(absolute_value_losses(0.5)["one"]) else 1,
        tests=(f"{THEORY}::test_known_solution_costs_its_closed_form",),
        page="formulas",
    ),
    Claim(
        "10.3",
        "The motif of asymmetric superposition: W_in = [2, −½], W_out = [½, 2], interference k² "
        "one way and 1/k² the other (d)",
        (4.0, 0.25),
        exact=interference,
        tests=(f"{MOTIFS}::test_planted_motif_is_found_with_its_interference",
               f"{MOTIFS}::test_interference_of_the_motif_is_what_the_model_computes"),
        page="asymmetric-superposition",
    ),
    Claim(
        "10.3",
        "A trained model has the motif: ratio of the inputs 4 in the paper's",
        "2 instances",
        exact=lambda: f"two features on three neurons cost {saved(0.05):.1%} less with it at "
        f"1 − S = .05, {abs(saved(0.5)):.1%} at .5",
        trained=lambda: f"{len(motif_ratios())} motifs in 16 models, ratios "
        f"{min(motif_ratios()):.2f} to {max(motif_ratios()):.1f}",
        holds=lambda: len(motif_ratios()) >= 2,
        why="only where features are sparse; mostly more lopsided than the paper's",
        tests=(f"{STUDY}::test_motifs_are_those_of_the_trained_weights",
               f"{THEORY}::test_asymmetric_superposition_beats_a_pair_and_one_alone_when_sparse"),
        page="asymmetric-superposition",
    ),
    Claim(
        "10.3",
        "The inhibitory neuron clips the heavy interference",
        "below 0",
        trained=lambda: "inhibition over heavy interference "
        f"{min(shares()):.2f} to {max(shares()):.2f}",
        holds=lambda: min(shares()) > 0.5,
        why="not always all of it",
        tests=(f"{MOTIFS}::test_inhibitor_makes_the_motif_cheaper",),
        page="asymmetric-superposition",
    ),
)  # fmt: skip


def shares() -> list[float]:
    return [row["inhibition"] / row["heavy"] for row in data("asymmetric-superposition")]
