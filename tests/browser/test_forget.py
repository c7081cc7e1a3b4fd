"""Forgetting and relearning on the page without a server, in a real Chromium."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from export.graph import weights_of
from export.web.learning import pool_images
from forgetdemo.files.run import read_run
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.steps import Graphs, see, study
from forgetdemo.predict.unlearn import unlearn
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.dense import BROWSER
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
from tests.helpers.website import Host, built, copied, hosting, settings_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PATIENT = 180_000  # ms: the network learns on a machine that may be busy
LINK = "?forget=2&substitute=7&share=0&keep=1&penalty=0.05&pull=0.05&seed=5"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting(built()) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def says(page: Page, tab: str, words: str) -> None:
    """Wait for what a tab's status says."""
    expect(page.locator(f"#{tab}-status .fd-status")).to_contain_text(words, timeout=PATIENT)


def open_tab(page: Page, name: str) -> None:
    """Open a tab and wait until its form is filled."""
    page.get_by_role("tab", name=name, exact=True).click()
    where = {"Unlearn": "forget", "Relearn": "relearn"}[name]
    says(page, where, "")
    expect(page.locator(f"#{where}-form option").first).to_be_attached(timeout=PATIENT)


def ready(page: Page) -> None:
    """The shipped models answer."""
    wait_answer(page, "after", "3", 60)


def taken_home(page: Page, folder: Path) -> Path:
    """Press each link of a finished run; where its files are."""
    expect(page.locator("#forget-files a")).to_have_count(3, timeout=PATIENT)
    folder.mkdir()
    for link in page.locator("#forget-files a").all():
        with page.expect_download() as coming:
            link.click()
        shutil.move(coming.value.path(), folder / coming.value.suggested_filename)
    return folder


def test_a_link_reproduces_a_run_that_python_makes_too(
    host: Host, browser: Browser, tmp_path: Path
) -> None:
    with visit(browser, host.address, path="/" + LINK) as seen:
        page = seen.page
        ready(page)
        open_tab(page, "Unlearn")
        assert "4,293 of 429,258" in page.locator("#share-words").inner_text()
        page.locator("#forget-start").click()
        says(page, "forget", "It is on the pad now")
        expect(page.locator("#forget-headline")).to_contain_text("class 2", timeout=PATIENT)
        assert "0.00 %" in page.locator("#forget-headline").inner_text()
        assert "all 10,000 test images" in page.locator("#forget-measured").inner_text()
        assert page.locator("#forget-heat img").count() == 3
        assert "largest change outside: 0" in page.locator("#forget-mask").inner_text()
        page.locator('#forget-after button[data-true="2"][data-predicted="7"]').click()
        expect(page.locator("#forget-cell-images img").first).to_be_visible()
        folder = taken_home(page, tmp_path / "pair")
        page.locator("#forget-cell-images button").first.click()
        wait_answer(page, "before", "2")
        wait_answer(page, "made", "7")
        page.get_by_role("tab", name="Your own").click()
        page.set_input_files("#files", [str(path) for path in folder.iterdir()])
        expect(page.locator("#dropped")).to_contain_text("made to forget 2", timeout=PATIENT)
        seen.assert_clean()
    models = load_models(folder)
    assert models.manifest["seed"] == 5 and models.manifest["made_by"] == "browser"
    config = unlearn_config("described", forget_class=2, redirect_to=7, seed=5, **BROWSER)
    graphs, weights = Graphs(), read_run(MODELS_DIR).weights("before")
    pool, watched = pool_images(load_models(MODELS_DIR))
    parts = [(images.pixels, images.labels) for images in (pool, watched)]
    studied, shown = study(graphs, weights, *parts[0]), see(graphs, weights, *parts[1])
    expected = unlearn(graphs, studied, shown, config).weights
    found = weights_of((folder / "after.onnx").read_bytes())
    assert max(float(np.abs(found[name] - expected[name]).max()) for name in expected) < 1e-5


def test_the_app_offers_it_too(browser: Browser, tmp_path: Path) -> None:
    flags = ("--page", str(built()), "--runs", str(tmp_path))
    with running_app(*flags) as address, visit(browser, address) as seen:
        page = seen.page
        page.get_by_role("tab", name="Unlearn").click()
        page.get_by_role("link", name="Do it in this browser").first.click()
        expect(page.locator("#forget-form option").first).to_be_attached(timeout=PATIENT)
        assert page.url.endswith("/browser/#unlearn")
        page.locator("#forget-start").click()
        says(page, "forget", "It is on the pad now")
        seen.assert_clean()


def test_stop_ends_a_run_and_the_pad_goes_on_answering(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        open_tab(page, "Unlearn")
        page.locator("#forget-start").click()
        says(page, "forget", "6 → 3: ")
        page.get_by_role("tab", name="Draw", exact=True).click()
        page.locator("#pad .fd-clear").click()
        wait_answer(page, "before", "–")
        draw(page, SIX)
        wait_answer(page, "before", "6")
        open_tab(page, "Unlearn")
        page.locator("#forget-stop").click()
        says(page, "forget", "stopped")
        assert page.locator("#forget-start").is_enabled()
        page.locator("#forget-start").click()
        says(page, "forget", "It is on the pad now")
        page.locator("#forget-draw").click()
        assert (answer(page, "before"), answer(page, "made")) == ("6", "3")
        seen.assert_clean()


def test_five_drawn_sixes_bring_the_six_back(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        for number in range(5):
            page.get_by_role("tab", name="Draw", exact=True).click()
            page.locator("#pad .fd-clear").click()
            shift = 0.02 * (number - 2)
            draw(page, [(x + shift, y - shift / 2) for x, y in SIX])
            wait_answer(page, "before", "6")
            open_tab(page, "Relearn")
            page.locator("#relearn-add").click()
        expect(page.locator("#relearn-drawings img")).to_have_count(5)
        page.locator("#relearn-start").click()
        says(page, "relearn", "It is on the pad now")
        assert "retrained without it" in page.locator("#relearn-curve").inner_text()
        assert "6 " in page.locator("#relearn-words").inner_text()
        page.get_by_role("tab", name="Draw", exact=True).click()
        wait_answer(page, "taught", "6", 60)
        seen.assert_clean()


def test_what_cannot_be_meant_is_one_sentence(host: Host, browser: Browser) -> None:
    with visit(browser, host.address, path="/?forget=6&substitute=6") as seen:
        page = seen.page
        ready(page)
        open_tab(page, "Unlearn")
        says(page, "forget", "This link cannot be meant: The answer instead must be another class")
        page.locator("select[name=substitute]").select_option("6")
        page.locator("#forget-start").click()
        says(page, "forget", "The answer instead must be another class")
        page.locator("select[name=substitute]").select_option("3")
        page.locator("#forget-form summary").click()
        page.locator("input[name=seed]").fill("1e99")
        page.locator("#forget-start").click()
        says(page, "forget", "seed must be a whole number from 0 to 2147483647.")
        page.locator("input[name=seed]").fill("0")
        page.locator("input[name=pull]").fill("-1")
        page.locator("#forget-start").click()
        says(page, "forget", "pull must be a number from 0 to 100.")
        open_tab(page, "Relearn")
        page.locator("select[name=count]").select_option("own")
        page.locator("#relearn-start").click()
        says(page, "relearn", "There is no drawing yet")
        seen.assert_clean()


@pytest.mark.parametrize("name", ["graphs", "pool"])
def test_a_damaged_file_stops_learning_and_nothing_else(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    site = copied(tmp_path / "site")
    place = site / settings_of(site)["files"][name]["path"]
    place.write_bytes(place.read_bytes()[:-100] + bytes(100))
    with hosting(site) as own, visit(browser, own.address) as seen:
        ready(seen.page)
        open_tab(seen.page, "Unlearn")
        seen.page.locator("#forget-start").click()
        says(seen.page, "forget", f"{name} arrived damaged")
        seen.page.get_by_role("tab", name="Draw", exact=True).click()
        draw(seen.page, [(0.5, 0.2), (0.5, 0.8)])
        wait_answer(seen.page, "before", "6")


def test_a_phone_forgets_by_touch_and_without_a_network(browser: Browser) -> None:
    with hosting(built()) as own:
        phone: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
        with visit(browser, own.address, **phone) as seen:
            page = seen.page
            ready(page)
            page.get_by_role("tab", name="Unlearn", exact=True).tap()
            expect(page.locator("#forget-form option").first).to_be_attached(timeout=PATIENT)
            expect(page.locator("#offline")).to_contain_text("works offline", timeout=PATIENT)
            page.locator("#forget-start").tap()  # all that it needs is there now, and kept
            says(page, "forget", "It is on the pad now")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, "nothing sticks out at the side"
            expect(page.locator("#forget-files a")).to_have_count(3, timeout=PATIENT)
            own.stop()
            page.reload()
            ready(page)
            page.get_by_role("tab", name="Unlearn", exact=True).tap()
            expect(page.locator("#forget-form option").first).to_be_attached(timeout=PATIENT)
            page.locator("select[name=forget]").select_option("1")
            page.locator("#forget-start").tap()
            says(page, "forget", "It is on the pad now")
            page.locator("#forget-draw").tap()
            page.locator("#pad .fd-clear").tap()
            touch(page, [(0.5, 0.2), (0.5, 0.35), (0.5, 0.5), (0.5, 0.65), (0.5, 0.8)])
            wait_answer(page, "made", "3", 30)
            assert answer(page, "before") == "1"


def test_the_keyboard_is_enough(host: Host, browser: Browser) -> None:
    with visit(browser, host.address) as seen:
        page = seen.page
        ready(page)
        page.locator("#tab-lesson").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#forget-form option").first).to_be_attached(timeout=PATIENT)
        page.keyboard.press("Tab")  # into the form
        page.keyboard.press("4")
        page.keyboard.press("Tab")
        page.keyboard.press("9")
        page.locator("input[name=share]").focus()
        page.keyboard.press("ArrowRight")
        assert "1.3 %" in page.locator("#share-words").inner_text()
        page.keyboard.press("Enter")
        says(page, "forget", "4 → 9: done in")
        chosen = page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
        assert json.dumps(chosen, sort_keys=True) == json.dumps(
            {"forget": "4", "keep": "1", "penalty": "0.05", "pull": "0.05"}
            | {"seed": "0", "share": "0.1", "substitute": "9"},
            sort_keys=True,
        )
        seen.assert_clean()
