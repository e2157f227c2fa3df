import numpy as np
import pytest

from tegum.studies.l1_margin import l1_margin


@pytest.fixture(scope="module")
def digon():
    return l1_margin(n_features=2, n_hidden=1, restarts=4)


@pytest.fixture(scope="module")
def pentagon():
    return l1_margin(n_features=5, n_hidden=2, restarts=12)


@pytest.mark.parametrize("name", ["digon", "pentagon"])
def test_superposition_falls_at_first_order_and_the_loss_rises_at_second(name, request):
    study = request.getfixturevalue(name)
    weak = study.l1 <= 0.03
    assert (np.diff(study.superposition[weak]) < 0).all()
    assert (np.diff(study.loss[weak]) > 0).all()
    assert study.order(study.superposition) == pytest.approx(1, abs=0.03)
    assert study.order(study.loss) == pytest.approx(2, abs=0.05)


def test_loss_rises_by_the_penalty_times_what_the_activations_lose(digon):
    # along the optima d(L + λ A) = A dλ, so dL = −λ dA
    weak = slice(1, np.searchsorted(digon.l1, 0.06))
    l1, rise = digon.l1[weak], np.diff(digon.loss[weak])
    lost = -np.diff(digon.activation[weak])
    assert rise == pytest.approx((l1[1:] + l1[:-1]) / 2 * lost, rel=0.01)


def test_weak_penalty_shortens_features_and_leaves_their_dimensionality(pentagon):
    weak = pentagon.l1 <= 0.01
    assert pentagon.dimensionalities[weak] == pytest.approx(0.4, abs=0.005)
    assert pentagon.features_per_dimension[weak][-1] < pentagon.features_per_dimension[0] - 0.03


def test_strong_penalty_takes_features_away_but_never_leaves_one_alone(pentagon):
    represented = np.array([np.linalg.norm(run.W, axis=1) > 0.5 for run in pentagon.runs])
    assert represented.sum(axis=1)[0] == 5
    assert set(represented.sum(axis=1).tolist()) == {5, 4, 0}
    assert pentagon.dimensionalities[represented].max() < 0.6


def test_order_of_a_power_is_its_exponent(digon):
    assert digon.order(7 - 3 * digon.l1**1.5) == pytest.approx(1.5, abs=1e-6)
