import numpy as np
import pytest

from geometry import features_per_neuron, primary_ratio, rescaled_neurons

W = np.array([[[2.0, 0.0, -1.0], [0.1, 0.0, 1.0], [-3.0, 0.0, 0.2]]])


def test_features_are_counted_above_the_share_of_the_largest_weight():
    assert features_per_neuron(W).tolist() == [[2, 0, 3]]
    assert features_per_neuron(W, threshold=0.5).tolist() == [[2, 0, 2]]


def test_primary_ratio_is_second_over_largest():
    np.testing.assert_allclose(primary_ratio(W), [[2 / 3, 0, 1]], rtol=1e-15)
    assert primary_ratio([[1.0, 0.0]]).tolist() == [0, 0]  # one feature has no second


def test_scale_of_a_neuron_does_not_matter():
    scaled = W * [0.1, 5.0, 300.0]
    assert np.array_equal(features_per_neuron(scaled), features_per_neuron(W))
    np.testing.assert_allclose(primary_ratio(scaled), primary_ratio(W), rtol=1e-15)


def test_rescaled_neurons_compute_the_same_function():
    rng = np.random.default_rng(0)
    weights, readout = rng.standard_normal((2, 4, 6, 3))
    x = rng.uniform(-1, 1, (100, 4, 1, 6))

    def function(W, R):
        return np.maximum(x @ W, 0) @ np.swapaxes(R, -1, -2)

    new_weights, new_readout = rescaled_neurons(weights, readout)
    assert np.abs(new_weights).max(axis=-2) == pytest.approx(1, rel=1e-15)
    assert np.array_equal(np.sign(new_weights), np.sign(weights))
    np.testing.assert_allclose(
        function(new_weights, new_readout), function(weights, readout), atol=1e-13
    )


def test_a_neuron_without_weights_loses_its_readout():
    weights, readout = rescaled_neurons([[0.0, 2.0]], [[7.0, 1.0]])
    assert weights.tolist() == [[0, 1]]
    assert readout.tolist() == [[0, 2]]


def test_a_readout_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"expected W and readout of one shape, got \(1, 2\)"):
        rescaled_neurons([[1.0, 2.0]], [[1.0], [2.0]])
