import io
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from geometry import Weights, load_weights

W = np.arange(6.0).reshape(3, 2)
B = np.array([0.1, 0.2, 0.3])


def save(path, arrays):
    """The arrays in the format of the path; .npy holds W alone."""
    if path.suffix == ".npy":
        np.save(path, arrays["W"])
    elif path.suffix == ".npz":
        np.savez_compressed(path, **arrays)
    elif path.suffix == ".safetensors":
        save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path)
    else:
        torch.save({name: torch.tensor(a) for name, a in arrays.items()}, path)
    return path


def refusal(path, kind=ValueError, **options):
    with pytest.raises(kind) as caught:
        load_weights(path, **options)
    message = str(caught.value)
    assert "\n" not in message and "expected" in message and str(path) in message
    return message


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64])
def test_weights_and_bias_come_back_as_float64_from_every_format(suffix, dtype, tmp_path):
    path = save(tmp_path / f"model{suffix}", {"W": W.astype(dtype), "b": W[:, 1].astype(dtype)})
    found = load_weights(path)
    np.testing.assert_array_equal(found.W, W)
    np.testing.assert_array_equal(found.b, W[:, 1])
    assert found.W.dtype == found.b.dtype == np.float64


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize("shape", [(3, 2), (4, 3, 2)])
def test_layout_transposes_the_last_two_axes_and_nothing_else(suffix, shape, tmp_path):
    array = np.arange(float(np.prod(shape))).reshape(shape)
    path = save(tmp_path / f"model{suffix}", {"W": array.swapaxes(-1, -2)})
    np.testing.assert_array_equal(load_weights(path, layout="hidden-features").W, array)
    np.testing.assert_array_equal(load_weights(path).W, array.swapaxes(-1, -2))
    assert load_weights(path).b is None


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
def test_single_array_may_have_any_name_and_several_need_a_w(suffix, tmp_path):
    only = save(tmp_path / f"one{suffix}", {"embedding": W})
    np.testing.assert_array_equal(load_weights(only).W, W)
    both = save(tmp_path / f"two{suffix}", {"encoder": W, "decoder": W})
    assert "decoder, encoder" in refusal(both)


def test_bare_tensor_and_parameter_are_the_only_array(tmp_path):
    torch.save(torch.tensor(W), tmp_path / "bare.pt")
    torch.save(torch.nn.Parameter(torch.tensor(W)), tmp_path / "parameter.pt")
    torch.save({"W": torch.tensor(W).bfloat16()}, tmp_path / "half.pt")
    for name in ("bare", "parameter", "half"):
        np.testing.assert_array_equal(load_weights(tmp_path / f"{name}.pt").W, W)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros(3), "shape"),
        (np.zeros((2, 2, 2, 2)), "shape"),
        (np.zeros((0, 2)), "at least one feature"),
        (np.array([[1.0, np.nan]]), "finite"),
        (np.array([[np.inf, 1.0]]), "finite"),
    ],
)
def test_arrays_that_are_no_weights_are_refused_in_one_line(suffix, array, said, tmp_path):
    assert said in refusal(save(tmp_path / f"model{suffix}", {"W": array}))


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt"])
def test_complex_weights_are_refused_in_one_line(suffix, tmp_path):
    assert "complex" in refusal(save(tmp_path / f"model{suffix}", {"W": W * 1j}))


def test_text_arrays_are_refused_in_one_line(tmp_path):
    np.save(tmp_path / "words.npy", np.array([["a", "b"]]))
    assert "real numbers" in refusal(tmp_path / "words.npy")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize("b", [np.zeros(2), np.zeros((3, 1)), np.array([1, 2, np.nan])])
def test_bias_of_the_wrong_shape_or_not_finite_is_refused_in_one_line(suffix, b, tmp_path):
    assert "expected" in refusal(save(tmp_path / f"model{suffix}", {"W": W, "b": b}))


def test_missing_file_folder_suffix_and_layout_are_named(tmp_path):
    refusal(tmp_path / "none.npy", FileNotFoundError)
    (tmp_path / "folder.npy").mkdir()
    assert "directory" in refusal(tmp_path / "folder.npy")
    assert ".safetensors" in refusal(tmp_path / "model.csv")
    with pytest.raises(ValueError, match="features-hidden"):
        load_weights(tmp_path / "none.npy", layout="guess")


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize("content", [b"", b"weights, as text\nin two lines\n", b"\x93NUMPY", b"PK"])
def test_files_that_are_not_what_their_name_says_are_refused_in_one_line(suffix, content, tmp_path):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".pt"])
def test_truncated_files_are_refused_in_one_line(suffix, tmp_path):
    path = save(tmp_path / f"model{suffix}", {"W": np.random.default_rng(0).normal(size=(40, 20))})
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.95):
        path.write_bytes(whole[: int(share * len(whole))])
        refusal(path)


class Harmful:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was executed')",))


def test_no_pickle_is_executed(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([Harmful()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", W=np.array([Harmful()], dtype=object))
    torch.save({"W": Harmful()}, tmp_path / "objects.pt")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(Harmful()))
    for name in ("objects.npy", "objects.npz", "objects.pt", "bare.pt"):
        refusal(tmp_path / name)


def lying_npy():
    """A header that declares eight terabytes before sixteen bytes of numbers."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    header += b" " * (117 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(16)


def test_headers_that_declare_more_than_the_file_holds_are_refused_unread(tmp_path):
    (tmp_path / "lie.npy").write_bytes(lying_npy())
    with zipfile.ZipFile(tmp_path / "lie.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W.npy", lying_npy())
    torch.save(torch.zeros(1).expand(10**6, 10**6), tmp_path / "lie.pt")
    assert "declares 8000000000000 bytes" in refusal(tmp_path / "lie.npy")
    assert "declares 8000000000000 bytes" in refusal(tmp_path / "lie.npz")
    assert "more than the file stores" in refusal(tmp_path / "lie.pt")


def test_fortran_order_and_version_two_headers_are_read(tmp_path):
    np.save(tmp_path / "fortran.npy", np.asfortranarray(W))
    stream = io.BytesIO()
    np.lib.format.write_array(stream, W, version=(2, 0))
    (tmp_path / "two.npy").write_bytes(stream.getvalue())
    for name in ("fortran.npy", "two.npy"):
        np.testing.assert_array_equal(load_weights(tmp_path / name).W, W)


def test_weights_are_checked_wherever_they_come_from():
    assert Weights(W, B).b.shape == (3,)
    assert Weights(np.zeros((4, 3, 2)), np.zeros((4, 3))).W.shape == (4, 3, 2)
    with pytest.raises(ValueError, match="expected b"):
        Weights(W, B[:2])
