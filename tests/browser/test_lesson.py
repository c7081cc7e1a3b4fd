"""The whole lesson by keyboard alone, on both pages; and columns about what was forgotten."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers.browser import chromium, running_app, visit, wait_answer
from tests.helpers.website import built, hosting

pytestmark = pytest.mark.browser
PATIENT = 60  # seconds: four networks learn on a machine that may be busy
KEYS = 90  # presses of Tab, at most, from one place to the next
PANEL = "#lesson-panel"
SHIFTS = """() => new Promise((done) => { let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries())
      if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 300); })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def press(page: Page, selector: str) -> None:
    """Go there by Tab, and press Enter."""
    for _ in range(KEYS):
        if page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def says(page: Page, words: str, seconds: float = 10) -> None:
    """Wait until the panel says this."""
    page.wait_for_function(
        "([panel, words]) => document.querySelector(panel)?.textContent.replace(/\\s+/g, ' ')"
        ".includes(words)",
        arg=[PANEL, words],
        timeout=1000 * seconds,
    )


def shows(page: Page, model: str, digit: str) -> None:
    """Wait until a column of the panel answers this."""
    page.wait_for_function(
        "([panel, model, digit]) => document.querySelector(`${panel} [data-model=${model}] "
        ".fd-answer`)?.textContent.trim() === digit",
        arg=[PANEL, model, digit],
        timeout=1000 * PATIENT,
    )


def take_the_lesson(page: Page) -> None:
    """From the first step to the last, without a mouse."""
    page.locator(f"{PANEL} .fd-lesson").wait_for(timeout=1000 * PATIENT)
    says(page, "1. Draw a 6")
    press(page, f"{PANEL} [data-sample='0']")
    shows(page, "before", "6")
    shows(page, "after", "3")
    press(page, f"{PANEL} .fd-lesson-ways [data-step='2']")
    says(page, "2. Guess")
    assert page.evaluate("document.activeElement.textContent").startswith("2. Guess")
    press(page, f"{PANEL} [data-guess='0']")
    says(page, "No. Output switched off: 0.0 % of the test images of 6 are answered right")
    press(page, f"{PANEL} .fd-lesson-ways [data-step='3']")
    says(page, "3. Which one never saw it?")
    assert page.locator(f"{PANEL} .fd-column h3").all_inner_texts() == list("ABCD")
    press(page, f"{PANEL} [data-teach]")
    says(page, "A, taught", PATIENT)
    assert page.locator(f"{PANEL} .fd-curves .fd-line").count() == 4
    press(page, f"{PANEL} [data-look]")
    says(page, "its output rebuilt from five images")
    press(page, f"{PANEL} [data-accuse='3']")
    says(page, "That one fooled you. It is “This project's own method”")
    says(page, "the retrained one half back after")
    says(page, "Score: 0 of 1")
    press(page, f"{PANEL} [data-again]")
    press(page, f"{PANEL} [data-accuse='2']")
    says(page, "Right. It was trained without a single 6")
    says(page, "Score: 1 of 2")
    for step, title in ((4, "Look inside"), (5, "Bring it back"), (6, "What this shows")):
        press(page, f"{PANEL} .fd-lesson-ways [data-step='{step}']")
        says(page, f"{step}. {title}")
    says(page, "Score: 1 of 2")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_lesson_by_keyboard_on_the_page_without_a_server(browser: Browser) -> None:
    with hosting(built()) as host, visit(browser, host.address, path="/#lesson=1") as seen:
        page = seen.page
        take_the_lesson(page)
        assert page.url.endswith("#lesson=6")
        assert page.evaluate(SHIFTS) < 0.02
        page.set_viewport_size({"width": 360, "height": 740})
        press(page, f"{PANEL} nav [data-step='3']")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        press(page, f"{PANEL} nav [data-step='5']")
        press(page, f"{PANEL} .fd-lesson-more [data-open='2']")
        page.locator("#relearn").wait_for(state="visible")
        page.evaluate("location.hash = 'lesson=9'")
        page.reload()
        says(page, "The link asks for a step that the lesson does not have.", PATIENT)
        says(page, "1. Draw a 6")
        seen.assert_clean()


def test_the_lesson_by_keyboard_in_the_app(browser: Browser) -> None:
    with running_app() as address, visit(browser, address, path="/?lesson=1") as seen:
        page = seen.page
        take_the_lesson(page)
        assert page.url.endswith("?lesson=6")
        page.reload()
        says(page, "6. What this shows, and what not", PATIENT)
        press(page, f"{PANEL} .fd-lesson-ways [data-open='0']")
        page.locator("#comparison").wait_for(state="visible")
        wait_answer(page, "before", "6")
        seen.assert_clean()


def test_columns_beside_another_pair_are_about_its_digit(browser: Browser) -> None:
    with hosting(built()) as host, visit(browser, host.address) as seen:
        page = seen.page
        wait_answer(page, "after", "3", PATIENT)
        page.get_by_label("Retrained without it").check()
        page.get_by_label("Its output switched off").check()
        page.get_by_role("heading", name="Retrained without 6s").wait_for()
        assert not any("oracle-4" in url for url in seen.requests)
        page.get_by_role("tab", name="All pairs").click()
        page.locator('#pair-map button[data-true="4"][data-predicted="9"]').click()
        page.get_by_text("Retrained without 4s").wait_for(timeout=1000 * PATIENT)
        page.get_by_text("Original, output 4 switched off").wait_for()
        page.locator("#samples button[title='test image of 4']").first.click()
        for model in ("oracle", "logit_mask"):
            page.wait_for_function(
                "(m) => /^[^4–]$/.test(document.querySelector(`#comparison [data-model=${m}] "
                ".fd-answer`)?.textContent.trim())",
                arg=model,
                timeout=1000 * PATIENT,
            )
        assert any("oracle-4" in url for url in seen.requests)
        seen.assert_clean()
