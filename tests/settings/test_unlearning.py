"""What to forget, and how: settings refuse what cannot be meant."""

from typing import Any

import pytest

from forgetdemo.settings.methods import METHOD_DEFAULTS, METHOD_NAMES
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config


@pytest.mark.parametrize("bad", [10, -1, "6", 6.0, True, None])
def test_a_forget_class_is_a_digit(bad: object) -> None:
    with pytest.raises(ValueError, match="must be a digit 0..9"):
        UnlearnConfig(forget_class=bad)  # type: ignore[arg-type]


def test_forgetting_towards_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="choose two different digits"):
        unlearn_config("described", forget_class=3, redirect_to=3)


@pytest.mark.parametrize(
    "change",
    [
        {"mask_fraction": 0.0},
        {"mask_fraction": float("nan")},
        {"mask_fraction": 1.01},
        {"steps": 0},
        {"steps": True},
        {"score": "magic"},
        {"layers": ()},
        {"layers": ("fc9",)},
        {"weight_penalty": float("inf")},
        {"seed": -1},
    ],
)
def test_values_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        unlearn_config("described", **change)


def test_an_unknown_method_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="described"):
        unlearn_config("forget-it")


def test_every_method_has_settings() -> None:
    assert set(METHOD_DEFAULTS) == set(METHOD_NAMES)
    for name in METHOD_NAMES:
        assert unlearn_config(name).method == name


def test_as_coded_repeats_the_forget_class_tenfold() -> None:
    assert unlearn_config("as_coded").oversample_factor == 10
