import json

import numpy as np
import pytest

from geometry import catalogue, identify, template
from geometry.matching import fit
from geometry.shortlist import least_rmsd

CONNECTED = [s for s in catalogue() if not s.factors and 1 < len(s.vertices) <= 12]
CONNECTED += [template(name) for name in ("dodecahedron", "5-demicube", "24-cell", "2_21")]
MIX = ["digon"] * 4 + ["triangle"] * 3 + ["tetrahedron", "pentagon", "square antiprism"] * 2
MIX += ["5-cell", "cube", "8-simplex", "hexagon", "rectified 5-cell", "icosahedron", "dedicated"]


def only_name(W, **options):
    verdict = identify(W, **options)
    return verdict.components[0].name if len(verdict.components) == 1 else verdict.summary()


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.08])
@pytest.mark.parametrize("shape", CONNECTED, ids=lambda s: s.name)
def test_every_template_is_recognised_up_to_eight_percent_noise(shape, noise, rng, laid_out, drawn):
    # a family and a special member of it are one name
    right = {shape.name} | {t.name for t in CONNECTED if shape.name in t.families}
    for extra in (0, 3):
        W = laid_out(drawn(shape, rng), shape.dimension + extra, noise, rng)
        assert only_name(W) in right


def test_missing_template_gives_at_most_two_percent_false_names(rng, laid_out, drawn):
    false, total = [], 0
    # without their name, a few antipodal pairs that lean little are the digons that they are
    for missing in (t for t in CONNECTED if "diplo" not in t.name):
        rest = [t for t in catalogue() if t is not missing]
        for noise in (0.0, 0.05):
            vertices = drawn(missing, rng)
            W = laid_out(vertices, missing.dimension + int(rng.integers(3)), noise, rng)
            alike = [t for t in rest if t.vertices.shape == vertices.shape and not t.factors]
            bounds = least_rmsd(vertices, alike) if alike else []
            if any(
                bound <= 0.1 and fit(vertices, t).rmsd <= 0.1
                for t, bound in zip(alike, bounds, strict=True)
            ):
                continue  # what is left has a template that noise could take it for
            verdict = identify(W, templates=rest)
            if any(part.name != "unknown" for part in verdict.components):
                false.append((missing.name, verdict.summary()))
            total += 1
    assert total > 1.5 * len(CONNECTED)
    assert len(false) <= 0.02 * total, false


@pytest.mark.parametrize(
    ("n", "d"), [(26, 4), (27, 4), (21, 5), (22, 5), (22, 6), (23, 6), (40, 8)]
)
def test_relaxed_configurations_without_a_template_are_unknown(n, d, rng, relaxed):
    for _ in range(3):
        verdict = identify(relaxed(n, d, rng))
        assert [part.name for part in verdict.components] == ["unknown"]
        assert len(verdict.components[0].features) == n


@pytest.mark.parametrize(
    ("sizes", "rate"),
    [
        # two of a few directions in a plane are often antipodal by chance alone
        ([(3, 2), (4, 2), (5, 2)], 0.12),
        ([(6, 3), (8, 3), (10, 4), (12, 3), (20, 5), (30, 8)], 0.03),
    ],
    ids=["a few in a plane", "more"],
)
def test_random_directions_are_rarely_named(sizes, rate, rng):
    named = [
        any(part.name not in ("unknown", "dedicated") for part in verdict.components)
        for n, m in sizes * 20
        for verdict in [identify(rng.normal(size=(n, m)) * 9)]
    ]
    assert np.mean(named) <= rate


@pytest.mark.parametrize(
    ("n", "name"),
    [
        # Thomson's problem: D4d, D3h, D4d and C2v
        (8, "square antiprism"),
        (9, "triaugmented triangular prism"),
        (10, "gyroelongated square bipyramid"),
        (11, "Thomson 11"),
    ],
)
def test_repelling_points_in_space_are_the_family_of_thomsons_problem(n, name, rng, relaxed):
    assert [only_name(relaxed(n, 3, rng)) for _ in range(3)] == [name] * 3


def test_sixteen_repelling_points_in_five_dimensions_are_the_demicube(rng, relaxed):
    assert [only_name(relaxed(16, 5, rng)) for _ in range(4)] == ["5-demicube"] * 4


def test_feature_that_weak_features_lean_on_is_not_dedicated():
    # two features at .4 along the first one: too short to be represented, not to be felt
    W = [[1.0, 0.0], [0.0, 1.0], [0.4, 0.0], [-0.4, 0.0]]
    assert [part.name for part in identify(W).components] == ["unknown", "dedicated"]


@pytest.mark.parametrize(
    ("n", "d", "summary", "product"),
    [
        (6, 3, "3 digons", "octahedron"),
        (5, 3, "1 triangle, 1 digon", "triangular bipyramid"),
        (7, 3, "1 pentagon, 1 digon", "pentagonal bipyramid"),
        (8, 4, "4 digons", "4-orthoplex"),
        (12, 3, "1 icosahedron", None),
    ],
)
def test_repelling_points_take_their_known_optimal_shapes(n, d, summary, product, rng, relaxed):
    # 6, 8 and 12 points: Cohn & Kumar 2007, table 1; 5 and 7: Thomson's problem.
    verdict = identify(relaxed(n, d, rng))
    assert (verdict.summary(), verdict.product) == (summary, product)


@pytest.mark.parametrize(("noise", "tilt"), [(0, 0), (0.02, 0), (0.05, 0), (0.08, 0), (0.05, 0.3)])
def test_tegum_products_split_into_exactly_their_factors(noise, tilt, rng, tegum_product, drawn):
    # A feature that leans on others shares its dimension with them: it is not dedicated.
    mix = MIX[:-1] if tilt else MIX
    for _ in range(12):
        names = [mix[i] for i in rng.integers(len(mix), size=7)]
        W, label = tegum_product([drawn(template(n), rng) for n in names], noise, rng, tilt=tilt)
        W = W * rng.uniform(0.75, 1.25, size=(len(W), 1))
        found = {part.features: part.name for part in identify(W).components}
        expected = {tuple(np.flatnonzero(label == i)): n for i, n in enumerate(names)}
        assert found == expected


@pytest.mark.parametrize("k", [2, 3, 4, 7, 16])
def test_orthogonal_digons_are_named_one_by_one_and_together(k, rng, tegum_product):
    W, _ = tegum_product([template("digon").vertices] * k, 0.02, rng)
    verdict = identify(W)
    assert verdict.summary() == f"{k} digons"
    assert verdict.product == {2: "square", 3: "octahedron"}.get(k, f"{k}-orthoplex")


def test_factors_that_lean_on_each_other_are_no_product(rng, tegum_product):
    W, _ = tegum_product([template("digon").vertices] * 2, 0.0, rng, tilt=0.4)
    verdict = identify(W)
    assert (verdict.summary(), verdict.product) == ("2 digons", None)


def test_digons_that_nearly_fall_together_are_unknown():
    for cosine, summary in [(0.5, "2 digons"), (0.85, "unknown of 4 features")]:
        other = np.array([cosine, np.sqrt(1 - cosine**2)])
        W = np.array([[1.0, 0.0], [-1.0, 0.0], other, -other])
        verdict = identify(W)
        assert (verdict.summary(), verdict.product) == (summary, None)


def test_digon_is_found_in_one_hidden_dimension():
    assert identify([[1.0], [-0.8]]).summary() == "1 digon"
    assert identify([[1.0], [0.8]]).summary() == "unknown of 2 features"
    assert identify([[1.0]]).summary() == "1 dedicated"


def test_trained_pentagon_with_uneven_gaps_and_norms_is_a_pentagon():
    # The exact optimum for importances 0.9^i at density 0.1: gaps 69.5 to 74.3 degrees.
    angles = np.radians(np.cumsum([0, 69.5, 74.3, 71.4, 74.1]))
    norms = np.array([1.11, 1.10, 1.09, 1.08, 1.07])
    verdict = identify(norms[:, None] * np.column_stack([np.cos(angles), np.sin(angles)]))
    assert verdict.summary() == "1 pentagon"
    assert verdict.components[0].rmsd < 0.03
    assert verdict.sum_dimensionality == pytest.approx(2, abs=0.01)


def test_paired_hexagon_of_correlated_features_is_a_hexagon_and_not_three_digons():
    angles = np.radians([0, 64, 120, 184, 240, 304])
    assert only_name(np.column_stack([np.cos(angles), np.sin(angles)])) == "hexagon"


def test_shape_with_a_feature_too_many_in_its_plane_is_unknown():
    angles = np.append(2 * np.pi * np.arange(5) / 5, 0.6)
    verdict = identify(np.column_stack([np.cos(angles), np.sin(angles)]))
    assert verdict.summary() == "unknown of 6 features"


def test_feature_spread_over_several_digons_leaves_them_their_names():
    W = np.vstack([np.eye(5), -np.eye(5), np.full((1, 5), 0.55 / np.sqrt(5))])
    assert identify(W).summary() == "5 digons, unknown of 1 feature"
    assert identify(W, represented=0.6).summary() == "5 digons, 1 not represented"


def test_verdict_is_unchanged_by_rotation_scale_and_order(rng, tegum_product):
    parts = [template(n).vertices for n in ("pentagon", "digon", "cube", "tetrahedron")]
    W, _ = tegum_product(parts, 0.04, rng)
    first = identify(W)
    Q = np.linalg.qr(rng.normal(size=(W.shape[1],) * 2))[0]
    order = rng.permutation(len(W))
    for changed in (3.0 * W, W @ Q, W[order], W[:, ::-1]):
        other = identify(changed, represented=0.5)
        assert other.summary() == first.summary()
        assert sorted(p.rmsd for p in other.components) == pytest.approx(
            sorted(p.rmsd for p in first.components), abs=1e-6
        )
    back = {tuple(sorted(order[list(p.features)])) for p in identify(W[order]).components}
    assert back == {p.features for p in first.components}


def test_same_input_gives_the_same_verdict(rng):
    W = rng.normal(size=(20, 5))
    assert identify(W) == identify(W.copy())


def test_components_and_dead_features_hold_every_feature_once(rng):
    for n, m in [(4, 2), (12, 5), (40, 8), (30, 30)]:
        W = rng.normal(size=(n, m)) * rng.uniform(0, 0.6, size=(n, 1))
        verdict = identify(W)
        held = [i for part in verdict.components for i in part.features]
        assert sorted(held + list(verdict.not_represented)) == list(range(n))
        assert [p.features for p in verdict.components] == sorted(
            p.features for p in verdict.components
        )
        assert len(verdict.names) == n


def test_nothing_represented_is_no_component():
    verdict = identify(np.zeros((3, 2)))
    assert verdict.components == () and verdict.not_represented == (0, 1, 2)
    assert verdict.summary() == "3 not represented"


def test_component_carries_what_its_template_says(rng, tegum_product):
    W, _ = tegum_product([template("pentagon").vertices, template("digon").vertices], 0.02, rng)
    pentagon = next(part for part in identify(W).components if part.name == "pentagon")
    assert (pentagon.symbol, pentagon.dimension, pentagon.group_order) == ("{5}", 2, 10)
    assert pentagon.dimensionality == pytest.approx(0.4, abs=0.01)
    assert pentagon.nearest[0] == ("pentagon", pentagon.rmsd)
    T = template("pentagon").vertices[list(pentagon.matching)]
    U = W[list(pentagon.features)]
    np.testing.assert_allclose(T @ T.T, U @ U.T, atol=0.1)


def test_unknown_reports_the_nearest_templates_of_its_size(rng):
    verdict = identify(9 * rng.normal(size=(8, 3)))
    (part,) = verdict.components
    assert part.name == "unknown" and part.matching == () and part.confidence == 0
    assert len(part.nearest) == 3
    assert [r for _, r in part.nearest] == sorted(r for _, r in part.nearest)
    assert part.rmsd == part.nearest[0][1]


def test_verdict_is_json_and_its_records_are_flat(rng):
    verdict = identify(np.vstack([np.eye(3), -np.eye(3), 9 * rng.normal(size=(5, 3))]))
    text = json.dumps(verdict.to_dict(), allow_nan=False)
    assert json.loads(text)["summary"] == verdict.summary()
    for record in verdict.records():
        json.dumps(record, allow_nan=False)
        assert not any(isinstance(value, (list, dict, tuple)) for value in record.values())


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((2, 3, 4)), [[np.inf]], np.zeros((0, 2))])
def test_identify_refuses_what_is_no_single_matrix_in_one_line(bad):
    with pytest.raises(ValueError, match="expected") as caught:
        identify(bad)
    assert "\n" not in str(caught.value)
