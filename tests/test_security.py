"""SECURITY.md says what the code does."""

import re

from forgetdemo.live.driver import Limits
from forgetdemo.live.manager import WAITING
from forgetdemo.live.shelf import QUOTA
from forgetdemo.predict.inference import MAX_BYTES
from forgetdemo.predict.preprocess import MAX_CHUNKS, PAD_SIZE
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.limits import PageLimits

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `?([a-z_ ]+)`? \| ([^|]+?) \|", TEXT, re.M))


def test_the_table_holds_every_limit_and_its_value() -> None:
    for name, value in vars(PageLimits()).items():
        assert ROWS[name] == f"{value:g}" if value < 1e4 else ROWS[name] == str(value), name
    assert ROWS["one run"] == f"{Limits().seconds:g} s, {Limits().memory / 2**30:g} GB"
    assert (ROWS["runs waiting"], ROWS["runs on disk"]) == (str(WAITING), str(QUOTA))
    assert ROWS["a model file"] == f"{MAX_BYTES / 1e6:g} MB"
    assert ROWS["a drawing"] == f"{PAD_SIZE} × {PAD_SIZE}, {MAX_CHUNKS} pieces"


def test_what_it_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links and all((ROOT / link).is_file() for link in links)
