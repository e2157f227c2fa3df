"""What footnotes 13, 16 and 17 of the paper claim, and the page that maps all of them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.footnotes import DATA, PAGE, page
from theory import (
    FeatureDistribution,
    expected_loss,
    linear_loss,
    linear_optimum,
    two_feature_losses,
)
from training import AbsoluteValueModel, fit

ROOT = PAGE.parents[1]


def test_absolute_values_are_learned_more_easily_with_more_neurons():
    # footnote 16: three features need six neurons; more make more starts find them
    found = []
    for n_hidden in (4, 6, 12):
        run = fit(AbsoluteValueModel(3, n_hidden), FeatureDistribution(3, 0.1), restarts=16)
        found.append((np.array(run.metrics[0]["start_losses"]) < 1e-4).mean())
    assert found[0] == 0 < found[1] < found[2]


def test_slope_of_the_least_loss_jumps_at_the_triple_point():
    # footnote 13: a phase change is a discontinuity, here of the slope in the density
    step = 1e-6
    at = [min(two_feature_losses(4 / 7 + k * step, 1.0).values()) for k in (-1, 0, 1)]
    below, above = (at[1] - at[0]) / step, (at[2] - at[1]) / step
    assert (below, above) == pytest.approx((8 / 21, 1 / 21), abs=1e-5)


def test_lower_loss_at_a_lower_density_says_nothing_of_the_weights():
    # footnote 17: the task is another one
    angle = 2 * np.pi * np.arange(5) / 5
    pentagon, b = 1.1 * np.stack([np.cos(angle), np.sin(angle)], axis=1), np.full(5, -0.2)
    dense, sparse = FeatureDistribution(5, 0.5), FeatureDistribution(5, 0.05)
    superposed = [expected_loss(pentagon, b, task) for task in (dense, sparse)]
    dedicated = [linear_loss(*linear_optimum(task, 2), task) for task in (dense, sparse)]
    # in each task one is the better, and yet the worse in the sparse task beats both in the dense
    assert dedicated[0] < superposed[0] and superposed[1] < dedicated[1] / 5
    assert dedicated[1] < min(dedicated[0], superposed[0])


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


def test_page_is_what_the_program_writes_for_its_data(text):
    data = json.loads(DATA.read_text(encoding="utf-8"))
    assert text == page(data), "run python -m tests.benchmarks.footnotes --write"


def test_page_maps_every_footnote_once(text):
    rows = re.findall(r"^\| (\d+) \|", text.partition("\n## ")[0], flags=re.M)
    assert rows == [str(k) for k in range(1, 28)]


def test_everything_that_the_page_refers_to_is_there(text):
    named = set(re.findall(r"`((?:geometry|theory|training|tegum|tests)/[\w/.]+\.py)`", text))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    for file, test in re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", text):
        assert f"def {test}(" in (ROOT / Path(file)).read_text(encoding="utf-8"), (file, test)
