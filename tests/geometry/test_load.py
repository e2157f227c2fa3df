"""Weights as others save them: their models, as they write them, stand in for their programs."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from geometry import identify, load_weights

TURN = 2 * np.pi * np.arange(5) / 5
PENTAGON = 1.1 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)
BIAS = np.linspace(-0.4, -0.2, 5)
INSTANCES = 3


def tensor(array, instances=INSTANCES):
    """The array in float32, once for every instance, each turned a little further."""
    if not instances:
        return torch.tensor(array, dtype=torch.float32)
    return torch.stack([tensor(array, 0) * (1 + 0.1 * k) for k in range(instances)])


class Notebook(nn.Module):
    layout = "notebook"

    def __init__(self, instances=INSTANCES):
        super().__init__()
        self.W = nn.Parameter(tensor(PENTAGON, instances))
        self.b_final = nn.Parameter(tensor(BIAS, instances))

    def forward(self, x):
        hidden = torch.einsum("...if,ifh->...ih", x, self.W)
        return torch.relu(torch.einsum("...ih,ifh->...if", hidden, self.W) + self.b_final)


class Arena(nn.Module):
    """Also tms-kit's."""

    layout = "arena"

    def __init__(self, instances=INSTANCES):
        super().__init__()
        self.W = nn.Parameter(tensor(PENTAGON.T, instances))
        self.b_final = nn.Parameter(tensor(BIAS, instances))

    def forward(self, x):
        hidden = torch.einsum("...if,ihf->...ih", x, self.W)
        return torch.relu(torch.einsum("...ih,ihf->...if", hidden, self.W) + self.b_final)


class Spd(nn.Module):
    layout = "spd"

    def __init__(self, hidden_layers=0):
        super().__init__()
        self.linear1 = nn.Linear(5, 2, bias=False)
        self.linear2 = nn.Linear(2, 5)
        self.hidden_layers = nn.ModuleList(
            nn.Linear(2, 2, bias=False) for _ in range(hidden_layers)
        )
        for layer in self.hidden_layers:
            layer.weight.data = torch.eye(2)
        self.linear1.weight.data = tensor(PENTAGON.T, 0)
        self.linear2.weight.data = self.linear1.weight.data.T
        self.linear2.bias.data = tensor(BIAS, 0)

    def forward(self, x):
        hidden = self.linear1(x)
        for layer in self.hidden_layers:
            hidden = layer(hidden)
        return torch.relu(self.linear2(hidden))


class Apd(nn.Module):
    """The predecessor of spd: a weight of its own for every instance, and no second one."""

    layout = "spd"

    def __init__(self):
        super().__init__()
        self.linear1 = nn.Module()
        self.linear1.weight = nn.Parameter(tensor(PENTAGON))
        self.b_final = nn.Parameter(tensor(BIAS))

    def forward(self, x):
        W = self.linear1.weight
        return torch.relu(torch.einsum("bif,ifh,igh->big", x, W, W) + self.b_final)


MODELS = [Notebook, Arena, Spd, lambda: Spd(hidden_layers=2), Apd]
IDS = ["notebook", "arena", "spd", "spd, identity between", "apd"]


def saved(model, path):
    state = model if isinstance(model, dict) else model.state_dict()
    if path.suffix == ".safetensors":
        save_file({name: value.contiguous() for name, value in state.items()}, path)
    elif path.suffix == ".npz":
        np.savez(path, **{name: value.numpy() for name, value in state.items()})
    else:
        torch.save(state, path)
    return path


def refusal(path, layout, kind=ValueError):
    with pytest.raises(kind) as caught:
        load_weights(path, layout=layout)
    message = str(caught.value)
    assert "\n" not in message and "expected" in message and str(path) in message
    return message


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors", ".npz"])
@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_what_is_loaded_computes_what_their_model_computes(model, suffix, tmp_path):
    theirs = model()
    found = load_weights(saved(theirs, tmp_path / f"tms{suffix}"), layout=theirs.layout)
    x = torch.rand(50, *found.W.shape[:-1], generator=torch.Generator().manual_seed(0))
    overlap = found.W @ found.W.swapaxes(-1, -2)
    ours = np.maximum(np.einsum("b...i,...ij->b...j", x.numpy(), overlap) + found.b, 0)
    np.testing.assert_allclose(ours, theirs(x).detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_the_shape_that_was_saved_is_the_shape_that_is_named(model, tmp_path):
    theirs = model()
    found = load_weights(saved(theirs, tmp_path / "tms.pth"), layout=theirs.layout)
    assert found.W.dtype == found.b.dtype == np.float64
    for W in found.W.reshape(-1, 5, 2):
        assert identify(W).summary() == "1 pentagon"


@pytest.mark.parametrize("model", [Notebook, Arena])
def test_a_single_model_may_leave_the_axis_of_instances_out(model, tmp_path):
    found = load_weights(saved(model(0), tmp_path / "tms.pt"), layout=model.layout)
    np.testing.assert_allclose(found.W, PENTAGON, rtol=1e-6)
    np.testing.assert_allclose(found.b, BIAS, rtol=1e-6)


@pytest.mark.parametrize("model", [Notebook, Arena, Spd, Apd])
def test_a_missing_array_is_named(model, tmp_path):
    state = model().state_dict()
    for name in state:
        path = saved({key: state[key] for key in state if key != name}, tmp_path / "tms.pth")
        assert repr(name) in refusal(path, model.layout)


@pytest.mark.parametrize("model", [Notebook, Arena, Spd, Apd])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(model, value, tmp_path):
    for name in model().state_dict():
        state = model().state_dict()
        state[name][-1].view(-1)[-1] = value
        assert "finite" in refusal(saved(state, tmp_path / "tms.pth"), model.layout)


@pytest.mark.parametrize("model", [Notebook, Arena, Spd, Apd])
@pytest.mark.parametrize("change", [lambda a: a[..., 0], lambda a: a[None, None], lambda a: a[:0]])
def test_arrays_of_another_rank_are_refused(model, change, tmp_path):
    for name in model().state_dict():
        state = model().state_dict()
        state[name] = change(state[name]).clone()
        refusal(saved(state, tmp_path / "tms.pth"), model.layout)


@pytest.mark.parametrize("model", [Notebook, Arena, Spd, Apd])
def test_truncated_files_are_refused(model, tmp_path):
    path = saved(model(), tmp_path / "tms.pth")
    whole = path.read_bytes()
    for share in (0, 0.1, 0.5, 0.95):
        path.write_bytes(whole[: int(share * len(whole))])
        refusal(path, model.layout)


@pytest.mark.parametrize(
    ("model", "name"),
    [(Notebook, "b"), (Arena, "b"), (Spd, "W"), (Spd, "b_final"), (Apd, "W")],
)
def test_two_arrays_for_one_thing_are_refused(model, name, tmp_path):
    state = {**model().state_dict(), name: torch.zeros(5)}
    message = refusal(saved(state, tmp_path / "tms.pth"), model.layout)
    assert "ambiguous" in message


def test_the_wrong_layout_is_refused_where_the_names_tell(tmp_path):
    assert "W, b_final" in refusal(saved(Arena(), tmp_path / "arena.pth"), "spd")
    assert "linear1.weight" in refusal(saved(Spd(), tmp_path / "spd.pth"), "notebook")
    assert "layout" in refusal(saved(Spd(), tmp_path / "spd.pth"), "features-hidden")


def test_untied_weights_are_refused(tmp_path):
    untied = Spd()
    untied.linear2.weight.data = untied.linear2.weight.data + 1e-3
    assert "tied" in refusal(saved(untied, tmp_path / "untied.pth"), "spd")


def test_weights_tied_up_to_the_rounding_of_a_copy_are_tied(tmp_path):
    copied = Spd()
    copied.linear2.weight.data = copied.linear2.weight.data * (1 + 1e-7)
    assert load_weights(saved(copied, tmp_path / "copied.pth"), layout="spd").W.shape == (5, 2)


def test_a_hidden_layer_that_does_something_is_refused(tmp_path):
    deep = Spd(hidden_layers=1)
    deep.hidden_layers[0].weight.data[0, 1] = 0.5
    assert "hidden_layers.0.weight" in refusal(saved(deep, tmp_path / "deep.pth"), "spd")


def sae(folder, decoder=PENTAGON, config=None):
    """A directory as SAELens saves a sparse autoencoder of 5 latents on 2 dimensions."""
    folder.mkdir(exist_ok=True)
    W_dec = torch.tensor(decoder, dtype=torch.float32)
    state = {"W_dec": W_dec, "W_enc": W_dec.mT, "b_enc": torch.zeros(5), "b_dec": torch.ones(2)}
    save_file(
        {name: a.contiguous() for name, a in state.items()}, folder / "sae_weights.safetensors"
    )
    document = {"architecture": "standard", "d_in": 2, "d_sae": 5} if config is None else config
    (folder / "cfg.json").write_text(json.dumps(document))
    return folder


def test_the_latents_of_an_autoencoder_are_the_features_and_have_no_bias(tmp_path):
    found = load_weights(sae(tmp_path / "sae"), layout="sae-lens")
    assert found.b is None and identify(found.W).summary() == "1 pentagon"
    transcoder = sae(tmp_path / "transcoder", config={"d_in": 7, "d_out": 2, "d_sae": 5})
    np.testing.assert_array_equal(load_weights(transcoder, layout="sae-lens").W, found.W)


@pytest.mark.parametrize("config", [{"d_in": 5, "d_sae": 2}, {"d_in": 2}, [5, 2], 5, None])
def test_a_config_of_another_autoencoder_is_refused(config, tmp_path):
    folder = sae(tmp_path, config=config if config is not None else {"d_in": "2", "d_sae": 5})
    assert "cfg.json" in refusal(folder, "sae-lens")


def test_damaged_autoencoders_are_refused(tmp_path):
    assert "finite" in refusal(
        sae(tmp_path / "nan", np.where(PENTAGON > 1, np.nan, PENTAGON)), "sae-lens"
    )
    refusal(sae(tmp_path / "rank", PENTAGON[None]), "sae-lens")
    cut = sae(tmp_path / "cut") / "sae_weights.safetensors"
    cut.write_bytes(cut.read_bytes()[:-9])
    with pytest.raises(ValueError, match="expected a readable"):
        load_weights(cut.parent, layout="sae-lens")
    text = sae(tmp_path / "text")
    (text / "cfg.json").write_text("{")
    assert "cfg.json" in refusal(text, "sae-lens")
    (text / "cfg.json").unlink()
    assert "no cfg.json" in refusal(text, "sae-lens")
    other = sae(tmp_path / "other")
    save_file({"decoder": torch.ones(5, 2)}, other / "sae_weights.safetensors")
    assert "'W_dec'" in refusal(other, "sae-lens")
    refusal(other / "cfg.json", "sae-lens")
    refusal(tmp_path / "none", "sae-lens", FileNotFoundError)


def test_a_directory_that_is_no_run_is_refused(tmp_path):
    assert "directory" in refusal(tmp_path, "features-hidden")


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_one_array_of_a_larger_model_is_taken_by_its_name(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    arrays = {
        "embed.weight": tensor(PENTAGON, 0),
        "head.weight": torch.ones(2, 7),
        "b": torch.ones(5),
    }
    (save_file if suffix == ".safetensors" else torch.save)(arrays, path)
    weights = load_weights(path, array="embed.weight")
    assert identify(weights.W).summary() == "1 pentagon"
    assert weights.b is None
    assert load_weights(path, "hidden-features", "head.weight").W.shape == (7, 2)
    with pytest.raises(ValueError, match=r"name the array that is W, or the layout$"):
        load_weights(path)
    with pytest.raises(
        ValueError, match=r"expected an array called 'x', got b, embed\.weight, head"
    ):
        load_weights(path, array="x")
    with pytest.raises(ValueError, match=r"got 'notebook', which knows its names"):
        load_weights(path, "notebook", "head.weight")
