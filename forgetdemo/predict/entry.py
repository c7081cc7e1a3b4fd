"""A model that can stand in a column of the page; titles and roles of the known ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from forgetdemo.predict.inference import Models, OnnxClassifier


class Known(NamedTuple):
    """How a kind of model is called."""

    role: str  # what web/ colours it by
    title: str  # of the kind; over a column of the page, `title_of` names the class
    in_file: str  # inside its ONNX file, and in a manifest: read alone, so it says more


KNOWN = {  # keys are names of files; a new title inside them would change what was shipped
    "before": Known("before", "Before", "Before"),
    "after": Known("after", "After", "After"),
    "oracle": Known("oracle", "Retrained without it", "Retrained without the class"),
    "logit_mask": Known("masked", "Its output switched off", "Before, with one answer masked"),
}
ROLES = {key: known.role for key, known in KNOWN.items()}
TITLES = {key: known.title for key, known in KNOWN.items()}
DEFAULT = ("before", "after")
OWN = "deep_natural"  # the project's own method, which the lesson shows
YARDSTICKS = {key: KNOWN[key].role for key in ("oracle", "logit_mask")}  # what others stand beside
NAMED = {  # titles that name the class
    "oracle": "Retrained without {}",
    "logit_mask": "Original, output {} switched off",
    OWN: "This project's own method",
}


def title_of(key: str, name: str) -> str:
    """A column's title: 'Retrained without 4s', 'Original, output 4 switched off'.

    Args:
        key: of the model's kind.
        name: of the class it is about.
    """
    if key not in NAMED:
        return TITLES[key]
    many = f"{name}s" if len(name) == 1 and key != "logit_mask" else name
    return NAMED[key].format(many)


@dataclass(frozen=True)
class Entry:
    """One model that can stand in a column. `unlearned` is False for an original."""

    key: str
    title: str
    role: str
    classifier: OnnxClassifier
    classes: tuple[str, ...]
    forget_class: int
    redirect_to: int | None
    unlearned: bool


def shipped_entries(models: Models) -> dict[str, Entry]:
    """The models of a shipped folder, by key, in a fixed order."""
    about = models.manifest
    name = about["classes"][about["forget_class"]]
    return {
        key: entry(key, title_of(key, name), models.classifiers[key], about, ROLES[key])
        for key in TITLES
        if key in models.classifiers
    }


def folder_entries(models: Models) -> list[Entry]:
    """Every model of a folder under its manifest's title, before and after first."""
    order = sorted(models.classifiers, key=lambda name: (name != "before", name != "after", name))
    about = models.manifest["models"]
    return [
        entry(name, about[name]["title"], models.classifiers[name], models.manifest, name)
        for name in order
    ]


def entry(
    key: str, title: str, classifier: OnnxClassifier, manifest: Mapping[str, Any], role: str
) -> Entry:
    """Build an entry from a model folder's manifest."""
    return Entry(
        key=key,
        title=title,
        role=role,
        classifier=classifier,
        classes=tuple(manifest["classes"]),
        forget_class=manifest["forget_class"],
        redirect_to=manifest["redirect_to"],
        unlearned=key != "before" and manifest["method"] != "relearn",
    )


def choose(known: Mapping[str, Entry], wanted: Iterable[object]) -> list[Entry]:
    """The entries of these keys, unknown ones left out; the default pair if none is known."""
    keys = [key for key in wanted if isinstance(key, str) and key in known]
    return [known[key] for key in keys or DEFAULT if key in known]
