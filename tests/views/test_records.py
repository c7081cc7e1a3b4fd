"""The records of Python and of JavaScript are the same, and what is drawn is such a record."""

import ast
import json
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import numpy as np
import pytest

from export.web import records as of_the_site
from export.web.report import report_views
from forgetdemo.files.run import read_run
from forgetdemo.predict.entry import Entry, shipped_entries
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.pairs import INDEX, PAIRS_DIR, open_pairs
from forgetdemo.predict.preprocess import preprocess
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.views import heat, picture_records, records
from forgetdemo.views.audit import limits, read_audit
from forgetdemo.views.comparison import compare
from forgetdemo.views.examples import Examples
from forgetdemo.views.methods import read_methods
from forgetdemo.views.morph import strip
from forgetdemo.views.pairs import map_of
from forgetdemo.views.pictures import lesson_view, load_samples, samples_view
from forgetdemo.views.progress import failed, progress
from forgetdemo.views.recovery import curves_of, references
from forgetdemo.views.report import last_matrix, unlearning_curves
from forgetdemo.views.scripts import SHARED, WEB, shared
from tests.helpers.website import built, settings_of

NAMES = {type(None): "null", str: "string", bool: "boolean", int: "number", float: "number"}
MORE = {  # files of other makers, of which a page reads no more than the record
    *("Audit", "AuditCertificate", "AuditVerdict", "AuditAbout"),
    *("PairIndex", "IndexedPair", "PairTensor"),
}
FORGOTTEN = 6


def declared() -> dict[str, Any]:
    """Python's records by name: classes, and lists that have a name."""
    found = {}
    for module in (records, picture_records, of_the_site):
        for name, value in vars(module).items():
            if is_typeddict(value) or get_origin(value) is list:
                found[name] = value
    return found


RECORDS = declared()
LISTS = {str(kind): name for name, kind in RECORDS.items() if not is_typeddict(kind)}


def in_javascript(kind: Any) -> str:
    """A Python annotation as JSDoc spells it."""
    if str(kind) in LISTS:
        return LISTS[str(kind)]
    parts = [in_javascript(part) for part in get_args(kind) if get_origin(kind) is not Literal]
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        return " | ".join(parts)
    if get_origin(kind) is Literal:
        return " | ".join(f'"{value}"' for value in get_args(kind))
    if get_origin(kind) in (Sequence, list):
        return f"({parts[0]})[]" if " | " in parts[0] else f"{parts[0]}[]"
    if get_origin(kind) is Mapping:
        return f"Record<string, {parts[1]}>"
    return NAMES.get(kind) or str(kind.__name__)


def fields_of(kind: Any) -> dict[str, tuple[str, bool]]:
    """A record's fields: type in JavaScript, and whether it is always there."""
    hints = get_type_hints(kind)
    return {
        name: (in_javascript(hint), name in kind.__required_keys__) for name, hint in hints.items()
    }


def typedefs() -> dict[str, Any]:
    """The typedefs of records.js: fields as `fields_of` has them, or what a list holds."""
    found: dict[str, Any] = {}
    text = (SHARED / "records.js").read_text(encoding="utf-8")
    for block in re.findall(r"/\*\*.*?\*/", text, re.S):
        head = re.search(r"@typedef \{(.+)\} (\w+)", block)
        assert head, block
        fields = re.findall(r"@property \{(.+)\} (\[?)(\w+)\]?(.*)", block)
        assert all(rest == "" for *_, rest in fields) and len(fields) == block.count("@property")
        found[head[2]] = (
            {name: (kind, bracket == "") for kind, bracket, name, _ in fields}
            if head[1] == "object"
            else head[1]
        )
    return found


def test_python_and_javascript_have_the_same_records() -> None:
    known = typedefs()
    assert sorted(known) == sorted(RECORDS)
    for name, kind in RECORDS.items():
        if is_typeddict(kind):
            assert known[name] == fields_of(kind), name
        else:
            assert known[name] == f"{in_javascript(get_args(kind)[0])}[]", name


def test_a_difference_would_be_seen() -> None:
    class Other(records.Preview):
        more: Sequence[float | None]

    assert fields_of(Other) == {
        "picture": ("string | null", True),
        "note": ("string", True),
        "more": ("(number | null)[]", True),
    }
    assert fields_of(records.Line)["role"] == ("string", False)
    assert fields_of(records.Progress)["state"] == ('"running" | "done" | "failed"', True)
    assert fields_of(records.Views)["heat"] == ("Heat", True)


def test_every_view_of_the_page_takes_a_record() -> None:
    known = get_type_hints(records.Views)
    for path in sorted((ROOT / "forgetdemo/ui").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "View":
                view = ast.literal_eval(node.args[0])
                assert view in known, f"{path.name}: there is no view {view}"


def check(value: Any, kind: Any, place: str = "it") -> None:
    """That a value read from JSON is such a record; says where it is not."""
    origin, parts = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        assert isinstance(value, dict), place
        missing = kind.__required_keys__ - set(value)
        assert not missing, f"{place} lacks {sorted(missing)}"
        more = set(value) - set(kind.__annotations__)
        assert not more or kind.__name__ in MORE, f"{place} has {sorted(more)}"
        for name, part in get_type_hints(kind).items():
            if name in value:
                check(value[name], part, f"{place}.{name}")
    elif origin is Literal:
        assert value in parts, place
    elif origin in (Sequence, list):
        assert isinstance(value, list), place
        for i, item in enumerate(value):
            check(item, parts[0], f"{place}[{i}]")
    elif origin is Mapping:
        assert isinstance(value, dict), place
        for name, item in value.items():
            check(item, parts[1], f"{place}[{name!r}]")
    elif parts:  # a union, of None and one more
        if value is not None:
            (other,) = (part for part in parts if part is not type(None))
            check(value, other, place)
    else:
        allowed = (int, float) if kind is float else kind
        assert isinstance(value, allowed) and (kind is bool) == (type(value) is bool), place


def shown(view: str, value: Any) -> None:
    """What a View is given is that view's record."""
    check(json.loads(records.show(value)), get_type_hints(records.Views)[view], view)


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture(scope="module")
def pair(models: Models) -> list[Entry]:
    entries = shipped_entries(models)
    return [entries["before"], entries["after"]]


def test_what_the_pad_shows(pair: list[Entry]) -> None:
    samples = load_samples()
    for canvas in (np.zeros((280, 280), np.uint8), Examples().images().pixels[0]):
        comparison, preview = compare(pair, preprocess(canvas))
        shown("comparison", comparison)
        shown("preview", preview)
    ends = [preprocess(pixels) for pixels in Examples().images().pixels[:2]]
    shown("morph", strip(pair, *ends))
    assert records.show(strip(pair, ends[0], preprocess(canvas * 0))) == "", "nothing is shown"
    for view in (samples_view("From", samples), lesson_view([[0] * 784])):
        shown("pictures", view)
    cell, _ = Examples().cell(pair[0], pair[1], pair[1], FORGOTTEN, 5)
    shown("pictures", cell)


def test_what_a_run_shows(models: Models) -> None:
    run = read_run(MODELS_DIR)
    for view in (progress("words", 0.5), failed("words")):
        shown("progress", view)
    for curves in unlearning_curves(run.history, 300):
        shown("curves", curves)
    known = references(models.manifest, FORGOTTEN)
    shown("curves", curves_of([], known, 5))
    shown("confusion", last_matrix(run))
    shown("heat", heat.moved(run.weights("before"), run.weights("after")))


def test_what_the_report_and_the_audit_show(models: Models) -> None:
    views = json.loads(json.dumps(report_views(models)))
    check(views, of_the_site.ReportViews)
    audit = read_audit(models)
    check({"report": audit, "limits": limits(audit)}, of_the_site.AuditView)
    shown("methods", read_methods())
    report = json.loads(models.file("report.json"))
    shown("pairs", map_of(open_pairs(models), report))


def test_what_the_static_page_is_told() -> None:
    check(settings_of(built()), of_the_site.Site)
    check(json.loads((PAIRS_DIR / INDEX).read_text()), of_the_site.PairIndex)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"picture": None}, "it lacks ['note']"),
        ({"picture": None, "note": "n", "more": 1}, "it has ['more']"),
        ({"picture": 7, "note": "n"}, "it.picture"),
        ({"picture": None, "note": None}, "it.note"),
        ([], "it"),
    ],
)
def test_what_is_no_record_is_noticed(value: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(words)):
        check(value, records.Preview)


def test_both_pages_load_what_is_there() -> None:
    scripts = shared("scripts")
    assert {*scripts, "records.js"} == {path.name for path in SHARED.glob("*.js")}
    assert {*shared("styles")} == {path.name for path in SHARED.glob("*.css")}
    assert len(set(scripts)) == len(scripts) and WEB == SHARED.parent
