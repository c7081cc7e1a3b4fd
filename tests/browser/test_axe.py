"""axe-core finds nothing serious on any tab, of both pages, in light and dark."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from forgetdemo.settings.constants import ROOT
from tests.helpers.browser import chromium, running_app, visit, wait_answer
from tests.helpers.website import built, hosting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
Scheme = Literal["light", "dark"]
SCHEMES = pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def findings(page: Page, tab: str) -> list[str]:
    """What axe calls serious or worse on what is seen now, with the first element of each."""
    result: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{tab}: {found['id']} at {len(found['nodes'])}: {found['nodes'][0]['html'][:160]}"
        for found in result["violations"]
        if found["impact"] in SERIOUS
    ]


def on_all_tabs(page: Page) -> Sequence[str]:
    """Findings on each tab in turn."""
    assert AXE.is_file(), "axe-core not found: run `make check` or `npm ci` first"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for tab in page.get_by_role("tab").all():
        if tab.is_visible():
            tab.click()
            page.wait_for_timeout(700)
            found += findings(page, tab.inner_text().strip())
    return found


@SCHEMES
def test_the_page_without_a_server(browser: Browser, scheme: Scheme) -> None:
    with hosting(built()) as host, visit(browser, host.address, color_scheme=scheme) as seen:
        wait_answer(seen.page, "after", "3", 60)
        found = on_all_tabs(seen.page)
    assert not found, "\n".join(found)


@SCHEMES
def test_the_app(browser: Browser, tmp_path: Path, scheme: Scheme) -> None:
    with (
        running_app("--runs", str(tmp_path)) as address,
        visit(browser, address, color_scheme=scheme) as seen,
    ):
        wait_answer(seen.page, "after", "3", 60)
        found = on_all_tabs(seen.page)
    assert not found, "\n".join(found)
