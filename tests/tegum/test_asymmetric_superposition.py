"""The study of the asymmetric motif: what it reports is what its model has."""

import json
from pathlib import Path

import numpy as np
import pytest

import tegum
from tegum.studies.asymmetric_superposition import asymmetric_superposition
from theory import asymmetric_motifs

DOCS = Path(tegum.__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def study():
    return asymmetric_superposition(densities=(0.5, 0.1), restarts=1)


def test_motifs_are_those_of_the_trained_weights(study):
    for k in range(2):
        assert study.motifs[k] == asymmetric_motifs(study.run.W[k], study.run.readout[k])
        assert set(study.motifs[k]) <= set(study.loose_motifs[k])
        assert len(study.leaks[k]) == len(study.motifs[k])
    assert len(study.shared_neurons) == 2


def test_neurons_are_shared_only_where_features_are_sparse(study):
    assert study.shared_neurons[0] == 0 < study.shared_neurons[1]


def test_three_shared_neurons_beat_a_pair_and_one_alone_where_features_are_sparse(study):
    dense, sparse = study.three_neurons / study.pair_and_half
    assert dense == pytest.approx(1, rel=1e-9) and sparse < 0.98


def test_page_tells_of_every_motif_in_its_data():
    motifs = json.loads((DOCS / "data" / "asymmetric-superposition.json").read_text())
    page = (DOCS / "asymmetric-superposition.md").read_text(encoding="utf-8")
    assert motifs
    for motif in motifs:
        row = next(
            line for line in page.splitlines() if line.startswith(f"| {motif['density']:g} |")
        )
        assert f"{motif['ratio']:.3g}" in row
        assert motif["ratio"] >= 2
        assert motif["inhibition"] >= 0.5 * motif["heavy"]
        assert np.isclose(motif["heavy"] / motif["light"] / motif["ratio"] ** 2, 1, atol=0.35)
