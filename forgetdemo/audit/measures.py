"""What an audit prints: each measure's title, direction, range and meaning, and how it is judged.

`≈` means closest to a retrained model is best. Most are: 0 is the right answer to few of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forgetdemo.audit.bands import oracle_band
from forgetdemo.metrics.counts import NOT_DISCRIMINATIVE
from forgetdemo.settings.architecture import NETWORK

SHARE_TOLERANCE = 0.002  # half a band, at least: two images of the class
UNRELIABLE = "unreliable: the held-out oracle is outside"
Value = float | None


@dataclass(frozen=True)
class Spec:
    """How one measure is read. `unit`: % (of fractions 0..1), nats, steps, × or nothing."""

    title: str
    group: str
    arrow: str
    unit: str
    low: Value
    high: Value
    explain: str
    tolerance: float = SHARE_TOLERANCE
    judged: bool = True  # whether a place in the oracle band means anything


def _share(title: str, group: str, arrow: str, explain: str, judged: bool = True) -> Spec:
    """A fraction 0..1, printed in percent."""
    return Spec(title, group, arrow, "%", 0.0, 1.0, explain, SHARE_TOLERANCE, judged)


LN2, LN10 = 0.6931471805599453, 2.302585092994046
SPECS: dict[str, Spec] = {
    "acc_forget": _share("forgotten class", "answers", "≈", "still recognised; 0 is trivial"),
    "acc_retain": _share("retained classes", "answers", "↑", "recognised among the nine others"),
    "acc_retain_macro": _share("retained, per class", "answers", "↑", "each class counts the same"),
    "acc_worst": _share("worst retained class", "answers", "↑", "the least recognised of the nine"),
    "acc_overall": _share("overall", "answers", "↑", "of all test images; see the ceiling"),
    "redirect_rate": _share(
        "sent to the substitute", "answers", "≈", "answered as the substitute; a retrain does not"
    ),
    "precision_redirect": _share(
        "precision of the substitute", "answers", "≈", "of its answers, how many are right"
    ),
    "dest_entropy": Spec(
        "spread of answers", "answers", "≈", "nats", 0, LN10, "0: one answer for all of the class"
    ),
    "dest_tv": _share(
        "answers unlike a retrain's", "answers", "↓", "histogram against the oracles' mean (TV)"
    ),
    "rank": Spec(
        "rank of the logit", "residue", "≈", "", 1, 10, "median; 1 top, 2 merely suppressed"
    ),
    "p_forget": _share("probability left", "residue", "≈", "mean p(class) on its own images"),
    "js_forget": Spec(
        "JS to the oracles", "distance", "↓", "nats", 0, LN2, "on the class; mean over oracles"
    ),
    "js_reference": Spec(
        "JS to one oracle", "distance", "↓", "nats", 0, LN2, "to the first of them alone"
    ),
    "js_retain": Spec(
        "JS on other classes", "distance", "↓", "nats", 0, LN2, "collateral change; mean", 1e-4
    ),
    "tv_forget": _share("TV to the oracles", "distance", "↓", "of mean answers on the class"),
    "tow": _share("tug of war", "distance", "↑", "three accuracies against the oracles' at once"),
    "mia_auc": Spec("membership, by loss", "attacks", "≈", "", 0, 1, "AUC; 0.5: cannot tell", 0.01),
    "mia_cv": Spec(
        "membership, fitted", "attacks", "≈", "", 0, 1, "AUC of a cross-validated attack", 0.01
    ),
    "probe_conv": _share(
        "probe, convolutions", "attacks", "≈", "linear, class against rest, balanced"
    ),
    "probe_fc1": _share("probe, fc1", "attacks", "≈", "the same on the first dense layer"),
    "probe_fc2": _share("probe, fc2", "attacks", "≈", "the same on the last hidden layer"),
    **{
        f"leak_{short}": Spec(
            f"leakage, {title}", "attacks", "↓", "", None, None, "0 oracle, 1 original"
        )
        for short, title in (("conv", "convolutions"), ("fc1", "fc1"), ("fc2", "fc2"))
    },
    **{
        f"{short}_{part}": _share(title, "attacks", "≈", explain)
        for short, name, what in (
            ("proto", "prototype attack", "class after 5 images rebuild a row"),
            ("proto_unit", "prototype, length 1", "as published: row of norm 1"),
            ("proto_half", "prototype, blended", "half prototype, half the row"),
        )
        for part, title, explain in (
            ("forget", name, what),
            ("retain", "… its damage", "retained classes after that attack"),
        )
    },
    "moved": Spec(
        "weights moved by", "edit", "≈", "", 0, None, "‖Δ‖ / ‖original‖, all layers", 1e-3, False
    ),
    "changed": _share("weights changed", "edit", "≈", "share that differs at all", False),
    **{
        f"moved_{layer}": Spec(
            f"… {layer} by", "edit", "≈", "", 0, None, "the same in one layer", 1e-3, False
        )
        for layer in NETWORK.names
    },
    **{
        f"changed_{layer}": _share(
            f"… {layer} changed", "edit", "≈", "share of that layer's weights", False
        )
        for layer in NETWORK.names
    },
    **{
        f"cka_{other}_{layer}": Spec(f"CKA to {title}, {layer}", "edit", "≈", "", 0, 1, explain)
        for other, title, explain in (
            ("original", "original", "1: the same features"),
            ("oracle", "oracles", "beside oracle to oracle"),
        )
        for layer in ("conv", "fc1", "fc2")
    },
    "seconds_ratio": Spec(
        "seconds", "cost", "↓", "×", 0, None, "of a retrain's; mask and method", 0, False
    ),
    "visits_ratio": Spec("image visits", "cost", "↓", "×", 0, None, "of a retrain's", 0, False),
}


def relearn_specs(images: int, steps: int) -> dict[str, Spec]:
    """The three measures of one relearning curve."""
    what, group = f"{images} images" if images != 1 else "1 image", "relearning"
    return {
        f"t90_{images}": Spec(
            f"back in, {what}", group, "≈", "steps", 0, steps, "90 % from there on", 0.5
        ),
        f"area_{images}": _share(
            f"curve height, {what}", group, "≈", "mean over the measured steps"
        ),
        f"ratio_{images}": Spec(
            f"t90 ratio, {what}", group, "≈", "×", 0, None, "1: like never seen; 0: known", 0.1
        ),
    }


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measure of every model of an audit; None: does not apply, or beyond the curve (`cap`)."""

    name: str
    title: str
    group: str
    arrow: str
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


def _within(value: float, oracles: Sequence[float], spec: Spec) -> bool:
    """Whether a value is in the oracles' band, or beyond it on the good side where there is one."""
    band = oracle_band(value, oracles, tolerance=spec.tolerance)
    better = {"↑": value > band.mean, "↓": value < band.mean, "≈": False}[spec.arrow]
    return band.inside or better


def judge(
    name: str, spec: Spec, figures: Mapping[str, Value], oracles: Sequence[Value], cap: Value
) -> Row:
    """Place one measure of the run among the oracles'.

    Args:
        figures: of "run", "original", "held_out", "control", "random_init".
        oracles: of the band, without the held-out one.
        cap: last step of a curve that a None means to exceed; None: a None does not apply.
    """
    known = [value for value in oracles if value is not None]
    mean = sd = z = None
    inside = reliable = None
    flags = []
    run, held = figures["run"], figures["held_out"]
    if len(known) == len(oracles) >= 2:
        band = oracle_band(known[0], known, tolerance=spec.tolerance)
        mean, sd = band.mean, band.sd
        if run is not None:
            z = oracle_band(run, known, tolerance=spec.tolerance).z
        if spec.judged and held is not None:
            reliable = _within(held, known, spec)
        elif spec.judged and cap is not None:
            reliable = False  # the same as for a run
        if spec.judged and run is not None:
            inside = _within(run, known, spec)
        elif spec.judged and cap is not None:
            inside = False  # the oracles came back within the curve, the run did not
    elif spec.judged and not known and cap is not None:
        inside, reliable = run is None, held is None  # no oracle came back: nor should the run
    elif known and cap is not None:
        flags.append("an oracle is beyond the curve")
    if reliable is False:
        flags.append(UNRELIABLE)
    layer = name.removeprefix("probe_")
    if layer != name and mean is not None and figures["original"] is not None:
        if figures["original"] - mean < NOT_DISCRIMINATIVE:
            flags.append("not discriminative: original and oracle within a point")
            reliable = False
    if cap is not None and run is None:
        flags.append(f"beyond {cap:g}")
    return Row(
        name=name,
        **{key: getattr(spec, key) for key in "title group arrow unit low high explain".split()},
        run=run,
        original=figures["original"],
        oracles=tuple(oracles),
        held_out=held,
        control=figures["control"],
        random_init=figures["random_init"],
        oracle_mean=mean,
        oracle_sd=sd,
        z=z,
        inside=inside,
        reliable=reliable,
        cap=cap,
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
