import matplotlib.pyplot as plt
import numpy as np
import pytest

from geometry import identify, template
from theory import FeatureDistribution, best_packing, compare, dedicated_digon, expected_loss, ideal
from theory.draw_comparison import draw_comparison


def _digon_and_dead(p):
    """A digon, a dedicated feature and one that is not represented."""
    W = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    return W, np.array([0.0, 0.0, 0.0, p / 2])


def _laid_out(solution, rng):
    V = template(solution.name).at(**dict(solution.parameters))
    Q = np.linalg.qr(rng.standard_normal((V.shape[1], V.shape[1])))[0]
    order = rng.permutation(len(V))
    return (solution.scale * V @ Q)[order], np.full(len(V), solution.bias)


@pytest.mark.parametrize("p", [0.3, 0.1, 0.01])
def test_unit_digon_is_above_its_ideal_by_the_ratio_of_the_closed_forms(p):
    (part,) = compare([[1.0], [-1.0]], [0.0, 0.0], FeatureDistribution(2, p)).components
    assert part.component.name == "digon"
    assert part.loss == pytest.approx(p**2 / 3, rel=1e-12)
    assert part.predicted == pytest.approx(2 * ideal("digon", p).loss_per_feature, rel=1e-12)
    assert part.ratio == pytest.approx(part.loss / part.predicted, rel=1e-12)
    # without bias the best digon costs p² (32 − 25 p) / (24 (4 − 3 p)) and the ideal no more
    assert part.ratio >= 8 * (4 - 3 * p) / (32 - 25 * p)


@pytest.mark.parametrize("name", ["digon", "triangle", "pentagon", "square antiprism", "cube"])
def test_ideal_shapes_have_a_ratio_of_one(name):
    solution = ideal(name, 0.05)
    W, b = _laid_out(solution, np.random.default_rng(1))
    comparison = compare(W, b, FeatureDistribution(len(b), 0.05))
    assert [part.component.name for part in comparison.components] == [name]
    assert comparison.components[0].ratio == pytest.approx(1, abs=1e-6)


def test_common_importance_cancels_from_every_ratio():
    W, b = _digon_and_dead(0.1)
    plain = compare(W, b, FeatureDistribution(4, 0.1))
    scaled = compare(W, b, FeatureDistribution(4, 0.1, 1e-3))
    assert scaled.ratio == pytest.approx(plain.ratio, rel=1e-9)
    for a, c in zip(scaled.components, plain.components, strict=True):
        assert a.loss == pytest.approx(1e-3 * c.loss, rel=1e-9, abs=1e-18)
        assert (a.ratio is None) == (c.ratio is None)


@pytest.mark.parametrize("p", [1.0, 0.3, 0.01])
def test_features_that_are_not_represented_cost_their_variance(p):
    W, b = _digon_and_dead(p)
    comparison = compare(W, b, FeatureDistribution(4, p, [1.0, 1.0, 1.0, 0.4]))
    assert comparison.identification.not_represented == (3,)
    assert comparison.not_represented_predicted == pytest.approx(
        0.4 * (p / 3 - p**2 / 4), rel=1e-12
    )
    assert comparison.not_represented_loss == pytest.approx(
        comparison.not_represented_predicted, rel=1e-12
    )


def test_parts_add_up_to_the_whole():
    rng = np.random.default_rng(2)
    W, b = (
        np.vstack([_digon_and_dead(0.1)[0], 0.02 * rng.standard_normal((2, 2))]),
        np.full(6, 0.03),
    )
    features = FeatureDistribution(6, 0.1, 0.9 ** np.arange(6))
    comparison = compare(W, b, features)
    assert comparison.loss == pytest.approx(expected_loss(W, b, features), rel=1e-12)
    assert comparison.loss == pytest.approx(
        sum(part.loss for part in comparison.components) + comparison.not_represented_loss,
        rel=1e-12,
    )
    assert comparison.predicted == pytest.approx(
        sum(part.predicted for part in comparison.components)
        + comparison.not_represented_predicted,
        rel=1e-12,
    )
    closed = dedicated_digon(0.1, features.importance, 2).loss
    assert comparison.dedicated_digon == pytest.approx(closed, rel=1e-12)
    assert comparison.best_prediction == min(comparison.predicted, comparison.dedicated_digon)
    assert comparison.ratio == pytest.approx(
        comparison.loss / comparison.best_prediction, rel=1e-12
    )


def test_dedicated_features_cost_nothing_and_have_no_ratio():
    comparison = compare(np.eye(2), np.zeros(2), FeatureDistribution(2, 0.2))
    assert [part.component.name for part in comparison.components] == ["dedicated", "dedicated"]
    assert [part.ratio for part in comparison.components] == [None, None]
    assert comparison.loss == pytest.approx(0, abs=1e-15)
    assert comparison.ratio is None


def test_unknown_shape_has_no_prediction_but_the_closed_form_stands():
    W = np.random.default_rng(4).standard_normal((14, 4))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    comparison = compare(W, np.zeros(14), FeatureDistribution(14, 0.05))
    assert "unknown" in {part.component.name for part in comparison.components}
    for part in comparison.components:
        if part.component.name == "unknown":
            assert part.predicted is None
            assert part.ratio is None
            assert part.loss > 0
    assert comparison.predicted is None
    assert comparison.best_prediction == comparison.dedicated_digon
    assert comparison.ratio == pytest.approx(comparison.loss / comparison.dedicated_digon)


def test_mixed_densities_are_predicted_for_the_features_on_their_vertices():
    # the prediction follows the features through any order of the rows
    density = np.array([0.1, 0.05, 0.1, 0.05, 0.02])
    V = 1.1 * template("pentagon").vertices
    comparison = compare(V, np.full(5, -0.2), FeatureDistribution(5, density))
    order = np.random.default_rng(5).permutation(5)
    shuffled = compare(V[order], np.full(5, -0.2), FeatureDistribution(5, density[order]))
    assert comparison.dedicated_digon is None
    (part,), (moved,) = comparison.components, shuffled.components
    assert part.predicted is not None
    assert part.predicted <= part.loss
    assert moved.predicted == pytest.approx(part.predicted, rel=1e-7)
    # it is no accident of the order: on other vertices these features cost something else
    swapped = compare(V, np.full(5, -0.2), FeatureDistribution(5, density[[1, 0, 2, 4, 3]]))
    assert swapped.components[0].predicted != pytest.approx(part.predicted, rel=1e-7)


def test_records_have_one_row_per_part_and_a_total():
    W, b = _digon_and_dead(0.1)
    comparison = compare(W, b, FeatureDistribution(4, 0.1))
    rows = comparison.records()
    assert [row["name"] for row in rows] == [
        "digon", "dedicated", "not represented",
        "total: 1 digon, 1 dedicated, 1 not represented",
    ]  # fmt: skip
    assert [row["part"] for row in rows] == ["0 1", "2", "3", "total"]
    assert [row["features"] for row in rows] == [2, 1, 1, 4]
    assert sum(row["loss"] for row in rows[:-1]) == pytest.approx(rows[-1]["loss"], rel=1e-12)
    assert rows[-1]["loss"] == comparison.loss
    assert len({tuple(row) for row in rows}) == 1


def test_an_identification_that_was_made_before_is_used():
    W, b = _digon_and_dead(0.1)
    found = identify(W, represented=1.5)
    comparison = compare(W, b, FeatureDistribution(4, 0.1), identification=found)
    assert comparison.identification is found
    assert comparison.components == ()
    assert comparison.not_represented_loss == pytest.approx(comparison.loss, rel=1e-12)


@pytest.mark.parametrize(
    ("W", "b", "features", "expected"),
    [
        (np.ones((2, 2, 1)), np.zeros(2), FeatureDistribution(2, 0.1), "expected one model"),
        (
            np.ones((2, 1)),
            np.zeros(2),
            FeatureDistribution(2, [[0.1], [0.2]]),
            "expected one model",
        ),
        (np.ones((3, 1)), np.zeros(2), FeatureDistribution(2, 0.1), "expected W of shape"),
        (np.ones((2, 1)), np.zeros(3), FeatureDistribution(2, 0.1), "expected b of shape"),
        ([[np.nan], [1.0]], np.zeros(2), FeatureDistribution(2, 0.1), "expected finite W"),
        ([["a"], ["b"]], np.zeros(2), FeatureDistribution(2, 0.1), "expected W"),
        ([[1j], [1.0]], np.zeros(2), FeatureDistribution(2, 0.1), "expected W"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(W, b, features, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        compare(W, b, features)
    assert "\n" not in str(caught.value)


def test_biases_of_a_batch_are_refused():
    with pytest.raises(ValueError, match="expected"):
        compare(np.ones((2, 1)), np.zeros((3, 2)), FeatureDistribution(2, 0.1))


def test_identification_of_another_model_is_refused():
    with pytest.raises(ValueError, match="identification"):
        compare(
            np.ones((2, 1)),
            np.zeros(2),
            FeatureDistribution(2, 0.1),
            identification=identify(np.eye(5)),
        )


def _with_packing(W, b, features):
    return compare(W, b, features, packing=best_packing(features, np.shape(W)[1]))


def test_a_packing_has_no_gap_to_itself():
    features = FeatureDistribution(9, 0.15)
    packing = best_packing(features, 4)
    comparison = _with_packing(packing.W, packing.b, features)
    assert comparison.gap == pytest.approx(
        {"shapes": 0, "not represented": 0, "choice": 0}, abs=1e-9 * packing.loss
    )
    assert comparison.predictions["best packing"] == pytest.approx(comparison.loss, rel=1e-9)


def test_parts_of_the_gap_add_up_and_name_what_was_done_to_the_packing():
    p = 0.1
    features = FeatureDistribution(4, p)
    W, b = _digon_and_dead(p)
    b[3] = p / 2 + 0.01  # a feature that is left out and costs (0.01)² above its variance
    comparison = _with_packing(W, b, features)
    assert comparison.packing.summary() == "2 digons"
    gap = comparison.gap
    assert sum(gap.values()) == pytest.approx(comparison.loss - comparison.packing.loss, rel=1e-9)
    assert gap["not represented"] == pytest.approx(1e-4, rel=1e-9)
    digon = 2 * ideal("digon", p).loss_per_feature
    assert gap["shapes"] == pytest.approx(p**2 / 3 - digon, rel=1e-6)
    assert gap["choice"] == pytest.approx(p / 3 - p**2 / 4 - digon, rel=1e-9)


def test_unknown_components_have_predictions_but_no_gap():
    rng = np.random.default_rng(5)
    comparison = _with_packing(
        rng.standard_normal((7, 3)), np.zeros(7), FeatureDistribution(7, 0.1)
    )
    assert comparison.identification.components[0].name == "unknown"
    assert comparison.gap is None and "ideal shapes" not in comparison.predictions
    rows = comparison.prediction_records()
    assert [row["prediction"] for row in rows] == ["dedicated + digons", "best packing"]
    assert all(row["difference"] == row["loss"] - row["predicted"] for row in rows)
    with pytest.raises(ValueError, match="all named"):
        draw_comparison(comparison)


def test_represented_features_stand_among_the_bounds_of_compressed_sensing():
    angle = 2 * np.pi * np.arange(5) / 5
    W = np.vstack([np.stack([np.cos(angle), np.sin(angle)], 1), np.zeros((3, 2))])
    b = np.array([-0.2] * 5 + [0.025] * 3)
    sensing = compare(W, b, FeatureDistribution(8, 0.05)).sensing
    assert (sensing.n_features, sensing.n_hidden) == (5, 2)
    assert compare(W[4:], b[4:], FeatureDistribution(4, 0.05)).sensing is None


def test_the_picture_goes_from_the_packing_to_the_model():
    W, b = _digon_and_dead(0.1)
    comparison = _with_packing(W, b, FeatureDistribution(4, 0.1))
    ax = draw_comparison(comparison)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[0] == 100
    assert sum(widths[:-1]) == pytest.approx(widths[-1])
    assert widths[-1] == pytest.approx(100 * comparison.loss / comparison.packing.loss)
    assert ax.texts[3].get_text() == "  +0 %"  # nothing is lost by what is left out
    plt.close(ax.figure)


def test_packing_of_other_features_is_refused():
    features = FeatureDistribution(4, 0.1)
    with pytest.raises(ValueError, match=r"pass best_packing\(features, 2\)"):
        compare(*_digon_and_dead(0.1), features, packing=best_packing(features, 3))
    other = best_packing(FeatureDistribution(4, 0.2), 2)
    with pytest.raises(ValueError, match="of these features"):
        compare(*_digon_and_dead(0.1), features, packing=other)
