"""docs/AUDIT.md lists the registries as they are."""

import pytest

from benchmarks import reference
from forgetdemo.audit.attacks import ATTACKS
from forgetdemo.audit.measures import MEASURES


def test_the_page_holds_every_measure_and_attack_as_the_code_has_them() -> None:
    page = reference.PAGE.read_text(encoding="utf-8")
    assert reference.filled(page) == page, "run: python -m benchmarks.reference"
    for name in (*MEASURES, *ATTACKS):
        assert page.count(f"\n| `{name}` |") == 1, name


def test_ranges_are_in_the_unit_that_is_printed() -> None:
    ranges = {name: reference.range_of(measure) for name, measure in MEASURES.items()}
    assert ranges["acc_forget"] == "0 to 100" and ranges["js_forget"] == "0 to 0.693"
    assert ranges["moved"] == "from 0" and ranges["leak_fc1"] == "any"


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one <!-- measures"):
        reference.filled("# Audit\n")
