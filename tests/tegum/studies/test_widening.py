import numpy as np
import pytest

from tegum.studies.widening import widening
from theory import dedicated_digon


@pytest.fixture(scope="module")
def study():
    return widening(n_features=14, widths=(1, 2, 3, 4, 5, 6), densities=(0.3, 0.1), restarts=8)


def test_trained_models_dedicate_as_many_dimensions_as_the_closed_form(study):
    assert study.dedicated.tolist() == study.predicted_dedicated.tolist()
    assert study.dedicated.T.tolist() == [[0, 0, 1, 2, 3, 4], [0, 0, 0, 0, 1, 2]]


def test_every_feature_is_alone_once_the_model_is_wide_enough(study):
    # ρ = 2p / (4 − 5p) is .24 and .057: 2 and 4 pairs of .7^i are worth a shared dimension
    for feature in range(2):
        assert study.first_width(feature) == [feature + 3, feature + 5]
    assert study.first_width(5) == [None, None]


def test_features_are_alone_or_share_a_dimension_with_one_other(study):
    D = study.dimensionalities
    assert ((D > 0.99) | (D < 0.6)).all()


@pytest.mark.parametrize("p", [0.3, 0.1, 0.03])
def test_with_geometric_importances_superposition_takes_a_constant_number_of_dimensions(p):
    digons = {dedicated_digon(p, 0.9 ** np.arange(4 * m), m).digons for m in (40, 80, 160)}
    ratio = 2 * p / (4 - 5 * p)
    assert digons == {int(np.ceil(np.log(ratio) / (2 * np.log(0.9)) - 0.5))}


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_with_importances_of_a_power_law_it_takes_a_constant_share_of_them(power):
    p = 0.1
    ratio = (2 * p / (4 - 5 * p)) ** (1 / power)
    share = (1 - ratio) / (1 + ratio)
    for m in (50, 500, 5000):
        found = dedicated_digon(p, np.arange(1.0, 3 * m + 1) ** -power, m)
        assert found.digons / m == pytest.approx(share, abs=1.5 / m)


def test_with_equal_importances_no_feature_is_ever_alone():
    for m in (10, 100, 1000):
        assert dedicated_digon(0.1, np.ones(3 * m), m).dedicated == 0
