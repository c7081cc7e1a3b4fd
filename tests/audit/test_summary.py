"""A benchmark in figures: mean and spread, what is beyond, what failed, and the published table."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.audit import summary as s
from forgetdemo.audit.bench import write_bench
from forgetdemo.audit.figures import Column
from forgetdemo.audit.measures import MEASURES
from forgetdemo.settings.constants import ROOT
from tests.helpers.audits import small_bench


def test_references_come_first_and_methods_are_averaged() -> None:
    lines = s.lines_of(small_bench())
    assert [line.name for line in lines] == [
        *("original", "oracles", "held-out oracle"),
        *("described", "ascent", "scrub"),
    ]
    by_name = {line.name: line for line in lines}
    assert by_name["oracles"].cells["js_forget"] == s.Cell(0.4, 0.1, 0)
    assert by_name["original"].cells["js_forget"] == s.Cell(0.4, None, 0)
    described = by_name["described"]
    assert described.cells["js_forget"].mean == pytest.approx(0.65)
    assert described.cells["t90_50"] == s.Cell(2.0, None, 1) and not described.reference
    failed = by_name["scrub"]
    assert (failed.failed, failed.error) == (1, "unlearning diverged at step 1")


def test_the_table_is_mean_and_spread() -> None:
    text = s.table(small_bench())
    head, _, *rows = text.splitlines()
    assert head.startswith("| | class 6 ≈ % | retained ↑ % | overall ↑ % | JS ↓ nats | TV ↓ % |")
    assert "| 6 → 3 ≈ % |" in head and head.endswith("| prototype ≈ % | seconds ↓ × |")
    assert rows[1].startswith("| *oracles* | 40.00 | 40.00 |"), "no spread that is another one"
    assert rows[3].startswith("| described | 50.00 ± 0.00 | 99.00 ± 0.00 |")
    assert " 2.0 (1 beyond) " in rows[3]
    assert rows[5].startswith("| scrub (1 failed) | failed: unlearning diverged at step 1 |  |")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.5, 0.7], "60.0 ± 14.1"),
        ([0.5], "50.0"),
        ([0.5, None], "50.0 (1 beyond)"),
        ([None], "beyond"),
    ],
)
def test_a_cell_is_short(values: list[float | None], text: str) -> None:
    assert s.cell_of(values).text("%", Column("x", 1, none="beyond")) == text
    assert s.Cell(None, None, 1).plain("%", Column("x", 1, none="beyond")) == "–"


@given(st.lists(st.floats(0, 1) | st.none(), min_size=1, max_size=9))
def test_a_cell_counts_every_run_once(values: list[float | None]) -> None:
    cell = s.cell_of(values)
    known = [value for value in values if value is not None]
    assert cell.beyond + len(known) == len(values)
    assert (cell.mean is None) == (not known) and (cell.sd is None) == (len(known) < 2)
    if cell.mean is not None:
        assert min(known) - 1e-12 <= cell.mean <= max(known) + 1e-12


def test_scatters_leave_out_what_knows_nothing() -> None:
    first, second = s.scatters(small_bench())
    assert [line.name for line, _, _ in first.points] == ["described"]
    assert first.band == pytest.approx((0.2, 0.6)) and first.measure is MEASURES["js_forget"]
    assert second.measure.axis == "height of the relearning curve, 50 images"


def test_a_measure_of_the_table_needs_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in s.COLUMNS:
        assert s.shown(name)[0] is MEASURES[name]
    for name in s.SCATTERS:
        assert MEASURES[name].axis
    with pytest.raises(KeyError, match="magic"):
        s.shown("magic")
    monkeypatch.setitem(MEASURES, "tow", replace(MEASURES["tow"], column=None))
    with pytest.raises(ValueError, match="tow is in the benchmark's table, but its entry has no"):
        s.shown("tow")


def test_the_published_table_is_that_of_the_published_figures(tmp_path: Path) -> None:
    docs = ROOT / "docs"
    write_bench(json.loads((docs / "methods.json").read_text()), tmp_path)
    for name in ("methods.json", "methods.md"):
        assert (tmp_path / name).read_bytes() == (docs / name).read_bytes(), name
