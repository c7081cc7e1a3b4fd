"""`python -m benchmarks.web`: the static page in figures: sizes, first result, strokes, parity.

Run `make browser` first. Serves the page by `python -m http.server` to a real Chromium; writes
docs/web.json.
"""

import base64
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from export.web.build import build
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import write_json
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from tests.helpers.browser import SIX, chromium, draw, visit, wait_answer
from tests.helpers.website import PROBABILITIES, Counter, app_of, hosting, settings_of

VISITS, STROKES, DIGITS, PATIENT = 5, 60, 1000, 60
# Milliseconds from the event that ends a stroke to the sentence that tells both answers.
WATCH = """() => { window.waits = []; let up = 0;
  document.querySelector('#pad .fd-canvas').addEventListener('pointerup',
    () => { up = performance.now(); }, true);
  new MutationObserver(() => { if (up) { window.waits.push(performance.now() - up); up = 0; } })
    .observe(document.querySelector('#comparison .fd-sentence'), { childList: true }); }"""


def p95(values: list[float]) -> float:
    """The value that 95 % do not exceed."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def sizes(site: Path) -> list[dict[str, Any]]:
    """Each data file, and the code together: raw, on the wire, and when it is fetched."""
    known = settings_of(site)
    first = {"runtime.wasm", "samples", *(m["file"] for m in known["models"][:2])}
    rows = [
        {
            "name": name,
            "raw": record["size"],
            "wire": record["bytes"],
            "first_visit": name in first,
        }
        for name, record in known["files"].items()
    ]
    code = [
        site / "index.html",
        site / "sw.js",
        *app_of(site).rglob("*.*js"),
        *app_of(site).rglob("*.css"),
    ]
    total = sum(path.stat().st_size for path in code)
    rows.append({"name": "page, code, styles", "raw": total, "wire": total, "first_visit": True})
    return sorted(rows, key=lambda row: (not row["first_visit"], -row["wire"]))


def first_results(browser: Browser, site: Path) -> tuple[list[float], int]:
    """Seconds from the request for the page to both answers, nothing kept; and bytes of a visit."""
    seconds, count = [], 0
    for _ in range(VISITS):
        with hosting(site) as host:
            counter = Counter(host.address)
            context = browser.new_context()
            page = context.new_page()
            start = time.perf_counter()
            page.goto(counter.address)
            wait_answer(page, "after", "3", PATIENT)
            seconds.append(time.perf_counter() - start)
            page.wait_for_function(
                "() => document.querySelector('#offline').textContent", timeout=1000 * PATIENT
            )
            page.wait_for_timeout(500)
            count = max(count, counter.bytes)
            context.close()
            counter.close()
    return seconds, count


def strokes(page: Page) -> list[float]:
    """Milliseconds from pen-up to both answers on the page."""
    page.evaluate(WATCH)
    for _ in range(STROKES):
        page.locator("#pad .fd-clear").click()
        wait_answer(page, "before", "–")
        draw(page, SIX[:-1])
        page.wait_for_timeout(100)
        page.evaluate("window.waits.pop()")  # this one may be the answer to the moving pen
        x, y = SIX[-1]
        box = page.locator("#pad .fd-canvas").bounding_box()
        assert box
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.mouse.down()
        page.wait_for_timeout(80)
        page.mouse.up()
        page.wait_for_timeout(80)
    found: list[float] = page.evaluate("window.waits")
    return found


def parity(page: Page, site: Path) -> dict[str, Any]:
    """Probabilities in the browser against Python's onnxruntime on test digits, per model."""
    test = load_dataset().test
    pixels = base64.b64encode(test.pixels[:DIGITS].tobytes()).decode()
    found = page.evaluate(PROBABILITIES, [f"/{app_of(site).name}/", pixels])
    shipped = load_models(MODELS_DIR)
    floats = test.take(np.arange(DIGITS)).floats()
    result = {}
    for key, values in found.items():
        expected, _ = shipped.classifiers[key](floats)
        actual = np.array(values).reshape(DIGITS, -1)
        result[key] = {
            "max_abs_probability_difference": float(np.abs(actual - expected).max()),
            "same_answer": int((actual.argmax(1) == expected.argmax(1)).sum()),
            "images": DIGITS,
        }
    return result


def main() -> None:
    """Measure, print, write docs/web.json."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        site = Path(folder) / "dist"
        build(site)
        table = sizes(site)
        seconds, count = first_results(browser, site)
        with hosting(site) as host, visit(browser, host.address) as seen:
            wait_answer(seen.page, "after", "3", PATIENT)
            waits = strokes(seen.page)
            same = parity(seen.page, site)
        version = browser.version
    for row in table:
        when = "first visit" if row["first_visit"] else "when asked for"
        print(f"{row['name']:<20}{row['raw']:>12,}{row['wire']:>12,}  {when}")
    print(f"bytes that a first visit took, headers included: {count:,}")
    print(f"first result: median {statistics.median(seconds):.2f} s of {VISITS} fresh visits")
    print(
        f"pen-up to both answers: least {min(waits):.1f} ms, median "
        f"{statistics.median(waits):.1f} ms, p95 {p95(waits):.1f} ms of {len(waits)} strokes"
    )
    for key, row in same.items():
        print(
            f"{key}: max |browser - Python| {row['max_abs_probability_difference']:.1e}, "
            f"same answer {row['same_answer']:,}/{row['images']:,}"
        )
    print(f"load average {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores")
    result = {
        "command": "python -m benchmarks.web",
        "files": table,
        "first_visit_bytes": count,
        "first_result_seconds": seconds,
        "stroke_milliseconds": {
            "least": min(waits),  # the one that the rest of the machine disturbed least
            "median": statistics.median(waits),
            "p95": p95(waits),
            "strokes": len(waits),
        },
        "parity": same,
        "machine": {
            "load": [load, os.getloadavg()[0]],
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
            "chromium": version,
        },
    }
    write_json(ROOT / "docs" / "web.json", result)


if __name__ == "__main__":
    main()
