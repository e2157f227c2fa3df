import numpy as np
import pytest

from theory import FeatureDistribution, absolute_value_loss, asymmetric_motifs


def planted(k, *, n=20, seed=0, noise=0.0):
    """The motif on features 3 and 7, neurons 2 and 5, of a model of pairs, scaled and disturbed."""
    rng = np.random.default_rng(seed)
    W_in, W_out = np.zeros((2, n, 12))
    for neuron, (feature, sign) in {0: (0, 1), 1: (0, -1), 3: (1, 1), 4: (1, -1)}.items():
        W_in[feature, neuron], W_out[feature, neuron] = sign, 1
    W_in[[3, 7], 2], W_out[[3, 7], 2] = (k, -1 / k), (1 / k, k)
    W_in[3, 5], W_out[7, 5] = 1, -(k**2)
    W_in += noise * rng.standard_normal(W_in.shape)
    W_out += noise * rng.standard_normal(W_out.shape)
    scale = rng.uniform(0.3, 3, 12)
    return W_in * scale, W_out / scale


@pytest.mark.parametrize("k", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_planted_motif_is_found_with_its_interference(k, noise):
    for seed in range(10):
        (motif,) = asymmetric_motifs(*planted(k, seed=seed, noise=noise))
        assert (motif.neuron, motif.dominant, motif.dominated, motif.inhibitor) == (2, 3, 7, 5)
        exact = 1e-12 if noise == 0 else 0.5
        assert motif.heavy == pytest.approx(k**2, rel=exact)
        assert motif.light == pytest.approx(1 / k**2, rel=exact)
        assert motif.ratio == pytest.approx(k**2, rel=exact)
        assert motif.inhibition == pytest.approx(k**2, rel=exact)


def test_interference_of_the_motif_is_what_the_model_computes():
    # of x_1 = 1 alone on y_2 without the inhibitor, and of x_2 = −1 alone on y_1
    W_in, W_out = planted(2.0)
    x = np.zeros((2, 20))
    x[0, 3], x[1, 7] = 1, -1
    hidden = np.maximum(x @ W_in, 0)
    hidden[:, 5] = 0
    output = hidden @ W_out.T
    (motif,) = asymmetric_motifs(W_in, W_out)
    assert output[0, 7] == pytest.approx(motif.heavy) and output[1, 3] == pytest.approx(motif.light)
    assert output[0, 3] == pytest.approx(1) and output[1, 7] == pytest.approx(1)


def test_inhibitor_makes_the_motif_cheaper():
    features = FeatureDistribution(2, 0.05)
    W_in, W_out = np.array([[2.0, 1.0], [-0.5, 0.0]]), np.array([[0.5, 0.0], [2.0, -4.0]])
    losses = [absolute_value_loss(W_in[:, :m], W_out[:, :m], [0, 0], features) for m in (1, 2)]
    assert losses[1] < 0.2 * losses[0]


def test_no_motif_without_its_inhibitor_or_with_equal_inputs_or_of_one_sign():
    W_in, W_out = planted(2.0)
    inhibited = W_out.copy()
    inhibited[:, 5] = 0
    assert asymmetric_motifs(W_in, inhibited) == ()
    assert asymmetric_motifs(*planted(1.0)) == ()
    positive = W_in.copy()
    positive[7, 2] *= -1
    assert asymmetric_motifs(positive, W_out) == ()


def test_random_weights_have_next_to_no_motif():
    rng = np.random.default_rng(0)
    found = sum(len(asymmetric_motifs(*rng.standard_normal((2, 20, 10)))) for _ in range(200))
    assert found <= 0.01 * 2000


def test_weights_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match=r"expected W_in and W_out of one shape"):
        asymmetric_motifs(np.ones((2, 3)), np.ones((3, 2)))
