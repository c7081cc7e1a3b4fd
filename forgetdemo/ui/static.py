"""The page without a server, where the operator has a folder of it: served as it is."""

from pathlib import Path

from forgetdemo.files.folder import WEB_FORMAT, read_folder
from forgetdemo.ui.downloads import Download
from forgetdemo.views.markup import Markup, html

PREFIX = "/browser/"  # where it is, below the app
LINK = "browser/"  # the same, from the app's page, which a proxy may serve under another path
INDEX = "index.html"
TYPES = {
    "html": b"text/html; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "css": b"text/css; charset=utf-8",
    "json": b"application/json",
    "txt": b"text/plain; charset=utf-8",
}
OTHER = b"application/octet-stream"
FRESH, LASTING = b"no-cache", b"public, max-age=31536000, immutable"


def link(tab: str) -> Markup:
    """A sentence that leads to the same tab of that page."""
    return html(
        '<p class="fd-small"><a href="{}#{}">Do it in this browser</a> instead: no server learns, '
        "and nothing that you draw leaves it.</p>",
        LINK,
        tab,
    )


class StaticPage:
    """A folder that `python -m export.web` wrote."""

    def __init__(self, directory: Path) -> None:
        """Verify all of it, once.

        Raises:
            FileNotFoundError, CheckpointError: it is no such folder, or damaged.
        """
        manifest, _ = read_folder(directory, (WEB_FORMAT,))
        self._directory, self._names = directory, frozenset(manifest["files"])

    def find(self, path: str) -> tuple[Download, list[tuple[bytes, bytes]]] | None:
        """What lies at a path below `PREFIX`, and what its headers say; None: nothing does.

        Names of code and data change with their content, so browsers may keep those for ever.

        Raises:
            OSError: the file was taken away.
        """
        name = path.removeprefix(PREFIX) or INDEX
        if name not in self._names:
            return None
        kind = TYPES.get(name.rpartition(".")[2], OTHER)
        kept = LASTING if "/" in name else FRESH
        headers = [(b"content-type", kind), (b"cache-control", kept)]
        return Download.of_file(self._directory / name), headers
