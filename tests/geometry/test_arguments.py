from fractions import Fraction

import numpy as np
import pytest
import torch

from geometry import identify
from geometry.arguments import real, real_array, truth, whole

TENSORS = [
    torch.nn.Parameter(torch.eye(2)),
    torch.eye(2, dtype=torch.bfloat16),
]


@pytest.mark.parametrize("half", [0.5, Fraction(1, 2), np.float32(0.5), np.array(0.5)])
def test_numbers_of_every_kind_are_numbers(half):
    assert real("density", half) == 0.5


@pytest.mark.parametrize("three", [3, np.int8(3), np.uint64(3), np.array(3), torch.tensor(3)])
def test_whole_numbers_of_every_kind_are_whole_numbers(three):
    found = whole("seed", three, 0)
    assert found == 3 and type(found) is int


def test_too_large_a_number_is_told_so():
    assert whole("seed", 2**64 - 1, 0) == 2**64 - 1
    with pytest.raises(ValueError, match="whole number ≤ 18446744073709551615, got 18446744073709"):
        whole("seed", 2**64, 0)
    with pytest.raises(ValueError, match="expected x to be a finite number, got 1000"):
        real("x", 10**400)


@pytest.mark.parametrize("flag", [True, np.True_])
def test_flags_are_no_numbers(flag):
    assert truth("norms", flag) is True
    for read in (lambda: real("x", flag), lambda: whole("x", flag, 0)):
        with pytest.raises(ValueError, match="expected x to be a"):
            read()


@pytest.mark.parametrize("tensor", TENSORS)
def test_tensor_that_numpy_does_not_read_is_told_what_to_do(tensor):
    for read in (lambda: identify(tensor), lambda: real_array("b", tensor)):
        with pytest.raises(ValueError, match=r"give value.detach\(\).cpu\(\).double\(\)$"):
            read()
    assert identify(tensor.detach().cpu().double()).summary() == "2 dedicated"
