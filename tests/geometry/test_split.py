import numpy as np
import pytest

from geometry import catalogue, identify, template
from geometry.naming import Standard, best_evidence, name_part
from geometry.split import leverage_overlaps
from tests.benchmarks.splitting import Spoiling, product_model

CONNECTED = [s for s in catalogue() if not s.factors and s.name != "dedicated"]


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
    templates = [t for t in catalogue() if t.name not in strange]
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


@pytest.mark.parametrize("shape", CONNECTED, ids=lambda s: s.name)
def test_no_fit_has_more_evidence_than_its_singular_values_allow(shape, rng, laid_out, drawn):
    for noise in (0.02, 0.2, 1.0):
        W = laid_out(drawn(shape, rng), shape.dimension + 2, noise, rng)
        U = W / np.linalg.norm(W, axis=1, keepdims=True)
        spectrum = np.sqrt(np.maximum(np.linalg.eigvalsh(U @ U.T)[::-1], 0))
        found = name_part(U, [shape], Standard(0.12, 0.5, 1.25)).evidence
        assert best_evidence(spectrum, [shape], U.shape[1], reach=np.inf) >= found - 1e-9
        near = best_evidence(spectrum, [shape], U.shape[1], reach=0.05)
        assert near > -np.inf if noise == 0.02 else near == -np.inf or noise == 0.2


def test_shape_of_another_dimension_is_out_of_reach():
    flat = np.array([2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert best_evidence(flat, [template("cube")], 3, reach=0.25) == -np.inf
    assert best_evidence(flat, [template("octagon")], 3, reach=0.25) > 0
