"""What can be measured on the neurons of a privileged basis: how many features each serves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import held, real
from geometry.weights import checked_weights


def features_per_neuron(W: ArrayLike, *, threshold: float = 0.1) -> NDArray[np.intp]:
    r"""How many features have a weight on each neuron: 1 if it is monosemantic.

    .. math:: \#\{i : |W_{ik}| > t \max_j |W_{jk}|\}

    Parameters
    ----------
    W : (..., n_features, n_hidden); rows are features, columns are neurons
    threshold : a weight counts when it is larger than this share of the neuron's largest

    Returns
    -------
    (..., n_hidden), 0 for a neuron without weights

    >>> features_per_neuron([[1.0, 0.8, 0.0], [0.05, -1.0, 0.0]])
    array([1, 2, 0])

    References
    ----------
    Elhage et al. 2022, Toy Models of Superposition, "Superposition in a Privileged Basis".
    """
    weights, threshold = np.abs(checked_weights(W)), real("threshold", threshold)
    largest = weights.max(axis=-2, keepdims=True)
    return (weights > threshold * largest).sum(axis=-2)


def primary_ratio(W: ArrayLike) -> NDArray[np.float64]:
    """The second largest weight of each neuron in proportion to its largest, by absolute value.

    Parameters
    ----------
    W : (..., n_features, n_hidden); rows are features, columns are neurons

    Returns
    -------
    (..., n_hidden), between 0 (one feature alone) and 1 (two alike); 0 without weights

    >>> primary_ratio([[1.0, 0.8, 0.0], [0.05, -1.0, 0.0]])
    array([0.05, 0.8 , 0.  ])
    """
    weights = np.sort(np.abs(checked_weights(W)), axis=-2)
    largest = weights[..., -1, :]
    second = weights[..., -2, :] if weights.shape[-2] > 1 else np.zeros_like(largest)
    return np.divide(second, largest, out=np.zeros_like(largest), where=largest > 0)


def rescaled_neurons(
    W: ArrayLike, readout: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""The same function with the largest weight into every neuron at 1.

    .. math:: W_{ik} \to W_{ik} / \alpha_k, \quad R_{ik} \to \alpha_k R_{ik},
              \quad \alpha_k = \max_i |W_{ik}|

    which leaves :math:`R\,\mathrm{ReLU}(W^\top x)` as it is, because α > 0. A neuron without
    incoming weights says nothing and loses its readout.

    Parameters
    ----------
    W, readout : (..., n_features, n_hidden); rows are features, columns are neurons

    >>> W, R = rescaled_neurons([[2.0, -0.5]], [[0.5, 2.0]])
    >>> W.tolist(), R.tolist()
    ([[1.0, -1.0]], [[1.0, 1.0]])

    References
    ----------
    Elhage et al. 2022, Toy Models of Superposition, footnote 15.
    """
    weights, out = checked_weights(W), checked_weights(readout)
    if weights.shape != out.shape:
        raise ValueError(
            f"expected W and readout of one shape, got {weights.shape} and {out.shape}; "
            "rows are features in both"
        )
    alpha = np.abs(weights).max(axis=-2, keepdims=True)
    with np.errstate(over="ignore"):
        rescaled = held("product", out * alpha)
    return np.divide(weights, alpha, out=np.zeros_like(weights), where=alpha > 0), rescaled
