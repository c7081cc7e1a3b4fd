"""The pen writes where it is, however large the page is shown, and whatever a canvas gives back."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from forgetdemo.predict.preprocess import decode_png
from tests.helpers.browser import SIX, chromium, draw, running_app, visit, wait_answer

pytestmark = pytest.mark.browser

# What a browser does that hides which machine it runs on: every read-back is white.
FALSIFIED = """
const white = (width, height) => new ImageData(new Uint8ClampedArray(4 * width * height).fill(255),
  width, height);
CanvasRenderingContext2D.prototype.getImageData = (x, y, w, h) => white(w, h);
HTMLCanvasElement.prototype.toDataURL = () => 'data:image/png;base64,AAAA';
HTMLCanvasElement.prototype.toBlob = (done) => done(new Blob([]));
"""
CENTRE = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, 280, 280);
  let [n, x, y] = [0, 0, 0];
  for (let i = 0; i < 280 * 280; i += 1) {
    n += data[4 * i];
    x += data[4 * i] * (i % 280 + 0.5);
    y += data[4 * i] * (Math.floor(i / 280) + 0.5);
  }
  return [x / n, y / n];
}"""
ENLARGED = {
    "plain": "",
    "zoom": "document.body.style.zoom = 1.25",
    "less zoom": "document.documentElement.style.zoom = 0.8",
    "scale": "document.body.style.cssText = 'transform: scale(0.7); transform-origin: 0 0'",
    "uneven": "document.querySelector('#pad').style.transform = 'scale(0.9, 0.6)'",
    "border": "document.querySelector('#pad canvas').style.border = '13px solid red'",
}


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


def test_an_answer_does_not_hang_on_what_a_canvas_gives_back(app: str, browser: Browser) -> None:
    with visit(browser, app, script=FALSIFIED) as seen:
        wait_answer(seen.page, "before", "6")
        clear(seen.page)
        draw(seen.page, SIX)
        wait_answer(seen.page, "before", "6")
        wait_answer(seen.page, "after", "3")
        seen.assert_clean()


@pytest.mark.parametrize("name", ENLARGED)
def test_ink_lands_under_the_pointer(app: str, browser: Browser, name: str) -> None:
    with visit(browser, app) as seen:
        clear(seen.page)
        seen.page.evaluate(f"() => {{ {ENLARGED[name]} }}")
        canvas = seen.page.locator("#pad .fd-canvas")
        canvas.scroll_into_view_if_needed()
        tap(seen.page)
        x, y = canvas.evaluate(CENTRE)
        rim = 13 if name == "border" else canvas.evaluate("(node) => node.clientLeft")
        side = canvas.evaluate("(node) => node.offsetWidth")
        for found, share in ((x, 0.3), (y, 0.6)):
            expected = (share * side - rim) * 280 / (side - 2 * rim)
            assert abs(found - expected) < 2.5, f"{name}: {x}, {y}"


def tap(page: Page) -> None:
    """Leave a dot at 30 % of the pad's width and 60 % of its height."""
    box = page.locator("#pad .fd-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_every_density_of_the_screen_sends_the_same_drawing(
    app: str, browser: Browser, scale: int
) -> None:
    with visit(browser, app, device_scale_factor=scale) as seen:
        clear(seen.page)
        with seen.page.expect_request("**/run/predict") as asked:
            tap(seen.page)
        sent = json.loads(asked.value.post_data or "")["data"][0]
        ink = decode_png(sent)
        rows, columns = np.nonzero(ink)
        assert ink.max() == 255 and abs(int(np.sum(ink / 255)) - 314) < 6
        assert abs(columns.mean() - 83.5) < 3 and abs(rows.mean() - 167.5) < 3
        seen.assert_clean()


def test_a_pad_in_a_frame_that_is_scrolled_and_made_smaller(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        seen.page.evaluate(
            """() => {
              const frame = document.createElement('iframe');
              Object.assign(frame, { src: '/', id: 'inner', width: 1200, height: 700 });
              frame.style.cssText = 'margin: 300px 40px; transform: scale(0.6)';
              document.body.replaceChildren(frame);
            }"""
        )
        inner = seen.page.frame_locator("#inner")
        inner.locator("#pad .fd-clear").click()
        canvas = inner.locator("#pad .fd-canvas")
        seen.page.wait_for_function(
            "document.querySelector('#inner').contentDocument"
            ".querySelector('[data-model=before] .fd-answer').textContent.trim() === '–'"
        )
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box
        seen.page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
        x, y = canvas.evaluate(CENTRE)
        assert abs(x - 84) < 3 and abs(y - 168) < 3
