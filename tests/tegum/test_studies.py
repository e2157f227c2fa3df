"""Studies beyond the demo, asserted."""

import json

import numpy as np
import pytest

from tegum.studies.decreasing_importance import decreasing_importance
from tegum.studies.packing import Cell, Large, packing
from tests.benchmarks.packing import DATA, PAGE, tables


@pytest.fixture(scope="module")
def study():
    return decreasing_importance(densities=(1.0, 0.3, 0.1, 0.03), restarts=96, threads=2)


def test_counts_of_twenty_features_are_those_of_the_figure(study):
    assert study.counts[:3] == ((5, 5), (7, 3), (9, 1))
    assert study.linear_counts == (5, 5)


def test_closed_form_predicts_the_counts_of_the_figure(study):
    predicted = [(best.represented, best.dedicated) for best in study.predicted]
    assert predicted == [(5, 5), (7, 3), (9, 1), (10, 0)]


def test_five_digons_of_the_figure_are_a_local_optimum_that_a_pentagon_undercuts(study):
    assert study.figure_counts == (10, 0)
    assert study.figure.summary() == "5 digons, 10 not represented"
    assert study.verdicts[3].summary() == "1 pentagon, 3 digons, 9 not represented"
    assert study.figure_loss == pytest.approx(1.3738e-3, rel=1e-4)
    assert study.run.loss[3] == pytest.approx(1.3165e-3, rel=1e-3)


def test_packings_are_upper_bounds_and_refined_ones_are_what_training_finds():
    cells = packing(
        restarts=8, n_features=(3, 6), n_hidden=(2,), densities=(0.3, 0.05), ratios=(1.0, 0.7)
    )
    assert len(cells) == 8
    for cell in cells:
        assert cell.rigid_excess > -1e-6
        assert abs(cell.refined_excess) < 1e-6


def test_the_page_of_packings_says_what_its_data_do():
    page, kept = PAGE.read_text(encoding="utf-8"), json.loads(DATA.read_text(encoding="utf-8"))
    cells = [Cell(**row) for row in kept["cells"]]
    large = [Large(**row) for row in kept["large"]]
    assert tables(cells, large, kept["stable"], kept["date"]) in page
    excess = np.array([cell.refined_excess for cell in cells])
    assert len(cells) == 504
    assert (abs(excess) <= 1e-6).sum() == 488
    assert (excess < -1e-6).sum() == 4 and excess.min() > -2.5e-4
    assert (excess > 1e-6).sum() == 12 and excess.max() < 2e-3
    assert all(row.packed > row.trained for row in large)
