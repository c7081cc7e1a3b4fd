"""A model that can stand in a column of the page, and the titles of the shipped ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forgetdemo.predict.inference import Models, OnnxClassifier

ROLES = {"before": "before", "after": "after", "oracle": "oracle", "logit_mask": "masked"}
TITLES = {
    "before": "Before",
    "after": "After",
    "oracle": "Retrained without it",
    "logit_mask": "Output masked",
}
DEFAULT = ("before", "after")


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
    return {
        key: entry(key, TITLES[key], models.classifiers[key], models.manifest, ROLES[key])
        for key in TITLES
        if key in models.classifiers
    }


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
