"""The main job, once and whole: what `tegum demo` writes is what the paper and the theory say."""

import json

import numpy as np
import pytest
from PIL import Image

from tegum.demo import demo, is_demo
from theory import rational_loss
from training import Run


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("main") / "demo"
    demo(out=folder, points=40, threads=2)
    return folder


@pytest.fixture(scope="module")
def summary(out):
    return json.loads((out / "summary.json").read_text())


def at(summary, inverse_density):
    (row,) = (r for r in summary["uniform"] if r["inverse_density"] == inverse_density)
    return row


def names(row):
    return [part["name"] for part in row["components"]]


def test_five_features_are_dedicated_then_digons_then_a_pentagon(summary):
    dense, middle, sparse = summary["introduction"]
    assert dense["verdict"] == "2 dedicated, 3 not represented"
    assert middle["verdict"] == "2 digons, 1 not represented"
    assert sparse["verdict"] == "1 pentagon"


def test_losses_of_five_features_are_exact_and_no_higher_than_known(out):
    run = Run.load(out / "runs" / "introduction")
    # best of 24 exact starts, found independently (quadrature and L-BFGS)
    for k, known in enumerate((0.182925, 0.059837, 0.021404)):
        truth = float(rational_loss(run.W[k], run.b[k], run.features[k]))
        assert run.loss[k] == pytest.approx(truth, rel=1e-6)
        assert truth <= known + 1e-6


def test_dimensionalities_add_up_to_the_hidden_dimensions_at_every_density(summary):
    for row in summary["uniform"]:
        assert row["sum_dimensionality"] == pytest.approx(8, rel=0.01)


def test_dense_optima_are_slightly_superposed(summary):
    assert at(summary, 1.0)["dimensions_per_feature"] == pytest.approx(0.985, abs=0.01)
    assert at(summary, 1.3)["dimensions_per_feature"] == pytest.approx(0.914, abs=0.015)


def test_flat_valley_beside_the_five_cell_is_followed_to_its_floor(summary):
    # a 5-cell with five others; eleven features are known to cost 5.404567, but few starts end so
    assert at(summary, 1.2)["loss"] <= 5.40556


def test_simplices_come_before_the_digons(summary):
    # two tetrahedra and two others cost 5.623145; eleven entangled features are .04 % cheaper
    assert at(summary, 1.3)["loss"] <= 5.62316
    assert "triangle" in names(at(summary, 1.45))
    for inverse_density in (1.3, 1.45):
        assert "digon" not in names(at(summary, inverse_density))
    assert set(names(at(summary, 1.75))) == {"digon"}


@pytest.mark.parametrize("inverse_density", [2.5, 3.0])
def test_represented_features_are_in_digons_on_the_plateau(summary, inverse_density):
    row = at(summary, inverse_density)
    in_digons = sum(len(part["features"]) for part in row["components"] if part["name"] == "digon")
    assert in_digons >= 0.95 * (60 - len(row["not_represented"]))
    assert row["product"] == "8-orthoplex"


def test_pentagons_and_antiprisms_are_named_in_the_sparse_models(summary):
    assert "pentagon" in names(at(summary, 4.5))
    sparser = [row for row in summary["uniform"] if row["inverse_density"] > 4.5]
    assert {"square antiprism", "pentagon"} & {name for row in sparser for name in names(row)}


def test_named_models_cost_about_what_their_ideal_shapes_do(summary):
    for row in summary["uniform"]:
        assert row["ratio"] <= 1.01
        if "unknown" not in names(row):
            assert row["ratio"] == pytest.approx(1, abs=0.01)


def test_phase_diagram_agrees_with_theory_but_for_the_blur(summary):
    assert summary["phase_diagram"]["agreement"] >= 0.95


def test_runs_and_figures_are_whole(out):
    assert {path.name for path in (out / "runs").iterdir()} == {
        "introduction",
        "uniform",
        "phase-diagram",
    }
    assert Run.load(out / "runs" / "phase-diagram").W.shape == (40, 40, 2, 1)
    for name in ("introduction", "dimensionality", "interference-graphs", "phase-diagram"):
        with Image.open(out / f"{name}.png") as image:
            pixels = np.asarray(image.convert("RGB"))
        assert min(pixels.shape[:2]) > 500
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50
        assert "</svg>" in (out / f"{name}.svg").read_text(encoding="utf-8")
    assert not list(out.rglob(".*"))


def test_demo_replaces_an_earlier_demo_and_nothing_else(out, tmp_path):
    stranger = tmp_path / "work"
    stranger.mkdir()
    (stranger / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="expected a new or empty folder or an earlier demo"):
        demo(out=stranger)
    assert (stranger / "thesis.txt").read_text() == "mine"


def test_demo_that_was_broken_off_is_a_demo(tmp_path):
    (tmp_path / "runs").mkdir()
    assert is_demo(tmp_path)
