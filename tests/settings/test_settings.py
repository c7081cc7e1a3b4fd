"""Settings refuse what cannot be meant, and survive a trip through JSON."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.constants import RECIPES
from forgetdemo.settings.methods import METHOD_DEFAULTS, METHOD_NAMES
from forgetdemo.settings.records import as_json, from_json
from forgetdemo.settings.training import TrainConfig, train_config
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


def test_unknown_names_are_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="described"):
        unlearn_config("forget-it")
    with pytest.raises(ValueError, match="robust, paper"):
        train_config("secret")
    with pytest.raises(ValueError, match="unknown settings: hidden"):
        from_json(TrainConfig, {"hidden": 1})


@given(
    st.integers(0, 9), st.one_of(st.none(), st.integers(0, 9)), st.floats(0, 1, exclude_min=True)
)
def test_settings_survive_json(forget: int, substitute: int | None, share: float) -> None:
    if forget == substitute:
        return
    config = unlearn_config(
        "described", forget_class=forget, redirect_to=substitute, mask_fraction=share
    )
    assert from_json(UnlearnConfig, as_json(config)) == config


def test_every_method_and_recipe_has_settings() -> None:
    assert set(METHOD_DEFAULTS) == set(METHOD_NAMES)
    for name in METHOD_NAMES:
        assert unlearn_config(name).method == name
    for name in RECIPES:
        assert train_config(name).recipe == name


def test_as_coded_repeats_the_forget_class_tenfold() -> None:
    assert train_config("as_coded").oversample_factor == 10
    assert unlearn_config("as_coded").oversample_factor == 10
