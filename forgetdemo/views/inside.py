"""What two models make of one drawing inside: layers, a chosen unit, strokes, places on a map.

The same as web/page/inside.js.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forgetdemo.files.checkpoint import Arrays
from forgetdemo.predict.entry import Entry
from forgetdemo.predict.inference import Models
from forgetdemo.predict.inside import NEAREST, Inside, Opened, Seen, lead_of, strength_of, without
from forgetdemo.predict.preprocess import Drawing, png_url
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.views import picture_records as records
from forgetdemo.views.audit import AUDIT, read_audit

DIFFERS = 0.15  # of a layer's largest value in either column: what differs more is marked
GRID = 90  # grey of the lines between tiles
DOT = 4  # pixels of a dense unit's tile, both sides
STRONGEST = 8  # test images that a unit is shown with
ANSWERS = NETWORK.last.name


@dataclass(frozen=True)
class Form:
    """How a layer is laid out: its title, what its tiles are, and how many stand in a row."""

    title: str
    words: str
    across: int


FORMS = {
    "conv1": Form("First convolution", "32 maps of 14 × 14, after pooling and ReLU", 8),
    "conv2": Form("Second convolution", "64 maps of 7 × 7, after pooling and ReLU", 16),
    "fc1": Form("First dense layer", "128 units, after ReLU", 16),
    "fc2": Form("Last hidden layer", "64 units, after ReLU", 16),
    "fc3": Form("Answers", "ten probabilities", 10),
}


@dataclass(frozen=True, eq=False)
class Subject:
    """A model that is looked into. `inner`: what its layers leave of the drawing; None: blank."""

    entry: Entry
    inner: Arrays | None
    seen: Seen


def inner_of(model: Opened, drawing: Drawing) -> Arrays | None:
    """What each layer leaves of one drawing, (units, …); None of a blank one."""
    if drawing.is_blank:
        return None
    return {name: value[0] for name, value in model(drawing.floats()).items()}


def shown(inner: Mapping[str, np.ndarray], layer: str) -> np.ndarray:
    """What a layer's tiles show: (units, …) ≥ 0; probabilities for the last one's logits."""
    if layer != ANSWERS:
        return inner[layer]
    powers = np.exp(inner[layer] - inner[layer].max())
    return np.asarray(powers / powers.sum())


def atlas(values: np.ndarray, most: float, across: int) -> np.ndarray:
    """Tiles with lines between them: (units, side, side) or (units,) ≥ 0 → (H, W) uint8.

    Args:
        values: of one layer.
        most: what is white.
        across: tiles in a row.
    """
    if values.ndim == 1:
        values = np.broadcast_to(values[:, None, None], (len(values), DOT, DOT))
    count, side, _ = values.shape
    cell = side + 1
    picture = np.full((-(-count // across) * cell + 1, across * cell + 1), GRID, np.uint8)
    grey = np.floor(255 * np.clip(values / most if most > 0 else values, 0, 1) + 0.5)
    for unit in range(count):
        y, x = unit // across * cell + 1, unit % across * cell + 1
        picture[y : y + side, x : x + side] = grey[unit]
    return picture


def layers(subjects: Sequence[Subject], drawing: Drawing, chosen: Sequence[int]) -> records.Inside:
    """All layers of both models, as the `inside` view takes them.

    Args:
        subjects: one or two.
        drawing: what they were asked about.
        chosen: layer and unit, or nothing.
    """
    return {
        "picture": None if drawing.is_blank else png_url(drawing.pixels),
        "titles": [subject.entry.title for subject in subjects],
        "roles": [subject.entry.role for subject in subjects],
        "layers": [
            layer_of(name, form, [subject.inner for subject in subjects], subjects[0].entry.classes)
            for name, form in FORMS.items()
        ],
        "chosen": list(chosen),
    }


def layer_of(
    name: str, form: Form, inner: Sequence[Arrays | None], classes: Sequence[str]
) -> records.InsideLayer:
    """One layer: tiles on one scale, and the units that differ between the models."""
    found = [None if one is None else shown(one, name) for one in inner]
    values = [value for value in found if value is not None]
    most = max((float(value.max()) for value in values), default=0.0)
    differs = []
    if len(values) == 2 and most > 0:
        apart = np.abs(values[0] - values[1]).reshape(len(values[0]), -1).max(axis=1)
        differs = np.flatnonzero(apart > DIFFERS * most).tolist()
    return {
        "title": form.title,
        "words": form.words,
        "across": form.across,
        "count": dict(SIZES)[name],
        "names": list(classes) if name == ANSWERS else [],
        "pictures": [
            None if value is None else png_url(atlas(value, most, form.across)) for value in found
        ],
        "strengths": [
            [] if value is None else (strength_of(value[None])[0] / (most or 1)).round(4).tolist()
            for value in found
        ],
        "differs": differs,
    }


SIZES = [(layer.name, layer.outputs) for layer in NETWORK.layers]


def unit(
    inside: Inside, subjects: Sequence[Subject], drawing: Drawing, chosen: Sequence[int]
) -> records.Unit | None:
    """A chosen unit in both models: its strongest test images, and what it does to the answer.

    Returns:
        As the `unit` view takes it; None: there is no such unit.
    """
    if len(chosen) != 2 or not 0 <= chosen[0] < len(SIZES):
        return None
    (layer, size), at = SIZES[chosen[0]], chosen[1]
    if not 0 <= at < size:
        return None
    classes = subjects[0].entry.classes
    name = classes[at] if layer == ANSWERS else f"{at + 1} of {size}"
    return {
        "title": f"{FORMS[layer].title}, {name}",
        "columns": [
            {
                "title": subject.entry.title,
                "role": subject.entry.role,
                "words": share_words(inside, subject, drawing, layer, at),
                "items": [
                    {
                        "label": f"test image of {classes[int(inside.labels[image])]}",
                        "picture": png_url(inside.pixels[image]),
                    }
                    for image in strongest(subject.seen, layer, at)
                ],
            }
            for subject in subjects
        ],
    }


def strongest(seen: Seen, layer: str, at: int) -> list[int]:
    """The gallery's images that a unit answers most strongly to; those that leave it silent not."""
    values = seen.strengths[layer][:, at]
    order = np.argsort(-values, kind="stable")[:STRONGEST]
    return [int(image) for image in order if layer == ANSWERS or values[image] > 0]


def share_words(inside: Inside, subject: Subject, drawing: Drawing, layer: str, at: int) -> str:
    """What a unit does to a model's answer, in one sentence: the model is asked without it."""
    if subject.inner is None:
        return "Draw a digit."
    entry, logits = subject.entry, subject.inner[ANSWERS]
    before = shown(subject.inner, ANSWERS)
    if layer == ANSWERS:
        return f"Logit {logits[at]:.1f}, {100 * before[at]:.1f} %."
    if not strength_of(subject.inner[layer][None])[0, at] > 0:
        return "Silent for this drawing."
    answer = int(logits.argmax())
    off = inside.open(without(entry.classifier.data, inside.tensors, layer, at))
    changed = off(drawing.floats())[ANSWERS]
    lead, less = (float(lead_of(z, answer)[0]) for z in (logits[None], changed))
    turns = "falls" if less <= lead else "grows"
    after = shown({ANSWERS: changed[0]}, ANSWERS)[answer]
    return (
        f"Switched off, the lead of {entry.classes[answer]} {turns} from {lead:.1f} to {less:.1f} "
        f"logits: {100 * before[answer]:.1f} % → {100 * after:.1f} %."
    )


def strokes(subjects: Sequence[Subject], maps: Sequence[np.ndarray | None]) -> records.Strokes:
    """Which ink speaks for each model's answer and which against, as the `strokes` view takes it.

    Args:
        subjects: the models.
        maps: `occlusion` of each, None for a blank drawing.
    """
    columns: list[records.StrokesColumn] = []
    for subject, found in zip(subjects, maps, strict=True):
        entry, inner = subject.entry, subject.inner
        answer = "" if inner is None else entry.classes[int(inner[ANSWERS].argmax())]
        columns.append(
            {
                "title": entry.title,
                "role": entry.role,
                "answer": answer,
                "speaks": None if found is None else png_url(grey_of(found, found)),
                "against": None if found is None else png_url(grey_of(-found, found)),
            }
        )
    return {"columns": columns}


def grey_of(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What is above 0 as grey values; white is the largest of `scale`, whatever its sign."""
    most = float(np.abs(scale).max()) or 1.0
    return np.asarray(np.floor(255 * np.maximum(values, 0) / most + 0.5), np.uint8)


def cloud(inside: Inside, subjects: Sequence[Subject]) -> records.Cloud:
    """Where test digits and the drawing lie in each model, as the `cloud` view takes it."""
    classes, forget = subjects[0].entry.classes, subjects[-1].entry.forget_class
    return {
        "titles": [subject.entry.title for subject in subjects],
        "roles": [subject.entry.role for subject in subjects],
        "labels": [classes[label] for label in inside.labels.tolist()],
        "marked": classes[forget],
        "places": [subject.seen.places.round(2).tolist() for subject in subjects],
        "at": [place_of(inside, subject) for subject in subjects],
        "words": [alike_words(subject, forget) for subject in subjects],
    }


def place_of(inside: Inside, subject: Subject) -> list[float] | None:
    """Where the drawing lies; None: it is blank."""
    if subject.inner is None:
        return None
    hidden = subject.inner[NETWORK.dense[-2].name]
    return [round(float(value), 2) for value in hidden @ inside.projection]


def alike_words(subject: Subject, forget: int) -> str:
    """How much the class keeps to itself in one model, beside the others, in one sentence."""
    alike = subject.seen.alike
    others = float(np.delete(alike, forget).mean())
    name = subject.entry.classes[forget]
    return (
        f"Of the {NEAREST} test images that lie nearest to a {name}, {100 * alike[forget]:.1f} % "
        f"are {name} too; for other digits it is {100 * others:.1f} %."
    )


def probe_words(models: Models) -> str:
    """What the audit beside the models says of features in one sentence; "" without an audit.

    Raises:
        CheckpointError: it is damaged, or of other models.
    """
    if not (models.directory / AUDIT).is_file():
        return ""
    report = read_audit(models)
    rows = {row["name"]: row for row in report["rows"]}
    probe, forget = rows.get("probe_fc2"), report["classes"][report["forget_class"]]
    values = [probe["original"], probe["run"], probe["oracle_mean"]] if probe else []
    shares = [f"{100 * value:.1f} %" for value in values if value is not None]
    if len(shares) < 3:
        return ""
    before, after, oracles = shares
    return (
        f"A linear probe on the last hidden layer tells {forget} from the rest on {before} of "
        f"test images in Before, {after} in After, and {oracles} in networks that never saw one: "
        "the features of other digits serve for it, too. How closely a class keeps together says "
        "more."
    )
