"""Shapes that toy models are known to learn, trained and named.

The icosahedron, 10 in 4, 16 in 5 and 27 in 6 are optimal spherical codes (Cohn and Kumar 2007,
Bachoc and Vallentin 2009), the others are in Elhage et al. 2022, section 5.
"""

import pytest

from geometry import identify
from theory import FeatureDistribution, ideal
from training import ReluOutputModel, fit


@pytest.mark.parametrize(
    ("n", "m", "inverse_density", "name", "learned"),
    [
        (5, 2, 20, "pentagon", 5),
        (8, 3, 20, "square antiprism", 8),
        (20, 3, 20, "icosahedron", 12),
        (10, 4, 20, "rectified 5-cell", 10),
        (16, 5, 40, "5-demicube", 16),
        (27, 6, 60, "2_21", 27),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_trained_model_at_the_loss_of_a_shape_has_its_name(
    n, m, inverse_density, name, learned, seed
):
    features = FeatureDistribution(n, 1 / inverse_density)
    run = fit(ReluOutputModel(n, m), features, restarts=1, seed=seed)
    unlearned = (n - learned) * float(features.variance[0])
    predicted = learned * ideal(name, 1 / inverse_density).loss_per_feature + unlearned
    assert float(run.loss) == pytest.approx(predicted, rel=1e-4)
    (part,) = identify(run.W).components
    assert (part.name, len(part.features)) == (name, learned)
    assert part.rmsd < 1e-3
