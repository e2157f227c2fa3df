"""Malformed files of weights: one clear line, or the numbers that are in them."""

import os
import struct
import zipfile
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from geometry import load_weights
from tests.hostile.law import check_untouched, outcome
from tests.hostile.weight_files import MAKERS, Reduced, make

SEEDS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize("maker", MAKERS)
def test_malformed_files_are_refused_in_one_line(maker, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("files")
    monkeypatch.chdir(folder)

    @given(SEEDS)
    def check(seed):
        ending, content = make(maker, Random(seed))
        path = folder / f"weights{ending}"
        path.write_bytes(content)
        try:
            found = outcome(lambda: load_weights(path))
            check_untouched(folder, {path})
        finally:
            path.unlink()
        if not found.answered:
            assert str(path) in found.said and "expected" in found.said

    check()


def refused(path):
    found = outcome(lambda: load_weights(path))
    assert not found.answered
    return found.said


def test_a_header_is_not_longer_than_its_file(tmp_path):
    path = tmp_path / "long.npy"
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{}")
    assert "array header" in refused(path)


def test_a_header_that_python_cannot_parse_is_no_want_of_memory(tmp_path):
    path, text = tmp_path / "deep.npy", b"-" * 9000 + b"1"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)
    assert "nested too deeply" in refused(path)


def test_an_array_of_negative_size_is_refused(tmp_path):
    path = tmp_path / "negative.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2), }"
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)
    path.write_bytes(content)
    assert "shape (-1, 2)" in refused(path)


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "twice.npz"
    np.savez(path, **{"W": np.eye(2)})
    np.save(tmp_path / "other.npy", np.eye(3))
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "other.npy", "W")  # numpy calls both "W"
    assert "2 members called 'W'" in refused(path)
    torch.save({0: torch.eye(2), "0": torch.eye(3)}, tmp_path / "twice.pt")
    assert "2 entries called '0'" in refused(tmp_path / "twice.pt")


def test_what_inflates_as_weights_do_is_read_and_a_bomb_is_not(tmp_path, rng, monkeypatch):
    monkeypatch.setattr("geometry.formats._INFLATED", 2**16)
    noise = rng.normal(size=(300, 100)).round(2)  # 240 kB, of which a quarter is left
    for name, W in (("noise", noise), ("sparse and small", np.eye(80))):
        np.savez_compressed(tmp_path / f"{name}.npz", W=W)
        np.testing.assert_array_equal(load_weights(tmp_path / f"{name}.npz").W, W)
    np.savez_compressed(tmp_path / "bomb.npz", W=np.zeros((300, 100)))
    assert "inflate" in refused(tmp_path / "bomb.npz")
    np.savez(tmp_path / "true.npz", W=np.zeros((300, 100)))
    assert load_weights(tmp_path / "true.npz").W.shape == (300, 100)


def test_an_archive_of_torch_does_not_inflate(tmp_path):
    torch.save({"W": torch.zeros(5000, 100)}, tmp_path / "whole.pt")
    with (
        zipfile.ZipFile(tmp_path / "whole.pt") as whole,
        zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for info in whole.infolist():
            bomb.writestr(info.filename, whole.read(info))
    assert "declares more bytes than it stores" in refused(tmp_path / "bomb.pt")


@pytest.mark.parametrize(
    "call",
    [
        Reduced(bytearray, 10**11),
        Reduced(torch.Tensor, 10**6),
        Reduced(torch.UntypedStorage, 10**6),
    ],
    ids=["bytearray", "tensor", "storage"],
)
def test_what_torch_would_allocate_at_a_word_is_refused(call, tmp_path):
    torch.save({"W": torch.eye(2), "b": call}, tmp_path / "large.pt")
    assert "no state dict needs" in refused(tmp_path / "large.pt")


def test_state_dicts_of_every_dtype_are_read(tmp_path):
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int8):
        state = torch.nn.ParameterDict({"W": torch.nn.Parameter(torch.eye(3, 2))}).state_dict()
        torch.save({"W": state["W"].to(dtype), "epoch": 7, "rate": 0.1}, tmp_path / "state.pt")
        np.testing.assert_array_equal(load_weights(tmp_path / "state.pt").W, np.eye(3, 2))


def test_files_of_torch_before_archives_are_refused_with_what_to_do(tmp_path):
    path = tmp_path / "old.pt"
    torch.save({"W": torch.eye(2)}, path, _use_new_zipfile_serialization=False)
    assert "since version 1.6" in refused(path) and "save it again" in refused(path)


@pytest.mark.parametrize("ending", [".npy", ".npz", ".safetensors", ".pt"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(ending, tmp_path):
    pipe, link, loop, folder = (tmp_path / f"{name}{ending}" for name in "abcd")
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "gone")
    loop.symlink_to(loop)
    folder.mkdir()
    zero = tmp_path / f"zero{ending}"
    zero.symlink_to("/dev/zero")
    for path in (pipe, link, loop, folder, zero):
        assert str(path) in refused(path)
