"""Five drawings as they were looked at, pixel by pixel; of all others the numbers are tested.

What they show is given in closed form, not trained: last bits of training move pixels. After a
change that is meant, `python -m pytest tests/drawings --mpl-generate-path=tests/drawings/baseline`
draws them anew; look at them.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from geometry import dimensionality, identify, template
from geometry.draw import draw_dimensionalities, draw_interference_graph
from geometry.draw_blocks import draw_gram
from geometry.shapes import tegum
from theory import FeatureDistribution, best_packing, compare, three_feature_phase
from theory.draw_comparison import draw_comparison
from theory.phases.draw import draw_phases, draw_trained_phases

# Root mean square over all pixels, of 255. With other last bits (no AVX, another BLAS) it was 0.
# The least change that was tried, a square of the Gram matrix of the other sign, is 0.7; another
# digit is 1, a dot of another colour or a bar 5 % longer 3 to 7.
compared = pytest.mark.mpl_image_compare(
    style="default", tolerance=0.5, savefig_kwargs={"dpi": 50}, deterministic=True
)


def _union(*names):
    W = tegum(*(template(name).vertices for name in names))
    return np.vstack([W, np.zeros((2, W.shape[1]))])


@compared
def test_gram_matrix_of_a_verdict():
    W = _union("pentagon", "square antiprism", "digon", "digon", "5-cell")
    mixed = np.roll(W, 7, axis=0)  # the picture puts components together again
    return draw_gram(mixed, identify(mixed)).figure


@compared
def test_interference_graph():
    W = _union("pentagon", "tetrahedron", "digon", "digon", "dedicated")
    return draw_interference_graph(W, identify(W)).figure


@compared
def test_phase_diagram():
    density, importance = np.geomspace(0.01, 1, 40), np.geomspace(0.1, 10, 40)
    phase = three_feature_phase(density[:, None], importance)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    draw_phases(density, importance, phase, ax=left)
    shared = density[:, None] * np.ones_like(importance)  # a field to be mixed in
    draw_trained_phases(density, importance, 1.0 * (phase > 0), shared, ax=right, n_hidden=2)
    return figure


@compared
def test_gap_to_the_best_packing():
    W = np.array([[0.95, 0.0], [-0.95, 0.0], [0.0, 0.9], [0.0, 0.0]])
    features = FeatureDistribution(4, 0.3)
    packing = best_packing(features, n_hidden=2)
    return draw_comparison(compare(W, np.zeros(4), features, packing=packing)).figure


@compared
def test_dimensionalities_against_density():
    models = [
        _union("dedicated", "dedicated"),
        _union("digon", "digon", "dedicated"),
        _union("triangle", "digon", "tetrahedron"),
        _union("pentagon", "square antiprism"),
    ]
    inverse_density = [1.0, 2.0, 4.0, 8.0]
    D = [dimensionality(W) for W in models]
    return draw_dimensionalities(inverse_density, D, [identify(W) for W in models]).figure
