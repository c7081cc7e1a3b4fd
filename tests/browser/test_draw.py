"""The page in a real Chromium, under exactly the settings that the internet would see."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from forgetdemo.data import Dataset
from forgetdemo.predict.preprocess import canvas_of, png_url
from tests.helpers.browser import (
    SIX,
    answer,
    chromium,
    draw,
    running_app,
    touch,
    visit,
    wait_answer,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with running_app() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def clear(page: Page) -> None:
    page.locator("#pad .fd-clear").click()
    wait_answer(page, "before", "–")


def test_a_six_is_on_the_pad_and_answered_on_load(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        assert (answer(seen.page, "before"), answer(seen.page, "after")) == ("6", "3")
        assert "redirected" in seen.page.locator(".fd-sentence").inner_text()
        white = seen.page.evaluate(
            """() => { const c = document.querySelector('.fd-canvas');
            const d = c.getContext('2d').getImageData(0, 0, 280, 280).data;
            let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] > 200) n += 1; return n; }"""
        )
        assert white > 2000, "the six is visible, too"
        seen.assert_clean()


def test_draw_a_six_with_the_mouse(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        clear(seen.page)
        assert seen.page.locator(".fd-sentence").inner_text() == "Draw a digit."
        draw(seen.page, SIX)
        wait_answer(seen.page, "before", "6")
        wait_answer(seen.page, "after", "3")
        rows = seen.page.locator('[data-model="before"] .fd-bar-name').all_inner_texts()
        assert rows == list("0123456789"), "bars stand in fixed order"
        seen.assert_clean()


def test_answers_change_while_the_pen_is_down(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        clear(seen.page)
        box = seen.page.locator("#pad .fd-canvas").bounding_box()
        assert box
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SIX]
        seen.page.mouse.move(*points[0])
        seen.page.mouse.down()
        for x, y in points[1:6]:
            seen.page.mouse.move(x, y, steps=4)
        seen.page.wait_for_function(
            "document.querySelector('[data-model=before] .fd-answer').textContent.trim() !== '–'"
        )
        seen.page.mouse.up()
        seen.assert_clean()


def test_undo_takes_back_the_last_stroke(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        clear(seen.page)
        draw(seen.page, SIX)
        wait_answer(seen.page, "before", "6")
        draw(seen.page, [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)])
        seen.page.locator("#pad .fd-undo").click()
        wait_answer(seen.page, "before", "6")
        seen.page.locator("#pad .fd-undo").click()
        wait_answer(seen.page, "before", "–")
        seen.assert_clean()


@pytest.mark.parametrize("button", ["clear", "undo"])
def test_a_button_pressed_while_the_pen_is_down_ends_the_stroke(
    app: str, browser: Browser, button: str
) -> None:
    """On a touch screen a second finger can do that."""
    with visit(browser, app) as seen:
        clear(seen.page)
        box = seen.page.locator("#pad .fd-canvas").bounding_box()
        assert box
        seen.page.mouse.move(box["x"] + 60, box["y"] + 60)
        seen.page.mouse.down()
        seen.page.mouse.move(box["x"] + 120, box["y"] + 120, steps=4)
        seen.page.evaluate(f"document.querySelector('#pad .fd-{button}').click()")
        seen.page.mouse.move(box["x"] + 200, box["y"] + 200, steps=4)
        seen.page.mouse.up()
        seen.page.wait_for_timeout(400)
        assert answer(seen.page, "before") == "–"
        draw(seen.page, SIX)
        wait_answer(seen.page, "before", "6")
        seen.assert_clean()


def test_a_late_answer_to_a_stroke_does_not_replace_the_one_to_clear(
    app: str, browser: Browser
) -> None:
    with visit(browser, app) as seen:
        clear(seen.page)
        seen.page.evaluate(
            """() => { const real = window.fetch; window.late = [900];
            window.fetch = async (...given) => { const reply = await real(...given);
              const url = String(given[0].url || given[0]);
              const wait = url.includes('run/predict') ? window.late.shift() || 0 : 0;
              await new Promise((done) => setTimeout(done, wait)); return reply; }; }"""
        )
        box = seen.page.locator("#pad .fd-canvas").bounding_box()
        assert box
        seen.page.mouse.click(box["x"] + 100, box["y"] + 100)
        seen.page.locator("#pad .fd-clear").click()
        seen.page.wait_for_timeout(1800)
        assert seen.page.evaluate("window.late.length") == 0, "the delay was used"
        assert answer(seen.page, "before") == "–"
        seen.assert_clean()


def test_the_sentence_is_announced_once_it_rests(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        seen.page.evaluate("window.region = document.querySelector('#comparison [aria-live]')")
        clear(seen.page)
        draw(seen.page, SIX)
        wait_answer(seen.page, "after", "3")
        said = "document.querySelector('#comparison [aria-live]').textContent"
        assert "After: 3" not in seen.page.evaluate(said), "not while answers still change"
        seen.page.wait_for_function(f"{said}.includes('After: 3')", timeout=5000)
        kept = "window.region === document.querySelector('#comparison [aria-live]')"
        assert seen.page.evaluate(kept), "a region that is replaced is never read out"
        assert seen.page.locator("[aria-live]:visible").count() >= 1
        seen.assert_clean()


def test_a_tap_leaves_a_dot_and_is_explained(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        clear(seen.page)
        box = seen.page.locator("#pad .fd-canvas").bounding_box()
        assert box
        seen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        seen.page.wait_for_function(
            "document.querySelector('#preview .fd-note').textContent.includes('only a dot')"
        )
        seen.assert_clean()


def test_samples_work_by_keyboard(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        seen.page.locator("#samples button").nth(5).focus()
        seen.page.keyboard.press("Enter")
        wait_answer(seen.page, "before", "0")
        wait_answer(seen.page, "after", "0")
        assert "the same answer" in seen.page.locator(".fd-sentence").inner_text()
        seen.assert_clean()


def test_nothing_moves_when_answers_arrive(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:

        def places() -> list[float]:
            nodes = seen.page.locator("#pad, #comparison, #samples, .fd-bar-row, .fd-sentence")
            return [box["y"] for n in nodes.all() if (box := n.bounding_box())]

        before: list[float] = []
        while before != (before := places()):  # the page's own start may still be under way
            seen.page.wait_for_timeout(300)
        clear(seen.page)
        assert places() == before
        draw(seen.page, SIX)
        wait_answer(seen.page, "before", "6")
        assert places() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_with_touch(app: str, browser: Browser, scheme: str) -> None:
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True, "color_scheme": scheme}
    with visit(browser, app, width=360, height=740, **phone) as seen:
        page = seen.page
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("#pad .fd-clear").tap()
        wait_answer(page, "before", "–")
        canvas = page.locator("#pad .fd-canvas")
        canvas.scroll_into_view_if_needed()
        scrolled = page.evaluate("scrollY")
        touch(page, SIX)
        wait_answer(page, "before", "6")
        wait_answer(page, "after", "3")
        assert page.evaluate("scrollY") == scrolled, "drawing must not scroll the page"
        seen.assert_clean()


@pytest.mark.parametrize("width", [360, 1280])
def test_more_columns_line_up_and_every_tab_is_in_sight(
    app: str, browser: Browser, width: int
) -> None:
    with visit(browser, app, width=width) as seen:
        page = seen.page
        page.locator("#more input").first.check()
        page.wait_for_function("document.querySelectorAll('.fd-column').length === 3")
        tops = page.evaluate(
            """() => [...document.querySelectorAll('.fd-column')].slice(0, innerWidth > 640 ? 3 : 2)
            .map((c) => [...c.querySelectorAll('.fd-bar-row')]
              .map((row) => Math.round(row.getBoundingClientRect().top)))"""
        )
        assert all(column == tops[0] for column in tops), "the same digit stands at one height"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_role("tab", name="Report").is_visible()
        seen.assert_clean()


def test_the_report_tab(app: str, browser: Browser, tmp_path: Path) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        page.get_by_role("tab", name="Report").click()
        page.wait_for_selector("#matrix-after table", state="visible")
        row = page.locator("#matrix-after tr.fd-forgotten")
        assert row.count() == 1 and row.locator("th").inner_text().endswith("6")
        assert page.locator("#matrix-after td button").count() == 100
        assert "90.42 %" in page.locator("#headline").inner_text()
        assert "4,293 of 429,258" in page.locator("#mask-shares").inner_text()
        assert page.locator(".fd-curves path").count() >= 4
        assert "not shown to have forgotten" in page.locator(".fd-honest").first.inner_text()
        for name in ("before.onnx", "after.onnx", "manifest.json", "report.json"):
            with page.expect_download() as waiting:
                page.locator("#downloads a", has_text=name).click()
            saved = tmp_path / name
            waiting.value.save_as(saved)
            assert saved.stat().st_size > 1000
        assert json.loads((tmp_path / "manifest.json").read_text())["forget_class"] == 6
        seen.assert_clean()


def test_two_visitors_at_once(app: str, browser: Browser) -> None:
    with visit(browser, app) as one, visit(browser, app) as two:
        clear(one.page)
        assert answer(two.page, "before") == "6"
        two.page.locator("#samples button").nth(5).click()
        wait_answer(two.page, "before", "0")
        assert answer(one.page, "before") == "–"


def test_predict_by_gradio_client(app: str, mnist: Dataset) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(app, verbose=False)
    at = int(np.flatnonzero(mnist.test.labels == 6)[0])
    result = client.predict(png_url(canvas_of(mnist.test.pixels[at])), api_name="/predict")
    assert result["models"]["before"]["answer"] == 6 and result["models"]["after"]["answer"] == 3
    assert len(result["models"]["after"]["probabilities"]) == 10
    assert base64.b64decode(result["picture"].partition(",")[2])[:4] == b"\x89PNG"
    assert client.predict("", api_name="/predict")["blank"] is True
    for bad in ("data:image/png;base64,AAAA", "<script>"):
        with pytest.raises(AppError, match="not a drawing"):
            client.predict(bad, api_name="/predict")
    with pytest.raises(httpx.HTTPStatusError, match="400"):  # longer than any drawing of the pad
        client.predict("x" * 70_000, api_name="/predict")


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=README.md",
        "/gradio_api/file%3DREADME.md",
        "//gradio_api/file=README.md",
        "/gradio_api/./file=app.py",
        "/gradio_api/proxy=http://127.0.0.1/",
        "/gradio_api/upload",
        "/gradio_api/stream/x",
        "/docs",
        "/openapi.json",
        "/monitoring",
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        f"/download/{'0' * 64}/before.onnx",
    ],
)
def test_closed_routes_are_closed(app: str, path: str) -> None:
    import http.client

    connection = http.client.HTTPConnection(app.removeprefix("http://"), timeout=10)
    connection.request("GET", path)  # as it is spelled here, not tidied up
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status in (403, 404) and b"forgetdemo" not in body


def test_headers_and_body_limit(app: str) -> None:
    with urllib.request.urlopen(app) as reply:
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors" in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Frame-Options"] is None, "a Space shows the page in a frame"
    kind = {"Content-Type": "application/json"}
    place = app + "/gradio_api/run/predict"
    request = urllib.request.Request(place, data=b"x" * 100_000, headers=kind)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 413
    refused.value.close()
