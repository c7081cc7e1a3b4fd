"""`python -m benchmarks.reference`: write the registries of measures and attacks into the docs.

docs/AUDIT.md holds them between markers, and a test holds it equal to the code.
"""

from collections.abc import Iterator
from typing import Any

from forgetdemo.audit.attacks import ATTACKS, Attack
from forgetdemo.audit.figures import Measure
from forgetdemo.audit.measures import MEASURES
from forgetdemo.audit.profile import AuditSettings
from forgetdemo.files.writing import write_atomic
from forgetdemo.settings.constants import ROOT

PAGE = ROOT / "docs" / "AUDIT.md"


def range_of(measure: Measure) -> str:
    """'0 to 100' of a share, 'from 0' without a largest value."""
    scale = 100 if measure.unit == "%" else 1
    low, high = (
        None if end is None else f"{scale * end:.3g}" for end in (measure.low, measure.high)
    )
    if low is None:
        return "any" if high is None else f"up to {high}"
    return f"from {low}" if high is None else f"{low} to {high}"


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Lines of a Markdown table."""
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def measures() -> str:
    """A table per group, in the order of an audit's rows."""
    lines: list[str] = []
    for group in dict.fromkeys(measure.group for measure in MEASURES.values()):
        rows = (
            (
                f"`{name}`",
                measure.title,
                measure.unit or "–",
                measure.direction,
                range_of(measure),
                measure.population,
                measure.explain,
            )
            for name, measure in MEASURES.items()
            if measure.group == group
        )
        heads = (group, "title", "unit", "good", "range", "measured on", "what it says")
        lines += [*table(heads, rows), ""]
    return "\n".join(lines)


def settings_of(attack: Attack) -> str:
    """Names of the default trials, and what all of them share."""
    trials = attack.trials(AuditSettings())
    first: dict[str, Any] = next(iter(trials.values()))
    shared = [
        f"{name} {value}"
        for name, value in first.items()
        if len(trials) > 1 and all(trial[name] == value for trial in trials.values())
    ]
    return "; ".join([", ".join(trials), *shared])


def attacks() -> str:
    """One row per attack."""
    rows = (
        (f"`{name}`", attack.title, attack.given, attack.population, settings_of(attack))
        for name, attack in ATTACKS.items()
    )
    heads = ("attack", "title", "the attacker has", "measured on", "trials")
    return "\n".join([*table(heads, rows), ""])


PARTS = {"measures": measures, "attacks": attacks}


def filled(page: str) -> str:
    """A page with each part between its markers written anew.

    Raises:
        ValueError: the page has no such markers.
    """
    for name, render in PARTS.items():
        start, end = f"<!-- {name}: python -m benchmarks.reference -->\n", f"<!-- /{name} -->"
        if page.count(start) != 1 or page.count(end) != 1 or page.find(end) < page.find(start):
            raise ValueError(f"expected one {start.strip()} before one {end}")
        before, rest = page.split(start)
        page = f"{before}{start}\n{render()}\n{end}{rest.split(end)[1]}"
    return page


def main() -> None:
    """Write the page."""
    write_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8")).encode())


if __name__ == "__main__":
    main()
