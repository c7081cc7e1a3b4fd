"""Audits and benchmarks with made-up figures."""

from typing import Any

from forgetdemo.audit.measures import MEASURES
from forgetdemo.audit.report import AuditReport
from forgetdemo.audit.rows import Row, judge
from forgetdemo.audit.verdict import reading
from forgetdemo.files.run import read_run
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import DIGITS, MODELS_DIR
from forgetdemo.views import methods

STEPS = (0, 1, 2, 4, 8, 16, 32, 64)


NAMES = ("run", "original", *(f"oracle {n}" for n in range(1, 6)), "held_out", "control")


FIGURES: dict[str, tuple[float, float, float, float]] = {  # run, original, oracles about, control
    "acc_forget": (0.0, 0.9937, 0.0, 0.0),
    "acc_retain": (0.9958, 0.9959, 0.9963, 0.9964),
    "acc_worst": (0.9911, 0.9921, 0.9925, 0.9921),
    "acc_overall": (0.9004, 0.9957, 0.9009, 0.9009),
    "redirect_rate": (0.9791, 0.0, 0.0021, 0.0),
    "dest_entropy": (0.11, 0.04, 1.21, 1.3),
    "dest_tv": (0.976, 0.99, 0.12, 0.21),
    "rank": (2.0, 1.0, 6.0, 10.0),
    "js_forget": (0.62, 0.69, 0.09, 0.21),
    "tv_forget": (0.97, 0.99, 0.23, 0.41),
    "mia_auc": (0.512, 0.521, 0.497, 0.5),
    "probe_conv": (0.999, 0.999, 0.998, 0.999),
    "probe_fc1": (0.998, 0.999, 0.97, 0.999),
    "leak_fc1": (0.94, 1.0, 0.0, 1.0),
    "proto_half_forget": (0.88, 0.99, 0.31, 0.99),
    "moved": (0.031, 0.0, 1.31, 0.0),
    "cka_oracle_fc1": (0.91, 0.92, 0.93, 0.92),
    "seconds_ratio": (0.0083, 1.0, 1.0, 0.0),
}


def curve(half: float) -> list[float]:
    """A recovery that is half way after so many steps."""
    return [round(0.99 * step / (step + half), 4) for step in STEPS]


def row(name: str, at: tuple[float | None, ...]) -> Row:
    """A measure of a run, an original, a band about a typical oracle, and a control."""
    measure = MEASURES[name]
    run, original, typical, control = at
    low, high = -9.0 if measure.low is None else measure.low, measure.high or 99.0
    band = [
        None if typical is None else min(high, max(low, typical + (high - low) * 0.002 * n))
        for n in range(-2, 3)
    ]
    asked = dict(run=run, original=original, held_out=band[1], control=control, random_init=None)
    return judge(name, measure, asked | {f"oracle {n}": v for n, v in enumerate(band, start=1)})


IMAGES = (0, 1, 5, 10, 50)


def small_audit(**changes: Any) -> AuditReport:
    """An audit of the shipped pair with made-up figures, through the classes that write one."""
    rows = [row(name, at) for name, at in FIGURES.items()]
    for images in IMAGES:
        slow = None if images == 0 else 24.0
        rows.append(row(f"t90_{images}", (2.0, 0.0, slow, 0.0)))
        rows.append(row(f"area_{images}", (0.93, 0.99, 0.51, 0.98)))
    sent = [0.0] * 10
    to_three, spread = [*sent], [*sent]
    to_three[3], to_three[5] = 0.98, 0.02
    spread[0], spread[5], spread[8] = 0.53, 0.3, 0.17
    of = {name: to_three if name == "run" else spread for name in (*NAMES, "random_init")}
    speed = {"run": 0.3, "original": 0.01, "control": 0.05}
    manifest = load_models(MODELS_DIR).manifest
    facts = {"class": "6", "classes": DIGITS, "relearn": 50, "typical_t90": 24.0}
    asked = {
        "dataset": "mnist",
        "classes": DIGITS,
        "forget_class": 6,
        "redirect_to": 3,
        "method": "described",
        "rows": tuple(rows),
        "ceiling": 0.9042,
        "steps": STEPS,
        "curves": {
            name: {str(k): curve(speed.get(name, 9.0 + n) * 50 / (k + 1)) for k in IMAGES}
            for n, name in enumerate(of)
        },
        "destinations": of,
        "ranks": {name: [0.0, 1.0, *sent[2:]] for name in of},
        "certificate": read_run(MODELS_DIR).report.to_dict()["mask"] | {"integrity": 0.0},
        "seconds": {"method": 1.2},
        "verdict": reading(
            {r.name: r for r in rows}, {**facts, "run": tuple(to_three), "oracle": tuple(spread)}
        ),
        "about": {
            "oracles": 5,
            "held_out": {"inside": 20, "judged": 21},
            "run_sha256": manifest["files"]["after.safetensors"]["sha256"],
            "seed": 0,
        },
    }
    return AuditReport(**(asked | changes))


def small_bench() -> dict[str, Any]:
    """What `bench methods` writes, for three methods, one of which failed."""
    base = {name: 0.5 for name in methods.COLUMNS} | {"acc_retain": 0.99, "failed": None}
    rows = [
        base | {"method": "described", "seed": 0, "js_forget": 0.6, "t90_50": 2.0},
        base | {"method": "described", "seed": 1, "js_forget": 0.7, "t90_50": None},
        base | {"method": "ascent", "seed": 0, "acc_retain": 0.2},
        {"method": "scrub", "seed": 0, "failed": "unlearning diverged at step 1"},
    ]
    known = {name: 0.4 for name in methods.COLUMNS}
    keys = ("original", "oracle_mean", "held_out")
    return {
        "rows": rows,
        "references": {key: known for key in keys} | {"oracle_sd": dict.fromkeys(known, 0.1)},
        "seeds": 2,
        "dataset": "mnist",
        "forget": "6",
        "substitute": "3",
    }
