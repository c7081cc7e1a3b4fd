"""The lab in a real Chromium: run, stop, draw on the result, relearn; never a stranger's run."""

import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from forgetdemo.live.manager import WAITING
from tests.helpers.browser import SIX, TWO, answer, chromium, draw, running_app, visit, wait_answer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
PATIENT = 240_000  # ms: a cold worker imports torch first, on a machine that may be busy


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app("--runs", str(tmp_path_factory.mktemp("runs"))) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def wait_status(page: Page, words: str, where: str = "#status") -> None:
    page.wait_for_function(
        """([where, words]) => {
            const n = document.querySelector(`${where} .fd-status`);
            return n && n.textContent.includes(words);
        }""",
        arg=[where, words],
        timeout=PATIENT,
    )


RECORD = """() => {  // a run takes a second: what a page showed in passing may be gone when asked
    window.said = new Set();
    window.curves = new Set();
    new MutationObserver(() => {
        window.said.add(document.querySelector("#status .fd-status")?.textContent);
        window.curves.add(document.querySelector("#live-accuracy path")?.getAttribute("d"));
    }).observe(document.body, { subtree: true, childList: true, characterData: true,
                                attributes: true });
}"""


def titles(page: Page) -> list[str]:
    """What the right column offers."""
    page.locator("#right input").click()
    offered = page.locator("#right [role=option], ul[role=listbox] li").all_inner_texts()
    page.keyboard.press("Escape")
    return [text.strip().removeprefix("✓").strip() for text in offered]


def test_run_stop_run_again_and_draw(app: str, browser: Browser) -> None:
    with visit(browser, app, path="/?forget=2&substitute=7") as seen, visit(browser, app) as other:
        page = seen.page
        tab(page, "Unlearn")
        expect(page.locator("#forget input")).to_have_value("2", timeout=20_000)
        assert "Ready-made" in page.locator("#status").inner_text()
        page.locator("#run").click()
        wait_status(page, "step")
        page.locator("#stop").click()
        wait_status(page, "stopped")
        page.evaluate(RECORD)
        page.locator("#run").click()
        wait_status(page, "done")
        said, curves = page.evaluate("[[...window.said], [...window.curves]]")
        assert any("step" in words for words in said) and len(curves) > 1
        assert "0.00 %" in page.locator("#lab-headline").inner_text()
        assert page.locator("#lab-heat img").count() == 5
        assert "4,293 of 429,258" in page.locator("#lab-mask").inner_text()
        assert page.locator("#lab-downloads a").count() == 6
        with page.expect_download() as waiting:
            page.locator("#lab-downloads a", has_text="everything.zip").click()
        with zipfile.ZipFile(waiting.value.path()) as packed:
            names = packed.namelist()
        assert "after.onnx" in names and any(name.startswith("plots/") for name in names)
        page.locator('#lab-after button[data-true="2"][data-predicted="7"]').click()
        page.wait_for_selector("#lab-cell-images img", timeout=30_000)
        said = page.locator("#lab-cell-images .fd-status").inner_text()
        assert "test images of 2: 2 → 7, described, 1 % answers 7" in said
        assert page.locator("#live-matrix button[tabindex]").count() == 100, "nothing is behind it"
        page.locator("#lab-cell-images button").first.click()
        wait_answer(page, "before", "2", 20)
        tab(page, "Draw")
        page.locator("#pad .fd-clear").click()
        wait_answer(page, "before", "–")
        draw(page, TWO)
        wait_answer(page, "before", "2")
        key = page.locator("#comparison .fd-column").nth(1).get_attribute("data-model")
        assert key and key not in ("before", "after")
        wait_answer(page, key, "7")
        assert any("2 → 7" in title for title in titles(page))
        assert not any("2 → 7" in title for title in titles(other.page)), "a stranger's run"
        tab(other.page, "Relearn")
        assert "2 → 7" not in other.page.locator("body").inner_text()
        seen.assert_clean()
        other.assert_clean()


def test_a_link_restores_the_settings(app: str, browser: Browser) -> None:
    path = "/?forget=4&substitute=none&method=natural_target&share=1&seed=3"
    with visit(browser, app, path=path) as seen:
        tab(seen.page, "Unlearn")
        expect(seen.page.locator("#forget input")).to_have_value("4", timeout=20_000)
        assert seen.page.locator("#substitute input").input_value() == "none (natural)"
        assert seen.page.locator("#method input").input_value() == "natural_target"
        assert "10 %" in seen.page.locator("#share-text").inner_text()
        assert "seed=3" in seen.page.url
        seen.assert_clean()


def test_forgetting_towards_itself_is_one_sentence(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        tab(page, "Unlearn")
        page.locator("#substitute input").click()
        page.get_by_role("option", name="6", exact=True).click()
        page.locator("#run").click()
        wait_status(page, "choose two different digits")
        seen.assert_clean()


def test_five_drawn_sixes_bring_the_digit_back(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        tab(page, "Relearn")
        for count in range(1, 6):
            shifted = [(x + 0.02 * (count - 3), y + 0.01 * (count % 3)) for x, y in SIX]
            draw(page, shifted, "#teach-pad .fd-canvas")
            page.wait_for_timeout(300)
            page.locator("#teach-add").click()
            page.wait_for_function(
                "n => document.querySelectorAll('#teach-drawn img').length === n", arg=count
            )
        page.locator("#teach").click()
        wait_status(page, "done", "#relearn-status")
        assert "is back" in page.locator("#relearn-words").inner_text()
        assert page.locator("#relearn-curve .fd-line").count() == 3
        tab(page, "Draw")
        page.locator("#pad .fd-clear").click()
        wait_answer(page, "before", "–")
        draw(page, SIX)
        wait_answer(page, "before", "6")
        key = page.locator("#comparison .fd-column").nth(1).get_attribute("data-model")
        assert key not in ("before", "after")
        wait_answer(page, key or "", "6")
        seen.assert_clean()


def test_a_cell_is_a_door_to_its_images(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        tab(page, "Report")
        page.locator('#matrix-after button[data-true="6"][data-predicted="5"]').click()
        page.wait_for_selector("#cell-images img", timeout=30_000)
        assert "→ 5" in page.locator("#cell-images").inner_text()
        page.locator("#cell-images button").first.click()
        wait_answer(page, "after", "5", 20)
        assert page.locator("#pad").is_visible()
        seen.assert_clean()


def test_morph_and_more_columns(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        for box in page.locator("#more input").all():
            box.check()
        page.wait_for_selector('[data-model="logit_mask"] .fd-answer')
        assert answer(page, "oracle") != "6" and answer(page, "logit_mask") != "6"
        tab(page, "Morph")
        page.wait_for_selector("#morph-strip td img")
        assert page.locator("#morph-strip td img").count() == 11
        assert "Before: 6 until" in page.locator("#morph-words").inner_text()
        page.locator("#morph-strip button").last.click()
        wait_answer(page, "before", "3")
        assert page.locator("#pad").is_visible()
        tab(page, "Morph")
        page.locator("#morph-end button").nth(5).click()
        page.wait_for_function(
            "document.querySelector('#morph-words').textContent.includes('then 0')"
        )
        seen.assert_clean()


def test_endpoints_for_programs(app: str) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(app, verbose=False)
    job = client.submit({"forget": "7", "substitute": "1"}, api_name="/unlearn")
    final = job.result(timeout=240)
    assert final["state"] == "done" and final["report"]["forget_class"] == 7
    assert len(job.outputs()) > 2, "progress comes before the report"
    mine = client.predict(api_name="/runs")
    assert [run["title"] for run in mine] == ["7 → 1, described, 1 %"]
    assert Client(app, verbose=False).predict(api_name="/runs") == []
    lesson = {"run": mine[0]["key"], "images": 5}
    back = client.submit(lesson, api_name="/relearn").result(timeout=240)
    assert back["report"]["after"]["acc_forget"] > 0.8
    for bad in ({"forget": "7", "substitute": "7"}, {"share": 99}, {"epochs": 5}, 7, {"seed": "x"}):
        with pytest.raises(AppError) as refused:
            client.submit(bad, api_name="/unlearn").result(timeout=60)
        assert "Traceback" not in json.dumps(str(refused.value))


def test_answers_do_not_wait_behind_a_full_line(app: str) -> None:
    """Each of eight followers waits in a thread, and answers need threads, too."""
    from gradio_client import Client

    jobs: list[Any] = []

    def follow() -> Client:
        """One more session with a run of its own; returns once it is told where it stands."""
        client = Client(app, verbose=False)
        settings = {"forget": "1", "substitute": "0", "seed": 900 + len(jobs)}
        jobs.append(client.submit(settings, api_name="/unlearn"))
        deadline = time.monotonic() + 120
        while not jobs[-1].outputs():
            assert not jobs[-1].done() and time.monotonic() < deadline, "never told where it stands"
            time.sleep(0.05)
        return client

    try:
        clients = [follow() for _ in range(WAITING)]  # one of them runs, or did
        start = time.monotonic()
        told = clients[-1].predict("", api_name="/predict")
        assert told["blank"] and time.monotonic() - start < 3
        with pytest.raises(Exception, match="no such run"):
            clients[0].submit({"run": "../../assets"}, api_name="/relearn").result(timeout=60)
    finally:
        for job in jobs:
            job.cancel()
