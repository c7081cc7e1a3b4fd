"""The static page: small, whole, the same each time; its JavaScript says what Python says."""

import base64
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.web import build as web
from export.web import data as webdata
from export.web.build import build, main, optional
from export.web.data import make_patch, planes, to_wire
from export.web.inside import inside_files
from export.web.page import HEAD, MAIN
from export.web.report import report_views, sample_digits
from export.web.vendor import CACHE, FZSTD, ONNXRUNTIME, Package, read_package
from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import CheckpointError, sha256_hex, unpack_weights, write_json
from forgetdemo.files.folder import MODELS_FORMAT
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.answers import Column, describe
from forgetdemo.predict.compared import load_compared
from forgetdemo.predict.entry import title_of
from forgetdemo.predict.inference import MAX_BYTES, Models, load_models
from forgetdemo.settings.constants import DIGITS, MODELS_DIR, PREPROCESS_VERSION
from forgetdemo.views.morph import blend, boundary_words
from forgetdemo.views.scripts import shared
from tests.helpers.audits import small_audit
from tests.helpers.fake_pairs import write_fake_pairs
from tests.helpers.in_node import in_node, node_app
from tests.helpers.website import app_of, built, settings_of

LIMIT = 5_000_000
SPACE_LIMIT = 10_000_000  # of one file, on hosts that want larger ones elsewhere


@pytest.fixture(scope="module")
def site() -> Path:
    return built()


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture(scope="module")
def module_app() -> Path:
    return node_app()


def text64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_first_visit_fits_and_every_file_fits_anywhere(site: Path) -> None:
    known = settings_of(site)
    first = {"runtime.wasm", "samples", *(m["file"] for m in known["models"][:2])}
    size = sum(known["files"][name]["bytes"] for name in first)
    size += sum(p.stat().st_size for p in app_of(site).rglob("*") if p.is_file())
    size += (site / "index.html").stat().st_size + (site / "sw.js").stat().st_size
    assert 3_000_000 < size <= LIMIT
    assert json.loads((site / "manifest.json").read_text())["first_visit_bytes"] <= size
    assert max(p.stat().st_size for p in site.rglob("*") if p.is_file()) < SPACE_LIMIT


def test_nothing_points_outside(site: Path) -> None:
    own = [site / "index.html", site / "sw.js", *app_of(site).glob("[!v]*/*")]  # not vendor/
    assert len(own) > 15
    for path in own:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")  # a name, no address
        assert not re.search(r"(https?|wss?):?//|@import|url\(|src=\"//", text), path.name


def test_the_policy_allows_nothing_but_this_host(site: Path) -> None:
    text = (site / "index.html").read_text()
    policy = re.search(r'Content-Security-Policy"\s+content="([^"]*)"', text)
    assert policy and "default-src 'none'" in policy[1] and "connect-src 'self'" in policy[1]
    scripts = next(part for part in policy[1].split(";") if "script-src" in part)
    assert scripts.split() == ["script-src", "'self'", "'wasm-unsafe-eval'"]
    assert not re.search(r"\son\w+=|<script>|javascript:", text), "no inline script"
    assert "{{" not in text


def test_every_file_is_what_its_hash_says(site: Path) -> None:
    for name, record in settings_of(site)["files"].items():
        data = (site / record["path"]).read_bytes()
        assert (len(data), sha256_hex(data)) == (record["bytes"], record["sha256"]), name
        assert record["sha256"][:12] in record["path"], "another content, another address"
    text = (site / "index.html").read_text()
    tags = re.findall(r'(?:src|href)="(app-[^"]+)" integrity="sha384-([^"]+)"', text)
    for path, digest in tags:
        found = hashlib.sha384((site / path).read_bytes()).digest()
        assert base64.b64encode(found).decode() == digest, path
    app = app_of(site)
    scripts = {p.relative_to(site).as_posix() for p in app.rglob("*") if p.suffix != ".txt"}
    assert {path for path, _ in tags} == {p for p in scripts if not (site / p).is_dir()}
    known = [f"shared/{name}" for kind in ("scripts", "styles") for name in shared(kind)]
    assert all((app / name).is_file() for name in (*known, HEAD, MAIN, "page/page.css"))


def test_downloads_are_the_shipped_files(site: Path) -> None:
    for name in ("before.onnx", "after.onnx", "oracle.onnx", "logit_mask.onnx", "report.json"):
        assert (site / "models" / name).read_bytes() == (MODELS_DIR / name).read_bytes()
    manifest = (MODELS_DIR / "manifest.json").read_bytes()
    assert (site / "models" / "pair.json").read_bytes() == manifest
    assert 'href="models/pair.json" download="manifest.json"' in (site / "index.html").read_text()


def test_two_exports_give_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webdata, "LEVEL", 1)  # quick, and larger
    monkeypatch.setattr(web, "FIRST_VISIT", 9_000_000)
    found = []
    for turn in ("one", "two"):
        cache = tmp_path / f"cache-{turn}"
        cache.mkdir()
        for package in (ONNXRUNTIME, FZSTD):
            shutil.copy(CACHE / package.archive, cache)
        build(tmp_path / turn, pairs_dir=tmp_path, cache=cache)
        files = sorted(p for p in (tmp_path / turn).rglob("*") if p.is_file())
        found.append({p.relative_to(tmp_path / turn).as_posix(): p.read_bytes() for p in files})
    assert len(found[0]) > 30 and found[0] == found[1]
    assert "All pairs" in found[0]["index.html"].decode(), "hidden where there are none"
    hidden = r'id="tab-pairs"\s+aria-selected="false"\s+hidden'
    assert re.search(hidden, found[0]["index.html"].decode())
    monkeypatch.setattr(web, "FIRST_VISIT", LIMIT)
    with pytest.raises(ValueError, match="a first visit would fetch"):
        build(tmp_path / "three", pairs_dir=tmp_path, cache=tmp_path / "cache-one")
    assert not (tmp_path / "three").exists()


def test_the_command_line(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "dist"), "--pairs", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == sum(told["first_visit"].values()) <= LIMIT
    assert main(["--out", str(tmp_path / "dist"), "--pairs", str(tmp_path)]) == 0, "replaced"
    assert "bytes on a first visit" in capsys.readouterr().out
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    for flags, words in (
        (["--out", str(tmp_path / "mine")], "in use"),
        (["--out", str(tmp_path / "x"), "--models", str(tmp_path / "none")], "does not exist"),
    ):
        assert main(flags) == 1
        said = capsys.readouterr().err.strip().splitlines()[-1]
        assert said.startswith("error: ") and words in said
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"


def test_pairs_or_an_audit_of_another_model_are_refused(models: Models, tmp_path: Path) -> None:
    before = models.file("before.onnx")
    write_fake_pairs(tmp_path, before)
    names = [wire.name for wire in optional(models, tmp_path, CACHE)]
    assert [name for name in names if "pairs" in name] == ["pairs.json", "pairs.safetensors"]
    assert names[-3:] == ["lesson", "inside", "gallery"]
    assert sum(name.startswith("oracle-") for name in names) == 9
    manifest = dict(models.manifest, files={})
    other = Models(models.directory, manifest, models.classifiers)
    assert inside_files(other, CACHE) == [], "measured for another original"
    weights = tmp_path / "pairs.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(CheckpointError, match="damaged"):
        optional(models, tmp_path, CACHE)
    write_fake_pairs(tmp_path, before)
    index = json.loads((tmp_path / "pairs.json").read_text())
    index["base"]["sha256"] = "0" * 64
    write_json(tmp_path / "pairs.json", sealed(index))
    with pytest.raises(CheckpointError, match="another original"):
        optional(models, tmp_path, CACHE)
    audited = shutil.copytree(MODELS_DIR, tmp_path / "models")
    write_json(audited / "audit.json", sealed(small_audit().to_dict()))
    assert "audit" in [wire.name for wire in optional(load_models(audited), tmp_path / "x", CACHE)]
    write_json(audited / "audit.json", sealed(small_audit(forget_class=2).to_dict()))
    with pytest.raises(CheckpointError, match="about another model"):
        optional(load_models(audited), tmp_path / "x", CACHE)


def test_a_package_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_package(FZSTD, ["LICENSE"])  # it is there by now
    shutil.copy(CACHE / FZSTD.archive, tmp_path)
    other = Package(FZSTD.name, FZSTD.version, "other")
    with pytest.raises(ValueError, match="SHA-512 differs"):
        read_package(other, ["LICENSE"], tmp_path)
    with pytest.raises(ValueError, match="lacks none.js"):
        read_package(FZSTD, ["none.js"], tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="npm not found"):
        read_package(FZSTD, ["LICENSE"], tmp_path / "empty")
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 1\n")
    npm.chmod(0o755)
    with pytest.raises(FileNotFoundError, match="go online once, or put fzstd-0.1.1.tgz into"):
        read_package(FZSTD, ["LICENSE"], tmp_path / "empty")
    assert sorted(p.name for p in (tmp_path / "empty").iterdir()) == [".gitignore"]
    npm.write_text(f"#!/bin/sh\n/bin/cp {CACHE / FZSTD.archive} .\n")
    assert b"Permission" in read_package(FZSTD, ["LICENSE"], tmp_path / "empty")["LICENSE"]


def test_packing(tmp_path: Path) -> None:
    assert planes(bytes(range(10))) == bytes([0, 4, 1, 5, 2, 6, 3, 7, 8, 9])
    data = os.urandom(5000) * 3
    wire = to_wire("name", data, tmp_path, floats=True)
    assert wire.size == len(data) and len(wire.body) < len(data)
    (stored,) = tmp_path.glob("*.zst")
    stored.write_bytes(b"damaged")
    assert to_wire("name", data, tmp_path, floats=True) == wire, "the cache is not trusted"
    assert stored.read_bytes() == wire.body
    assert "/.." not in wire.path and wire.path.startswith("data/name.")


def test_patches_are_exact_in_javascript(module_app: Path) -> None:
    random = np.random.default_rng(0)
    base = random.integers(0, 256, 400).astype(np.uint8)
    changed = base.copy()
    changed[[0, 7, 8, 399]] += 1
    targets = [base, changed, base[:300], np.append(changed, base[:50]), base[:0]]
    pairs = [(base.tobytes(), target.tobytes()) for target in targets] + [(b"", b"new")]
    given = [{"base": text64(a), "patch": text64(make_patch(a, b))} for a, b in pairs]
    assert in_node(module_app, "patches", pairs=given) == [text64(b) for _, b in pairs]
    assert unpack_weights(make_patch(*pairs[1]))["value"].shape == (4,), "as small as it can be"


def test_hashes_without_the_browsers_help(module_app: Path) -> None:
    texts = [b"", b"abc", *(os.urandom(n) for n in (55, 56, 63, 64, 65, 119, 1000, 100_003))]
    found = in_node(module_app, "hashes", texts=[text64(t) for t in texts])
    assert found == [sha256_hex(t) for t in texts]


def column(p: list[float] | None, title: str, forget: int | None, redirect: int | None) -> Column:
    return Column(title, DIGITS, p, forget, redirect)


def test_sentences_are_pythons(module_app: Path) -> None:
    random = np.random.default_rng(1)
    shares = [random.dirichlet(np.full(10, c)).tolist() for c in (0.05, 0.2, 1.0) * 60]
    # Ties: of the two best, and of the last digit shown (6.25 % and 18.75 % have no nearest one).
    shares += [[0.5, 0.5, *[0.0] * 8], [0.1] * 10, [0.0625] * 8 + [0.25, 0.25]]
    shares += [[0.8125, 0.1875, *[0.0] * 8], [0.40625, 0.3, *[0.0] * 8], [0.1328125] * 10]
    shares += [
        np.array([0.1, 0.9, *[0] * 8], np.float32).tolist(),
        [0.0] * 6 + [0.998, 0.002, 0.0, 0.0],
    ]
    cases = []
    for at, p in enumerate(shares):
        for redirect in (3, None):
            second = shares[(7 * at + 3) % len(shares)]
            columns = [column(p, "Before", None, redirect), column(second, "After", 6, redirect)]
            cases.append((columns[: 1 + at % 2 + at % 3], at % 11 == 0))
    for digit in range(10):  # a clear answer each, so that every kind of change comes up
        for other in range(10):
            p, q = np.eye(10)[digit] * 0.9, np.eye(10)[other] * 0.8
            p[(digit + 1) % 10] = 0.1
            pair = column(p.tolist(), "Before", None, 3), column(q.tolist(), "After", 6, 3)
            cases.append((list(pair), False))
    expected = [describe(columns, blank) if columns else "" for columns, blank in cases]
    given = [
        {
            "blank": blank,
            "columns": [
                {
                    "title": c.title,
                    "classes": list(c.classes),
                    "probabilities": c.probabilities,
                    "forget": c.forget_class,
                    "redirect": c.redirect_to,
                }
                for c in columns
            ],
        }
        for columns, blank in cases
    ]
    assert in_node(module_app, "sentences", cases=given) == expected
    kinds = " ".join(expected)
    for words in ("the same answer", "not forgotten here", "another answer", "redirected",
                  "its runner-up", "forgotten towards", "unsure", "Draw a digit"):  # fmt: skip
        assert words in kinds


def test_morph_is_pythons(module_app: Path, mnist: Dataset) -> None:
    start, end = mnist.test.pixels[[3, 8]]
    shares = [i / 100 for i in range(101)]
    rows = np.random.default_rng(2).integers(3, 6, (20, 2, 11)).tolist() + [[[6] * 11, [3] * 11]]
    found = in_node(
        module_app,
        "morph",
        start=start.ravel().tolist(),
        end=end.ravel().tolist(),
        shares=shares,
        titles=["Before", "After"],
        classes=list(DIGITS),
        rows=rows,
    )
    assert found["blends"] == [blend(start, end, s).ravel().tolist() for s in shares]

    class Named:
        def __init__(self, title: str) -> None:
            self.title, self.classes = title, DIGITS

    entries: Any = [Named("Before"), Named("After")]
    for answers, words in zip(rows, found["words"], strict=True):
        steps = [{"answers": [{"answer": row[i]} for row in answers]} for i in range(11)]
        morphed: Any = {"steps": steps}
        assert boundary_words(entries, morphed) == words


def test_probabilities_in_node_are_pythons(
    site: Path, module_app: Path, models: Models, mnist: Dataset
) -> None:
    pixels = mnist.test.pixels[:1000]
    found = in_node(
        module_app,
        "digits",
        site=settings_of(site),
        root=str(site),
        pixels=text64(pixels.tobytes()),
    )
    assert list(found["models"]) == ["before", "after", "oracle", "logit_mask"]
    for key, seen in found["models"].items():
        assert seen["sha256"] == models.manifest["files"][f"{key}.onnx"]["sha256"]
        expected, _ = models.classifiers[key](mnist.test.take(np.arange(1000)).floats())
        actual = np.array(seen["probabilities"]).reshape(1000, 10)
        assert np.abs(actual - expected).max() <= 1e-4
        assert (actual.argmax(1) == expected.argmax(1)).all()
    assert found["wrong"] == "x.onnx is damaged (not an ONNX model): export it again."


def test_manifests_of_dropped_pairs(module_app: Path) -> None:
    good = json.loads((MODELS_DIR / "manifest.json").read_text())
    limits = {
        "format": MODELS_FORMAT,
        "maxBytes": MAX_BYTES,
        "preprocessVersion": PREPROCESS_VERSION,
    }
    cases: list[tuple[Any, str]] = [
        (good, ""),
        (good | {"redirect_to": None}, ""),
        (None, "not that of an exported pair"),
        ([], "not that of an exported pair"),
        (good | {"format": "forgetdemo-run/1"}, "not that of an exported pair"),
        (good | {"preprocess_version": 99}, "other preprocessing"),
        (good | {"classes": ["0"] * 9}, "ten classes"),
        (good | {"classes": [*range(10)]}, "ten classes"),
        (good | {"classes": ["x" * 41] * 10}, "ten classes"),
        (good | {"forget_class": 10}, "which class was forgotten"),
        (good | {"forget_class": True}, "which class was forgotten"),
        (good | {"redirect_to": 0.5}, "which class was forgotten"),
        (good | {"files": None}, "does not list before.onnx"),
        (good | {"files": {"before.onnx": good["files"]["before.onnx"]}}, "list after.onnx"),
        (good | {"files": {"before.onnx": {"sha256": 7}}}, "does not list before.onnx"),
    ]
    found = in_node(module_app, "manifests", manifests=[m for m, _ in cases], limits=limits)
    for (_, words), said in zip(cases, found, strict=True):
        assert (said == "") if not words else words in said, said


def test_what_the_report_and_the_samples_hold(models: Models, tmp_path: Path) -> None:
    views = report_views(models)
    assert "not shown to have forgotten" in views["honest"]
    assert np.sum(views["after"]["counts"]) == 10_000 and len(views["curves"]) == 4
    assert sample_digits(CACHE).size > 10_000
    damaged = shutil.copytree(MODELS_DIR, tmp_path / "models")
    (damaged / "history.json").write_text("{}")
    with pytest.raises(CheckpointError, match="history.json is damaged"):
        report_views(load_models(damaged))


def test_index_of_a_spoiled_worker_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("export.web.page.WORKER_LINE", "const OTHER;")
    with pytest.raises(ValueError, match="lacks the line"):
        build(tmp_path / "dist", pairs_dir=tmp_path)
    assert not (tmp_path / "dist").exists()


def test_networks_to_compare_with_become_the_same_files_in_node(
    site: Path, module_app: Path, models: Models
) -> None:
    """And every half-precision number the same single-precision one."""
    source = load_compared(models.file("before.onnx"))
    names = [("oracle", 4), ("logit_mask", 4), ("logit_mask", 0), ("deep_natural", 6)]
    bits = [*range(0, 0x7C00, 7), *range(0x8000, 0xFC00, 11)]
    about = {"site": settings_of(site), "root": str(site), "names": names, "bits": bits}
    found = in_node(module_app, "compared", **about)
    assert found["hashes"] == [sha256_hex(source.onnx(*name)) for name in names]
    assert found["titles"][:3] == [title_of(kind, str(digit)) for kind, digit in names[:3]]
    halves = np.array(bits, np.uint16).view(np.float16).astype(np.float64)
    assert (np.array(found["halves"]) == halves).all()
    assert found["missing"] == "No such model was shipped for 6."
