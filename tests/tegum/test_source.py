from typing import get_args

import numpy as np
import torch
from safetensors.numpy import save_file

from geometry import load
from tegum import source
from tegum.__main__ import main

PENTAGON = np.exp(2j * np.pi * np.arange(5) / 5)[:, None].view(np.float64)


def test_the_command_line_knows_every_layout():
    assert get_args(source.Layout) == get_args(load.Layout) == tuple(load.LAYOUTS)


def test_weights_of_others_are_classified(tmp_path, capsys):
    torch.save(
        {"W": torch.tensor(PENTAGON.T)[None], "b_final": torch.zeros(1, 5)}, tmp_path / "arena.pth"
    )
    save_file({"W_dec": PENTAGON}, tmp_path / "sae_weights.safetensors")
    (tmp_path / "cfg.json").write_text('{"d_in": 2, "d_sae": 5}')
    for path, layout in ((tmp_path / "arena.pth", "arena"), (tmp_path, "sae-lens")):
        main(["classify", str(path), "--layout", layout])
        assert "1 pentagon" in capsys.readouterr().out
