"""What may be taken home: verified files by their hash, and zips that repeat."""

import io
import re
import zipfile

import pytest

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.downloads import archive_lookup, download_links


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


def test_each_link_leads_to_its_file(models: Models) -> None:
    found = re.findall(r'href="/download/([0-9a-f]{64})/([^"]+)"', download_links(models))
    assert [name for _, name in found] == [
        "before.onnx",
        "after.onnx",
        "manifest.json",
        "report.json",
    ]
    for digest, name in found:
        assert models.download(digest, name) == (MODELS_DIR / name).read_bytes()


def test_an_archive_holds_every_file_and_repeats(models: Models) -> None:
    manifest = (MODELS_DIR / "manifest.json").read_bytes()
    drawn = {"plots/curves.png": b"late"}
    asked = models, lambda: drawn, sha256_hex(manifest)
    data = archive_lookup(*asked, "everything.zip")
    assert data and data == archive_lookup(*asked, "everything.zip")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert set(packed.namelist()) == {*models.manifest["files"], *drawn, "manifest.json"}
        assert packed.read("after.onnx") == models.file("after.onnx")
    plots = archive_lookup(*asked, "plots.zip")
    assert plots is not None
    with zipfile.ZipFile(io.BytesIO(plots)) as packed:
        assert packed.namelist() == [*drawn]
    assert archive_lookup(models, dict, asked[2], "plots.zip") is None, "there are none"
    assert archive_lookup(models, dict, "0" * 64, "everything.zip") is None
