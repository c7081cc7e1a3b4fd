"""Every text that reaches a page is text: markup in all strings of a model folder stays inert."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog, Page

from export.web.build import build
from tests.helpers.browser import chromium, running_app, visit
from tests.helpers.poison import EVIL, SHORT, WORD, dropped, write_poisoned
from tests.helpers.website import hosting

pytestmark = pytest.mark.browser
PATIENT = 60_000  # ms
LINK = f"/?forget={quote(EVIL)}&method={quote(EVIL)}&{quote(EVIL)}={quote(EVIL)}#{quote(EVIL)}"
MADE = (  # what the strings would have become
    f"{WORD}, img[src=x], img[onerror], [onload], [onclick], a[href^=javascript], "
    "img[src*='203.0.113.1']"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def watch(page: Page) -> list[str]:
    """What a script that ran would have opened."""
    opened: list[str] = []

    def heard(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    return opened


def told(page: Page, places: Iterable[str], word: str = WORD) -> None:
    """Wait until each place shows the markup as text; nothing was made of it anywhere."""
    for place in places:
        page.wait_for_function(
            "([place, word]) => [...document.querySelectorAll(place)]"
            ".some((n) => n.checkVisibility() && n.textContent.includes(word))",
            arg=[place, word],
            timeout=PATIENT,
        )
    assert page.evaluate("(made) => document.querySelectorAll(made).length", MADE) == 0


def test_the_app(tmp_path: Path, browser: Browser) -> None:
    models = write_poisoned(tmp_path)
    data = ("--pairs", str(tmp_path / "pairs"), "--methods", str(tmp_path / "methods.json"))
    flags = ("--models", str(models), "--runs", str(tmp_path / "runs"))
    with (
        running_app(*data, *flags, program=("-m", "tests.helpers.pairs_page")) as address,
        visit(browser, address, path=LINK) as seen,
    ):
        page, dialogs = seen.page, watch(seen.page)
        for tab, places in {
            "Draw": ("h1", "#comparison"),
            "Unlearn": ("#lab-words", "#lab-headline", "#lab-mask"),
            "Morph": ("#morph-words", "#morph-strip", "#morph-comparison"),
            "Report": ("#headline", "#per-class", "#mask-shares"),
            "Audit": ("#audit .fd-verdict", "#audit .fd-measure p", "#audit .fd-group", "#methods"),
            "Pairs": ("#pairs",),
        }.items():
            page.get_by_role("tab", name=tab, exact=True).click()
            told(page, places)
        page.get_by_role("tab", name="Unlearn", exact=True).click()
        for name in ("forget", "substitute"):  # a list of class names
            page.locator(f"#{name} input").click()
            told(page, ["[role=listbox]"])
            page.keyboard.press("Escape")
        page.get_by_role("tab", name="Relearn", exact=True).click()
        told(page, ["h1"])
        seen.assert_clean()
        assert dialogs == []


def test_the_page_without_a_server(tmp_path: Path, browser: Browser) -> None:
    models = write_poisoned(tmp_path, dataset="mnist")
    build(tmp_path / "dist", models, tmp_path / "pairs")
    with hosting(tmp_path / "dist") as host, visit(browser, host.address, path=LINK) as seen:
        page, dialogs = seen.page, watch(seen.page)
        for tab, places in {
            "Draw": ("h1", "#comparison"),
            "Morph": ("#morph-words", "#morph-strip", "#morph-comparison"),
            "All pairs": ("#pair-map",),
            "Report": ("#honest", "#headline", "#per-class", "#mask-shares", "#audit"),
        }.items():
            page.get_by_role("tab", name=tab, exact=True).click()
            told(page, places)
        told(page, ["#downloads"], SHORT)
        page.locator('#matrix-after [data-true="6"][data-predicted="3"]').click()
        page.wait_for_selector("#cell-images img", timeout=PATIENT)
        told(page, ["#cell-words", "#cell-images"])
        page.get_by_role("tab", name="All pairs").click()
        page.locator('#pair-map [data-true="2"][data-predicted="7"]').click()
        told(page, ["#comparison h3"])
        page.get_by_role("tab", name="Your own").click()
        page.locator("#files").set_input_files(dropped(tmp_path / "own"))
        told(page, ["#comparison"], SHORT)
        page.get_by_role("tab", name="Your own").click()
        told(page, ["#dropped"], SHORT)
        seen.assert_clean()
        assert dialogs == []
