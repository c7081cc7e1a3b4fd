"""What a visitor may take home: verified files by hash, and zips of them, made once and kept."""

import io
import os
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from forgetdemo.files.checkpoint import MANIFEST, sha256_hex
from forgetdemo.files.writing import write_atomic
from forgetdemo.predict.inference import Models
from forgetdemo.views.markup import Markup, html

DOWNLOADS = ("before.onnx", "after.onnx", "manifest.json", "report.json")
CHUNK = 64 * 1024  # bytes sent at a time
ARCHIVE = "everything.zip"
PLOTS = "plots.zip"
Plots = Callable[[], Mapping[str, bytes]]


class NotYet(Exception):
    """What was asked for is being made; ask again in a moment."""


class Download:
    """An opened file, or bytes: its size is known before any of it is read. Close it after use."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self.size = file, size

    @classmethod
    def of_bytes(cls, data: bytes) -> "Download":
        """Bytes that are in memory."""
        return cls(io.BytesIO(data), len(data))

    @classmethod
    def of_file(cls, path: Path) -> "Download":
        """A file; what is opened stays readable though it be replaced. Raises OSError."""
        file = open(path, "rb")
        return cls(file, os.fstat(file.fileno()).st_size)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, all of them by default; b"" at the end."""
        return self._file.read(size)

    def __enter__(self) -> "Download":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def download_links(
    models: Models, names: tuple[str, ...] = DOWNLOADS, archives: tuple[str, ...] = ()
) -> Markup:
    """Links to verified files, by hash; `archives` are zips, under the manifest's hash.

    They start where the page is, which a proxy may serve under another path than we do.
    """
    hashes = {name: record["sha256"] for name, record in models.manifest["files"].items()}
    hashes[MANIFEST] = sha256_hex((models.directory / MANIFEST).read_bytes())
    wanted = [(name, hashes[name]) for name in names if name in hashes]
    wanted += [(name, hashes[MANIFEST]) for name in archives]
    links = [
        html('<a href="download/{}/{}" download>{}</a>', digest, name, name)
        for name, digest in wanted
    ]
    return html('<div class="fd-downloads">{}</div>', links)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files as one zip, in order of their names and with fixed times: equal files, equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def links_of(models: Models) -> Markup:
    """Download links of a result: both models, manifest, report, plots, a zip of everything."""
    return download_links(models, archives=(PLOTS, ARCHIVE))


class Archives:
    """Zips on disk, each made once, beside the run that they are of: they go when it goes."""

    def __init__(self) -> None:
        self._making = threading.Lock()  # one at a time: half a second and 13 MB each

    def find(
        self, models: Models, plots: Plots, place: Path, digest: str, name: str
    ) -> Download | None:
        """A zip by the hash of the folder's manifest.

        Args:
            models: of a folder whose pictures may lie elsewhere: a live run draws them last.
            plots: gives the pictures by name, {} where there are none.
            place: folder that keeps the zips.
            digest: SHA-256 of the folder's manifest.
            name: `ARCHIVE` or `PLOTS`.
        Returns:
            None if this is another folder's hash, or there are no pictures to pack.
        Raises:
            NotYet: the pictures are being drawn.
            CheckpointError, OSError: a file is damaged, or gone; or the disk is full.
        """
        kept = place / f"{digest[:16]}-{name}"
        try:
            return Download.of_file(kept)
        except FileNotFoundError:
            pass
        manifest = models.download(digest, MANIFEST)
        if manifest is None:
            return None
        with self._making:
            if not kept.exists():
                files = dict(plots())
                if name == ARCHIVE:
                    files |= {other: models.file(other) for other in models.manifest["files"]}
                    files[MANIFEST] = manifest
                if not files:
                    return None
                _keep(kept, archive(files))
        return Download.of_file(kept)


def _keep(path: Path, data: bytes) -> None:
    """Write a file whole, in place of older ones.

    Raises:
        OSError: the folder is gone, since the run is, or the disk is full.
    """
    write_atomic(path, data)
    for older in path.parent.glob(f"*-{path.name.partition('-')[2]}"):
        if older != path:
            older.unlink(missing_ok=True)
