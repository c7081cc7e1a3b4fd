"""The Report tab shows the shipped report as it is."""

import json

from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.visitor import Visitor


def test_matrices_and_files_are_the_shipped_ones(visitor: Visitor) -> None:
    report = json.loads((MODELS_DIR / "report.json").read_text())
    for which in ("before", "after"):
        shown = json.loads(visitor.holds[f"matrix-{which}"])
        assert shown["counts"] == report[which]["confusion"]
    assert json.loads(visitor.holds["mask-shares"]) == report["mask"]
    assert visitor.holds["downloads"].count("<a href=") == 4
