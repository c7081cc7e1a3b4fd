"""The Audit and Pairs tabs in a real Chromium, under the settings that the internet would see."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from forgetdemo.audit.rows import as_text
from forgetdemo.files.checkpoint import write_json
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.pairs import INDEX, PAIRS_DIR
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.audits import IMAGES, small_audit, small_bench
from tests.helpers.browser import TWO, chromium, draw, running_app, visit, wait_answer
from tests.helpers.fake_pairs import write_fake_pairs

pytestmark = pytest.mark.browser
COLUMNS = ("run", "original", "held_out", "control")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("audited")
    models = Path(shutil.copytree(MODELS_DIR, place / "models"))
    write_json(models / "audit.json", sealed(small_audit().to_dict()))
    pairs = PAIRS_DIR
    if not (pairs / INDEX).is_file():  # a copy of the project without the shipped pairs
        pairs = place / "pairs"
        write_fake_pairs(pairs, (models / "before.onnx").read_bytes())
    write_json(place / "methods.json", small_bench())
    data = ("--pairs", str(pairs), "--methods", str(place / "methods.json"))
    flags = ("--models", str(models), "--runs", str(place / "runs"))
    with running_app(*data, *flags, program=("-m", "tests.helpers.pairs_page")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def tab(page: Page, name: str, what: str) -> None:
    page.get_by_role("tab", name=name).click()
    page.wait_for_selector(what, state="visible")


def figures(row: Locator) -> dict[str, str]:
    """What stands in a row, by model."""
    cells = row.locator("dl [data-model]")
    return {
        str(cell.get_attribute("data-model")): cell.locator("dd").inner_text()
        for cell in cells.all()
    }


def test_the_verdict_and_the_figures_are_the_audit_s(app: str, browser: Browser) -> None:
    report = small_audit()
    with visit(browser, app) as seen:
        page = seen.page
        tab(page, "Audit", "#audit .fd-verdict")
        said = page.locator("#audit .fd-verdict").inner_text().replace("\n", " ")
        assert " ".join(said.split()).lower() == report.verdict.sentence.lower()
        assert (
            page.locator(".fd-verdict b").evaluate("n => parseFloat(getComputedStyle(n).fontSize)")
            > 24
        )
        assert page.locator("#audit details[open]").count() == 1, "the most telling group alone"
        page.evaluate("document.querySelectorAll('#audit details').forEach((d) => (d.open = true))")
        for row in report.rows:
            shown = page.locator(f'[data-row="{row.name}"]')
            told = figures(shown)
            for name in COLUMNS:
                assert told[name] == as_text(getattr(row, name), row.unit, row.cap), row.name
            if row.oracle_mean is not None:
                assert told["oracles"].startswith(as_text(row.oracle_mean, row.unit))
            assert shown.locator("h4 span").inner_text() == row.arrow
            assert shown.locator("p").inner_text() == row.explain
            assert shown.locator("svg").is_visible() and told["run"] in str(
                shown.locator("svg").get_attribute("aria-label")
            )
            words = shown.locator(".fd-flags").inner_text()
            assert all(flag in words for flag in row.flags)
            assert ("outside" in words) == (row.inside is False and row.reliable is not False)
        outside = page.locator('[data-group="relearning"] summary').inner_text()
        assert "10 of 10 outside" in outside
        assert (
            "4,293 of 429,258 weights could change" in page.locator(".fd-certificate").inner_text()
        )
        assert "20 of 21" in page.locator(".fd-certificate").inner_text()
        assert "does not show" in page.locator("#audit-limits").inner_text()
        seen.assert_clean()


def test_a_mark_stands_where_its_figure_says(app: str, browser: Browser) -> None:
    """On one line, marks lie in the order of the figures, all inside the picture."""
    with visit(browser, app) as seen:
        tab(seen.page, "Audit", "#audit .fd-verdict")
        seen.page.locator('[data-group="answers"] summary').click()
        box = seen.page.locator('[data-row="acc_overall"] svg')
        at = box.evaluate(
            """(svg) => Object.fromEntries([...svg.querySelectorAll('g')].map((g) =>
            [g.querySelector('text')?.textContent, g.querySelector('.fd-mark')])
            .filter(([letter, mark]) => letter && mark)
            .map(([letter, mark]) => [letter, mark.getCTM().e]))"""
        )
        row = next(r for r in small_audit().rows if r.name == "acc_overall")
        values = {"A": row.run, "B": row.original, "H": row.held_out, "M": row.control}
        assert sorted(at, key=at.__getitem__) == sorted(values, key=lambda k: values[k] or 0)
        assert 0 < min(at.values()) and max(at.values()) < 800
        assert box.locator(".fd-tick").count() == 5, "a tick per oracle"


def test_letters_never_cover_each_other(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        tab(seen.page, "Audit", "#audit .fd-verdict")
        lines = seen.page.evaluate(
            """() => [...document.querySelectorAll('#audit .fd-strip')].map((svg) =>
            [...svg.querySelectorAll('g text')].filter((t) => t.getAttribute('y') === '55')
            .map((t) => Number(t.getAttribute('x'))))"""
        )
        assert len(lines) == len(small_audit().rows)
        for places in map(sorted, lines):
            assert all(b - a >= 12.9 for a, b in zip(places, places[1:], strict=False))
            assert not places or (places[0] >= 43.9 and places[-1] <= 334.1)
        moved = seen.page.evaluate("forgetdemo.spread([50, 50, 50, 90, 0], 10, 0, 100)")
        assert moved == [40, 50, 60, 90, 0], "each as near to its place as the others let it"


def test_curves_are_chosen_by_mouse_and_by_keyboard(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        tab(page, "Audit", "#audit .fd-recovery")
        lines = page.locator("#audit .fd-recovery")
        told = {str(line.get_attribute("data-model")) for line in lines.all()}
        assert told == {"run", "original", "oracles", "held_out", "control", "random_init"}
        path = page.locator('.fd-recovery[data-model="run"] path')
        seen_paths = set()
        for images in IMAGES:
            button = page.locator(f'[data-images="{images}"]')
            button.focus()
            page.keyboard.press("Enter")
            assert button.get_attribute("aria-pressed") == "true"
            assert page.locator('[data-images][aria-pressed="true"]').count() == 1
            seen_paths.add(path.get_attribute("d"))
        assert len(seen_paths) == len(IMAGES)
        bars = page.locator('.fd-destinations [data-model="run"] td')
        assert bars.all_inner_texts() == ["0", "0", "0", "98", "0", "2", "0", "0", "0", "0"]
        seen.assert_clean()


def test_groups_open_by_keyboard(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        tab(seen.page, "Audit", "#audit .fd-verdict")
        group = seen.page.locator('[data-group="attacks"]')
        group.locator("summary").focus()
        seen.page.keyboard.press("Enter")
        assert group.locator('[data-row="mia_auc"]').is_visible()


def test_without_runs_the_tab_gives_the_shipped_pair_s_command(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        tab(seen.page, "Audit", "#audit-own")
        assert (
            "python -m forgetdemo audit --run models --out models"  # the folder that is served
            in seen.page.locator("#audit-own").inner_text()
        )


def test_methods_stand_in_a_figure_with_names_and_in_a_table(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        tab(seen.page, "Audit", "#methods table")
        figure = seen.page.locator("#methods .fd-scatter").first
        assert figure.locator("[data-method] text").all_text_contents() == ["described"]
        assert figure.locator(".fd-band").count() == 1
        cells = seen.page.locator('#methods tr[data-method="described"] td')
        assert "0.650 ± 0.071" in cells.all_inner_texts()
        assert "2 (1 beyond)" in cells.all_inner_texts()
        failed = seen.page.locator('#methods tr[data-method="scrub"]').inner_text()
        assert "failed: unlearning diverged at step 1" in failed
        seen.assert_clean()


def test_a_folder_without_audit_and_pairs_says_so(browser: Browser, tmp_path: Path) -> None:
    models = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    (models / "audit.json").unlink(missing_ok=True)
    data = ("--pairs", str(tmp_path), "--methods", str(tmp_path / "methods.json"))
    flags = ("--models", str(models), "--runs", str(tmp_path / "runs"))
    with running_app(*data, *flags, program=("-m", "tests.helpers.pairs_page")) as address:
        with visit(browser, address) as seen:
            tab(seen.page, "Audit", "#audit-missing")
            assert "have not been audited yet" in seen.page.locator("#audit-missing").inner_text()
            assert seen.page.locator("#methods").count() == 0
            tab(seen.page, "Pairs", "#pairs-missing")
            assert "No models of all pairs" in seen.page.locator("#pairs-missing").inner_text()
            seen.assert_clean()


def test_a_cell_puts_its_pair_on_the_pad_of_this_visitor_alone(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen, visit(browser, app) as other:
        page = seen.page
        tab(page, "Pairs", "#pairs table")
        page.locator('#pairs [data-true="2"][data-predicted="7"]').click()
        page.wait_for_selector("#pad .fd-canvas", state="visible")
        column = page.locator('#comparison [data-model="pair-2-7"]')
        column.wait_for()
        assert column.locator("h3").inner_text() == "2 → 7, described, 1 %"
        page.locator("#pad .fd-clear").click()
        wait_answer(page, "before", "–")
        draw(page, TWO)
        wait_answer(page, "before", "2")
        wait_answer(page, "pair-2-7", "7")
        assert "redirected" in page.locator("#comparison .fd-sentence").inner_text()
        for visitor, offered in ((page, True), (other.page, False)):
            for name in ("left", "right"):
                visitor.locator(f"#{name} input").click()
                titles = visitor.get_by_role("option").all_inner_texts()
                visitor.keyboard.press("Escape")
                assert any("2 → 7" in title for title in titles) == offered, (name, titles)
        seen.assert_clean()
        other.assert_clean()


def test_the_map_by_keyboard_and_its_figures(app: str, browser: Browser) -> None:
    with visit(browser, app) as seen:
        page = seen.page
        tab(page, "Pairs", "#pairs table")
        assert page.locator("#pairs td button").count() == 90
        assert page.locator("#pairs td button[tabindex='0']").count() == 1, (
            "one stop of the tab key"
        )
        words = set()
        for measure in ("drop", "redirect_rate", "seconds"):
            button = page.locator(f'[data-measure="{measure}"]')
            button.focus()
            page.keyboard.press("Enter")
            assert button.get_attribute("aria-pressed") == "true"
            words.add(page.locator("#pairs .fd-worst").inner_text())
            assert page.locator("#pairs .fd-worst-cell").count() == 1
        assert len(words) == 3 and all("→" in text for text in words)
        page.locator('#pairs [data-true="0"][data-predicted="1"]').focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):  # 1 → 1 and nothing beside it: skipped
            page.keyboard.press(key)
        place = page.evaluate("({ ...document.activeElement.dataset })")
        assert place == {"true": "3", "predicted": "0"}
        page.keyboard.press("Enter")
        page.locator('#comparison [data-model="pair-3-0"]').wait_for()
        assert "88.65 % without 1" in page.locator("#pairs").text_content()  # type: ignore[operator]
        seen.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_tabs_fit_a_phone(app: str, browser: Browser, scheme: str) -> None:
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True, "color_scheme": scheme}
    with visit(browser, app, width=360, height=740, **phone) as seen:
        page = seen.page
        for name, what in (("Audit", "#audit .fd-verdict"), ("Pairs", "#pairs table")):
            tab(page, name, what)
            page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        wide = page.evaluate(
            """() => [...document.querySelectorAll('#pairs button, #audit button, #audit summary')]
            .filter((n) => n.checkVisibility() && n.getBoundingClientRect().right > innerWidth)
            .map((n) => n.outerHTML)"""
        )
        assert wide == []
        seen.assert_clean()


def test_the_new_events_are_private_and_do_not_queue(app: str) -> None:
    with urllib.request.urlopen(f"{app}/config") as reply:
        events = {event["api_name"]: event for event in json.load(reply)["dependencies"]}
    for name in ("pair", "audit_own"):
        assert events[name]["api_visibility"] == "private" and events[name]["queue"] is False
