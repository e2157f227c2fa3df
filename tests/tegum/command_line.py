"""What the tests of the command line have in common."""

import numpy as np
import torch
from safetensors.numpy import save_file

from tegum.__main__ import main

ANGLE = 2 * np.pi * np.arange(5) / 5
PENTAGON = 1.1 * np.column_stack([np.cos(ANGLE), np.sin(ANGLE)])


def save(path, **arrays):
    if path.suffix == ".npy":
        np.save(path, arrays["W"])
    elif path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".safetensors":
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)
    else:
        torch.save({name: torch.tensor(array) for name, array in arrays.items()}, path)
    return path


def call(capsys, *arguments):
    """Run a command in this process; (exit code, stdout, stderr)."""
    try:
        main([str(argument) for argument in arguments])
        code = 0
    except SystemExit as end:
        code = end.code or 0
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def refused(capsys, *arguments):
    """The one line that a bad input gets."""
    code, out, err = call(capsys, *arguments)
    assert code == 1
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("tegum: error: ")
    return line
