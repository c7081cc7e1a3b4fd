"""An audit's report: as JSON, as one flat record, and as a table for a terminal. Torch-free."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import Any

from forgetdemo.audit.rows import Row, as_text
from forgetdemo.audit.verdict import Verdict

AUDIT_FORMAT = "forgetdemo-audit/1"
COLUMNS = (  # title, width
    *(("this run", 8), ("z", 7), ("original", 8), ("oracles", 14)),
    *(("held-out", 8), ("masked", 8), ("untrained", 9)),
)
WIDTH = 34  # of a row's title


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """Everything an audit found, as `audit.json` holds it (`to_dict`)."""

    dataset: str
    classes: tuple[str, ...]
    forget_class: int
    redirect_to: int | None
    method: str | None
    rows: tuple[Row, ...]
    ceiling: float
    steps: tuple[int, ...]  # of every curve
    curves: dict[str, dict[str, list[float]]]  # model → images → mean acc_forget at `steps`
    destinations: dict[str, list[float]]  # model → share of the class per answer
    certificate: dict[str, Any] | None  # of the mask, with `integrity` computed again
    seconds: dict[str, float]
    verdict: Verdict
    about: dict[str, Any]
    ranks: dict[str, list[float]] = field(default_factory=dict)  # as destinations: 1st … 10th

    def to_dict(self) -> dict[str, Any]:
        """What json.dump takes."""
        return {"format": AUDIT_FORMAT, **asdict(self)}


def audit_row(report: AuditReport) -> dict[str, Any]:
    """An audit as one flat record: every measure of the run, for tables of many runs."""
    return {
        "method": report.method,
        "forget_class": report.forget_class,
        "redirect_to": report.redirect_to,
        "seed": report.about["seed"],
        "ceiling": report.ceiling,
        **{row.name: row.run for row in report.rows},
        **{f"{row.name}_inside": row.inside for row in report.rows if row.inside is not None},
        "integrity": report.certificate["integrity"] if report.certificate else None,
        "verdict": report.verdict.sentence,
        "level": report.verdict.level,
    }


def render_audit(report: AuditReport) -> str:
    """The table for a terminal: a line per measure, where the class goes, flags, the verdict."""
    name = report.classes[report.forget_class]
    ceiling = f"ceiling {100 * report.ceiling:.2f} %"
    lines = [f"class {name} of {report.dataset}, method {report.method}; {ceiling}"]
    head = _line("", [title for title, _ in COLUMNS])
    group = ""
    for row in report.rows:
        if row.group != group:
            group = row.group
            lines += ["", f"{group.upper():<{WIDTH}}{head[WIDTH:]}"]
        lines.append(_measure(row))
    lines += ["", *_answers(report)]
    if report.certificate:
        lines.append(
            f"mask: {report.certificate['editable']:,} of {report.certificate['total']:,} weights "
            f"could change; largest change outside: {report.certificate['integrity']:g}"
        )
    passed = report.about["held_out"]
    flags = [f"{row.title}: {flag}" for row in report.rows for flag in row.flags]
    lines += [
        "",
        "✗ outside the oracles' 95 % band, on the bad side where there is a good one.",
        "↑ ↓ good direction, ≈ closest to a retrain.",
        "z: from the oracles' mean, in their standard deviations. masked: the logit-mask control.",
        f"the held-out oracle lies among the others in {passed['inside']} of {passed['judged']}",
    ]
    lines += [f"note: {flag}" for flag in flags]
    return "\n".join([*lines, "", report.verdict.sentence])


def _line(title: str, cells: Sequence[str]) -> str:
    """A title and one cell per column."""
    widths = [width for _, width in COLUMNS]
    row = "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{title:<{WIDTH}}{row}"


def _measure(row: Row) -> str:
    """One measure: its figures, a mark where it is outside, and what it means."""
    band = "–" if row.oracle_mean is None else as_text(row.oracle_mean, row.unit)
    if row.oracle_sd is not None:
        band += f" ± {as_text(row.oracle_sd, row.unit)}"
    elif row.cap is not None and not any(v is not None for v in row.oracles):
        band = f">{row.cap:g}"
    run, original, held, control, untrained = (
        as_text(value, row.unit, row.cap)
        for value in (row.run, row.original, row.held_out, row.control, row.random_init)
    )
    z = "–" if row.z is None or row.inside is None else f"{row.z:+.2g}"
    cells = [run, z, original, band, held, control, untrained]
    unit = f" {row.unit}" if row.unit else ""
    mark = {True: " ", False: "✗", None: " "}[row.inside if row.reliable else None]
    return f"{_line(f'{row.arrow} {row.title}{unit}', cells)} {mark} {row.explain}"


def _answers(report: AuditReport) -> list[str]:
    """Where the class goes, in percent, and how high its own logit ranks, per model."""
    oracles = [name for name in report.destinations if name.startswith("oracle ")]
    shown = {"this run": ["run"], "original": ["original"], "oracles, mean": oracles}
    shown |= {"held-out": ["held_out"], "masked": ["control"]}
    name = report.classes[report.forget_class]
    names = "".join(f"{known[:8]:>9}" for known in report.classes)
    ranks = "".join(f"{rank:>9}" for rank in range(1, len(report.classes) + 1))
    parts = ((f"class {name} answered as, %", names, report.destinations),)
    lines = []
    for title, columns, found in (*parts, (f"rank of logit {name}, %", ranks, report.ranks)):
        lines.append(f"{title:<{WIDTH}}{columns}")
        for label, models in shown.items():
            shares = [fmean(values) for values in zip(*(found[m] for m in models), strict=True)]
            cells = "".join(f"{100 * share:>9.1f}" for share in shares)
            lines.append(f"{label:<{WIDTH}}{cells}")
        lines.append("")
    return lines
