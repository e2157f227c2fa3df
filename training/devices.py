"""The torch device that a name stands for."""

from __future__ import annotations

import torch


def torch_device(name: str, dtype: torch.dtype = torch.float32) -> torch.device:
    """The device of that name; a ValueError unless it computes here with numbers of that type."""
    try:
        device = torch.device(name)
        torch.zeros(1, dtype=dtype, device=device).item()
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(
            f"expected a torch device that works here, got {name!r}, which fails with "
            f"{type(error).__name__}; use device='cpu'"
        ) from None
    return device
