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


class Site(TypedDict):
    """What the page is about, in index.html itself."""

    classes: Sequence[str]
    forget_class: int
    redirect_to: int | None
    models: list[SiteModel]
    format: str
    max_bytes: int
    preprocess_version: int
    files: Mapping[str, SiteFile]


class IndexedPair(Pair):
    """A pair, and the hash of its model."""

    sha256: str


class PairTensor(TypedDict):
    """Where a tensor's first byte lies in before.onnx."""

    shape: Sequence[int]
    offset: int


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
