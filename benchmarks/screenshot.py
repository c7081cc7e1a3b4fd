"""`python -m benchmarks.screenshot`: pictures of the page, README's drawn six and the lesson.

Run `make browser` first. Writes docs/screenshot.png and docs/lesson-*.png.
"""

from typing import Any

from playwright.sync_api import Page

from forgetdemo.settings.constants import ROOT
from tests.helpers.browser import SIX, chromium, draw, running_app, visit, wait_answer

DESKTOP, PHONE = (1180, 1300), (390, 844)


def accuse(page: Page) -> None:
    """Take the lesson's blind test: teach all networks, and accuse the project's own method."""
    page.locator("[data-teach]").wait_for()
    page.locator("[data-teach]").click()
    page.get_by_text("A, taught").wait_for(timeout=60_000)
    page.locator("[data-accuse='3']").click()
    page.get_by_text("That one fooled you").wait_for()
    page.locator(".fd-step-title").focus()


def main() -> None:
    """Draw a six with the mouse, take the blind test, and take the pictures."""
    with running_app() as address, chromium() as browser:
        for name, (width, height) in (("desktop", DESKTOP), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                about: dict[str, Any] = {"path": "/?lesson=3", "width": width, "height": height}
                with visit(browser, address, **about, color_scheme=scheme) as seen:
                    accuse(seen.page)
                    path = ROOT / "docs" / f"lesson-{name}-{scheme}.png"
                    seen.page.screenshot(path=path, full_page=name == "phone")
        with visit(browser, address, width=1180, height=760) as seen:
            seen.page.locator("#pad .fd-clear").click()
            wait_answer(seen.page, "before", "–")
            draw(seen.page, SIX)
            wait_answer(seen.page, "after", "3")
            seen.page.wait_for_timeout(500)
            seen.page.screenshot(path=ROOT / "docs" / "screenshot.png")


if __name__ == "__main__":
    main()
