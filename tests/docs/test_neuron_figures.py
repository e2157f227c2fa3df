"""What the pages on privileged bases and on computation (paper, sections 9 and 10) show and say."""

import numpy as np
import pytest


def test_two_neurons_compute_one_absolute_value_and_lose_nothing(page):
    shown = page("absolute_value_circuit")
    assert float(shown["run"].loss) < 1e-9
    signs = np.kron(np.eye(3), [[1, -1]])
    np.testing.assert_allclose(shown["W"], signs, atol=1e-3)
    np.testing.assert_allclose(shown["readout"], np.abs(signs), atol=1e-3)
    np.testing.assert_allclose(shown["run"].b, 0, atol=1e-3)
    p = shown["DENSITY"]
    assert shown["unrepresented"] == pytest.approx(3 * (p / 3 - p**2 / 4))
