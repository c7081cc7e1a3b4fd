"""The records of the static page alone; web/shared/records.js has the same, for JavaScript."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from forgetdemo.views.records import Audit, Confusion, Curves, Headline, MaskShares, Pair, PerClass


class SiteFile(TypedDict):
    """One file as it travels: `bytes` of this hash, which unpack to `size`."""

    path: str
    bytes: int
    sha256: str
    encoding: str
    size: int


class SiteModel(TypedDict):
    """A shipped model: the file that travels, whole or as a patch of before.onnx."""

    key: str
    title: str
    role: str
    file: str
    patch: bool
    sha256: str


class Sure(TypedDict):
    """Thresholds of how sure the models are: see `forgetdemo.predict.sure`."""

    least: Mapping[str, float]
    energy: float


class Site(TypedDict):
    """What the page is about, in index.html itself."""

    classes: Sequence[str]
    forget_class: int
    redirect_to: int | None
    models: list[SiteModel]
    format: str
    max_bytes: int
    preprocess_version: int
    sure: Sure | None
    files: Mapping[str, SiteFile]


class IndexedPair(Pair):
    """A pair, what was measured of it, and the hash of its model."""

    acc_forget: float
    acc_retain: float
    sha256: str


class PairTensor(TypedDict):
    """Where a tensor's first byte lies in before.onnx."""

    shape: Sequence[int]
    offset: int


class Weight(PairTensor):
    """A weight of before.onnx by its name."""

    name: str


class StepKind(TypedDict):
    """A gradient step's graph, and the settings that it serves; `redirects` null: both kinds."""

    name: str
    methods: Sequence[str]
    redirects: bool | None
    batch_forget: int
    batch_retain: int


class RunSettings(TypedDict):
    """What the page's learner reads of Python's UnlearnConfig."""

    method: str
    forget_class: int
    redirect_to: int | None
    seed: int
    mask_fraction: float
    steps: int
    batch_forget: int
    batch_retain: int
    pool: str
    pool_per_class: int
    peak_lr: float
    one_cycle: bool
    weight_retain: float
    weight_penalty: float
    weight_redirect: float
    temperature: float


class LessonSettings(TypedDict):
    """What it reads of Python's RelearnConfig."""

    forget_class: int
    images: int
    steps: int
    seed: int
    lr: float
    momentum: float
    batch_forget: int
    batch_retain: int


class Learning(TypedDict):
    """What the page's learner must know: the network, the graphs' contract, settings to begin with.

    `rest`: the tensors in a state's `rest`, in order; `places`: where a weight's bytes begin in the
    graph of features; `redirecting`, `natural`: a run with and without a substitute; `points`: when
    a lesson's curve is measured, on the first `watched` test images of the class; `ranges`: of the
    form's numbers; `counts`: images of the lessons that `recovery` has curves of, by digit, model
    and count; `manifest`: JSON, the shipped one's part that stays true.
    """

    tensors: Sequence[Weight]
    shapes: Mapping[str, Sequence[int]]
    dense: Sequence[str]
    maps: Sequence[int]
    rest: Sequence[str]
    places: Mapping[str, int]
    steps: Sequence[StepKind]
    redirecting: RunSettings
    natural: RunSettings
    lesson: LessonSettings
    points: Sequence[int]
    ranges: Mapping[str, Sequence[float]]
    watched: int
    counts: Sequence[int]
    recovery: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]
    manifest: str


class InsideLayerFile(TypedDict):
    """A layer of any exported model: the output that a tail makes it give, and its shape."""

    name: str
    output: str
    shape: Sequence[int]


class LinePoint(TypedDict):
    """A model at `alpha` from Before (0) to After (1): answers to the class, and to the others."""

    alpha: float
    row: Sequence[float]
    acc_retain: float
    loss_retain: float


class InsideFile(TypedDict):
    """What the Inside tab must know: see `forgetdemo.predict.inside`.

    `tail`: base64. `line`: of the shipped pair, by alpha; `barriers`: of its lines, in nats.
    `probe`: what the shipped audit says of features, in one sentence.
    """

    tail: str
    layers: list[InsideLayerFile]
    tensors: list[Weight]
    line: list[LinePoint]
    barriers: Mapping[str, float]
    probe: str


class PairIndex(TypedDict):
    """pairs.json, as far as the page reads it. Tensors in the order that positions count in."""

    classes: Sequence[str]
    pairs: list[IndexedPair]
    tensors: list[PairTensor]


class ReportViews(TypedDict):
    """The Report tab."""

    honest: str
    headline: Headline
    before: Confusion
    after: Confusion
    perClass: PerClass
    maskShares: MaskShares | None
    curves: list[Curves]


class AuditView(TypedDict):
    """The audit, and what it does not show."""

    report: Audit
    limits: str
