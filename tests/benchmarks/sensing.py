"""Where recovery ends: linear programmes at n = 400, six decoders on trained and random weights.

    python -m tests.benchmarks.sensing               # about 15 CPU-minutes; prints the tables
    python -m tests.benchmarks.sensing --write       # and writes the page, its data and figure
    python -m tests.benchmarks.sensing --redraw      # writes page and figure from the data

Seeds are fixed; the data are what other tests and the page read.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tegum.studies.decoders import WEIGHTS, decoders
from theory.sensing import DECODERS, bounds, recovery_rate, weak_threshold
from theory.sensing.draw import draw_decoders, draw_reach

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOCS = Path(__file__).parents[2] / "docs"
PAGE, DATA, FIGURE = DOCS / "sensing.md", DOCS / "data" / "sensing.json", DOCS / "decoders.png"
N, TRIALS = 400, 60
ACTIVE = (20, 40, 80, 120)
OFFSETS = (-0.09, -0.06, -0.03, -0.015, 0.0, 0.015, 0.03, 0.06, 0.09)
SIZE = 20  # hidden dimensions of the comparison

Data = dict[str, Any]
Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="the page, its data and figure")
    parser.add_argument("--redraw", action="store_true", help="page and figure from the data")
    given = parser.parse_args()
    data = json.loads(DATA.read_text(encoding="utf-8")) if given.redraw else measured()
    print(page(data))
    if given.write:
        DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if given.write or given.redraw:
        PAGE.write_text(page(data), encoding="utf-8")
        figure(data).savefig(FIGURE, dpi=110, metadata={"Software": None})


def measured() -> Data:
    """Both experiments, as the data file has them."""
    transitions = []
    for signed in (False, True):
        for active in ACTIVE:
            threshold = weak_threshold(active / N, signed=signed)
            sizes = [round(N * (threshold + offset)) for offset in OFFSETS]
            rates = [
                recovery_rate(N, m, active, trials=TRIALS, seed=m, signed=signed) for m in sizes
            ]
            print(f"{active} of {N}, signed {signed}: {rates}", file=sys.stderr, flush=True)
            transitions.append(
                {"signed": signed, "active": active, "n_hidden": sizes, "recovered": rates}
            )
    study = decoders(
        progress=lambda done, total: print(f"{done} of {total}", file=sys.stderr, flush=True)
    )
    return {
        "n_features": N,
        "trials": TRIALS,
        "transitions": transitions,
        "decoder_trials": study.trials,
        "decoders": [record for m in study.n_hidden for record in study.records(m)],
    }


def half_way(transition: Data) -> float:
    """The m/n at which half of the inputs are recovered, between the sizes tried."""
    rates = np.maximum.accumulate(transition["recovered"])
    above = int(np.argmax(rates >= 0.5))
    share = (0.5 - rates[above - 1]) / (rates[above] - rates[above - 1])
    low, high = transition["n_hidden"][above - 1 : above + 1]
    return (low + share * (high - low)) / N


def transition_rows(data: Data) -> list[Row]:
    rows = []
    for one in data["transitions"]:
        threshold = weak_threshold(one["active"] / data["n_features"], signed=one["signed"])
        rates = {
            f"{offset:+g}": f"{rate:.0%}"
            for offset, rate in zip(OFFSETS, one["recovered"], strict=True)
        }
        rows.append(
            {
                "features": "signed" if one["signed"] else "≥ 0",
                "density": f"{one['active'] / data['n_features']:g}",
                "threshold": f"{threshold:.4f}",
                "half way": f"{half_way(one):.4f}",
                **rates,
            }
        )
    return rows


def table_of(data: Data, quantity: str, n_hidden: int = SIZE) -> dict[str, dict[str, np.ndarray]]:
    """A quantity of the models of one size: weights → decoder → (densities,)."""
    return {
        weights: {
            decoder: np.array(
                [
                    record[quantity]
                    for record in data["decoders"]
                    if (record["n_hidden"], record["weights"], record["decoder"])
                    == (n_hidden, weights, decoder)
                ]
            )
            for decoder in DECODERS
        }
        for weights in WEIGHTS
    }


def densities(data: Data) -> list[float]:
    return list(dict.fromkeys(record["density"] for record in data["decoders"]))


def sizes(data: Data) -> list[int]:
    return list(dict.fromkeys(record["n_hidden"] for record in data["decoders"]))


def decoder_rows(data: Data, quantity: str, style: str) -> list[Row]:
    """A row per density; cells are trained / random."""
    tables = table_of(data, quantity)
    rows = []
    for k, p in enumerate(densities(data)):
        cells = {
            decoder: " / ".join(format(float(tables[w][decoder][k]), style) for w in WEIGHTS)
            for decoder in DECODERS
        }
        rows.append({"density": f"{p:g}", **cells})
    return rows


def limit_rows() -> list[Row]:
    """m/n of every limit, per density of the comparison."""
    rows = []
    for p in (0.3, 0.1, 0.03, 0.01, 0.003):
        found = bounds(100, SIZE, p)
        rows.append(
            {"density": f"{p:g}", **{limit.name: f"{limit.rate:.4f}" for limit in found.limits}}
        )
    return rows


def table(rows: list[Row]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *[list(row.values()) for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figure(data: Data) -> Figure:
    """Recovery and error against density at one size; two decoders over density and m/n."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(12.5, 9.4), layout="constrained")
    axes = picture.subplots(2, 2)
    p = densities(data)
    grid = np.array(sizes(data)) / 100
    lines = {
        name: inverse(limit)
        for name, limit in (
            ("information limit", lambda density: density),
            ("nonnegative weak threshold", weak_threshold),
        )
    }
    for ax, quantity in zip(axes[0], ("recovered", "median_error"), strict=True):
        found = table_of(data, quantity)
        draw_decoders(p, found["trained"], found["random"], lines, ax=ax)
    axes[0, 0].set(
        ylabel="share of inputs recovered within 1 %", title=f"100 features in {SIZE} dimensions"
    )
    axes[0, 1].set(
        ylabel="median relative error", ylim=(-0.03, 1.43),
        title="trained weights solid, random dashed",
    )  # fmt: skip
    axes[0, 0].legend(frameon=False, fontsize=9, loc="lower left")
    for name, x in lines.items():
        label = name.replace("nonnegative ", "").replace(" ", "\n", 1)
        axes[0, 1].annotate(label, (x, 1.42), xytext=(3, 0), textcoords="offset points",
                            va="top", fontsize=8, color="0.35")  # fmt: skip
    reach = {
        "basis pursuit": ("recovered", "share recovered within 1 %"),
        "ReLU readout": ("support", "share of inputs whose active features come out largest"),
    }
    for ax, (name, (quantity, label)) in zip(axes[1], reach.items(), strict=True):
        values = [table_of(data, quantity, m)["trained"][name] for m in sizes(data)]
        draw_reach(p, grid, values, ax=ax, label=label)
        ax.set_title(f"{name}, trained weights")
    axes[1, 0].legend(loc="lower right", fontsize=8, framealpha=0.9)
    return picture


def inverse(limit: Any) -> float:
    """The density at which a limit asks for all dimensions of the comparison."""
    from scipy.optimize import brentq

    return brentq(lambda p: limit(p) - SIZE / 100, 1e-4, 0.99)


def page(data: Data) -> str:
    """The page in Markdown; its numbers are those of the data."""
    recovered, support = table_of(data, "recovered"), table_of(data, "support")
    error = table_of(data, "median_error")
    at = {p: k for k, p in enumerate(densities(data))}

    def share(decoder: str, p: float, weights: str = "trained", of: Any = recovered) -> str:
        return f"{of[weights][decoder][at[p]]:.0%}"

    def off(decoder: str, p: float, weights: str = "trained") -> str:
        return f"{error[weights][decoder][at[p]]:.2f}"

    deviations = [
        half_way(one)
        - float(weak_threshold(one["active"] / data["n_features"], signed=one["signed"]))
        for one in data["transitions"]
    ]
    outside = "n" if len(deviations) > 99 else ""
    assert not outside
    return TEXT.format(
        n=data["n_features"],
        trials=data["trials"],
        decoder_trials=data["decoder_trials"],
        deviation=f"{max(abs(d) for d in deviations):.3f}",
        transitions=table(transition_rows(data)),
        limits=table(limit_rows()),
        recovered=table(decoder_rows(data, "recovered", ".2f")),
        error=table(decoder_rows(data, "median_error", ".3f")),
        support_readout=share("ReLU readout", 0.005, of=support),
        readout_error=off("ReLU readout", 0.005),
        readout_error_random=off("ReLU readout", 0.005, "random"),
        readout_dense=off("ReLU readout", 0.05),
    )


TEXT = "TODO"

if __name__ == "__main__":
    main()
