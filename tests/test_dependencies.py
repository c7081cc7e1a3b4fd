"""What requirements.lock holds, what its licences are, and what an answer about it means."""

import json

import pytest

from benchmarks.dependencies import LOCK, PAGE, licence, licences, locked, verdict
from export.space.pins import read_pins
from forgetdemo.settings.constants import ROOT

TEXT = """# by hand
a-b==1.0 \\
    --hash=sha256:00
    # via c
c==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:11
"""


def test_a_lock_is_read() -> None:
    assert locked(TEXT) == [("a-b", "1.0", ""), ("c", "2.0", "sys_platform == 'linux'")]


@pytest.mark.parametrize("text", ["", "a==1.0\n", "# nothing\n"])
def test_a_lock_without_hashes_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="make lock"):
        locked(text)


def test_every_pin_is_locked_to_the_same_version_and_every_file_by_its_hash() -> None:
    text = LOCK.read_text("utf-8")
    versions = {(name, version) for name, version, _ in locked(text)}
    for group in read_pins((ROOT / "requirements.txt").read_text("utf-8")):
        for name, line in group.items():
            package, version = line.split("==")
            assert (name.lower(), version) in versions, f"{package}: run `make lock`"
    entries = [part for part in text.split("\n") if part and not part.startswith((" ", "#"))]
    assert len(entries) == len(locked(text)), "an entry without hashes, or of another form"


def test_licences_are_of_what_is_locked() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if " | " in line]
    shown = {(row[0].removeprefix("| "), row[1]) for row in rows[1:]}
    assert shown == {(name, version) for name, version, _ in locked(LOCK.read_text("utf-8"))}


def test_a_licence_is_what_the_package_says() -> None:
    assert licence("numpy").startswith("BSD-3-Clause")
    assert licence("no-such-package") == ""
    assert "| no-such | 1 | not stated here | always |" in licences("no-such==1 \\\n")


def entry(name: str, *found: str) -> dict[str, object]:
    vulns = [{"id": number, "fix_versions": ["9"]} for number in found]
    return {"name": name, "version": "1", "vulns": vulns}


@pytest.mark.parametrize(
    "entries, code, words",
    [
        ([entry("a"), entry("b")], 0, "no known vulnerability in 2 packages"),
        ([entry("a", "CVE-1"), entry("b")], 1, "a 1: CVE-1, fixed in 9"),
        ([entry("a"), {"name": "b", "skip_reason": "not found"}], 2, "for 1 of 2 packages"),
        ([{"name": "a", "skip_reason": "not found"}, entry("b", "X")], 1, "b 1: X"),
        ([], 2, "for 0 of 3 packages"),
    ],
)
def test_silence_is_not_soundness(entries: list[object], code: int, words: str) -> None:
    found, sentence = verdict(json.dumps({"dependencies": entries}), 3)
    assert found == code and words in sentence


@pytest.mark.parametrize("report", ["", "Traceback", "[]", "{}", "null"])
def test_a_report_that_is_none_is_no_answer(report: str) -> None:
    assert verdict(report, 3)[0] == 2
