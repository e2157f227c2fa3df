"""The report: one file, everything in it, nothing that comes from a file in it as markup."""

import json
import re

import numpy as np
import pytest

from tests.tegum.command_line import PENTAGON, call, refused
from theory import FeatureDistribution
from training import ReluOutputModel, fit


def _data(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    features = FeatureDistribution(5, density=[[0.2], [0.05]])
    folder = tmp_path_factory.mktemp("report") / "run"
    fit(ReluOutputModel(5, 2), features, restarts=4).save(folder)
    return folder


def test_report_of_a_run_has_verdict_theory_and_config(capsys, tmp_path, run):
    code, out, _ = call(capsys, "report", run, "-o", tmp_path / "page.html")
    assert (code, out) == (0, "")
    data = _data(tmp_path / "page.html")
    dense, sparse = data["instances"]
    assert sparse["summary"] == "1 pentagon"
    (pentagon,) = sparse["components"]
    assert len(pentagon["points"]) == 5 and len(pentagon["edges"]) == 5
    assert sparse["features"]["D"] == pytest.approx([0.4] * 5, abs=1e-4)
    names = {row["prediction"]: row["ratio"] for row in sparse["theory"]["predictions"]}
    assert names["best packing"] == pytest.approx(1, abs=1e-4)
    assert "threshold" in sparse["theory"]["position"]
    assert data["made"]["config"]["model"]["n_features"] == 5
    assert [row["ratio"] for row in dense["theory"]["components"]] == pytest.approx(
        [1] * len(dense["components"]), abs=1e-3
    )


def test_the_page_is_whole_in_itself(capsys, tmp_path, run):
    call(capsys, "report", run, "-o", tmp_path / "page.html", "--no-packing")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    own = re.sub(r"<script>/\*.*?</script>", "", text, flags=re.DOTALL)  # plotly's own text
    assert not re.search(r'(src|href)="(?!data:,)', own)
    assert "best packing" not in json.dumps(_data(tmp_path / "page.html"))


def test_bare_weights_have_no_theory_and_names_of_files_stay_text(capsys, tmp_path):
    path = tmp_path / "<script>alert(1)<" / "<img onerror=x>.npy"
    path.parent.mkdir()
    np.save(path, PENTAGON)
    assert call(capsys, "report", path, "-o", tmp_path / "page.html")[0] == 0
    assert "alert(1)" not in re.sub(
        r"\\u003cscript>alert\(1\)", "", (tmp_path / "page.html").read_text()
    )
    data = _data(tmp_path / "page.html")
    assert data["title"] == path.name and data["instances"][0]["theory"] is None


def test_a_folder_is_no_page(capsys, tmp_path, run):
    assert "is a folder" in refused(capsys, "report", run, "-o", tmp_path)
    assert "nowhere" in refused(capsys, "report", tmp_path / "nowhere", "-o", tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()


def test_of_very_many_overlaps_the_largest_are_drawn(capsys, tmp_path):
    W = np.random.default_rng(0).normal(size=(120, 3))
    np.save(tmp_path / "W.npy", W)
    call(capsys, "report", tmp_path / "W.npy", "-o", tmp_path / "page.html")
    graph = _data(tmp_path / "page.html")["instances"][0]["graph"]
    overlaps = np.abs((W @ W.T)[np.triu_indices(120, 1)])
    assert graph["overlaps"] == (overlaps > 0.05).sum() > len(graph["edges"]) == 5000
    drawn = [abs(W[i] @ W[j]) for i, j in graph["edges"]]
    assert drawn == pytest.approx(sorted(overlaps)[:-5001:-1])
