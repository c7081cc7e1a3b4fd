"""Test images behind the cells of a confusion matrix, and what two models say of each."""

import threading
from pathlib import Path

import numpy as np

from forgetdemo.data import Images, load_dataset
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.entry import Entry
from forgetdemo.predict.preprocess import canvas_of, png_url
from forgetdemo.views.picture_records import Picture, Pictures

SHOWN = 24  # pictures per cell
BATCH = 500
KEPT = 64  # models whose answers are remembered


class Examples:
    """Answers of models on the test images: computed once per model, safe among visitors."""

    def __init__(
        self, dataset: str = "mnist", data: Path | None = None, sha256: str | None = None
    ) -> None:
        """Nothing is loaded before the first question.

        Args:
            dataset: its name.
            data: folder of its files; None: the bundled ones.
            sha256: of the data that the models were made from; None: any.
        """
        self._dataset, self._data, self._sha256 = dataset, data, sha256
        self._answers: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    def images(self) -> Images:
        """The test images; never fetched, as only torch's side downloads.

        Raises:
            FileNotFoundError, CheckpointError: as `load_dataset`; or they are other files than
                the models were made from.
        """
        found = load_dataset(self._dataset, self._data, download=False)
        if self._sha256 not in (None, found.sha256):
            raise CheckpointError(f"the models were made from other {self._dataset} files")
        return found.test

    def answers(self, entry: Entry) -> np.ndarray:
        """What a model answers to every test image: (N,) int64."""
        with self._lock:
            if entry.key not in self._answers:
                test = self.images()
                parts = [
                    entry.classifier(test.take(index).floats())[1].argmax(1)
                    for index in np.array_split(np.arange(len(test)), max(1, len(test) // BATCH))
                ]
                if len(self._answers) >= KEPT:
                    self._answers.pop(next(iter(self._answers)))
                self._answers[entry.key] = np.concatenate(parts)
            return self._answers[entry.key]

    def knows(self, entry: Entry) -> bool:
        """Whether `answers` would return at once."""
        return entry.key in self._answers

    def cell(
        self, left: Entry, right: Entry, of: Entry, truth: int, predicted: int
    ) -> tuple[Pictures, list[int]]:
        """The pictures of one cell, as the `pictures` view takes them, and their positions.

        Args:
            left, right: the two models named under each picture.
            of: the model whose matrix was clicked.
            truth, predicted: row and column.
        Raises:
            FileNotFoundError, CheckpointError: the images are not here.
        """
        test = self.images()
        chosen = np.flatnonzero((test.labels == truth) & (self.answers(of) == predicted))
        names = of.classes
        items: list[Picture] = []
        for at in chosen[:SHOWN].tolist():
            said = [names[self.answers(entry)[at]] for entry in (left, right)]
            items.append(
                {
                    "label": f"test image {at}",
                    "title": f"test image {at}, {names[truth]}: {left.title} says {said[0]}, "
                    f"{right.title} says {said[1]}",
                    "caption": f"{said[0]} → {said[1]}",
                    "picture": png_url(test.pixels[at]),
                }
            )
        many = f"{len(chosen):,} test image{'' if len(chosen) == 1 else 's'}"
        if len(chosen) > SHOWN:
            many = f"{SHOWN} of {many}"
        view: Pictures = {
            "label": f"{many} of {names[truth]}: {of.title} answers {names[predicted]}. "
            f"Below each: {left.title} → {right.title}",
            "reveal": True,
            "items": items,
            "empty": "No test image is in this cell.",
        }
        return view, chosen[:SHOWN].tolist()

    def on_pad(self, index: int) -> str:
        """One test image as the pad shows it: a data URL."""
        return png_url(canvas_of(self.images().pixels[index]))
