"""One measure of every model of an audit, and where the audited one lies among the oracles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forgetdemo.audit.bands import oracle_band
from forgetdemo.audit.figures import Measure, Value

UNRELIABLE = "unreliable: the held-out oracle is outside"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measure of every model of an audit; None: does not apply, or beyond the curve (`cap`)."""

    name: str
    title: str
    group: str
    arrow: str  # the measure's direction
    unit: str
    low: Value
    high: Value
    explain: str
    run: Value
    original: Value
    oracles: tuple[Value, ...]
    held_out: Value
    control: Value
    random_init: Value
    oracle_mean: Value
    oracle_sd: Value
    z: Value  # of the run, in the oracles' standard deviations
    inside: bool | None  # the run, among the oracles or better; None: cannot be said
    reliable: bool | None  # the held-out oracle is
    cap: Value  # what a missing run, original, … is larger than: the curve ended
    flags: tuple[str, ...]


def _within(value: float, oracles: Sequence[float], measure: Measure) -> bool:
    """Whether a value is in the oracles' band, or beyond it on the good side where there is one."""
    band = oracle_band(value, oracles, tolerance=measure.tolerance)
    better = {"↑": value > band.mean, "↓": value < band.mean, "≈": False}[measure.direction]
    return band.inside or better


def judge(name: str, measure: Measure, figures: Mapping[str, Value]) -> Row:
    """Place one measure of the run among the oracles'.

    Args:
        figures: of "run", "original", "held_out", "control", "random_init", and of the band's
            oracles, which do not hold the held-out one: "oracle 1", "oracle 2", …
    """
    oracles = [value for key, value in figures.items() if key.startswith("oracle ")]
    known = [value for value in oracles if value is not None]
    mean = sd = z = None
    inside = reliable = None
    flags = []
    run, held, cap = figures["run"], figures["held_out"], measure.cap
    if len(known) == len(oracles) >= 2:
        band = oracle_band(known[0], known, tolerance=measure.tolerance)
        mean, sd = band.mean, band.sd
        if run is not None:
            z = oracle_band(run, known, tolerance=measure.tolerance).z
        if measure.judged and held is not None:
            reliable = _within(held, known, measure)
        elif measure.judged and cap is not None:
            reliable = False  # the same as for a run
        if measure.judged and run is not None:
            inside = _within(run, known, measure)
        elif measure.judged and cap is not None:
            inside = False  # the oracles came back within the curve, the run did not
    elif measure.judged and not known and cap is not None:
        inside, reliable = run is None, held is None  # no oracle came back: nor should the run
    elif known and cap is not None:
        flags.append("an oracle is beyond the curve")
    if reliable is False:
        flags.append(UNRELIABLE)
    if measure.contrast and mean is not None and figures["original"] is not None:
        if figures["original"] - mean < measure.contrast:
            flags.append("not discriminative: original and oracle within a point")
            reliable = False
    if cap is not None and run is None:
        flags.append(f"beyond {cap:g}")
    return Row(
        name=name,
        arrow=measure.direction,
        **{key: getattr(measure, key) for key in "title group unit low high explain cap".split()},
        run=run,
        original=figures["original"],
        oracles=tuple(oracles),
        held_out=held,
        control=figures["control"],
        random_init=figures["random_init"] if measure.untrained else None,
        oracle_mean=mean,
        oracle_sd=sd,
        z=z,
        inside=inside,
        reliable=reliable,
        flags=tuple(flags),
    )


def held_out(rows: Sequence[Row]) -> dict[str, int]:
    """The held-out oracle's own audit: how many measures judge it, and in how many it passes."""
    judged = [row for row in rows if row.reliable is not None]
    return {"inside": sum(UNRELIABLE not in row.flags for row in judged), "judged": len(judged)}


def as_text(value: Value, unit: str, cap: Value = None) -> str:
    """A figure for people: percent, or three or four digits; '>64' beyond a curve, '–' for none."""
    if value is None:
        return "–" if cap is None else f">{cap:g}"
    if unit == "%":
        return f"{100 * value:.2f}"
    if unit == "steps":
        return f"{value:.3g}"
    return f"{value:.3g}" if unit == "×" and value < 0.1 else f"{value:.3f}"
