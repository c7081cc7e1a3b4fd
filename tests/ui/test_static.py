"""The page without a server, offered by the app: a verified folder, and nothing beside it."""

import json
from pathlib import Path

import pytest

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.folder import WEB_FORMAT, write_folder
from forgetdemo.ui.static import LASTING, StaticPage, link
from tests.test_app import call

FILES = {"index.html": b"<p>", "sw.js": b"//", "app-1/a.js": b"let a", "data/x.1.bin": b"\0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "page", FILES, {}, WEB_FORMAT)
    return tmp_path / "page"


@pytest.mark.parametrize(
    ("name", "path", "kind"),
    [
        ("index.html", "/browser/", b"text/html; charset=utf-8"),
        ("sw.js", "/browser/sw.js", b"text/javascript; charset=utf-8"),
        ("app-1/a.js", "/browser/app-1/a.js", b"text/javascript; charset=utf-8"),
        ("data/x.1.bin", "/browser/data/x.1.bin", b"application/octet-stream"),
    ],
)
def test_every_file_has_its_type_and_as_long_as_it_may_be_kept(
    folder: Path, name: str, path: str, kind: bytes
) -> None:
    static = StaticPage(folder)
    status, headers, body = call(path, static=static)
    assert (status, body, headers[b"content-type"]) == (200, FILES[name], kind)
    assert (headers[b"cache-control"] == LASTING) == ("/" in name)
    assert headers[b"x-content-type-options"] == b"nosniff"
    status, headers, body = call(path, "HEAD", static=static)
    assert (status, body, headers[b"content-length"]) == (200, b"", b"%d" % len(FILES[name]))


@pytest.mark.parametrize(
    "path",
    [
        "/browser",
        "/browser/manifest.json",
        "/browser/../page/sw.js",
        "/browser//sw.js",
        "/browser/x",
    ],
)
def test_nothing_else_is_served(folder: Path, path: str) -> None:
    (folder / "x").write_text("not of the page")
    assert call(path, static=StaticPage(folder))[0] == 404
    assert call("/browser/", "POST", static=StaticPage(folder))[0] == 405
    assert call("/browser/")[0] == 404, "where no folder is given"


def test_a_file_that_was_taken_away_is_404(folder: Path) -> None:
    static = StaticPage(folder)
    (folder / "sw.js").unlink()
    assert call("/browser/sw.js", static=static)[0] == 404


def test_folders_that_are_no_such_page_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "sw.js").write_bytes(b"alert(1)")
    with pytest.raises(CheckpointError, match="damaged"):
        StaticPage(folder)
    write_folder(tmp_path / "other", FILES, {}, "other/1")
    with pytest.raises(CheckpointError, match="expected forgetdemo-web/1"):
        StaticPage(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        StaticPage(tmp_path / "nothing")


def test_the_link_leads_to_the_same_tab() -> None:
    assert 'href="browser/#relearn"' in link("relearn")
    assert json.dumps(link("unlearn"))  # text, as components take it
