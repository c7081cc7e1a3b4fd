"""`python -m benchmarks.browsers`: both pages in Firefox and WebKit, case by case, as a table.

`make test-browsers` installs what is missing first. Code 1 if a case fails. The rest of the browser
tests run in Chromium, within `make test`.
"""

import argparse
import base64
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from forgetdemo.data import load_dataset
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES
from tests.helpers.browser import SIX, TWO, running_app
from tests.helpers.drivers import Driver, firefox, webkit
from tests.helpers.website import PROBABILITIES, built, hosting

SHIELD = "privacy.resistFingerprinting"  # a canvas that is read back gives noise
SECONDS = 60.0
BROWSERS: dict[str, Callable[..., Any]] = {
    "firefox": firefox,
    "shielded": partial(firefox, **{SHIELD: True}),
    "webkit": webkit,
}
READY = "!!document.querySelector('#pad .fd-canvas')?.getBoundingClientRect().width"
ON_THE_PAD = "It is on the pad now"


class Page:
    """What the cases do on a page."""

    def __init__(
        self, driver: Driver, address: str, stop: Callable[[], None] = lambda: None
    ) -> None:
        """Open it. stop: ends who sends it."""
        self.driver, self.address, self.stop = driver, address, stop
        driver.open(address)
        self.until(READY)

    def until(self, script: str, seconds: float = SECONDS) -> None:
        """Wait until an expression is true.

        Raises:
            AssertionError: it is not, for so long.
        """
        deadline = time.monotonic() + seconds
        while not self.driver.evaluate(script):
            assert time.monotonic() < deadline, f"{script} is not true after {seconds:g} s"
            time.sleep(0.1)

    def draw(self, points: Sequence[tuple[float, float]]) -> None:
        """One stroke with the mouse; points in fractions of the pad."""
        box = self.driver.evaluate(
            "(() => { const pad = document.querySelector('#pad .fd-canvas');"
            "pad.scrollIntoView({ block: 'center', behavior: 'instant' });"
            "const { x, y, width, height } = pad.getBoundingClientRect();"
            "return { x, y, width, height }; })()"
        )
        moves = [
            {
                "type": "pointerMove",
                "duration": 20,
                "x": round(box["x"] + x * box["width"]),
                "y": round(box["y"] + y * box["height"]),
            }
            for x, y in points
        ]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self.driver.perform([moves[0], down, *moves[1:], up])

    def answers(self, **digits: str) -> None:
        """Wait until columns show these digits."""
        for model, digit in digits.items():
            place = f"document.querySelector('[data-model=\"{model}\"] .fd-answer')"
            self.until(f"{place}?.textContent.trim() === '{digit}'")

    def click(self, script: str) -> None:
        """Click what an expression finds."""
        self.until(f"!!({script})")
        self.driver.evaluate(f"({script}).click()")

    def tab(self, name: str) -> None:
        """Open a tab by its name."""
        self.click(
            "[...document.querySelectorAll('[role=tab]')]"
            f".find((tab) => tab.textContent.trim() === '{name}')"
        )

    def says(self, place: str, words: str) -> None:
        """Wait until an element holds these words."""
        self.until(f"document.querySelector('{place}')?.textContent.includes('{words}')")


def draws(page: Page) -> None:
    """Draw a six and a two with the mouse: both models answer as they should."""
    for points, after in ((SIX, ("6", "3")), (TWO, ("2", "2"))):
        page.click("document.querySelector('#pad .fd-clear')")
        page.answers(before="–")
        page.draw(points)
        page.answers(before=after[0], after=after[1])


def samples(page: Page) -> None:
    """A sample digit lands on the pad, and is answered."""
    page.click("document.querySelector('#pad .fd-clear')")
    page.answers(before="–")
    page.click("document.querySelector('#samples button, .fd-samples button')")
    page.answers(before="6", after="3")


def as_python(page: Page) -> None:
    """200 test digits: answers equal Python's, probabilities within 1e-5."""
    test = load_dataset().test.take(np.arange(200))
    text = base64.b64encode(test.pixels.tobytes()).decode()
    script = "document.querySelector('script[type=module]').src"
    app = page.driver.evaluate(script).split("page/")[0]
    found = page.driver.evaluate(f"({PROBABILITIES})({json.dumps([app, text])})")
    for name, classifier in load_models(MODELS_DIR).classifiers.items():
        expected, got = classifier(test.floats())[0], np.reshape(found[name], (-1, NUM_CLASSES))
        assert (got.argmax(1) == expected.argmax(1)).all(), f"{name} answers otherwise"
        assert np.abs(got - expected).max() < 1e-5, f"{name} is not as sure"


def forgets(page: Page) -> None:
    """Forget in the browser: the new model is on the pad, and is offered as files."""
    page.tab("Unlearn")
    page.until("!!document.querySelector('#forget-form option')")
    page.click("document.getElementById('forget-start')")
    page.says("#forget-status .fd-status", ON_THE_PAD)
    page.until("document.querySelectorAll('#forget-files a').length === 3")


def offline(page: Page) -> None:
    """The host is gone: the page opens again, and answers."""
    page.says("#offline", "works offline")
    page.stop()
    page.driver.open(page.address)
    page.until(READY)
    draws(page)


def runs(page: Page) -> None:
    """A live run of 2 → 7 is made, and answers on the pad."""
    page.tab("Unlearn")
    page.until("document.querySelector('#forget input')?.value === '2'")
    page.click("document.querySelector('#run')")
    page.says("#status .fd-status", ON_THE_PAD)
    page.tab("Draw")
    page.click("document.querySelector('#pad .fd-clear')")
    page.draw(TWO)
    page.answers(before="2")
    new = "document.querySelectorAll('#comparison .fd-column')[1]?.querySelector('.fd-answer')"
    page.until(f"{new}?.textContent.trim() === '7'")


@contextmanager
def static_page(driver: Driver) -> Iterator[Page]:
    """The page without a server, sent by Python's."""
    with hosting(built()) as host:
        yield Page(driver, host.address, host.stop)


@contextmanager
def app_page(driver: Driver) -> Iterator[Page]:
    """The app's page."""
    with tempfile.TemporaryDirectory() as folder, running_app("--runs", folder) as address:
        yield Page(driver, f"{address}/?forget=2&substitute=7")


PLACES: tuple[tuple[str, Any, tuple[Callable[[Page], None], ...]], ...] = (
    ("static page", static_page, (draws, samples, as_python, forgets, offline)),
    ("app", app_page, (draws, samples, runs)),
)


def rows(browser: str) -> Iterator[tuple[str, ...]]:
    """Version, page, case and result, of all cases in one browser; a page is opened once."""
    extra = ", resisting fingerprinting" if browser == "shielded" else ""
    for place, opened, cases in PLACES:
        with BROWSERS[browser]() as driver, opened(driver) as page:
            for case in cases:
                try:
                    case(page)
                    result = "works"
                except AssertionError as error:
                    result = f"fails: {error}"
                yield f"{driver.version}{extra}", place, str(case.__doc__), result


def main(words: Sequence[str] | None = None) -> int:
    """Try everything, print a row each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=BROWSERS, default=list(BROWSERS))
    flags = parser.parse_args(words)
    print("| browser | page | case | result |\n|---|---|---|---|", flush=True)
    failed = 0
    for browser in flags.only:
        for row in rows(browser):
            print(f"| {' | '.join(row)} |", flush=True)
            failed += row[-1] != "works"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
