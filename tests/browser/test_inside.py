"""The Inside tab in a real Chromium: the page without a server, and the app."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers.browser import SIX, answer, chromium, draw, running_app, visit, wait_answer
from tests.helpers.website import built, hosting

pytestmark = pytest.mark.browser
PATIENT = 60_000  # milliseconds: the runtime is compiled on a machine that may be busy
SETS = "[...document.querySelectorAll('#sureness dd')].map((one) => one.textContent)"
PAD = "#inside-pad .fd-canvas"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def wait(page: Page, test: str, *given: object) -> None:
    page.wait_for_function(test, arg=list(given), timeout=PATIENT)


def wait_words(page: Page, where: str, words: str) -> None:
    wait(
        page,
        "([at, words]) => document.querySelector(at)?.textContent.includes(words)",
        where,
        words,
    )


def wait_number(page: Page, number: int, where: str) -> None:
    """So many parts of the page are there."""
    wait(page, "([n, at]) => document.querySelectorAll(at).length === n", number, where)


def wait_counts(page: Page, at_least: int) -> None:
    """So many units of the last hidden layer differ."""
    wait(
        page,
        "([n]) => parseInt(document.querySelectorAll('.fd-count')[3]?.textContent) >= n",
        at_least,
    )


def looks_inside(page: Page) -> None:
    """A six drawn on the tab's own pad: layers, a unit by keyboard and by mouse, the maps."""
    wait(page, f"() => {SETS}.join() === '6,6,3,3'")
    page.get_by_role("tab", name="Inside").click()
    wait_number(page, 10, "#inside-layers .fd-tiles img[src]")
    page.locator("#inside-pad .fd-clear").click()
    wait_words(page, ".fd-count", "nothing was asked")
    draw(page, SIX, PAD)
    wait_counts(page, 10)
    counts = page.locator(".fd-count").all_inner_texts()
    assert [text.split()[0] for text in counts[:2]] == ["0", "0"], "convolutions were frozen"
    assert counts[4].startswith("2 of 10"), "6 and 3"
    tiles = page.locator("#inside-layers .fd-tiles")
    assert tiles.count() == 10
    tiles.nth(6).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(100)
    wait_words(page, "#inside-unit", "Last hidden layer, ")
    assert page.evaluate("document.activeElement.className").startswith("fd-tiles")
    box = tiles.nth(9).bounding_box()
    assert box
    tiles.nth(9).click(position={"x": 6.5 * box["width"] / 10, "y": box["height"] / 2})
    wait_words(page, "#inside-unit", "Answers, 6")
    wait(
        page, "() => document.querySelectorAll('#inside-unit section:last-child img').length === 8"
    )
    assert page.locator("#inside-strokes img").count() == 4
    wait_words(page, "#inside-strokes", "for 3")
    wait(
        page, "() => document.querySelectorAll('#inside-cloud .fd-here:not([hidden])').length === 2"
    )
    assert page.locator("#inside-cloud text").count() == 1000
    for words in ("nearest to a 6", "for other digits"):
        wait_words(page, "#inside-cloud", words)
    wait_words(page, "#between-words", "At α = 1.00: 0.0 %")
    assert answer(page, "between") == answer(page, "row") == "3"


def test_the_page_without_a_server(browser: Browser) -> None:
    with hosting(built()) as host, visit(browser, host.address) as seen:
        page = seen.page
        wait_answer(page, "after", "3", 60)
        assert not any("inside" in url and "/data/" in url for url in seen.requests)
        assert not any("gallery" in url for url in seen.requests), "fetched when the tab opens"
        looks_inside(page)
        page.locator("#between-alpha").focus()
        page.keyboard.press("Home")
        wait_words(page, "#between-words", "At α = 0.00: 99.5 %")
        wait_answer(page, "between", "6")
        page.locator("#inside-unit button").first.click()  # what Before takes for a six most
        page.select_option("#inside-right", "oracle")
        wait_words(page, "#inside-layers", "Retrained")
        wait_words(page, "#inside-cloud", "Retrained")
        wait_words(page, "#between-words", "the shipped pair alone")
        page.get_by_role("tab", name="Draw").click()
        assert answer(page, "before") == "6", "the other pad shows the same drawing"
        seen.assert_clean()


def test_the_app(browser: Browser) -> None:
    with running_app() as address, visit(browser, address) as seen:
        page = seen.page
        looks_inside(page)
        page.locator("#inside-unit button").first.click()
        wait_counts(page, 1)
        page.get_by_role("tab", name="Draw").click()
        wait_answer(page, "before", "6")
        seen.assert_clean()
