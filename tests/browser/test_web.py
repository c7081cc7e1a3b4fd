"""The static page in a real Chromium, served by `python -m http.server` as anybody would."""

import base64
import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from export.web.build import build
from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import MANIFEST, file_record, write_json
from forgetdemo.files.run import read_run
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers import drawings
from tests.helpers.audits import small_audit
from tests.helpers.browser import SIX, TWO, answer, chromium, draw, touch, visit, wait_answer
from tests.helpers.website import (
    PROBABILITIES,
    Counter,
    Host,
    app_of,
    built,
    copied,
    hosting,
    settings_of,
)

pytestmark = pytest.mark.browser
PATIENT = 60  # seconds: the runtime is compiled on a machine that may be busy
LIMIT = 5_000_000
SHIFTS = """() => new Promise((done) => { let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 300); })"""


@pytest.fixture(scope="module")
def site() -> Path:
    return built()


@pytest.fixture(scope="module")
def host(site: Path) -> Iterator[Host]:
    with hosting(site) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def ready(page: Page) -> None:
    """The models are there, and the six on the pad is answered."""
    wait_answer(page, "before", "6", PATIENT)
    wait_answer(page, "after", "3", PATIENT)


def wait_words(page: Page, where: str, words: str) -> None:
    page.wait_for_function(
        "([where, words]) => document.querySelector(where).textContent.includes(words)",
        arg=[where, words],
        timeout=1000 * PATIENT,
    )


def wait_offline(page: Page) -> None:
    """The page was kept for visits without a network."""
    wait_words(page, "#offline", "works offline")


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_a_six_is_on_the_pad_and_answered_on_load(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        ready(seen.page)
        assert "redirected" in seen.page.locator("#comparison .fd-sentence").inner_text()
        assert seen.page.locator("#preview img").count() == 1
        assert seen.page.evaluate(SHIFTS) < 0.01, "nothing jumps while the page loads"
        assert not seen.page.locator("#loading").is_visible()
        wait_offline(seen.page)
        seen.assert_clean()


def test_draw_a_six_with_the_mouse(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        page.locator("#pad .fd-clear").click()
        wait_answer(page, "before", "–")
        assert page.locator("#comparison .fd-sentence").inner_text() == "Draw a digit."
        draw(page, SIX)
        wait_answer(page, "before", "6")
        wait_answer(page, "after", "3")
        page.locator("#pad .fd-clear").click()
        draw(page, TWO)
        wait_answer(page, "before", "2")
        wait_answer(page, "after", "2")
        page.locator("#pad .fd-undo").click()
        wait_answer(page, "before", "–")
        seen.assert_clean()


def test_bytes_of_a_first_visit_and_another_one_without_a_network(
    site: Path, browser: Browser
) -> None:
    with hosting(site) as own:
        counter = Counter(own.address)
        with visit(browser, counter.address) as seen:
            page = seen.page
            ready(page)
            wait_offline(page)
            page.wait_for_timeout(1000)
            assert 3_500_000 < counter.bytes <= LIMIT, f"{counter.bytes:,} bytes"
            counter.close()
            own.stop()
            page.reload()
            ready(page)
            page.locator("#pad .fd-clear").click()
            draw(page, SIX)
            wait_answer(page, "before", "6")
            wait_answer(page, "after", "3")
            tab(page, "Report")  # not visited while there was a network
            wait_words(page, "#trouble", "could not be fetched: go online")
            tab(page, "Draw")
            page.locator("#more input").first.click()
            wait_words(page, "#trouble", "oracle.onnx could not be fetched")
            assert not page.locator("#more input").first.is_checked()
            assert answer(page, "after") == "3", "what is there goes on working"


def test_a_new_version_takes_over_and_keeps_what_did_not_change(
    tmp_path: Path, browser: Browser
) -> None:
    site = tmp_path / "dist"
    build(site, pairs_dir=tmp_path)
    runtime = settings_of(site)["files"]["runtime.wasm"]["path"]
    with hosting(site) as own, visit(browser, own.address) as seen:
        page = seen.page
        ready(page)
        wait_offline(page)
        assert not page.get_by_role("tab", name="All pairs").is_visible()
        shutil.rmtree(site)
        for path in copied(site).rglob("*"):
            path.touch()
        first = len(seen.requests)
        page.reload()
        ready(page)
        assert page.get_by_role("tab", name="All pairs").is_visible()
        assert not any(runtime in url for url in seen.requests[first:]), "the same bytes again"
        wait_offline(page)
        own.stop()
        page.reload()
        ready(page)
        assert page.get_by_role("tab", name="All pairs").is_visible()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("before.onnx", "before.onnx arrived damaged (its SHA-256 is another)"),
        ("runtime.wasm", "runtime.wasm arrived damaged"),
        ("samples", "samples is not there any more (404)"),
    ],
)
def test_files_that_are_damaged_or_gone(
    tmp_path: Path, browser: Browser, name: str, words: str
) -> None:
    site = copied(tmp_path / "dist")
    path = site / settings_of(site)["files"][name]["path"]
    if "gone" in words or "not there" in words:
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with hosting(site) as own, visit(browser, own.address) as seen:
        wait_words(seen.page, "#trouble", words)
        assert answer(seen.page, "before") == "–"


def test_a_script_that_was_changed_does_not_run(tmp_path: Path, browser: Browser) -> None:
    site = copied(tmp_path / "dist")
    script = app_of(site) / "page/answers.js"
    script.write_text(script.read_text() + "\nglobalThis.changed = true;\n")
    with hosting(site) as own:
        page = browser.new_page()
        page.goto(own.address)
        page.wait_for_timeout(1500)
        assert page.evaluate("globalThis.changed") is None
        assert "if this stays" in page.locator("#loading-words").inner_text()
        page.close()


def test_more_columns_are_fetched_when_they_are_asked_for(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        assert not any("oracle" in url or "logit_mask" in url for url in seen.requests)
        page.get_by_label("Retrained without it").check()
        page.get_by_label("Its output switched off").check()
        for model in ("oracle", "logit_mask"):
            page.wait_for_function(
                "(m) => /[0-9]/.test(document.querySelector(`[data-model=${m}] .fd-answer`)"
                "?.textContent)",
                arg=model,
                timeout=1000 * PATIENT,
            )
            assert answer(page, model) != "6"
        assert page.locator("#comparison .fd-column").count() == 4
        page.get_by_label("Retrained without it").uncheck()
        page.wait_for_function(
            "() => document.querySelectorAll('#comparison .fd-column').length === 3"
        )
        seen.assert_clean()


def test_samples_and_tabs_by_keyboard(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        page.locator("#samples button").nth(5).focus()
        page.keyboard.press("Enter")
        wait_answer(page, "before", "0")
        assert "the same answer" in page.locator("#comparison .fd-sentence").inner_text()
        page.locator("#tab-draw").focus()
        for key, chosen in (
            ("ArrowRight", "lesson"),
            ("End", "yours"),
            ("ArrowRight", "draw"),
        ):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.id") == f"tab-{chosen}"
            assert page.locator(f"#{chosen}").is_visible()
        assert page.locator("[role=tabpanel]:visible").count() == 1
        names = page.evaluate(
            "[...document.querySelectorAll('button, input, select, progress')].filter((n) => "
            "!(n.ariaLabel || n.labels?.length || n.textContent.trim())).map((n) => n.outerHTML)"
        )
        assert names == [], "everything that can be operated has a name"
        seen.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_with_touch(host: Host, browser: Browser, scheme: str) -> None:
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True, "color_scheme": scheme}
    with visit(browser, host.address, width=360, height=740, **phone) as seen:
        page = seen.page
        ready(page)
        assert page.evaluate(SHIFTS) < 0.02
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(23, 26, 32)" if scheme == "dark" else "rgb(255, 255, 255)")
        for name in (
            "Unlearn",
            "Relearn",
            "Inside",
            "Morph",
            "All pairs",
            "Report",
            "Your own",
            "Draw",
        ):
            page.get_by_role("tab", name=name).tap()
            page.wait_for_timeout(200)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        page.locator("#pad .fd-clear").tap()
        wait_answer(page, "before", "–")
        scrolled = page.evaluate("scrollY")
        touch(page, SIX)
        wait_answer(page, "before", "6")
        wait_answer(page, "after", "3")
        assert page.evaluate("scrollY") == scrolled, "drawing must not scroll the page"
        seen.assert_clean()


def test_report_and_the_doors_of_its_matrices(host: Host, browser: Browser, tmp_path: Path) -> None:
    report = read_run(MODELS_DIR).report
    assert report.after is not None
    wrong, right = report.after.confusion[5][3], report.before.confusion[0][0]
    assert 1 < wrong < 24 < right
    with visit(browser, host.address) as seen:
        page = seen.page
        tab(page, "Report")
        page.wait_for_selector("#matrix-after table", timeout=1000 * PATIENT)
        assert "90.42 %" in page.locator("#headline").inner_text()
        assert "4,293 of 429,258" in page.locator("#mask-shares").inner_text()
        assert page.locator("#report .fd-curves .fd-line path").count() >= 4
        assert "not shown to have forgotten" in page.locator("#honest").inner_text()
        assert not any("test-images" in url for url in seen.requests)
        page.locator('#matrix-after [data-true="5"][data-predicted="3"]').click()
        page.wait_for_selector("#cell-images img", timeout=1000 * PATIENT)
        assert f"{wrong} test images of 5 answered as 3" in page.locator("#cell-words").inner_text()
        assert page.locator("#cell-images img").count() == wrong
        page.locator('#matrix-before [data-true="0"][data-predicted="0"]').click()
        wait_words(page, "#cell-words", f"{right} test images of 0 answered as 0")
        assert page.locator("#cell-images img").count() == 24
        assert page.locator("#cell-images button").first.inner_text() == "0 → 0"
        page.locator("#cell-images button").first.click()
        wait_answer(page, "after", "0", PATIENT)
        assert page.locator("#draw").is_visible()
        tab(page, "Report")
        for name in ("after.onnx", "logit_mask.onnx", "manifest.json"):
            with page.expect_download() as waiting:
                page.locator("#downloads a", has_text=name).click()
            waiting.value.save_as(tmp_path / name)
            assert (tmp_path / name).read_bytes() == (MODELS_DIR / name).read_bytes()
        seen.assert_clean()


def test_the_audit_where_one_ships(tmp_path: Path, browser: Browser) -> None:
    audited = shutil.copytree(MODELS_DIR, tmp_path / "models")
    report = small_audit()
    write_json(audited / "audit.json", sealed(report.to_dict()))
    build(tmp_path / "dist", audited, tmp_path)
    with hosting(tmp_path / "dist") as own, visit(browser, own.address) as seen:
        tab(seen.page, "Report")
        wait_words(seen.page, "#audit", report.verdict.sentence.partition(": ")[2][:60])
        assert "What this does not show" in seen.page.locator("#audit-limits").inner_text()
        seen.assert_clean()


def test_morph(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        tab(page, "Morph")
        wait_words(page, "#morph-words", "After: 3")
        assert page.locator("#morph-strip button").count() == 11
        page.locator("#morph-share").fill("0")
        wait_answer_in(page, "#morph-comparison", "before", "6")
        page.locator("#morph-share").fill("100")
        wait_answer_in(page, "#morph-comparison", "before", "3")
        page.locator("#morph-end button", has_text="").nth(5).click()
        wait_answer_in(page, "#morph-comparison", "after", "0")
        page.locator("#morph-strip button").last.click()
        assert page.locator("#draw").is_visible()
        wait_answer_in(page, "#comparison", "before", "0")
        page.locator("#pad .fd-clear").click()
        tab(page, "Morph")
        page.locator("#morph-take-start").click()
        wait_words(page, "#morph-words", "Choose two digits.")
        seen.assert_clean()


def wait_answer_in(page: Page, where: str, model: str, digit: str) -> None:
    page.wait_for_function(
        "([where, model, digit]) => document.querySelector(`${where} [data-model=${model}] "
        ".fd-answer`)?.textContent.trim() === digit",
        arg=[where, model, digit],
        timeout=10_000,
    )


def test_the_map_of_all_pairs(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        assert not any("/data/pairs" in url for url in seen.requests)
        tab(page, "All pairs")
        page.wait_for_selector("#pair-map td button")
        assert page.locator("#pair-map td button").count() == 90
        for measure, text in (("time", "9.0"), ("sent to the substitute", "98.3")):
            page.get_by_role("button", name=measure).click()
            cell = page.locator('#pair-map [data-true="2"][data-predicted="7"]')
            assert cell.inner_text().strip() == text
        page.locator('#pair-map [data-true="2"][data-predicted="7"]').click()
        wait_answer(page, "pair-2-7", "7", PATIENT)
        assert page.locator("#comparison h3").all_inner_texts() == ["Before", "After: 2 → 7"]
        assert answer(page, "before") == "6"
        assert "another answer" in page.locator("#comparison .fd-sentence").inner_text()
        assert not page.locator("#more input").first.is_disabled(), "2 has models to compare with"
        page.get_by_role("button", name="Back to the shipped pair").click()
        wait_answer(page, "after", "3")
        assert not page.locator("#more input").first.is_disabled()
        seen.assert_clean()


def test_a_damaged_pair_leaves_the_shipped_one(tmp_path: Path, browser: Browser) -> None:
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    for path in (built().parent / "pairs").iterdir():
        shutil.copy(path, pairs)
    index = json.loads((pairs / "pairs.json").read_text())
    index["pairs"][0]["sha256"] = "0" * 64
    (pairs / "pairs.json").write_text(json.dumps(sealed(index)))
    build(tmp_path / "dist", pairs_dir=pairs)
    with hosting(tmp_path / "dist") as own, visit(browser, own.address) as seen:
        ready(seen.page)
        tab(seen.page, "All pairs")
        seen.page.locator('#pair-map [data-true="0"][data-predicted="1"]').click()
        wait_words(seen.page, "#trouble", "The model of 0 → 1 is damaged")
        assert answer(seen.page, "after") == "3"


@pytest.fixture
def own_pair(tmp_path: Path) -> Path:
    """Three files as `python -m export` writes them: another After, which is the oracle."""
    folder = tmp_path / "pair"
    folder.mkdir()
    shutil.copy(MODELS_DIR / "before.onnx", folder)
    shutil.copy(MODELS_DIR / "oracle.onnx", folder / "after.onnx")
    manifest = json.loads((MODELS_DIR / MANIFEST).read_text())
    manifest["files"]["after.onnx"] = file_record((folder / "after.onnx").read_bytes())
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def drop(page: Page, files: list[Path]) -> None:
    """Let files fall onto the page, as from a file manager."""
    given = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in files]
    page.evaluate(
        """(given) => { const all = new DataTransfer();
        for (const [name, text] of given)
          all.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
        for (const kind of ['dragover', 'drop'])
          document.querySelector('#drop').dispatchEvent(new DragEvent(kind,
            { dataTransfer: all, bubbles: true, cancelable: true })); }""",
        given,
    )


def test_a_pair_of_ones_own(host: Host, browser: Browser, own_pair: Path) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        drop(page, list(own_pair.iterdir()))
        wait_words(page, "#comparison", "After (yours)")
        page.wait_for_function(
            "() => !['3', '6', '–'].includes("
            "document.querySelector('[data-model=after] .fd-answer').textContent.trim())"
        )
        assert answer(page, "before") == "6"
        page.get_by_role("button", name="Back to the shipped pair").click()
        wait_answer(page, "after", "3")
        tab(page, "Your own")
        page.locator("#files").set_input_files(list(own_pair.iterdir()))
        wait_words(page, "#comparison", "After (yours)")
        page.locator("#pad .fd-clear").click()
        draw(page, SIX)
        wait_answer(page, "before", "6")
        seen.assert_clean()


def wrong_files(pair: Path, kind: str) -> list[Path]:
    """A dropped pair with one thing wrong."""
    before, after, manifest = (pair / n for n in ("before.onnx", "after.onnx", MANIFEST))
    about = json.loads(manifest.read_text())
    everything = [before, after, manifest]
    if kind == "one missing":
        return [before, manifest]
    if kind == "two missing":
        return [after]
    if kind == "zip":
        (pair / "pair.zip").write_bytes(b"PK")
        return [pair / "pair.zip"]
    if kind == "too large":
        after.write_bytes(bytes(4_000_001))
    elif kind == "no json":
        manifest.write_text("<html>")
    elif kind == "another manifest":
        manifest.write_text("{}")
    elif kind == "changed":
        after.write_bytes(after.read_bytes()[:-1] + b"!")
    elif kind in FOREIGN:
        after.write_bytes(FOREIGN[kind]())
        about["files"]["after.onnx"] = file_record(after.read_bytes())
        manifest.write_text(json.dumps(about))
    return everything


def other_network(*nodes: Any, constants: dict[str, Any] | None = None) -> bytes:
    """A valid ONNX model of these nodes, from "pixels" to "y"."""
    from onnx import TensorProto, helper, numpy_helper

    shapes: dict[str, list[str | int | None] | None] = {
        "pixels": ["batch", 1, 28, 28],
        "y": None,
    }
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    fixed = [numpy_helper.from_array(np.array(v), n) for n, v in (constants or {}).items()]
    graph = helper.make_graph(list(nodes), "g", ends[:1], ends[1:], fixed)
    opset = [helper.make_opsetid("", 20)]
    made = helper.make_model(graph, ir_version=10, opset_imports=opset)
    return bytes(made.SerializeToString())


def unchanged() -> bytes:
    """Gives its picture back."""
    from onnx import helper

    return other_network(helper.make_node("Identity", ["pixels"], ["y"]))


def endless() -> bytes:
    """Goes round 2 ** 62 times."""
    from onnx import TensorProto, helper

    def value(name: str, kind: int, shape: list[int] | None) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    body = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["go"]), helper.make_node("Relu", ["x"], ["r"])],
        "body",
        [value("i", TensorProto.INT64, []), value("on", TensorProto.BOOL, [])]
        + [value("x", TensorProto.FLOAT, None)],
        [value("go", TensorProto.BOOL, []), value("r", TensorProto.FLOAT, None)],
    )
    loop = helper.make_node("Loop", ["count", "true", "pixels"], ["y"], body=body)
    return other_network(loop, constants={"count": np.int64(2**62), "true": np.bool_(True)})


def enormous() -> bytes:
    """Makes 900 million numbers of one picture."""
    from onnx import helper

    shape = np.array([1_147_959, 1, 28, 28], np.int64)
    return other_network(
        helper.make_node("Expand", ["pixels", "shape"], ["y"]), constants={"shape": shape}
    )


FOREIGN = {
    "no onnx": lambda: b"GIF89a",
    "another network": unchanged,
    "endless": endless,
    "3.6 GB": enormous,
}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("one missing", "after.onnx is missing"),
        ("two missing", "before.onnx and manifest.json are missing"),
        ("zip", "unpack it"),
        ("too large", "after.onnx has 4,000,001 bytes; at most 4,000,000 are read."),
        ("no json", "manifest.json is not JSON"),
        ("another manifest", "not that of an exported pair"),
        ("changed", "after.onnx is not the file that this manifest.json belongs to"),
        ("no onnx", "after.onnx is damaged (not an ONNX model)"),
        ("another network", "after.onnx is another kind of model (it uses the operator Identity)"),
        ("endless", "after.onnx is another kind of model (it uses the operator Loop)"),
        ("3.6 GB", "after.onnx is another kind of model (it uses the operator Expand)"),
    ],
)
def test_wrong_files_get_one_sentence(
    host: Host, browser: Browser, own_pair: Path, kind: str, words: str
) -> None:
    with visit(browser, host.address) as seen:
        ready(seen.page)
        drop(seen.page, wrong_files(own_pair, kind))
        wait_words(seen.page, "#dropped", words)
        said = seen.page.locator("#dropped").inner_text()
        assert said.endswith(".") and len(said) < 160
        tab(seen.page, "Draw")
        assert (answer(seen.page, "before"), answer(seen.page, "after")) == ("6", "3")
        assert seen.page.locator("#comparison h3").all_inner_texts() == ["Before", "After"]
        seen.assert_clean()


def test_preprocessing_in_chromium_is_pythons(host: Host, browser: Browser) -> None:
    text = gzip.decompress(drawings.FIXTURE.read_bytes()).decode()
    with visit(browser, host.address) as seen:
        compared, wrong = seen.page.evaluate(
            """async (text) => { const items = JSON.parse(text); const wrong = [];
            for (const [at, item] of items.entries()) {
              const packed = Uint8Array.from(atob(item.zlib), (c) => c.charCodeAt(0));
              const stream = new Blob([packed]).stream().pipeThrough(
                new DecompressionStream('deflate'));
              const grey = new Uint8Array(await new Response(stream).arrayBuffer());
              const seen = forgetdemo.preprocess(grey, item.width, item.height);
              const equal = seen.pixels.every((value, i) => value === item.pixels[i]);
              if (!equal || seen.blank !== item.blank || seen.note !== item.note) wrong.push(at);
            }
            return [items.length, wrong]; }""",
            text,
        )
        assert compared >= 200 and wrong == []


def test_probabilities_in_chromium_are_pythons(
    site: Path, host: Host, browser: Browser, mnist: Dataset
) -> None:
    pixels = mnist.test.pixels[:1000]
    given = [f"/{app_of(site).name}/", base64.b64encode(pixels.tobytes()).decode()]
    with visit(browser, host.address) as seen:
        ready(seen.page)
        found: dict[str, Any] = seen.page.evaluate(
            PROBABILITIES,
            given,
        )
    shipped = load_models(MODELS_DIR)
    for key, probabilities in found.items():
        expected, _ = shipped.classifiers[key](mnist.test.take(np.arange(1000)).floats())
        actual = np.array(probabilities).reshape(1000, 10)
        assert np.abs(actual - expected).max() <= 1e-4
        assert (actual.argmax(1) == expected.argmax(1)).all()
    assert len(found) == 4


def test_a_page_in_a_folder_of_its_host_works_offline_too(site: Path, browser: Browser) -> None:
    with hosting(site.parent) as own, visit(browser, own.address, path="/dist/") as seen:
        ready(seen.page)
        wait_offline(seen.page)
        seen.assert_clean()
        own.stop()
        seen.page.goto(f"{own.address}/dist/index.html")
        ready(seen.page)


def test_a_page_without_the_browsers_hashes_works_too(site: Path, browser: Browser) -> None:
    """As on http://192.168.…: no crypto.subtle, no caches, no service worker."""
    with hosting(site) as own:
        context = browser.new_context()
        context.add_init_script(
            """Object.defineProperty(crypto, 'subtle', { value: undefined });
            delete window.caches; delete Navigator.prototype.serviceWorker;"""
        )
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(own.address)
        assert (
            page.evaluate("[crypto.subtle, window.caches, navigator.serviceWorker]") == [None] * 3
        )
        ready(page)
        assert problems == []
        context.close()
