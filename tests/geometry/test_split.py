import numpy as np
import pytest

from geometry import identify, template
from geometry.split import coherent, leverage_overlaps, united
from tests.benchmarks.splitting import MIX, Spoiling, product_model


@pytest.mark.parametrize(
    "level",
    [Spoiling(0.15), Spoiling(0.05, cosine=0.5), Spoiling(0.1, cosine=0.3, tilt=0.3)],
    ids=["noise", "cosine", "all"],
)
@pytest.mark.parametrize("spare", [0, 5], ids=["filled", "spare"])
def test_products_split_into_their_factors_through_noise_and_leans(level, spare, rng):
    for _ in range(10):
        model = product_model(10, level, rng, spare=spare)
        found = {part.features for part in identify(model.W).components}
        assert found == model.factors.keys()


@pytest.mark.parametrize("cosine", [0.0, 0.4])
def test_factors_that_no_template_fits_stay_whole_and_apart(cosine, rng):
    strange = {"pentagon", "square antiprism", "tetrahedron", "cube"}
    templates = [template(name) for name in MIX if name not in strange]
    for _ in range(10):
        model = product_model(8, Spoiling(0.05, cosine=cosine), rng)
        verdict = identify(model.W, templates=templates)
        assert {part.features for part in verdict.components} == model.factors.keys()
        for part in verdict.components:
            assert part.name in ("unknown", model.factors[part.features])
            assert (part.name == "unknown") >= (model.factors[part.features] in strange)


def test_forty_factors_split_as_ten_do(rng):
    model = product_model(40, Spoiling(0.1, cosine=0.3, tilt=0.3), rng)
    assert {part.features for part in identify(model.W).components} == model.factors.keys()


def test_leverage_overlaps_are_unchanged_by_any_linear_map_of_hidden_space(rng):
    W = rng.normal(size=(12, 5))
    P = W @ np.linalg.pinv(W)
    expected = P**2 / np.outer(np.diag(P), np.diag(P))
    np.testing.assert_allclose(leverage_overlaps(W), expected, atol=1e-12)
    np.testing.assert_allclose(leverage_overlaps(W @ rng.normal(size=(5, 5))), expected, atol=1e-9)


def test_parts_that_share_a_feature_are_united():
    assert united([(0, 1), (2, 3), (4, 5), (1, 2)]) == [(4, 5), (0, 1, 2, 3)]


def test_two_shapes_side_by_side_do_not_hang_together(rng, tegum_product):
    parts = [template(n).vertices for n in ("pentagon", "pentagon", "8-simplex", "digon")]
    W, label = tegum_product(parts, 0.1, rng)
    similarity = leverage_overlaps(W / np.linalg.norm(W, axis=1, keepdims=True), ridge=0.5)
    for kinds, whole in [((0,), True), ((2,), True), ((0, 1), False), ((2, 3), False)]:
        part = tuple(map(int, np.flatnonzero(np.isin(label, kinds))))
        assert coherent(similarity, part) == whole


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e3, 1e200])
def test_what_is_represented_scales_with_the_threshold_alone(scale, rng):
    W = product_model(6, Spoiling(0.05), rng).W
    verdict, scaled = identify(W), identify(scale * W, represented=0.5 * scale)
    assert verdict.not_represented == scaled.not_represented
    assert verdict.names == scaled.names
    learned = np.flatnonzero(np.linalg.norm(W, axis=1) > 0.5)
    assert set(range(len(W))).difference(verdict.not_represented) == set(learned)
