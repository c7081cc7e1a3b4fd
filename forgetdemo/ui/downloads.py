"""What a visitor may take home: verified files by hash, and zips of them."""

import io
import zipfile
from collections.abc import Callable, Mapping

from forgetdemo.files.checkpoint import MANIFEST, sha256_hex
from forgetdemo.predict.inference import Models

DOWNLOADS = ("before.onnx", "after.onnx", "manifest.json", "report.json")


def download_links(
    models: Models, names: tuple[str, ...] = DOWNLOADS, archives: tuple[str, ...] = ()
) -> str:
    """Links to verified files, by hash; `archives` are zips, under the manifest's hash."""
    hashes = {name: record["sha256"] for name, record in models.manifest["files"].items()}
    hashes[MANIFEST] = sha256_hex((models.directory / MANIFEST).read_bytes())
    wanted = [(name, hashes[name]) for name in names if name in hashes]
    wanted += [(name, hashes[MANIFEST]) for name in archives]
    links = [f'<a href="/download/{digest}/{name}" download>{name}</a>' for name, digest in wanted]
    return f'<div class="fd-downloads">{"".join(links)}</div>'


ARCHIVE = "everything.zip"
PLOTS = "plots.zip"
Plots = Callable[[], Mapping[str, bytes]]


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files as one zip, in order of their names and with fixed times: equal files, equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def links_of(models: Models) -> str:
    """Download links of a result: both models, manifest, report, plots, a zip of everything."""
    return download_links(models, archives=(PLOTS, ARCHIVE))


def archive_lookup(models: Models, plots: Plots, digest: str, name: str) -> bytes | None:
    """A file for the download route; the zips go by the manifest's hash.

    Args:
        models: of a folder whose pictures may lie elsewhere: a live run draws them last.
        plots: gives the pictures by name, {} where there are none.
        digest: SHA-256 of the file, or of the folder's manifest.
        name: what is asked for.
    Returns:
        None if this folder has no such file, or no pictures to pack.
    Raises:
        CheckpointError, OSError: a file is damaged, or gone.
    """
    if name not in (ARCHIVE, PLOTS):
        return models.download(digest, name)
    manifest = models.download(digest, MANIFEST)
    if manifest is None:
        return None
    pictures = dict(plots())
    if name == PLOTS:
        return archive(pictures) if pictures else None
    files = {name: models.file(name) for name in models.manifest["files"]}
    return archive(files | pictures | {MANIFEST: manifest})
