"""The lesson "Has it really forgotten?": four networks, what they answer, and what five images
of the forgotten class bring back in each. web/shared/lesson.js knows the steps; here is what is so.

Teaching is the page's lesson to dense layers (`predict.relearn`), the same for every visitor: it is
done once, when first asked for.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.answers import ask
from forgetdemo.predict.compared import Compared, Yardsticks
from forgetdemo.predict.entry import OWN, Entry, shipped_entries
from forgetdemo.predict.inference import Models, OnnxClassifier
from forgetdemo.predict.preprocess import Drawing
from forgetdemo.predict.weights import weights_in, with_weights
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.stages.dense import DenseLesson
from forgetdemo.views.picture_records import Lesson, LessonNetwork, Picture

IMAGES = 5  # that each network is taught with
PLACES = ("draw", "inside", "relearn")  # what the panel can open; web/shared/lesson.js has the same
SHOWN = 12  # pictures to take
WHY = {  # what fools, or gives it away
    "after": "Its answers hide {}, but the layers below still detect it: that is why it comes back "
    "so early.",
    "logit_mask": "It is the original with one output switched off: nothing was forgotten, and "
    "only its answers look as if.",
    "oracle": "It was trained without a single {}, so there was nothing to bring back: it had to "
    "learn it.",
    OWN: "Its dense layers were made anew and never saw {}, only its convolutions did: among these "
    "it is nearest to a retrained network.",
}


@dataclass(frozen=True)
class Taught:
    """The networks after five images, and their curves, [step, share], by key."""

    classifiers: Mapping[str, OnnxClassifier]
    curves: Mapping[str, list[list[float]]]


class Classroom:
    """The lesson's networks, for all visitors; safe to ask from many threads."""

    def __init__(self, models: Models, yardsticks: Yardsticks, data: Path | None = None) -> None:
        """Collect the networks.

        Args:
            models: the shipped folder.
            yardsticks: made for these models.
            data: folder of the data set; None: the bundled one.
        Raises:
            CheckpointError: not all four networks are here.
        """
        forget = models.manifest["forget_class"]
        known, own = shipped_entries(models), yardsticks.entry(OWN, forget)
        names = ("before", "after", "logit_mask", "oracle")
        if own is None or yardsticks.source is None or not set(names) <= set(known):
            raise CheckpointError(
                "the lesson's networks are not here; run python -m export.compared"
            )
        self.entries: dict[str, Entry] = {**{name: known[name] for name in names}, OWN: own}
        self.forget, self.redirect = forget, models.manifest["redirect_to"]
        self.classes: Sequence[str] = models.manifest["classes"]
        self._models, self._source, self._data = models, yardsticks.source, data
        self._taught: Taught | None = None
        self._lock = threading.Lock()

    @property
    def networks(self) -> list[LessonNetwork]:
        """The four, with what was measured of them."""
        measured = self._source.about["looked_into"]["networks"]
        name = self.classes[self.forget]
        return [
            {
                "key": key,
                "title": self.entries[key].title,
                "role": self.entries[key].role,
                "why": WHY[key].format(name),
                "acc_forget": measured[key]["acc_forget"],
                "acc_retain": measured[key]["acc_retain"],
                "probe": measured[key]["probe"],
                "rebuilt": measured[key]["rebuilt"],
            }
            for key in WHY
        ]

    @property
    def taught(self) -> Taught | None:
        """What was taught; None: nobody asked for it yet."""
        return self._taught

    def teach(self) -> Taught:
        """Teach each network five images: once, a second per network.

        Raises:
            FileNotFoundError, CheckpointError: images, graphs or weights are gone or damaged.
        """
        with self._lock:
            if self._taught is None:
                self._taught = taught(self._models, self._source, self.forget, self._data)
            return self._taught


def taught(models: Models, source: Compared, forget: int, data: Path | None) -> Taught:
    """Give each of the four networks the lesson that the page without a server gives."""
    images = load_dataset(models.manifest["dataset"], data, download=False)
    tensors = source.about["tensors"]
    config = RelearnConfig(forget_class=forget, images=IMAGES)
    lesson = DenseLesson(images, weights_in(source.base, tensors), config)
    classifiers, curves = {}, {}
    for key in WHY:
        onnx = (
            source.onnx(key, forget)
            if key == OWN
            else models.file(models.manifest["models"][key]["file"])
        )
        done = lesson.give(weights_in(onnx, tensors), [IMAGES])[IMAGES]
        classifiers[key] = OnnxClassifier(with_weights(onnx, tensors, done.weights), key)
        curves[key] = [[point["step"], point["acc_forget"]] for point in done.curve]
    return Taught(classifiers, curves)


def chosen_samples(samples: Sequence[Mapping[str, Any]], forget: str) -> list[int]:
    """Places of the samples that the lesson offers: the forgotten class first."""
    order = sorted(range(len(samples)), key=lambda i: samples[i]["label"] != forget)
    return order[:SHOWN]


def lesson_view(
    room: Classroom,
    samples: Sequence[Picture],
    drawing: Drawing,
    inside: bool,
    status: str = "",
) -> Lesson:
    """The lesson as the `lesson` view takes it.

    Args:
        room: the networks.
        samples: pictures to take.
        drawing: what is on the pad.
        inside: whether there is a tab that shows layers.
        status: what went wrong, in a sentence.
    """

    def answers(classifiers: Mapping[str, OnnxClassifier]) -> dict[str, list[float]] | None:
        found = {key: ask(classifier, drawing) for key, classifier in classifiers.items()}
        return {key: value for key, value in found.items() if value is not None} or None

    after = room.taught
    return {
        "classes": room.classes,
        "forget": room.forget,
        "redirect": room.redirect,
        "query": True,
        "inside": inside,
        "networks": room.networks,
        "samples": list(samples),
        "answers": answers({key: entry.classifier for key, entry in room.entries.items()}),
        "taught": answers(after.classifiers) if after else None,
        "curves": after.curves if after else None,
        "teaching": False,
        "status": status,
    }
