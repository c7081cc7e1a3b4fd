"""What may be taken home: verified files by their hash, and zips that are made once."""

import io
import re
import threading
import zipfile
from pathlib import Path

import pytest

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui import downloads
from forgetdemo.ui.downloads import ARCHIVE, PLOTS, Archives, Download, download_links

SHIPPED = sha256_hex((MODELS_DIR / "manifest.json").read_bytes())


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


def test_each_link_leads_to_its_file(models: Models) -> None:
    found = re.findall(r'href="download/([0-9a-f]{64})/([^"]+)"', download_links(models))
    assert [name for _, name in found] == [
        "before.onnx",
        "after.onnx",
        "manifest.json",
        "report.json",
    ]
    for digest, name in found:
        assert models.download(digest, name) == (MODELS_DIR / name).read_bytes()


def content(download: Download | None) -> bytes:
    assert download is not None
    with download:
        data = download.read()
    assert len(data) == download.size
    return data


def names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return packed.namelist()


def test_an_archive_holds_every_file_and_is_made_once(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = {"plots/curves.png": b"late"}
    archives = Archives()
    asked = models, lambda: drawn, tmp_path, SHIPPED
    data = content(archives.find(*asked, ARCHIVE))
    assert {*names(data)} == {*models.manifest["files"], *drawn, "manifest.json"}
    assert names(content(archives.find(*asked, PLOTS))) == [*drawn]
    monkeypatch.setattr(downloads, "archive", None)  # nothing is packed again
    assert content(Archives().find(*asked, ARCHIVE)) == data
    assert len(list(tmp_path.iterdir())) == 2
    assert archives.find(models, dict, tmp_path, "0" * 64, ARCHIVE) is None


def test_no_pictures_no_zip_of_them(models: Models, tmp_path: Path) -> None:
    assert Archives().find(models, dict, tmp_path, SHIPPED, PLOTS) is None
    assert not list(tmp_path.iterdir())


def test_a_crowd_has_one_archive_made(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    pack = downloads.archive

    def counted(files: dict[str, bytes]) -> bytes:
        made.append(1)
        return pack(files)

    monkeypatch.setattr(downloads, "archive", counted)
    archives, found = Archives(), list[bytes]()

    def ask() -> None:
        found.append(content(archives.find(models, dict, tmp_path, SHIPPED, ARCHIVE)))

    crowd = [threading.Thread(target=ask) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(made) == 1 and len(found) == 8 and len(set(found)) == 1


def test_a_full_disk_leaves_no_half_archive(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="the disk is full"):
        Archives().find(models, dict, tmp_path, SHIPPED, ARCHIVE)
    assert not list(tmp_path.iterdir())
