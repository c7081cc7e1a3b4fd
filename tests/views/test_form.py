"""The form: what cannot be meant is one sentence; a link restores what can."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.records import from_json
from forgetdemo.settings.unlearning import UnlearnConfig
from forgetdemo.views import form


def test_the_controls_start_at_the_defaults_of_described() -> None:
    assert from_json(UnlearnConfig, form.config_of(form.start_values())) == UnlearnConfig()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forget", "3"),  # equal to the substitute
        ("forget", "12"),
        ("forget", None),
        ("forget", True),
        ("substitute", "x"),
        ("method", "retrain"),
        ("method", ["described"]),
        ("share", 3.0),
        ("share", math.nan),
        ("share", "1"),
        ("penalty", -1),
        ("pull", math.inf),
        ("seed", 1.5),
        ("seed", -1),
    ],
)
def test_values_out_of_range_are_one_sentence(name: str, value: object) -> None:
    values = form.start_values() | {name: value}
    with pytest.raises(ValueError) as error:
        form.config_of(values)
    assert str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("method", form.METHODS)
def test_every_method_of_the_page_can_be_asked_for(method: str) -> None:
    values = form.start_values() | {"method": method, "forget": "2", "substitute": "none"}
    config = form.config_of(values)
    assert config["method"] == method and config["forget_class"] == 2


@given(st.floats(-1, 2))
def test_the_share_is_a_plain_number_of_percent(position: float) -> None:
    share = form.percent_of(position)
    assert 0.1 <= share <= 100 and len(f"{share:g}") <= 4
    assert form.percent_of(form.LOW) == 0.1 and form.percent_of(0) == 1


def test_a_link_restores_its_settings_and_nonsense_restores_the_defaults() -> None:
    start = form.start_values()
    query = {"forget": "2", "substitute": "7", "share": "0.5", "seed": "4", "x": "y"}
    restored = form.link_values(query)
    assert restored == start | {"forget": "2", "substitute": "7", "share": 0.5, "seed": 4}
    assert form.link_values({"forget": "3"}) == start, "3 → 3 cannot be meant"
    assert form.link_values({"seed": "<script>"}) == start
    assert form.link_values({"method": "a" * 500}) == start
    assert form.link_values({}) == start


@given(st.dictionaries(st.sampled_from([*form.start_values(), "x"]), st.text(max_size=50)))
def test_whatever_a_link_says_a_run_can_be_made_of_it(query: dict[str, Any]) -> None:
    values = form.link_values(query)
    assert list(values) == list(form.start_values())
    form.config_of(values)
