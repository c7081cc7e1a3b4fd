"""Pictures of moved weights: right pixels bright, nothing moved stays dark."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from forgetdemo.files.checkpoint import Arrays
from forgetdemo.views import heat

SHAPES = {"conv1": (32, 1, 3, 3), "conv2": (64, 32, 3, 3), "fc1": (128, 3136), "fc2": (64, 128)}


def arrays() -> Arrays:
    shapes = SHAPES | {"fc3": (10, 64)}
    return {f"{layer}.weight": np.zeros(shape, np.float32) for layer, shape in shapes.items()}


def picture(url: str) -> np.ndarray:
    data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_moved_weight_is_bright_at_its_place() -> None:
    after = arrays()
    after["fc3.weight"][6, 5] = 0.5
    after["fc1.weight"][7, 49 * 3 + 10] = -0.25
    items = {item["layer"]: item for item in heat.moved(arrays(), after)}
    assert tuple(picture(items["fc3"]["picture"])[6, 5]) == heat.BRIGHT
    assert tuple(picture(items["fc1"]["picture"])[7, 3]) == heat.BRIGHT
    assert (picture(items["fc2"]["picture"]) == heat.DARK).all()
    assert items["fc3"]["changed"] == 1 and items["fc1"]["largest"] == pytest.approx(0.25)


def test_filters_are_tiles() -> None:
    change = np.zeros((2, 3, 3, 3))
    change[1, 2, 0, 1] = 1
    tiles = heat.tile_filters(change)
    assert tiles.shape == (8, 12) and tiles[4, 9] == 1 and tiles.sum() == 1


def test_a_missing_layer_is_an_error() -> None:
    with pytest.raises(KeyError):
        heat.moved({}, arrays())
