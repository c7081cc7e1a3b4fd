"""An audit's report: as JSON, as one flat record, and as a table for a terminal. Torch-free."""

from dataclasses import asdict, dataclass
from typing import Any

from forgetdemo.measures import Row, as_text
from forgetdemo.verdict import Verdict

AUDIT_FORMAT = "forgetdemo-audit/1"
COLUMNS = ("this run", "original", "oracles", "held-out", "masked", "untrained")
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
    """The table for a terminal: a line per measure, then flags and the verdict."""
    name = report.classes[report.forget_class]
    ceiling = f"ceiling {100 * report.ceiling:.2f} %"
    lines = [f"class {name} of {report.dataset}, method {report.method}; {ceiling}"]
    head = f"{'':<{WIDTH}}  " + "  ".join(f"{column:>15}" for column in COLUMNS)
    group = ""
    for row in report.rows:
        if row.group != group:
            group = row.group
            lines += ["", f"{group.upper():<{WIDTH}}{head[WIDTH:]}"]
        band = "–" if row.oracle_mean is None else as_text(row.oracle_mean, row.unit)
        if row.oracle_sd is not None:
            band += f" ± {as_text(row.oracle_sd, row.unit)}"
        elif row.cap is not None and not any(v is not None for v in row.oracles):
            band = f">{row.cap:g}"
        cells = [
            as_text(row.run, row.unit, row.cap),
            as_text(row.original, row.unit, row.cap),
            band,
        ]
        cells += [as_text(v, row.unit, row.cap) for v in (row.held_out, row.control)]
        cells.append(as_text(row.random_init, row.unit))
        unit = f" {row.unit}" if row.unit else ""
        mark = {True: "", False: " ✗", None: ""}[row.inside if row.reliable else None]
        title = f"{row.arrow} {row.title}{unit}"
        lines.append(f"{title:<{WIDTH}}  " + "  ".join(f"{c:>15}" for c in cells) + mark)
    flags = [f"{row.title}: {flag}" for row in report.rows for flag in row.flags]
    lines += ["", "✗ outside the oracles' 95 % band. ↑ ↓ good direction, ≈ closest to a retrain."]
    lines += [f"note: {flag}" for flag in flags]
    return "\n".join([*lines, "", report.verdict.sentence])
