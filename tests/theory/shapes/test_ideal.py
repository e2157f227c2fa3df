import numpy as np
import pytest
from scipy.optimize import minimize

from geometry import catalogue, template
from theory import (
    FeatureDistribution,
    exact_reference_loss,
    expected_loss,
    expected_loss_and_gradient,
    ideal,
)
from theory.shapes.best_fit import best_fit

SHAPES = [
    "digon", "triangle", "pentagon", "hexagon", "tetrahedron", "cube", "icosahedron",
    "square antiprism", "rectified 5-cell", "5-demicube",
]  # fmt: skip
DENSITIES = [1.0, 0.5, 0.2, 0.05, 0.003]


def _model(solution):
    V = template(solution.name).at(**dict(solution.parameters))
    return V, np.full(len(V), solution.bias), FeatureDistribution(len(V), solution.density)


@pytest.mark.parametrize("p", DENSITIES)
@pytest.mark.parametrize("name", SHAPES)
def test_loss_is_the_exact_loss_of_the_shape_at_its_scale_and_bias(name, p):
    solution = ideal(name, p)
    V, b, features = _model(solution)
    rows = expected_loss(solution.scale * V, b, features, per_feature=True)
    np.testing.assert_allclose(rows, solution.loss_per_feature, rtol=1e-6)


@pytest.mark.parametrize("p", [1.0, 0.5, 0.2, 0.05, 0.01])
@pytest.mark.parametrize("name", SHAPES)
def test_ideal_is_stationary_in_scale_and_bias(name, p):
    solution = ideal(name, p)
    V, b, features = _model(solution)
    loss, dW, db = expected_loss_and_gradient(solution.scale * V, b, features)
    assert abs(np.sum(dW * V)) <= 1e-4 * loss
    assert abs(db.sum()) <= 1e-3 * loss


@pytest.mark.parametrize("p", DENSITIES)
@pytest.mark.parametrize("name", SHAPES)
def test_no_other_scale_or_bias_is_better(name, p):
    solution = ideal(name, p)
    V, b, features = _model(solution)
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-2, 0.1, 0.5):
        scales = solution.scale + size * rng.standard_normal((5, 1, 1))
        biases = b + size * rng.standard_normal((5, 1))
        losses = expected_loss(scales * V, biases, features) / len(V)
        assert (losses >= solution.loss_per_feature * (1 - 1e-9)).all()


@pytest.mark.parametrize("p", [0.2, 0.1, 0.05, 0.01])
def test_digon_is_better_than_without_bias_by_less_than_a_hundredth(p):
    without_bias = p**2 * (32 - 25 * p) / (48 * (4 - 3 * p))
    solution = ideal("digon", p)
    assert 0.99 * without_bias < solution.loss_per_feature < without_bias < p**2 / 6
    assert solution.bias > 0


def test_dense_digon_is_the_best_one_dimensional_projection():
    # at p = 1 the outputs are never clipped: one of the two directions is lost, I v / 2 each
    solution = ideal("digon", 1.0)
    assert solution.loss_per_feature == pytest.approx(1 / 24, rel=1e-9)
    assert solution.scale == pytest.approx(np.sqrt(1 / 2), rel=1e-5)
    assert solution.bias == pytest.approx(1 / 2, rel=1e-5)


@pytest.mark.parametrize("p", [0.3, 0.1, 0.03])
def test_fitted_height_of_the_antiprism_beats_every_other(p):
    solution = ideal("square antiprism", p)
    family = template("square antiprism")
    (parameter,) = family.parameters
    for height in np.linspace(parameter.low, parameter.high, 13):
        V = family.at(height=height)
        loss = expected_loss(
            solution.scale * V, np.full(8, solution.bias), FeatureDistribution(8, p)
        )
        assert loss / 8 >= solution.loss_per_feature
    default = expected_loss(
        solution.scale * family.vertices, np.full(8, solution.bias), FeatureDistribution(8, p)
    )
    assert dict(solution.parameters)["height"] != parameter.default
    assert default / 8 > solution.loss_per_feature * (1 + 1e-6)


@pytest.mark.parametrize("p", [1.0, 0.3, 0.01])
def test_dedicated_feature_costs_nothing_and_gains_its_dimension(p):
    solution = ideal("dedicated", p)
    assert solution.loss_per_feature == pytest.approx(0, abs=1e-12)
    assert solution.gain_per_dimension == pytest.approx(1, abs=1e-9)
    assert solution.scale == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("p", [1.0, 0.3, 0.01])
@pytest.mark.parametrize("name", ["triangle", "5-simplex", "cube", "icosahedron"])
def test_a_shape_is_never_worse_than_not_representing_its_features(name, p):
    solution = ideal(name, p)
    assert 0 < solution.loss_per_feature <= p / 3 - p**2 / 4
    assert solution.gain_per_dimension >= 0


@pytest.mark.parametrize(
    ("p", "winners"),
    [
        (0.9, {f"{d}-simplex" for d in range(5, 9)} | {"tetrahedron", "5-cell"}),
        (0.3, {"digon"}),
        (0.2, {"pentagon", "square antiprism", "digon"}),
        (0.1, {"5-demicube"}),
        (0.01, {"icosahedron"}),
    ],
)
def test_best_shape_per_dimension_goes_from_simplices_over_digons_to_codes(p, winners):
    # polytopes of up to 16 vertices and the shape of 8 charges, which models are known to learn
    kinds = ("single feature", "polygon", "uniform polytope")
    names = [t.name for t in catalogue() if t.kind in kinds and len(t.vertices) <= 16]
    names.append("square antiprism")
    assert max(names, key=lambda name: ideal(name, p).gain_per_dimension) in winners


@pytest.mark.parametrize(("p", "which"), [(0.97, slice(0, None, 24)), (0.01, slice(7, None, 24))])
def test_shapes_of_every_kind_have_an_ideal_in_every_regime(p, which):
    connected = [shape for shape in catalogue() if not shape.factors]
    for shape in connected[which]:
        if len(set(shape.orbits)) <= 6:
            solution = ideal(shape.name, p)
            assert -1e-15 <= solution.loss_per_feature <= p / 3 - p**2 / 4 + 1e-12
            assert solution.W.shape == shape.vertices.shape
            assert sum(solution.dimensionality[o] for o in shape.orbits) <= shape.dimension + 1e-9


@pytest.mark.parametrize("p", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("name", ["Thomson 16", "elongated triangular bipyramid", "Riesz 15 in 4"])
def test_outputs_of_one_orbit_stand_for_all(name, p):
    solution = ideal(name, p)
    features = FeatureDistribution(len(solution.b), p)
    rows = exact_reference_loss(solution.W, solution.b, features, per_feature=True)
    expected = [solution.losses[orbit] for orbit in template(name).orbits]
    np.testing.assert_allclose(rows, expected, rtol=1e-9)
    assert rows.mean() == pytest.approx(solution.loss_per_feature, rel=1e-10)


@pytest.mark.parametrize("p", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("name", ["Thomson 16", "triaugmented triangular prism"])
def test_orbits_have_norms_and_biases_of_their_own_and_gain_by_them(name, p):
    solution = ideal(name, p)
    W, b = solution.W, solution.b
    features = FeatureDistribution(len(b), p)
    loss, dW, db = expected_loss_and_gradient(W, b, features, rtol=1e-10)
    orbits = np.array(template(name).orbits)
    for orbit in range(orbits.max() + 1):
        members = orbits == orbit
        assert abs((dW * W)[members].sum()) <= 1e-5 * loss
        assert abs(db[members].sum()) <= 1e-5 * loss
    assert np.ptp(solution.scales) > 1e-3
    common = solution.scale * template(name).at(**dict(solution.parameters))
    assert expected_loss(common, np.full(len(b), solution.bias), features) > loss * (1 + 1e-6)


def test_ideal_loss_of_a_sparse_root_system_is_that_of_pairs():
    # l/p → ∫ (x − (a x + b)₊)² + Σ_c (a c + b)₊³/(3 a c); E8: 56 roots at cosine 1/2 to one of them
    p = 1e-7

    def loss(y):
        a, b = y
        start = -b / a
        own = start**3 / 3 + ((1 - a - b) ** 3 - ((1 - a) * start - b) ** 3) / (3 * (1 - a))
        return own + 56 * max(a / 2 + b, 0) ** 3 / (3 * a / 2)

    pairs = minimize(loss, [1.2, -0.4], method="Nelder-Mead", options={"xatol": 1e-9}).fun
    assert ideal("4_21", p).loss_per_feature / p == pytest.approx(pairs, rel=1e-3)


@pytest.mark.parametrize("p", [1.0, 0.1])
def test_what_is_not_represented_costs_its_variance_and_gains_nothing(p):
    solution = ideal("not represented", p)
    assert solution.loss_per_feature == p / 3 - p**2 / 4
    assert (solution.scale, solution.gain_per_dimension) == (0, 0)
    assert (solution.bias, solution.dimensionality) == (p / 2, (0,))


def test_predicted_dimensionality_is_that_of_the_polytope():
    assert ideal("pentagon", 0.1).dimensionality == pytest.approx((2 / 5,))
    assert ideal("4_21", 0.01).dimensionality == pytest.approx((1 / 30,))
    assert ideal("dedicated", 0.1).dimensionality == pytest.approx((1,))


@pytest.mark.parametrize("p", [0.5, 0.1])
def test_best_fit_to_unequal_features_is_at_most_the_symmetric_one(p):
    shape = template("pentagon")
    importance = 0.8 ** np.arange(5)
    fit = best_fit(shape, np.full(5, p), importance)
    assert fit.loss == pytest.approx(
        ideal("pentagon", p).loss_per_feature * importance.sum(), rel=1e-6
    )
    density = p * np.array([1.0, 0.5, 1.0, 0.5, 1.0])
    mixed = best_fit(shape, density, importance)
    features = FeatureDistribution(5, density, importance)
    assert mixed.loss == pytest.approx(expected_loss(mixed.W, mixed.b, features), rel=1e-7)
    common = ideal("pentagon", p)
    assert mixed.loss < expected_loss(
        common.scale * shape.vertices, np.full(5, common.bias), features
    )


@pytest.mark.parametrize("name", ["octahedron", "square"])
def test_products_are_refused(name):
    with pytest.raises(ValueError, match=r"expected a shape that is not a product.*ask for each"):
        ideal(name, 0.1)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="expected the name of a template, got 'pentagram'"):
        ideal("pentagram", 0.1)


@pytest.mark.parametrize("p", [0.0, 1.1, -0.1, np.nan])
def test_densities_outside_zero_to_one_are_refused(p):
    with pytest.raises(ValueError, match=r"expected (a density 1 − S in \(0, 1\]|density to be)"):
        ideal("digon", p)
