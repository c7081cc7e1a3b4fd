"""Settings survive a trip through JSON, and refuse what is not theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.records import as_json, from_json
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.settings.training import TrainConfig
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config


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


@given(st.integers(0, 9), st.integers(0, 100), st.floats(1e-8, 10.0))
def test_so_do_those_of_a_lesson(forget: int, images: int, lr: float) -> None:
    config = RelearnConfig(forget_class=forget, images=images, lr=lr)
    assert from_json(RelearnConfig, as_json(config)) == config


@pytest.mark.parametrize("kind", [TrainConfig, UnlearnConfig, RelearnConfig])
def test_what_is_no_settings_is_refused(kind: type) -> None:
    with pytest.raises(ValueError, match="unknown settings: hidden"):
        from_json(kind, {"hidden": 1})
    for junk in (["seed"], 7, "seed", None):
        with pytest.raises(ValueError, match="an object with names as keys"):
            from_json(kind, junk)  # type: ignore[arg-type]
