"""The static page's own files: scripts and styles with their hashes, index.html, the worker."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from export.web.data import Wire
from export.web.records import Site, SiteModel
from forgetdemo.files.checkpoint import MANIFEST, sha256_hex
from forgetdemo.files.folder import MODELS_FORMAT
from forgetdemo.predict.inference import MAX_BYTES, Models
from forgetdemo.settings.constants import PREPROCESS_VERSION
from forgetdemo.views.markup import Content, Markup, as_json, escaped, html
from forgetdemo.views.scripts import SHARED, WEB, shared
from forgetdemo.views.sure import thresholds

PAGE = WEB / "page"
HEAD = "page/start.js"  # before anything is painted
MAIN = "page/page.js"
PAGES = ("index.html", "sw.js")
WORKER_LINE = 'const SITE = { version: "source" };'
NUMBERS = [str(digit) for digit in range(10)]
PAIR_MANIFEST = "pair.json"  # the folder's own manifest.json is another


def read_code() -> dict[str, bytes]:
    """Scripts and styles by place: what both pages share, and this page's own but the two pages."""
    paths = [SHARED / name for name in (*shared("scripts"), *shared("styles"))]
    paths += [p for p in PAGE.iterdir() if p.suffix in (".js", ".css") and p.name not in PAGES]
    return {path.relative_to(WEB).as_posix(): path.read_bytes() for path in sorted(paths)}


def settings(models: Models, sent: list[SiteModel], data: Sequence[Wire]) -> Site:
    """What the page's scripts must know; index.html carries it."""
    manifest, sure = models.manifest, thresholds(models)
    return {
        "classes": manifest["classes"],
        "forget_class": manifest["forget_class"],
        "redirect_to": manifest["redirect_to"],
        "models": sent,
        "format": MODELS_FORMAT,
        "max_bytes": MAX_BYTES,
        "preprocess_version": PREPROCESS_VERSION,
        "sure": None if sure is None else {"least": sure.least, "energy": sure.energy},
        "files": {wire.name: wire.record() for wire in data},
    }


def assemble(
    code: Mapping[str, bytes], site: Site, data: Sequence[Wire], models: Models
) -> dict[str, bytes]:
    """Every file of the folder. Code lives in a folder named after all that it consists of."""
    body = json.dumps(site, sort_keys=True).encode()
    index, worker = ((PAGE / name).read_text(encoding="utf-8") for name in PAGES)
    parts = [name.encode() + hashlib.sha256(code[name]).digest() for name in sorted(code)]
    version = sha256_hex(b"".join([body, index.encode(), worker.encode(), *parts]))[:12]
    app = f"app-{version}"
    files = {f"{app}/{name}": content for name, content in code.items()}
    files |= {wire.path: wire.body for wire in data}
    files |= {
        f"models/{entry['file']}": models.file(entry["file"])
        for entry in models.manifest["models"].values()
    }
    files["models/report.json"] = models.file("report.json")
    files[f"models/{PAIR_MANIFEST}"] = (models.directory / MANIFEST).read_bytes()
    offered = sorted(name for name in files if name.startswith("models/"))
    files["index.html"] = page(index, app, code, site, offered)
    about = {"version": version}
    if WORKER_LINE not in worker:
        raise ValueError(f"web/page/sw.js lacks the line {WORKER_LINE!r}")
    files["sw.js"] = worker.replace(WORKER_LINE, f"const SITE = {json.dumps(about)};").encode()
    return files


def page(
    template: str,
    app: str,
    code: Mapping[str, bytes],
    site: Site,
    downloads: Sequence[str],
) -> bytes:
    """index.html with its places filled: every script and style with its hash."""

    def sealed(name: str) -> tuple[str, str]:
        digest = base64.b64encode(hashlib.sha384(code[name]).digest()).decode()
        return f"{app}/{name}", f"sha384-{digest}"

    def script(name: str) -> Markup:
        return html('<script src="{}" integrity="{}"></script>\n', *sealed(name))

    def module(name: str) -> Markup:
        return html('<script type="module" src="{}" integrity="{}"></script>\n', *sealed(name))

    def preload(name: str) -> Markup:
        return html('<link rel="modulepreload" href="{}" integrity="{}">\n', *sealed(name))

    def style(name: str) -> Markup:
        return html('<link rel="stylesheet" href="{}" integrity="{}">\n', *sealed(name))

    scripts = [f"shared/{name}" for name in shared("scripts")]
    styles = [f"shared/{name}" for name in shared("styles")]
    own = [name for name in code if not name.startswith("shared/")]
    modules = [name for name in own if name.endswith("js") and name != HEAD]
    styles += [name for name in own if name.endswith(".css")]
    forgotten = site["classes"][site["forget_class"]]
    links = []
    for path in downloads:
        name = path.partition("/")[2].replace(PAIR_MANIFEST, MANIFEST)
        links.append(html('<a href="{}" download="{}">{}</a>\n', quote(path), name, name))
    places: dict[str, Content] = {
        "kind": "digit" if site["classes"] == NUMBERS else "class",
        "forgotten": forgotten,
        "styles": [*map(style, styles), script(HEAD)],
        "modules": [*map(preload, modules)],
        "scripts": [*map(script, scripts), module(MAIN)],
        "no-pairs": "" if "pairs.json" in site["files"] else "hidden",
        "no-lesson": "" if "lesson" in site["files"] else "hidden",
        "no-inside": "" if "inside" in site["files"] else "hidden",
        "downloads": links,
        "site": as_json(site),
    }
    return re.sub(r"\{\{([\w-]+)\}\}", lambda found: escaped(places[found[1]]), template).encode()
