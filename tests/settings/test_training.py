"""How an original is trained: named recipes, checked at the edge."""

from typing import Any

import pytest

from forgetdemo.settings.constants import RECIPES
from forgetdemo.settings.training import train_config


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_has_settings(recipe: str) -> None:
    assert train_config(recipe).recipe == recipe


def test_as_coded_repeats_the_forget_class_tenfold() -> None:
    assert train_config("as_coded").oversample_factor == 10


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "letters"},
        {"epochs": 0},
        {"peak_lr": float("nan")},
        {"ema_decay": 1.0},
        {"exclude_class": "6"},
        {"threads": True},
    ],
)
def test_values_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        train_config("robust", **change)


def test_an_unknown_recipe_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="robust, paper"):
        train_config("secret")
