"""`python -m benchmarks.screenshot`: the README's picture of the page, one drawn six.

Run `make browser` first. Writes docs/screenshot.png.
"""

from forgetdemo.settings.constants import ROOT
from tests.helpers.browser import SIX, chromium, draw, running_app, visit, wait_answer


def main() -> None:
    """Draw a six with the mouse and take the picture."""
    with running_app() as address, chromium() as browser:
        with visit(browser, address, width=1180, height=760) as seen:
            seen.page.locator("#pad .fd-clear").click()
            wait_answer(seen.page, "before", "–")
            draw(seen.page, SIX)
            wait_answer(seen.page, "after", "3")
            seen.page.wait_for_timeout(500)
            seen.page.screenshot(path=ROOT / "docs" / "screenshot.png")


if __name__ == "__main__":
    main()
