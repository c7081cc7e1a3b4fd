"""Which models stand side by side, and what they are called."""

import pytest

from forgetdemo.predict.entry import (
    TITLES,
    Entry,
    choose,
    entry,
    folder_entries,
    shipped_entries,
    title_of,
)
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import MODELS_DIR


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture(scope="module")
def entries(models: Models) -> dict[str, Entry]:
    return shipped_entries(models)


def test_unknown_columns_are_left_out(entries: dict[str, Entry]) -> None:
    assert [e.key for e in choose(entries, ["after", "before"])] == ["after", "before"]
    assert [e.key for e in choose(entries, ["nothing", 7, None])] == ["before", "after"]


def test_shipped_models_have_the_page_s_titles_and_a_folder_s_its_manifest_s(
    models: Models, entries: dict[str, Entry]
) -> None:
    assert [e.title for e in entries.values()] == [
        "Before",
        "After",
        "Retrained without 6s",
        "Original, output 6 switched off",
    ]
    assert title_of("after", "6") == TITLES["after"]
    assert title_of("oracle", "Shirt") == "Retrained without Shirt"
    found = folder_entries(models)
    assert [e.key for e in found] == ["before", "after", "logit_mask", "oracle"]
    assert found[3].title == models.manifest["models"]["oracle"]["title"]


def test_only_an_original_and_a_lesson_s_result_have_forgotten_nothing(models: Models) -> None:
    def forgot(key: str, method: str) -> bool:
        about = {**models.manifest, "method": method}
        return entry(key, "T", models.classifiers["after"], about, "after").unlearned

    assert forgot("after", "described") and forgot("some-run", "ssd")
    assert not forgot("before", "described") and not forgot("after", "relearn")


def test_a_manifest_without_classes_is_an_error(models: Models) -> None:
    with pytest.raises(KeyError, match="classes"):
        entry("after", "T", models.classifiers["after"], {}, "after")
