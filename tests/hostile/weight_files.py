"""Files of weights as damage, other programs and malice make them.

Every maker takes a `random.Random` and gives the ending of a file and its bytes. A test draws the
random numbers from hypothesis, a drill from a seed.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable
from random import Random

import numpy as np
import torch
from safetensors.numpy import save as safetensors_bytes

Made = tuple[str, bytes]
Maker = Callable[[Random], Made]
KINDS = ("f2", "f4", "f8", ">f8", "i1", "i4", "i8", "u1", "u8", "?", "c8", "c16", "S3", "U2",
         "M8[s]", "m8[s]", "V4", "f16", "O")  # fmt: skip
TENSORS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I64", "U8", "BOOL", "X9", "C64")
MARK = "code-was-executed"  # a folder that no file may make
HUGE = (10**6, 10**9, 10**12, 2**31 - 1, 2**31, 2**32, 2**53, 2**62, 2**63 - 1, 2**63, 2**64)


class Reduced:
    """What a pickle may ask for: a call of any function."""

    def __init__(self, function: Callable, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def _makes_a_folder() -> Reduced:
    import os

    return Reduced(os.mkdir, MARK)


def array(rng: Random) -> np.ndarray:
    """A small matrix, more often than not one of weights; else of any dtype, shape and size."""
    odd = rng.random() < 0.4
    kind = rng.choice(KINDS if odd else ("f8", "f4", "f2"))
    shape = (rng.choice((1, 2, 3, 5)), rng.choice((1, 2, 3)))
    if odd and rng.random() < 0.5:
        shape = tuple(rng.choice((0, 1, 2, 3, 5)) for _ in range(rng.choice((0, 1, 2, 3, 4))))
    if kind == "O":
        return np.full(shape, _makes_a_folder(), dtype=object)
    values = [rng.gauss(0, 1) * rng.choice((1, 1, 1, 1e300, 1e-320)) for _ in range(60)]
    if not odd:
        values = [rng.gauss(0, 1) for _ in range(60)]
    flat = np.resize(np.array(values, np.longdouble), shape)
    if kind == "V4":
        found = flat.astype(np.float32).view("V4")
    elif kind[0] in "iumMSU?":
        found = (flat % 256).astype("i8").astype(kind)
    else:
        found = (flat**9 if kind == "f16" else flat).astype(kind)
    return np.asfortranarray(found) if rng.random() < 0.3 else found


def npy(rng: Random) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array(rng), allow_pickle=True)
    return stream.getvalue()


def npz(rng: Random) -> bytes:
    stream = io.BytesIO()
    save = rng.choice((np.savez, np.savez_compressed))
    names = rng.choice((("W",), ("W", "b"), ("a",), ("W", "W.npy"), ("W", "b", "c"), ("b",)))
    save(stream, allow_pickle=True, **{name: array(rng) for name in names})
    return stream.getvalue()


def safetensors(rng: Random) -> bytes:
    arrays = {}
    for name in rng.choice((("W",), ("W", "b"), ("a",), ("W", "b", "c"), ())):
        found = array(rng)
        plain = found.dtype.kind in "fiub" and found.dtype.itemsize <= 8 and found.dtype.isnative
        arrays[name] = np.ascontiguousarray(found if plain else np.ones((3, 2)))
    return safetensors_bytes(arrays)


def pt(rng: Random) -> bytes:
    stream = io.BytesIO()
    torch.save(rng.choice(PT)(), stream, _use_new_zipfile_serialization=rng.random() < 0.7)
    return stream.getvalue()


def _quantized() -> torch.Tensor:
    return torch.quantize_per_tensor(torch.randn(4, 2), 0.1, 0, torch.qint8)


PT: tuple[Callable[[], object], ...] = (
    lambda: torch.randn(5, 2),
    lambda: {"W": torch.randn(5, 2), "b": torch.zeros(5)},
    lambda: {"W": torch.nn.Parameter(torch.randn(3, 5, 2)), "b": torch.zeros(3, 5)},
    lambda: {"W": torch.randn(5, 2, dtype=torch.bfloat16)},
    lambda: {"W": torch.randn(5, 2).to(torch.float8_e4m3fn)},
    lambda: {"W": torch.randn(5, 2, dtype=torch.complex64)},
    lambda: {"W": torch.ones(5, 2, dtype=torch.bool)},
    lambda: {"W": torch.randn(2, 5).T},
    lambda: {"W": torch.randn(2, 5, dtype=torch.complex64).conj()},
    lambda: {"W": torch.randn(9, 9)[::2, 1::3]},
    lambda: {"W": torch.ones(1).expand(10**6, 10**6)},
    lambda: {"W": torch.ones(1).as_strided((2**31, 2**31), (0, 0))},
    lambda: {"W": torch.ones(1, 1).expand(0, 10**12)},
    lambda: {"W": torch.eye(3).to_sparse()},
    lambda: {"W": torch.eye(3).to_sparse_csr()},
    lambda: {"W": torch.sparse_coo_tensor(torch.zeros(2, 1).long(), [1.0], (10**9, 10**9))},
    lambda: {"W": torch.empty(10**6, 10**6, device="meta")},
    lambda: {"W": _quantized()},
    lambda: {"W": _makes_a_folder()},
    lambda: {"W": torch.randn(2, 2), "b": _makes_a_folder()},
    lambda: {"W": [[1.0], [2.0]]},
    lambda: {"W": None},
    lambda: {0: torch.eye(2), "0": torch.eye(3)},
    lambda: {"W": {"W": torch.eye(2)}},
    lambda: torch.nn.Linear(2, 3),
    lambda: [torch.eye(2)],
    lambda: "W",
    lambda: {},
    lambda: torch.empty(0),
    lambda: {"W": torch.full((2, 2), float("nan"))},
)

GOOD: dict[str, Callable[[Random], bytes]] = {
    ".npy": npy,
    ".npz": npz,
    ".safetensors": safetensors,
    ".pt": pt,
    ".pth": pt,
}


def anything(rng: Random) -> Made:
    """Bytes that mean nothing, some after the first ones of a format."""
    start = rng.choice(
        (b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"PK\x03\x04", b"\x80\x02")
    )
    return rng.choice(list(GOOD)), start + rng.randbytes(rng.choice((0, 1, 7, 8, 9, 60, 200)))


def whole(rng: Random) -> Made:
    """As another program would write it, whatever is in it."""
    ending = rng.choice(list(GOOD))
    return ending, GOOD[ending](rng)


def truncated(rng: Random) -> Made:
    ending, content = whole(rng)
    return ending, content[: rng.randrange(len(content) + 1)]


def flipped(rng: Random) -> Made:
    """With a few bits of a good file the other way round; headers are hit more often."""
    ending, content = whole(rng)
    damaged = bytearray(content)
    near = min(rng.choice((len(damaged), 128, 16)), len(damaged))
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        damaged[rng.randrange(near)] ^= 1 << rng.randrange(8)
    return ending, bytes(damaged)


def spliced(rng: Random) -> Made:
    """A piece of a good file repeated, cut out or exchanged for one of another."""
    ending, content = whole(rng)
    other = GOOD[ending](rng)
    a, b = sorted(rng.randrange(len(content) + 1) for _ in "ab")
    c, d = sorted(rng.randrange(len(other) + 1) for _ in "cd")
    piece = rng.choice((b"", content[a:b] * 2, other[c:d], rng.randbytes(min(b - a, 64))))
    return ending, content[:a] + piece + content[b:]


def misnamed(rng: Random) -> Made:
    return rng.choice(list(GOOD)), whole(rng)[1]


def npy_claims(rng: Random) -> Made:
    """A header that says what it likes of what follows."""
    size = rng.choice(HUGE)
    shape = rng.choice(
        ((size, size), (size,), (size, 0), (-1, 2), (2, -size), (size, 1, 1), (1,) * 70, (2.0, 2))
    )
    descr = rng.choice(
        ("'<f8'", "'|O'", "'<U99999'", "'|V2147483647'", "'<f16'", "'<M8[s]'", "[('a', '<f8')]",
         "[('a', '|O')]", "('<f8', (999999, 999999))", "[('a', '<f8', (99999, 99999))]", "'|S0'",
         "'" + "f8" * 3000 + "'", "None", "{}", "'<f8'" * 3, "'|V0'", "'<U0'")
    )  # fmt: skip
    order = rng.choice(("True", "False", "None", "1"))
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape!r}, }}"
    text = rng.choice((text, text, text, "[" * 5000, "-" * 9000 + "1", text * 2, "9" * 9000))
    version = rng.choice((1, 2, 2, 3))
    length = rng.choice((len(text), len(text), len(text), 0, 2**16 - 1, 2**32 - 1))
    packed = (
        struct.pack("<H", min(length, 2**16 - 1)) if version == 1 else struct.pack("<I", length)
    )
    body = bytes(rng.choice((0, 8, 64)))
    return ".npy", b"\x93NUMPY" + bytes((version, 0)) + packed + text.encode() + body


def safetensors_claims(rng: Random) -> Made:
    """Lengths, offsets, dtypes and shapes that do not fit."""
    size = rng.choice(HUGE)
    dtype = rng.choice(TENSORS)
    shape = rng.choice(([3, 2], [size, size], [size], [-1, 2], [0, size], [], [2.5], "3", [1] * 70))
    offsets = rng.choice(
        ([0, 48], [0, size], [48, 0], [-8, 40], [0, 0], [size, size], [8, 56], "all", [0], [0, 12])
    )
    entry = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
    other = {"dtype": "F64", "shape": [3, 2], "data_offsets": rng.choice(([0, 48], [24, 72]))}
    document = rng.choice(
        ({"W": entry}, {"W": entry, "b": other}, {"W": other, "b": entry}, {"W": []}, [entry],
         {"__metadata__": {"a": 1}, "W": entry}, {"W": entry, "__metadata__": None}, {})
    )  # fmt: skip
    text = rng.choice((json.dumps(document), json.dumps(document), "[" * 10_000, "{" * 99, "null"))
    if rng.random() < 0.1:
        text = f'{{"W": {json.dumps(entry)}, "W": {json.dumps(other)}}}'
    length = rng.choice((len(text), len(text), len(text), size % 2**64, 0, len(text) - 1))
    return ".safetensors", struct.pack("<Q", length) + text.encode() + bytes(
        rng.choice((0, 48, 72))
    )


def zip_tricks(rng: Random) -> Made:
    """Members of other places, twice, nested, encrypted, or much larger than they look."""
    plain, bomb = npy(rng), io.BytesIO()
    np.lib.format.write_array(bomb, np.zeros((2000, rng.choice((2, 2, 2, 1200)))))
    names = ["W.npy", "../W.npy", "/etc/W.npy", "W.npy", "W", "b.npy", "", "a/b.npy", "W\x00.npy"]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for _ in range(rng.choice((1, 1, 2, 3))):
            method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2,
                                 zipfile.ZIP_LZMA))  # fmt: skip
            content = rng.choice((plain, plain, bomb.getvalue(), npz(rng), b"", rng.randbytes(40)))
            info = zipfile.ZipInfo(rng.choice(names))
            info.compress_type = method
            if info.filename not in archive.namelist():
                with archive.open(info, "w", force_zip64=rng.random() < 0.2) as member:
                    member.write(content)
    damaged = bytearray(stream.getvalue())
    for start in _headers(damaged):
        _lie(rng, damaged, start)
    return rng.choice((".npz", ".npz", ".npz", ".pt")), bytes(damaged)


def _headers(archive: bytearray) -> list[int]:
    """Where the local headers and those of the central directory begin."""
    return [
        start
        for start in range(len(archive) - 46)
        if archive[start : start + 4] in (b"PK\x03\x04", b"PK\x01\x02")
    ]


def _lie(rng: Random, archive: bytearray, start: int) -> None:
    """Flags, method, checksum or sizes of one header that are not those of its member."""
    at = start + (6 if archive[start + 2] == 3 else 8)  # flags; then method, time, crc, sizes
    lie = rng.choice(("", "", "", "encrypted", "method", "crc", "packed", "size", "zip64"))
    size = rng.choice(HUGE) % 2**32
    if lie == "encrypted":
        archive[at] |= 1
    elif lie == "method":
        struct.pack_into("<H", archive, at + 2, rng.choice((0, 8, 9, 12, 14, 93, 99)))
    elif lie == "crc":
        struct.pack_into("<I", archive, at + 8, rng.getrandbits(32))
    elif lie == "packed":
        struct.pack_into("<I", archive, at + 12, size)
    elif lie == "size":
        struct.pack_into("<I", archive, at + 16, size)
    elif lie == "zip64":
        struct.pack_into("<II", archive, at + 12, 2**32 - 1, 2**32 - 1)


def pickles(rng: Random) -> Made:
    """Pickles that call what they like, bare, in an archive as torch writes it, or in an array."""
    import builtins
    import os
    import subprocess

    call = rng.choice(
        (
            _makes_a_folder(),
            Reduced(os.system, f"mkdir {MARK}"),
            Reduced(subprocess.call, ["mkdir", MARK]),
            Reduced(builtins.eval, f"__import__('os').mkdir({MARK!r})"),
            Reduced(builtins.exec, f"import os; os.mkdir({MARK!r})"),
            Reduced(builtins.bytearray, 10**12),
            Reduced(torch.empty, 10**12),
            Reduced(torch.zeros, 10**6, 10**6),
            Reduced(np.zeros, 10**12),
        )
    )
    wrapped = rng.choice((call, {"W": call}, {"W": [call]}, [call] * 3))
    if rng.random() < 0.4:
        stream = io.BytesIO()
        torch.save(wrapped, stream, _use_new_zipfile_serialization=rng.random() < 0.5)
        return rng.choice((".pt", ".pth", ".npz")), stream.getvalue()
    content = pickle.dumps(wrapped, protocol=rng.randrange(6))
    if rng.random() < 0.3:
        header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }"
        content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content
        return ".npy", content
    return rng.choice(list(GOOD)), content


def nested_pickle(rng: Random) -> Made:
    """A pickle whose structure is deep, long or refers to itself."""
    deep = rng.choice((10, 1000, 100_000))
    content = rng.choice(
        (
            b"\x80\x02" + b"]" * deep + b"a" * (deep - 1) + b".",
            b"\x80\x02" + b"(" * deep + b"t" * deep + b".",
            b"\x80\x02]q\x00h\x00a.",
            b"\x80\x02X\xff\xff\xff\xffW.",
            b"\x80\x04\x8e" + struct.pack("<Q", rng.choice(HUGE) % 2**64) + b"W.",
            b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"1.",
            b"\x80\x02}(X\x01\x00\x00\x00Wc__builtin__\nexec\nu.",
            b"\x80\x02r" + struct.pack("<I", 2**32 - 1) + b".",
        )
    )
    return rng.choice((".pt", ".pth")), content


def make(kind: str, rng: Random) -> Made:
    """A malformed file; what its writers warn of is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MAKERS[kind](rng)


MAKERS: dict[str, Maker] = {
    "anything": anything,
    "whole": whole,
    "truncated": truncated,
    "flipped": flipped,
    "spliced": spliced,
    "misnamed": misnamed,
    "claims of .npy": npy_claims,
    "claims of .safetensors": safetensors_claims,
    "zip tricks": zip_tricks,
    "pickles": pickles,
    "nested pickles": nested_pickle,
}
