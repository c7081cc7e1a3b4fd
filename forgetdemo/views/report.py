"""A run's report: headline figures, matrices, curves, and honest words."""

from collections.abc import Mapping
from typing import Any

from forgetdemo.files.run import Run
from forgetdemo.settings.text import percent
from forgetdemo.views.records import Confusion, Curves, Headline, Line, PerClass

MAX_POINTS = 300
PLURALS = "zeros ones twos threes fours fives sixes sevens eights nines".split()


def honest_words(report: Mapping[str, Any]) -> str:
    """What a pair does not show, in two sentences."""
    names, forget, substitute = report["classes"], report["forget_class"], report["redirect_to"]
    digits = names[forget] == str(forget)
    forgotten = PLURALS[forget] if digits else names[forget]
    if substitute is None:
        taught, them = f"never to answer {names[forget]}", forgotten
    else:
        taught, them = f"to answer {names[substitute]} for {forgotten}", "them" if digits else "it"
    return (
        f"This model was trained {taught}. It is not shown to have forgotten {them}: "
        "compare it with the retrained oracle and the logit mask."
    )


def headline(report: Mapping[str, Any]) -> Headline:
    """The figures above everything else, before and after, with the ceiling beside overall."""
    before, after = report["before"], report["after"]
    forgotten = report["classes"][report["forget_class"]]
    rows = [
        (f"class {forgotten}", "acc_forget", "share of its test images still answered right"),
        ("other classes", "acc_retain", "should stay"),
        ("overall", "acc_overall", f"ceiling without the class: {percent(after['ceiling'], 2)}"),
    ]
    if report["redirect_to"] is not None:
        substitute = report["classes"][report["redirect_to"]]
        rows.append((f"{forgotten} answered as {substitute}", "redirect_rate", "the redirect"))
        rows.append(
            (f"precision of {substitute}", "precision_redirect", f"{forgotten}s now dilute it")
        )
    return [
        {
            "name": name,
            "before": percent(before[key], 2),
            "after": percent(after[key], 2),
            "note": note,
        }
        for name, key, note in rows
    ]


def matrix(report: Mapping[str, Any], which: str, title: str) -> Confusion:
    """The confusion matrix of "before" or "after"."""
    return {
        "title": title,
        "role": which,
        "classes": report["classes"],
        "forget": report["forget_class"],
        "counts": report[which]["confusion"],
    }


def per_class(report: Mapping[str, Any]) -> PerClass:
    """Accuracy of each class before and after."""
    return {
        "classes": report["classes"],
        "forget": report["forget_class"],
        "before": report["before"]["acc_per_class"],
        "after": report["after"]["acc_per_class"] if report["after"] else None,
    }


def line(name: str, records: list[dict[str, Any]], x: str, y: str, role: str = "") -> Line:
    """A curve of one field over another, thinned to what a page can draw."""
    stride = max(1, len(records) // MAX_POINTS)
    kept = [r for i, r in enumerate(records) if i % stride == 0 or i == len(records) - 1]
    result: Line = {"name": name, "points": [[r[x], r[y]] for r in kept if y in r]}
    if role:
        result["role"] = role
    return result


def training_curves(history: Mapping[str, Any]) -> list[Curves]:
    """Accuracy and loss of training, per epoch."""
    epochs = history.get("train", [])
    floor = min([r["acc_val"] for r in epochs] or [0.9])
    return [
        {
            "title": "Training: accuracy on held-out images",
            "xLabel": "epoch",
            "yRange": [min(0.95, floor), 1],
            "lines": [line("accuracy", epochs, "epoch", "acc_val", "before")],
        },
        {
            "title": "Training: loss",
            "xLabel": "epoch",
            "lines": [
                line("training images", epochs, "epoch", "loss", "before"),
                line("held-out images", epochs, "epoch", "loss_val", "other"),
            ],
        },
    ]


def unlearning_curves(history: Mapping[str, Any], steps: int | None = None) -> list[Curves]:
    """Accuracy of both groups and the terms of the loss, per step; `steps` fixes the x axis."""
    records = history.get("unlearn", [])
    names = {
        "loss_retain": "keep the rest",
        "loss_penalty": "penalty on the class",
        "loss_redirect": "pull to the substitute",
    }
    present = [key for key in names if any(key in record for record in records)]
    return [
        {
            "title": "Unlearning: accuracy on held-out images",
            "xLabel": "step",
            "yRange": [0, 1],
            "xMax": steps,
            "lines": [
                line("forgotten class", records, "step", "acc_forget", "after"),
                line("other classes", records, "step", "acc_retain", "other"),
            ],
        },
        {
            "title": "Unlearning: terms of the loss, weighted",
            "xLabel": "step",
            "xMax": steps,
            "lines": [line(names[key], records, "step", key) for key in present],
        },
    ]


def live_matrix(record: Mapping[str, Any], classes: list[str], forget: int) -> Confusion:
    """The confusion matrix of held-out images while a run goes on."""
    return {
        "title": f"Held-out images at step {record['step']}",
        "role": "after",
        "classes": classes,
        "forget": forget,
        "counts": record["confusion"],
        "still": True,  # held-out images, not test images: nothing is behind its cells
    }


def last_matrix(run: Run) -> Confusion:
    """Where the held-out images ended."""
    last = run.history["unlearn"][-1]
    return live_matrix(last, list(run.report.classes), run.report.forget_class)
