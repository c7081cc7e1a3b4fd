"""The records that are made of pictures: to click, seen inside models, and of the lesson.

All others are in `records`, which lists what each view takes.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class Picture(TypedDict):
    """A picture to click. The title is longer than the label, the caption below it shorter."""

    label: str
    picture: str
    title: NotRequired[str]
    caption: NotRequired[str]


class Pictures(TypedDict):
    """Pictures to click. `reveal`: say the label, and come into sight; `empty`: without any."""

    label: str
    items: list[Picture]
    reveal: NotRequired[bool]
    empty: NotRequired[str]


class InsideLayer(TypedDict):
    """What a layer leaves, in each model: tiles in rows of `across`, on one scale.

    `strengths` of each unit, 0..1; `differs`: units that differ between the models; `names` of
    units, if they have some.
    """

    title: str
    words: str
    across: int
    count: int
    names: Sequence[str]
    pictures: Sequence[str | None]
    strengths: Sequence[Sequence[float]]
    differs: Sequence[int]


class Inside(TypedDict):
    """Two models' layers, and the picture that they see. `chosen`: layer and unit, or nothing."""

    picture: str | None
    titles: Sequence[str]
    roles: Sequence[str]
    layers: list[InsideLayer]
    chosen: Sequence[int]


class UnitColumn(TypedDict):
    """A unit in one model: what it does, and the test images that it answers most strongly to."""

    title: str
    role: str
    words: str
    items: list[Picture]


class Unit(TypedDict):
    """A unit in each model."""

    title: str
    columns: list[UnitColumn]


class StrokesColumn(TypedDict):
    """Which ink speaks for a model's answer, and which against; None: nothing was asked."""

    title: str
    role: str
    answer: str
    speaks: str | None
    against: str | None


class Strokes(TypedDict):
    """The same for each model."""

    columns: list[StrokesColumn]


class Cloud(TypedDict):
    """Where test images lie in each model, and the drawing (`at`). `marked`: the label to see."""

    titles: Sequence[str]
    roles: Sequence[str]
    labels: Sequence[str]
    marked: str
    places: Sequence[Sequence[Sequence[float]]]
    at: Sequence[Sequence[float] | None]
    words: Sequence[str]


class SureSet(TypedDict):
    """The classes that cannot be excluded at a level, most probable first."""

    level: str
    names: Sequence[str]


class SureColumn(TypedDict):
    """The sets of one model; not `asked`: of a blank drawing."""

    title: str
    role: str
    asked: bool
    sets: list[SureSet]


class Sureness(TypedDict):
    """How sure each model is. `doubt`: why the drawing may be no digit, or nothing."""

    doubt: str
    columns: list[SureColumn]


class LessonNetwork(TypedDict):
    """A network of the lesson: `why` it fools, and what was measured of it, all shares."""

    key: str
    title: str
    role: str
    why: str
    acc_forget: float
    acc_retain: float
    probe: float
    rebuilt: float


class Lesson(TypedDict):
    """The lesson: After, output switched off, retrained, the project's own method, in this order.

    Answers by key, "before" among them; None: a blank pad. `taught`, `curves`: once each was taught
    five images. `query`: the address names the step before its #; `inside`: a tab shows layers.
    """

    classes: Sequence[str]
    forget: int
    redirect: int | None
    query: bool
    inside: bool
    networks: list[LessonNetwork]
    samples: list[Picture]
    answers: Mapping[str, Sequence[float]] | None
    taught: Mapping[str, Sequence[float]] | None
    curves: Mapping[str, Sequence[Sequence[float]]] | None
    teaching: bool
    status: str
