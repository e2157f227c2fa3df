"""The figures: every script runs, and what it shows is what its page says."""

import hashlib
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from theory import dedicated_digon

FIGURES = Path(__file__).parents[2] / "docs" / "figures"
SCRIPTS = sorted(path.stem.removeprefix("plot_") for path in FIGURES.glob("plot_*.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_page_draws_and_computes_nothing_slow(name, page, monkeypatch):
    import kept

    def slow(path, *_):
        raise AssertionError(f"{path} is not kept: run docs/make_figures.py {name}")

    monkeypatch.setattr(kept, "_write", slow)
    assert page(name)["__doc__"].strip().count("\n=") == 1


def test_nothing_is_kept_that_no_page_asks_for(page, tmp_path):
    import explorer
    import kept

    for name in SCRIPTS:
        page(name)
        plt.close("all")
    explorer.write_data(tmp_path / "data.js")
    assert {path.name for path in kept.DATA.glob("*")} <= {*kept.asked_for, ".gitkeep"}


def test_what_is_kept_is_found_by_the_hash_of_its_config(tmp_path, monkeypatch):
    import kept

    monkeypatch.setattr(kept, "DATA", tmp_path)
    calls = []

    def squares(n):
        calls.append(n)
        return {"squares": np.arange(n) ** 2, "name": "squares"}

    first = kept.kept("squares", {"n": 4}, squares)
    again = kept.kept("squares", {"n": 4}, squares)
    assert calls == [4]
    assert again["squares"].tolist() == first["squares"].tolist() == [0, 1, 4, 9]
    assert str(again["name"]) == "squares"
    (path,) = tmp_path.iterdir()
    text = json.dumps({"n": 4}, sort_keys=True)
    assert path.name == f"squares-{hashlib.sha256(f'squares {text}'.encode()).hexdigest()[:12]}.npz"
    kept.kept("squares", {"n": 5}, squares)
    assert calls == [4, 5] and len(list(tmp_path.iterdir())) == 2


def test_dark_figures_turn_greys_over_and_keep_colours():
    import dark

    figure, ax = plt.subplots()
    line, coloured = ax.plot([0, 1], "k")[0], ax.plot([1, 0], color="#0072B2")[0]
    dim, faint = ax.plot([0, 0], color="#440154")[0], ax.text(0, 0, "", color="#0072B2")
    bars = ax.bar([0], [1], color="white")
    dark.darken(figure)
    assert np.mean(to_rgb(line.get_color())) > 0.9
    assert to_rgb(coloured.get_color()) == to_rgb("#0072B2")
    assert np.mean(bars[0].get_facecolor()[:3]) < 0.1
    assert np.mean(figure.get_facecolor()[:3]) < 0.1
    assert np.mean(to_rgb(ax.title.get_color())) > 0.9
    assert contrast(dim.get_color(), dark.PAPER) == pytest.approx(3)
    assert contrast(faint.get_color(), dark.PAPER) == pytest.approx(4.5)
    assert contrast("white", 0) == pytest.approx(21)


def contrast(colour, paper):
    """Of a colour with a darker grey, as WCAG 2.1 defines it."""

    def luminance(rgb):
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]

    return (luminance(to_rgb(colour)) + 0.05) / (luminance([paper] * 3) + 0.05)


def test_introduction_is_dedicated_features_digons_and_a_pentagon(page):
    study = page("introduction")["study"]
    assert [verdict.summary() for verdict in study.verdicts] == [
        "2 dedicated, 3 not represented",
        "2 digons, 1 not represented",
        "1 pentagon",
    ]
    losses = [comparison.loss for comparison in study.comparisons]
    assert losses == pytest.approx([0.182925, 0.059837, 0.021404], abs=1e-6)


def test_the_explorer_has_the_optimum_of_every_cell(tmp_path):
    import explorer

    explorer.write_data(tmp_path / "data.js")
    text = (tmp_path / "data.js").read_text(encoding="utf-8")
    grid = json.loads(text.removeprefix("const GRID = ").removesuffix(";\n"))
    sparse = [p <= 0.05 for p in grid["densities"]].index(True)
    five = grid["cells"]["5,2"][0]
    assert grid["names"][five[sparse]["v"]] == "1 pentagon"
    assert len(grid["densities"]) == len(five) == 31
    for sizes, rows in grid["cells"].items():
        n, m = map(int, sizes.split(","))
        for decay, row in zip(grid["decays"], rows, strict=True):
            for p, cell in zip(grid["densities"], row, strict=True):
                # never above dedicated features and digons, a closed form
                bound = dedicated_digon(p, decay ** np.arange(n), m).loss
                assert cell["l"] <= bound * 1.001 + 1e-9, (sizes, decay, p)
