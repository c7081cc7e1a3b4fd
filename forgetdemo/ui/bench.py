"""What tabs share: what is served, before the page is laid out, and the bench, once it is.

The bench is the pad with its columns. Any tab may put a picture on it, or a model beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from forgetdemo.files.run import Run, read_run
from forgetdemo.predict.entry import TITLES
from forgetdemo.predict.sure import Thresholds
from forgetdemo.ui.events import Changes, Told, read_pad, session_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import DigitPad, View
from forgetdemo.views.comparison import compare
from forgetdemo.views.examples import Examples
from forgetdemo.views.pictures import load_samples
from forgetdemo.views.sure import sureness, thresholds


@dataclass(frozen=True, eq=False)
class Served:
    """What is the same for every visitor, read once."""

    library: Library
    run: Run  # of the shipped models
    report: Mapping[str, Any]  # of that run, as the views take it
    samples: Sequence[Mapping[str, Any]]  # test digits to click
    examples: Examples  # test images behind the cells of matrices
    sure: Thresholds | None = None  # measured for these models' original
    in_browser: bool = False  # the page without a server is there, too

    @classmethod
    def by(cls, library: Library) -> "Served":
        """Read what the shipped models come with.

        Raises:
            CheckpointError: their report or history is damaged.
        """
        run, about = read_run(library.shipped.directory), library.shipped.manifest
        examples = Examples(about["dataset"], library.manager.data, about.get("data_sha256"))
        sure = thresholds(library.shipped)
        return cls(library, run, run.report.to_dict(), load_samples(), examples, sure)

    def without_files(self) -> "Served":
        """The same for handlers, who live as long as the page: 15 MB of files are laid out."""
        return replace(self, run=replace(self.run, files={}))


@dataclass(frozen=True)
class Desk:
    """The pad, what models say of it, and the selectors of these models."""

    pad: DigitPad
    comparison: View
    preview: View
    sureness: View
    left: gr.Dropdown
    right: gr.Dropdown
    more: gr.CheckboxGroup


@dataclass(frozen=True, eq=False)
class Bench:
    """The laid-out page, as the tabs' handlers read and write it."""

    served: Served
    page: gr.Blocks
    tabs: gr.Tabs
    places: Mapping[str, gr.Tab]  # each tab by its id
    desk: Desk
    taught: gr.Dropdown  # chooses the model that is to relearn
    pairs: gr.State  # keys of the shipped pairs that this visitor opened

    @property
    def columns(self) -> set[Any]:
        """What chooses the models: the inputs that `onto_pad` is told."""
        return {self.desk.left, self.desk.right, self.desk.more}

    @property
    def asked(self) -> set[Any]:
        """The inputs that `drawn` is told."""
        return {self.desk.pad, *self.columns}

    @property
    def answers(self) -> list[Any]:
        """What `drawn` changes."""
        return [self.desk.comparison, self.desk.preview, self.desk.sureness]

    @property
    def opened(self) -> list[Any]:
        """What `onto_pad` changes."""
        return [self.desk.pad, *self.answers, self.tabs]

    @property
    def placed(self) -> list[Any]:
        """What `beside` changes."""
        return [self.desk.right, self.taught, *self.answers]

    def drawn(self, told: Told, request: gr.Request) -> Changes:
        """Answer what is on the pad, by the models of the columns.

        Raises:
            gr.Error: the pad's value is no drawing.
        """
        desk, more = self.desk, told[self.desk.more]
        wanted = [told[desk.left], told[desk.right], *(more if isinstance(more, list) else [])]
        entries = self.served.library.pick(session_of(request), wanted)
        drawing = read_pad(told[desk.pad])
        comparison, preview = compare(entries, drawing)
        before = self.served.library.shipped.classifiers["before"]
        sure = sureness(self.served.sure, before, entries, drawing)
        return {desk.comparison: comparison, desk.preview: preview, desk.sureness: sure}

    def onto_pad(self, picture: str, told: Told, request: gr.Request) -> Changes:
        """Put a picture on the pad, answer it, and open the pad's tab."""
        pad = self.desk.pad
        answered = self.drawn({**told, pad: picture}, request)
        return {pad: picture, **answered, self.tabs: gr.Tabs(selected="draw")}

    def beside(self, key: str, taught: object, told: Told, request: gr.Request) -> Changes:
        """Put a run of this visitor's into the right column, and among what can be taught.

        Args:
            key: the run's.
            taught: key of the model to choose for relearning.
            told: values of `asked`, and of `pairs`.
        """
        library, right = self.served.library, self.desk.right
        offered = library.choices(session_of(request))
        if key not in [known for _, known in offered]:
            return gr.skip()
        pairs = library.pairs.choices(told[self.pairs])
        return {
            right: gr.update(choices=offered + pairs, value=key),
            self.taught: gr.update(choices=teachable(offered), value=taught),
            **self.drawn({**told, right: key}, request),
        }

    def stop(self, request: gr.Request) -> None:
        """Stop this visitor's run; the worker is free within a second."""
        self.served.library.manager.stop(session_of(request))


def teachable(offered: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What can be made to relearn: the shipped After, and this session's runs."""
    return [(title, key) for title, key in offered if key == "after" or key not in TITLES]
