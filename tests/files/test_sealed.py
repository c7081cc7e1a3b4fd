"""A sealed document is read as it was written, in whatever layout, or not at all."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.sealed import read_sealed, sealed
from forgetdemo.predict.pairs import PAIRS_DIR
from forgetdemo.settings.constants import ASSETS, MODELS_DIR

PARTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=st.dictionaries(st.text(), PARTS), indent=st.none() | st.integers(0, 4))
def test_what_was_sealed_is_read_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any], indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "a.json"
    path.write_text(json.dumps(sealed(value), indent=indent))
    found = read_sealed(path)
    assert {name: part for name, part in found.items() if name != "sha256"} == {
        name: part for name, part in value.items() if name != "sha256"
    }
    assert sealed(found) == found, "sealed once or twice"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"a": 1}', '{"a": 1, "sha256": "00"}', '{"a": NaN, "sha256": ""}']
    + ['{"a": ' + "[" * 50_000 + "]" * 50_000 + "}"],
)
def test_what_was_not_sealed_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CheckpointError, match="a.json is damaged"):
        read_sealed(tmp_path / "a.json")


def test_a_missing_document_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_sealed(tmp_path / "a.json")


def test_what_json_has_no_word_for_is_not_sealed() -> None:
    with pytest.raises(ValueError):
        sealed({"a": math.nan})


@pytest.mark.parametrize(
    "path", [MODELS_DIR / "audit.json", PAIRS_DIR / "pairs.json", ASSETS / "relearning.json"]
)
def test_what_ships_is_whole(path: Path, tmp_path: Path) -> None:
    read_sealed(path)
    damaged = bytearray(path.read_bytes())
    place = damaged.index(b"7", len(damaged) // 2)
    damaged[place : place + 1] = b"8"
    (tmp_path / path.name).write_bytes(damaged)
    with pytest.raises(CheckpointError, match="damaged"):
        read_sealed(tmp_path / path.name)
