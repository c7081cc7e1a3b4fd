"""The network's description: what follows from it, and what cannot be one."""

import pytest

from forgetdemo.settings.architecture import NETWORK, Architecture, Conv, Dense, layer_of
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.unlearning import rank_count, unlearn_config

IMAGE = (1, 8, 8)


def test_the_paper_s_figures_follow() -> None:
    assert NETWORK.names == ("conv1", "conv2", "fc1", "fc2", "fc3")
    assert NETWORK.conv_names + NETWORK.dense_names == NETWORK.names
    assert (NETWORK.maps, NETWORK.features) == ((64, 7, 7), 3136)
    assert NETWORK.weights == 429_258 and NETWORK.weights_per_output == 65
    assert list(NETWORK.weights_by_layer.values()) == [320, 18_496, 401_536, 8_256, 650]
    assert NETWORK.shapes["conv2.weight"] == (64, 32, 3, 3)
    assert NETWORK.last.name == "fc3" and NETWORK.shapes["fc3.bias"] == (10,)


def test_a_tensor_s_layer_is_known_by_its_name() -> None:
    assert {layer_of(name) for name in NETWORK.shapes} == set(NETWORK.names)


def test_one_output_s_share_is_exactly_one_output() -> None:
    for method in ("logit_mask", "zeroed_row"):
        share = unlearn_config(method).mask_fraction
        assert rank_count(share, NETWORK.weights) == NETWORK.weights_per_output


@pytest.mark.parametrize("method", METHOD_NAMES)
def test_every_method_names_layers_that_are_there(method: str) -> None:
    assert set(unlearn_config(method).layers) <= set(NETWORK.names)


@pytest.mark.parametrize(
    ("convolutions", "dense", "words"),
    [
        ((), (), "needs a dense layer"),
        ((), (Dense("a", 64, 3), Dense("a", 3, 2)), "two layers have one name"),
        ((Conv("c", 1, 2, kernel=2),), (Dense("a", 32, 3),), "c: its kernel must be odd, got 2"),
        ((Conv("c", 3, 2),), (Dense("a", 32, 3),), "c takes 3 inputs, but is given 1"),
        ((Conv("c", 1, 2),), (Dense("a", 64, 3),), "a takes 64 inputs, but is given 32"),
        ((), (Dense("a", 64, 3), Dense("b", 4, 2)), "b takes 4 inputs, but is given 3"),
    ],
)
def test_layers_that_do_not_fit_are_refused(
    convolutions: tuple[Conv, ...], dense: tuple[Dense, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Architecture(IMAGE, convolutions, dense)
