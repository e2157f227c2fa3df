"""The symbols that the derivations share.

p the density 1 − S, a = ‖W_i‖² the squared norm of a feature, c = W_i·W_j the overlap of two, b a
bias, r the importance of the second feature relative to the first, x and y values of features.
"""

from __future__ import annotations

from sympy import Symbol

p = Symbol("p", positive=True)
a = Symbol("a", positive=True)
b = Symbol("b", real=True)
c = Symbol("c", real=True)
r = Symbol("r", positive=True)
x = Symbol("x", nonnegative=True)
y = Symbol("y", nonnegative=True)
