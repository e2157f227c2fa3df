"""Where recovery ends: linear programmes at n = 400, six decoders on trained and random weights.

    python -m tests.benchmarks.sensing               # about 10 CPU-minutes; prints the tables
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
from theory.sensing.decoders import RECOVERED
from theory.sensing.draw import draw_decoders, draw_reach

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOCS = Path(__file__).parents[2] / "docs"
PAGE, DATA, FIGURE = DOCS / "sensing.md", DOCS / "data" / "sensing.json", DOCS / "decoders.png"
N, TRIALS = 400, 60
ACTIVE = {False: (20, 40, 80, 120), True: (10, 20, 40, 80)}  # by whether features are signed
OFFSETS = (-0.09, -0.06, -0.03, -0.015, 0.0, 0.015, 0.03, 0.06, 0.09)
SIZE = 20  # hidden dimensions of the comparison
HALF = 1e-9  # shares of 200 end in halves of a per cent, which round up

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
        for active in ACTIVE[signed]:
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


def threshold_of(transition: Data) -> float:
    return float(weak_threshold(transition["active"] / N, signed=transition["signed"]))


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
        rates = {
            f"{offset:+g}": percent(rate)
            for offset, rate in zip(OFFSETS, one["recovered"], strict=True)
        }
        rows.append(
            {
                "features": "signed" if one["signed"] else "≥ 0",
                "density": f"{one['active'] / data['n_features']:g}",
                "threshold": f"{threshold_of(one):.4f}",
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
            decoder: " / ".join(format(tables[w][decoder][k] + HALF, style) for w in WEIGHTS)
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

    picture = Figure(figsize=(14, 9), layout="constrained")
    axes = picture.subplot_mosaic("AAABBB;CCDDEE", height_ratios=(1, 0.9))
    p, grid = densities(data), np.array(sizes(data)) / 100
    lines = {
        "information limit": inverse(lambda density: density),
        "nonnegative weak threshold": inverse(weak_threshold),
    }
    quantities = {
        "A": ("recovered", f"share recovered within {RECOVERED:.0%}"),
        "B": ("median_error", "median relative error"),
    }
    for key, (quantity, label) in quantities.items():
        found = table_of(data, quantity)
        draw_decoders(p, found["trained"], found["random"], lines, ax=axes[key])
        axes[key].set_ylabel(label)
    axes["A"].set_title(f"100 features in {SIZE} dimensions")
    axes["B"].set_title("trained weights solid, random dashed")
    top = axes["B"].get_ylim()[1]
    for name, x in lines.items():
        label = name.replace("nonnegative ", "").replace(" ", "\n", 1)
        axes["B"].annotate(label, (x, top), xytext=(-3, -3), textcoords="offset points",
                           va="top", ha="right", fontsize=8, color="0.35")  # fmt: skip
    picture.legend(*axes["A"].get_legend_handles_labels(), ncols=6, frameon=False,
                   loc="outside upper center")  # fmt: skip
    maps = {
        "C": ("basis pursuit", "random", "recovered", quantities["A"][1]),
        "D": ("basis pursuit", "trained", "recovered", quantities["A"][1]),
        "E": ("ReLU readout", "trained", "support", "share with the active features on top"),
    }
    for key, (decoder, weights, quantity, label) in maps.items():
        values = [table_of(data, quantity, m)[weights][decoder] for m in sizes(data)]
        draw_reach(p, grid, values, ax=axes[key], label=label)
        axes[key].set_title(f"{decoder}, {weights} weights")
    axes["C"].legend(loc="lower right", fontsize=8, framealpha=0.9)
    return picture


def inverse(limit: Any) -> float:
    """The density at which a limit asks for all dimensions of the comparison."""
    from scipy.optimize import brentq

    return brentq(lambda p: limit(p) - SIZE / 100, 1e-4, 0.99)


def percent(share: float) -> str:
    return f"{100 * (share + HALF):.0f} %"


def page(data: Data) -> str:
    """The page in Markdown; its numbers are those of the data."""
    at = {p: k for k, p in enumerate(densities(data))}
    tables = {name: table_of(data, name) for name in ("recovered", "support", "median_error")}

    def share(decoder: str, p: float, weights: str = "trained", of: str = "recovered") -> str:
        return percent(tables[of][weights][decoder][at[p]])

    def error(p: float, weights: str = "trained") -> str:
        return share("ReLU readout", p, weights, "median_error")

    off = [abs(half_way(one) - threshold_of(one)) for one in data["transitions"]]
    many, dense = 40, 0.1
    structured = table_of(data, "recovered", many)
    pairs = int(table_of(data, "antipodal", many)["trained"]["basis pursuit"][at[dense]]) // 2
    squares, programme = "nonnegative least squares", "basis pursuit"
    return TEXT.format(
        n=data["n_features"],
        trials=data["trials"],
        decoder_trials=data["decoder_trials"],
        deviation=f"{max(off):.3f}",
        transitions=table(transition_rows(data)),
        limits=table(limit_rows()),
        recovered=table(decoder_rows(data, "recovered", ".2f")),
        error=table(decoder_rows(data, "median_error", ".3f")),
        many=many,
        structured=percent(structured["trained"][programme][at[dense]]),
        structured_random=percent(structured["random"][programme][at[dense]]),
        antipodal=2 * pairs,
        collisions=percent(1 - (1 - dense**2) ** pairs),
        needed=f"{100 * float(weak_threshold(0.05)):.1f}",
        readout_recovered=share("ReLU readout", 0.05),
        best_readout=share("ReLU readout", 0.005),
        readout_error=error(0.005),
        readout_error_random=error(0.005, "random"),
        readout_support=share("ReLU readout", 0.005, of="support"),
        appendix=share("threshold and least squares", 0.01),
        appendix_dense=share("threshold and least squares", 0.05),
        programme=share(programme, 0.05),
        programme_random=share(programme, 0.05, "random"),
        squares=share(squares, 0.05),
        squares_random=share(squares, 0.05, "random"),
    )


TEXT = """# Compressed sensing

How many sparse features a hidden space has room for, and which decoder finds them again.
`theory.bounds(n_features, n_hidden, density)` has every limit of this page for one model. The
tables and the figure are written by `python -m tests.benchmarks.sensing --write`.

## The limits

The least m/n, hidden dimensions per feature, at n = 100 (only the bound from coherence depends on
n). The information limit is the density: no decoder does with less. The weak thresholds are what a
linear programme needs for almost every input, the strong ones for all at once with one random W;
nonnegativity without a sum to minimise needs the feasibility threshold. The packing bound is the
theorem of the paper's appendix with the constant of its proof. Coherence and restricted isometry
are guarantees for every np features, which ask for most where more than one is active.

{limits}

- The paper's −(1 − S) log(1 − S), its constant taken as 1, lies between the information limit and
  the nonnegative weak threshold for densities below 1/e. A linear programme needs 15 % more at
  1 − S = .1, 13 % at .01 and twice as much as 1 − S tends to 0. Above 1/e the expression is less
  than the information limit, and no constant makes a bound of it: it is 0 at S = 0.
- The packing bound is below the information limit for densities above .01: the appendix's theorem
  gives the scaling k log(n/k), but no number that binds a model of this size.
- Restricted isometry cannot be guaranteed for a Gaussian W with m ≤ n at any density above .0022.
  Recovery is far better than that guarantee.

## Where a linear programme stops

Basis pursuit on {n} features of which a fixed number is active, {trials} inputs per entry, each
with Gaussian weights of its own. Columns are m/n less the weak threshold, cells the share
recovered; `half way` is the m/n between the sizes tried at which half of them are. It is never
more than {deviation} from the threshold. The transition is smooth at this n (footnote 24 of the
paper), and over .06 away on either side: every rate there is within 5 % of 0 or 1.

{transitions}

## Six decoders

![Recovery and error against density; what basis pursuit and the readout reach](decoders.png)

100 features in 20 dimensions, {decoder_trials} inputs per entry, trained / random weights. Inputs
are the model's own, those without an active feature left out. Random weights are Gaussian
directions with the one scale and the one bias of least exact loss. Recovered within 1 %:

{recovered}

Median relative error ‖x̂ − x‖ / ‖x‖:

{error}

**What it means.** What twenty dimensions store is there to be read, and the model's own readout
does not read it. At 1 − S = .05 a linear programme gets the input back from trained weights in
{programme} of the cases and nonnegative least squares in {squares}; the readout gets it within 1 %
in {readout_recovered}, and even at 1 − S = .005 only in {best_readout}, with a median error of
{readout_error} and the active features on top in {readout_support}. One layer can but scale and
cut: it is the first step of message passing (`theory.sensing.one_layer_readout`), and recovery
takes further ones. The appendix's decoder, which takes only the support from that layer, is exact
where the order of the outputs is right: {appendix} at 1 − S = .01, {appendix_dense} at .05. So the
compressed sensing scaling m = O(k log(n/k)) speaks of what h contains; what the model does with it
is one layer's approximation. Training serves that layer, not recovery. At .005 the readout is
{readout_error} off with trained weights and {readout_error_random} with random ones; but for the
linear programme trained weights are no better ({programme} against {programme_random} at .05,
where n ψ is {needed} of the 20 dimensions), and with more dimensions far worse: in {many}
dimensions at 1 − S = .1 it recovers {structured} against {structured_random}. There
{antipodal} of the 100 features lie in antipodal pairs, which is cheap for the readout, and two of
a pair active at once are one number that no decoder can take apart; that alone spoils {collisions}
of the inputs. Nonnegative least squares gains from training in twenty dimensions, {squares} against
{squares_random}: below m/n = (1 + p)/2 it has many solutions, but the active set method starts from
nothing, adds the feature of the largest product with what is left, as matching pursuit does, and
stops at the first solution. Beyond the information limit, and for the features that dense models
leave out, nothing helps.

## What one layer can and cannot reach

- **One active feature at a time, exactly:** n ≤ 2m. ReLU(‖W_i‖² x + b_i) = x for all x asks for
  unit norms and b = 0, silence of the others for W_i · W_j ≤ 0, and m dimensions hold at most 2m
  such directions: digons. (A readout with weights of its own can do it for any n if m ≥ 3.)
- **Two at a time, exactly:** n ≤ m, whatever the readout V. ReLU(x_i + (V_i · W_j) x_j) = x_i asks
  for V_i · W_j = 0, so V Wᵀ is the identity, of rank n. Exactness and superposition exclude each
  other; theorem 1 of the appendix speaks of an error ε > 0.
- **Within ε:** for random weights the relative error is at most √(ψ/(m/n)) with ψ the nonnegative
  weak threshold, and tends to half of that for very sparse features, which takes (2ε)⁻² times the
  dimensions of a linear programme. Fewer interfering features than a Gaussian stands for (np < 1)
  do worse.
"""

if __name__ == "__main__":
    main()
