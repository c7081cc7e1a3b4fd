"""The records that Python hands to both pages; web/shared/records.js has the same, for JavaScript.

Shares are fractions 0..1, pictures data URLs; a role is a colour and a hatch of style.css. Those of
the static page alone are in export/web/records.py.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from forgetdemo.views.picture_records import (
    Cloud,
    Inside,
    Lesson,
    Pictures,
    Strokes,
    Sureness,
    Unit,
)


class ComparisonColumn(TypedDict):
    """One model's answer; None: nothing was asked."""

    key: str
    title: str
    role: str
    probabilities: Sequence[float] | None


class Comparison(TypedDict):
    """The models' answers to one drawing, side by side."""

    classes: Sequence[str]
    columns: list[ComparisonColumn]
    sentence: str


class Preview(TypedDict):
    """What the models see."""

    picture: str | None
    note: str


class Confusion(TypedDict):
    """Counts of answers, rows by truth. `still`: nothing is behind its cells."""

    title: str
    role: str
    classes: Sequence[str]
    forget: int
    counts: Sequence[Sequence[int]]
    still: NotRequired[bool]


class Figure(TypedDict):
    """One of the figures above everything else, as text."""

    name: str
    before: str
    after: str
    note: str


Headline = list[Figure]


class PerClass(TypedDict):
    """Accuracy by class."""

    classes: Sequence[str]
    forget: int
    before: Sequence[float]
    after: Sequence[float] | None


class MaskLayer(TypedDict):
    """What a mask let move in one layer."""

    editable: int
    total: int
    changed: int
    max_abs_change: float
    relative_change: float


class MaskShares(TypedDict):
    """The certificate of a mask: how many weights it let move, and that no other did."""

    editable: int
    total: int
    fraction: float
    changed: int
    max_abs_change_outside: float
    layers: Mapping[str, MaskLayer]


State = Literal["running", "done", "failed"]


class Progress(TypedDict):
    """How far a run has come; None: nobody knows."""

    text: str
    share: float | None
    state: State


class Line(TypedDict):
    """A line of `Curves`: [x, y] by point."""

    name: str
    role: NotRequired[str]
    points: Sequence[Sequence[float]]


class Band(TypedDict):
    """Where several lines lie: step, lowest, highest."""

    name: str
    role: str
    points: Sequence[Sequence[float]]


class Curves(TypedDict):
    """Lines over steps. `xMax` fixes the axis while a run goes on."""

    title: str
    xLabel: str
    yRange: NotRequired[Sequence[float]]
    xMax: NotRequired[int | None]
    band: NotRequired[Band]
    lines: list[Line]


class HeatLayer(TypedDict):
    """Which weights of one layer moved, as a picture of so many pixels."""

    layer: str
    picture: str
    width: int
    height: int
    changed: int
    total: int
    largest: float


Heat = list[HeatLayer]


class MorphAnswer(TypedDict):
    """What one model says to one blend."""

    answer: int
    confidence: float


class MorphStep(TypedDict):
    """One blend, and the answers by model."""

    picture: str
    answers: list[MorphAnswer]


class Morph(TypedDict):
    """Between two digits; titles and roles by model."""

    classes: Sequence[str]
    titles: list[str]
    roles: list[str]
    steps: list[MorphStep]


class AuditRow(TypedDict):
    """One measure of all models; None: not measured, or beyond `cap`."""

    name: str
    title: str
    group: str
    arrow: str
    unit: str
    low: float | None
    high: float | None
    explain: str
    run: float | None
    original: float | None
    held_out: float | None
    control: float | None
    random_init: float | None
    oracles: Sequence[float | None]
    oracle_mean: float | None
    oracle_sd: float | None
    z: float | None
    inside: bool | None
    reliable: bool | None
    cap: float | None
    flags: Sequence[str]


class AuditCertificate(TypedDict):
    """A mask's certificate, and what the audit found outside the mask."""

    editable: int
    total: int
    changed: int
    max_abs_change_outside: float
    integrity: float


class AuditVerdict(TypedDict):
    """An audit in one or two sentences."""

    level: str
    sentence: str


class HeldOut(TypedDict):
    """How often the held-out oracle lies among the others."""

    inside: int
    judged: int


class AuditAbout(TypedDict):
    """What an audit compared with."""

    oracles: int
    held_out: HeldOut


class Audit(TypedDict):
    """audit.json, as far as it is drawn. Curves by model and images; destinations by model."""

    classes: Sequence[str]
    forget_class: int
    rows: list[AuditRow]
    steps: Sequence[int]
    curves: Mapping[str, Mapping[str, Sequence[float]]]
    destinations: Mapping[str, Sequence[float]]
    certificate: AuditCertificate | None
    verdict: AuditVerdict
    about: AuditAbout


class MethodCell(TypedDict):
    """A figure over seeds; `beyond` counts those that ended beyond the curve."""

    mean: float | None
    sd: float | None
    beyond: int


class MethodRow(TypedDict):
    """One method, or what it is compared with; a note stands in place of the cells."""

    name: str
    note: str
    cells: Mapping[str, MethodCell]


class MethodColumn(TypedDict):
    """The head of a column: a measure."""

    name: str
    title: str
    arrow: str
    unit: str
    explain: str


class ScatterPoint(TypedDict):
    """One method: retained accuracy, and a figure."""

    name: str
    role: str
    x: float
    y: float


class Scatter(TypedDict):
    """A figure against retained accuracy, and where the oracles lie."""

    title: str
    yLabel: str
    points: list[ScatterPoint]
    band: Sequence[float] | None


class Methods(TypedDict):
    """Methods side by side."""

    columns: list[MethodColumn]
    rows: list[MethodRow]
    panels: list[Scatter]
    note: str


class Pair(TypedDict):
    """One pair of a digit and its substitute."""

    forget: int
    redirect: int
    drop: float
    redirect_rate: float
    seconds: float


class Pairs(TypedDict):
    """The map of all pairs."""

    classes: Sequence[str]
    rows: list[Pair]
    notes: list[str]


class Views(TypedDict):
    """What each view takes, by its name in JavaScript."""

    comparison: Comparison
    preview: Preview
    confusion: Confusion
    headline: Headline
    perClass: PerClass
    maskShares: MaskShares
    progress: Progress
    curves: Curves
    pictures: Pictures
    heat: Heat
    morph: Morph
    audit: Audit
    methods: Methods
    pairs: Pairs
    lesson: Lesson
    inside: Inside
    unit: Unit
    strokes: Strokes
    cloud: Cloud
    sureness: Sureness


Record = (
    Comparison
    | Preview
    | Confusion
    | Headline
    | PerClass
    | MaskShares
    | Progress
    | Curves
    | Pictures
    | Heat
    | Morph
    | Audit
    | Methods
    | Pairs
    | Lesson
    | Inside
    | Unit
    | Strokes
    | Cloud
    | Sureness
)


def show(data: Record | None) -> str:
    """JSON for a `View`; an empty string for None, which empties it."""
    return "" if data is None else json.dumps(data, separators=(",", ":"))
