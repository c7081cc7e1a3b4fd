"""What may be asked for: checked whole, named for people, under the key that the stage gives."""

from typing import Any

import numpy as np
import pytest

from forgetdemo.files.run import Run, read_run
from forgetdemo.live.orders import Order, drawings_from, make_order
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config

DRAWN = [0] * 300 + [255] * 84 + [0] * 400


@pytest.fixture(scope="module")
def source() -> Run:
    return read_run(MODELS_DIR)


def asked(**changes: Any) -> dict[str, Any]:
    return as_json(unlearn_config("described", **changes))


def test_the_shipped_settings_are_named_and_complete(source: Run) -> None:
    order = make_order("unlearn", source, {"forget_class": 2, "redirect_to": 7, "seed": 5})
    assert order.title == "2 → 7, described, 1 %, seed 5" and not order.private
    assert order.config == asked(forget_class=2, redirect_to=7, seed=5)
    assert make_order("unlearn", source, order.config).key == order.key


def test_a_key_follows_every_setting(source: Run) -> None:
    orders = [
        make_order("unlearn", source, asked()),
        make_order("unlearn", source, asked(seed=1)),
        make_order("relearn", source, {"config": {"images": 1}}),
        make_order("relearn", source, {"config": {"images": 1}, "drawings": [DRAWN]}),
    ]
    assert len({order.key for order in orders}) == len(orders)


def test_drawings_make_a_run_private_and_count_as_its_images(source: Run) -> None:
    order = make_order("relearn", source, {"config": {"images": 50}, "drawings": [DRAWN, DRAWN]})
    assert order.private and order.title == "6 relearned, 2 drawings"
    assert order.config["config"]["images"] == 2
    pixels = drawings_from(order.config["drawings"])
    assert pixels.shape == (2, 28, 28) and pixels.dtype == np.uint8
    assert pixels[0].ravel().tolist() == DRAWN


def test_a_request_says_where_everything_is(source: Run) -> None:
    order = Order("unlearn", {"seed": 1}, "k", "t", source.directory)
    first, second = (order.request(MODELS_DIR) for _ in range(2))
    assert first["out"] == str(MODELS_DIR / "k") and first["data"] is None
    assert first["id"] != second["id"], "each request is told from every other"


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("train", {}, "kind must be one of unlearn, relearn"),
        ("unlearn", ["seed"], "object with names as keys"),
        ("unlearn", {"layers": [["fc1"]]}, "plain numbers, names and lists"),
        ("unlearn", {"threads": 2}, "threads must be 1 here"),
        ("relearn", {"config": ["seed"]}, "object with names as keys"),
        ("relearn", {"config": {"threads": 2}}, "threads must be 1 here"),
        ("relearn", {"config": {"images": [1]}}, "images must be a whole number"),
        ("relearn", {"drawings": []}, "784 whole numbers"),
        ("relearn", {"drawings": [[0] * 784]}, "drawing 1 is blank"),
    ],
)
def test_requests_that_cannot_be_meant_are_refused(
    source: Run, kind: str, values: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make_order(kind, source, values)
