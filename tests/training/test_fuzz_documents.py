"""Malformed configs and runs: read as they stand, or refused in one line."""

import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import documents
from tests.hostile.law import check_untouched, outcome
from theory import FeatureDistribution
from training import Run, load_config

SEEDS = st.integers(0, 2**64 - 1)


def test_malformed_configs_are_refused_in_one_line(tmp_path):
    path = tmp_path / "config.json"

    @given(SEEDS)
    def check(seed):
        path.write_bytes(documents.config(Random(seed)))
        found = outcome(lambda: load_config(path).to_dict())
        assert found.answered or str(path) in found.said

    check()


def test_malformed_runs_are_refused_in_one_line(tmp_path_factory):
    @given(SEEDS)
    def check(seed):
        folder = tmp_path_factory.mktemp("runs")
        documents.run(Random(seed), folder / "run")
        found = outcome(lambda: Run.load(folder / "run"))
        check_untouched(folder, {folder / "run"})
        assert found.answered or str(folder) in found.said

    check()


def test_a_config_that_is_no_file_is_refused_and_not_waited_for(tmp_path):
    pipe, folder, endless, loop = (tmp_path / name for name in "abcd")
    os.mkfifo(pipe)
    folder.mkdir()
    endless.symlink_to("/dev/zero")
    loop.symlink_to(loop)
    for path in (pipe, folder, endless):
        with pytest.raises(ValueError, match="found no file of at most"):
            load_config(path)
    for path in (loop, tmp_path / "none"):
        with pytest.raises(FileNotFoundError, match="expected a config at"):
            load_config(path)


def test_numbers_of_thousands_of_digits_are_refused_with_the_file(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"schema_version": ' + "1" * 5000 + "}")
    with pytest.raises(ValueError, match=f"expected JSON in {path}"):
        load_config(path)


def test_metrics_nested_too_deeply_are_refused(tmp_path):
    path = tmp_path / "run"
    rng = Random(0)
    while not (path / "metrics.jsonl").is_file() or not (path / "config.json").is_file():
        path = tmp_path / str(rng.random())
        documents.run(rng, path)
    (path / "metrics.jsonl").write_text("[" * 100_000)
    assert not outcome(lambda: Run.load(path)).answered


@pytest.mark.parametrize("n", [10**8, 10**12, 2**63])
def test_more_features_than_memory_holds_are_refused_before_it_is_taken(n):
    with pytest.raises(ValueError, match="whole number ≤ 10000000"):
        FeatureDistribution(n, 0.1)
    with pytest.raises(ValueError, match=r"expected at most 1e\+07 densities"):
        FeatureDistribution(10**5, [[0.1]] * 101)
