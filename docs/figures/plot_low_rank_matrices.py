"""
Polytopes as low-rank matrices
==============================

Paper, section 5.3: n points in m dimensions are a matrix WᵀW of rank m, and so a choice of n − m
vectors to which W is orthogonal.

**Exact** throughout, in closed form: the paper's triangle, orthogonal to (1, 1, 1), and square,
which falls apart into two digons, orthogonal to (1, 0, 1, 0) and (0, 1, 0, 1); and three more.
Equal dense features lose least by giving up (1, …, 1), which leaves the regular simplex.
"""

import matplotlib.pyplot as plt
import numpy as np
import sympy

from geometry import dimensionality, exact_vertices, identify
from geometry.draw_shape import draw_shape

vertices = {
    "triangle": exact_vertices("triangle"),
    "square": sympy.Matrix([[1, 0], [0, 1], [-1, 0], [0, -1]]),
    "pentagon": exact_vertices("pentagon"),
    "tetrahedron": exact_vertices("tetrahedron"),
    "octahedron": exact_vertices("octahedron"),
}
grams = {name: (W * W.T).applyfunc(sympy.nsimplify) for name, W in vertices.items()}
orthogonal = {
    name: [vector.T.applyfunc(sympy.radsimp) for vector in gram.nullspace()]
    for name, gram in grams.items()
}
shapes = {
    name: np.linalg.svd(np.array(W, dtype=float), full_matrices=False)[0]
    * np.sqrt(W.rows / grams[name].rank())
    for name, W in vertices.items()
}
shapes = {name: W[:, : grams[name].rank()] for name, W in shapes.items()}
verdicts = {name: identify(W) for name, W in shapes.items()}

# %%
# Each row is one matrix: its columns as points, the graph of what interferes with what, the entries
# of WᵀW, and a basis of what W is orthogonal to, with φ the golden ratio.

root = sympy.sqrt(5)
golden = {(root - 1) / 2: "1/φ", (1 - root) / 2: "−1/φ", (root - 1) / 4: "1/(2φ)",
          (-1 - root) / 4: "−φ/2"}  # fmt: skip
golden = {sympy.expand(number): text for number, text in golden.items()}
ON_DARK, ON_LIGHT = "#FFEDB8", "#101840"  # of the entries, on light and dark pages


def written(number):
    return golden.get(sympy.expand(number), str(number).replace("-", "−"))


figure, axes = plt.subplots(
    len(vertices), 4, figsize=(11, 13), layout="constrained", width_ratios=[1, 1, 1, 0.9]
)
for (name, W), (points, graph, matrix, vectors) in zip(shapes.items(), axes, strict=True):
    draw_shape(W, ax=points)
    points.set_title(name)
    gram, angles = grams[name], np.arange(len(W)) * 2 * np.pi / len(W)
    places = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    for i, j in zip(*np.triu_indices(len(W), 1), strict=True):
        strength = float(abs(gram[i, j]))
        graph.plot(*places[[i, j]].T, color="0.35", linewidth=4 * strength, zorder=1)
    graph.scatter(*places.T, s=90, color="#0072B2", zorder=2)
    graph.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
    graph.set_title(verdicts[name].summary())
    graph.set_axis_off()
    matrix.imshow(np.array(gram, dtype=float), cmap="RdBu_r", vmin=-1, vmax=1)
    for i, j in np.ndindex(*gram.shape):
        shade = ON_DARK if abs(gram[i, j]) > 0.6 else ON_LIGHT
        matrix.text(j, i, written(gram[i, j]), ha="center", va="center", color=shade,
                    fontsize=8)  # fmt: skip
    matrix.set(xticks=[], yticks=[], title=f"rank {gram.rank()} of {gram.rows}")
    lines = ["(" + ", ".join(written(entry) for entry in vector) + ")"
             for vector in orthogonal[name]]  # fmt: skip
    vectors.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", linespacing=1.8,
                 transform=vectors.transAxes)  # fmt: skip
    vectors.set_axis_off()
for ax, title in zip(
    axes[0], ("columns of W", "WᵀW as a graph", "WᵀW as a matrix", "orthogonal vectors"),
    strict=True,
):  # fmt: skip
    ax.annotate(title, (0.5, 1.22), xycoords="axes fraction", ha="center", fontsize=13)

# %%
# Projecting n features orthogonally to (1, …, 1) gives the regular simplex: every cosine is
# −1/(n − 1), every dimensionality (n − 1)/n.

for n in range(2, 8):
    W = np.eye(n) - 1 / n
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    name = identify(W).components[0].name
    print(f"n = {n}: {name}, cosine {W[0] @ W[1]:.4f}, D = {dimensionality(W)[0]:.4f}")
