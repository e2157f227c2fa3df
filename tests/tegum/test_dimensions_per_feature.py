"""Many equal features, predicted and trained."""

import pytest

from tegum.studies.dimensions_per_feature import (
    best_shape,
    dimensions_per_feature,
    shape_dimensions_per_feature,
)


@pytest.fixture(scope="module")
def study():
    return dimensions_per_feature(n_features=100, n_hidden=9, inverse_densities=(1.0, 2.5, 14.0))


def test_trained_models_gain_what_the_best_prediction_says(study):
    gain = study.gain_per_dimension
    assert gain[0] == pytest.approx(1.0, abs=1e-4)  # any projection
    assert study.shapes[1].name == "digon"
    assert gain[1] == pytest.approx(study.shapes[1].gain_per_dimension, rel=0.02)
    assert gain[2] > max(study.limits[2].gain_per_dimension, study.codes[2].gain_per_dimension)
    assert gain[2] == pytest.approx(study.shapes[2].gain_per_dimension, rel=0.1)


def test_dimensions_per_feature_are_near_the_prediction(study):
    trained = study.dimensions_per_feature
    assert trained[0] == pytest.approx(1.0, abs=0.01)
    assert trained[1] == pytest.approx(shape_dimensions_per_feature(study.shapes[1]), rel=0.05)
    assert trained[2] == pytest.approx(study.limits[2].dimensions_per_feature, rel=0.2)


def test_best_shapes_go_from_simplices_over_digons_to_codes():
    winners = [best_shape(1 / x).name for x in (1.4, 3.0, 4.5, 12.0)]
    assert winners == ["triangle", "digon", "pentagon", "2_21"]
