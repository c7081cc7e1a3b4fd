"""What models answer to one drawing, as JSON and as one sentence; torch-free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forgetdemo.predict.entry import Entry, folder_entries
from forgetdemo.predict.inference import Models, OnnxClassifier
from forgetdemo.predict.preprocess import Drawing, png_url

UNSURE = 0.5  # a highest probability below this is called unsure


@dataclass(frozen=True)
class Column:
    """One model's answer. `probabilities` None: nothing was asked (a blank pad).

    `forget_class` is None for a model that was not made to forget anything.
    """

    title: str
    classes: Sequence[str]
    probabilities: Sequence[float] | None
    forget_class: int | None = None
    redirect_to: int | None = None

    @property
    def answer(self) -> int:
        """The most probable class; -1 where nothing was asked."""
        p = self.probabilities
        return -1 if p is None else max(range(len(p)), key=p.__getitem__)

    @property
    def runner_up(self) -> int:
        """The second most probable class; -1 where nothing was asked."""
        p = self.probabilities
        return -1 if p is None else sorted(range(len(p)), key=p.__getitem__)[-2]

    def words(self) -> str:
        """'Before: 6, 99.8 %' or '… (unsure)'."""
        assert self.probabilities is not None
        share = self.probabilities[self.answer]
        unsure = " (unsure)" if share < UNSURE else ""
        return f"{self.title}: {self.classes[self.answer]}, {100 * share:.1f} %{unsure}"


def change(before: Column, after: Column) -> str:
    """What happened between two answers, in one or two words."""
    if before.answer == after.answer:
        return "the same answer" if after.answer != after.forget_class else "not forgotten here"
    if before.answer != after.forget_class:
        return "another answer"
    if after.answer == after.redirect_to:
        return "redirected"
    if after.answer == before.runner_up:
        return "forgotten, its runner-up"
    return f"forgotten towards {after.classes[after.answer]}"


def describe(columns: Sequence[Column], blank: bool) -> str:
    """One sentence for the first two columns; an invitation for a blank pad."""
    if blank:
        return "Draw a digit."
    first, *others = columns
    if not others:
        return f"{first.words()}."
    return f"{first.words()}. {others[0].words()}: {change(first, others[0])}."


def ask(classifier: OnnxClassifier, drawing: Drawing, quality: float = 1.0) -> list[float] | None:
    """Probabilities (10) of one drawing; None if it is blank.

    `quality` below 1, of a picture that is hard to read, draws them towards 1/10 each: with
    1 - `quality` what was read is not what was written, and then nothing is known.
    """
    if drawing.is_blank:
        return None
    probabilities = classifier(drawing.floats())[0][0]
    if quality < 1:
        probabilities = quality * probabilities + (1 - quality) / len(probabilities)
    return probabilities.tolist()


def columns_of(entries: Iterable[Entry], drawing: Drawing, quality: float = 1.0) -> list[Column]:
    """Ask every model about one drawing."""
    return [
        Column(
            title=entry.title,
            classes=entry.classes,
            probabilities=ask(entry.classifier, drawing, quality),
            forget_class=entry.forget_class if entry.unlearned else None,
            redirect_to=entry.redirect_to,
        )
        for entry in entries
    ]


def answer(models: Models, drawing: Drawing, quality: float = 1.0) -> dict[str, Any]:
    """All models' answers as JSON takes them: the body of /predict.

    Returns:
        blank, note, sentence, picture (data URL of the 28×28 pixels), and per model its title,
        answer (class or None), label, confidence and ten probabilities.
    """
    entries = folder_entries(models)
    columns = columns_of(entries, drawing, quality)
    return {
        "blank": drawing.is_blank,
        "note": drawing.note,
        "picture": png_url(drawing.pixels),
        "sentence": describe(columns, drawing.is_blank),
        "models": {e.key: as_json(c) for e, c in zip(entries, columns, strict=True)},
    }


def as_json(column: Column) -> Mapping[str, Any]:
    """One column as JSON takes it."""
    asked = column.probabilities is not None
    best = column.answer
    return {
        "title": column.title,
        "answer": best if asked else None,
        "label": column.classes[best] if asked else None,
        "confidence": column.probabilities[best] if column.probabilities is not None else None,
        "probabilities": list(column.probabilities) if column.probabilities is not None else None,
    }
