"""`python -m benchmarks.serving`: how fast the page starts and answers, in a real Chromium.

Run `make browser` first. Prints one line per figure, with the load of the machine beside them.
"""

import http.client
import json
import os
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from forgetdemo.views.pictures import load_samples
from tests.helpers.browser import SIX, chromium, draw, running_app, visit, wait_answer

STARTS, STROKES, CALLS, CLIENTS = 5, 50, 400, 20
WATCH = """() => { window.waits = []; let up = 0;
  document.querySelector('#pad .fd-canvas').addEventListener('pointerup',
    () => { up = performance.now(); }, true);
  new MutationObserver(() => { if (up) { window.waits.push(performance.now() - up); up = 0; } })
    .observe(document.querySelector('.fd-sentence'), { childList: true }); }"""


def spread(values: list[float]) -> str:
    """'p50 21 ms, p95 40 ms' of seconds."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"p50 {1000 * statistics.median(ordered):.1f} ms, p95 {1000 * p95:.1f} ms"


def pen_up(address: str) -> list[float]:
    """Seconds from pen-up to both answers on the page; answers to the moving pen have come."""
    with chromium() as browser, visit(browser, address) as seen:
        seen.page.evaluate(WATCH)
        for _ in range(STROKES):
            draw(seen.page, SIX[:-1])
            seen.page.wait_for_timeout(250)
            seen.page.evaluate("window.waits.pop()")  # this one may still be an earlier answer
            x, y = SIX[-1]
            box = seen.page.locator("#pad .fd-canvas").bounding_box()
            assert box
            seen.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            seen.page.mouse.down()
            seen.page.wait_for_timeout(100)
            seen.page.mouse.up()
            seen.page.wait_for_timeout(250)
            seen.page.locator("#pad .fd-clear").click()
            wait_answer(seen.page, "before", "–")
        found: list[float] = seen.page.evaluate("window.waits")
        return [wait / 1000 for wait in found]


def one_client(address: str, calls: int) -> list[float]:
    """Seconds of each of `calls` predictions over one connection."""
    with urllib.request.urlopen(f"{address}/config") as reply:
        known: list[Any] = json.load(reply)["dependencies"]
    index = next(d["id"] for d in known if d["api_name"] == "predict")
    body = json.dumps({"data": [load_samples()[0]["pad"]], "fn_index": index, "session_hash": "b"})
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        connection.request(
            "POST", "/gradio_api/run/predict", body, {"content-type": "application/json"}
        )
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        seconds.append(time.perf_counter() - start)
    connection.close()
    return seconds


def main() -> None:
    """Measure and print."""
    starts = []
    for _ in range(STARTS):
        start = time.perf_counter()
        with running_app():
            starts.append(time.perf_counter() - start)
    with running_app() as address:
        waits = pen_up(address)
        single = one_client(address, CALLS)
        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(one_client, [address] * CLIENTS, [CALLS // CLIENTS] * CLIENTS))
        rate = CALLS / (time.perf_counter() - start)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"start to /readyz: median {statistics.median(starts):.1f} s of {STARTS} fresh processes")
    print(f"pen-up to both answers: {spread(waits)} of {len(waits)} strokes")
    print(f"predict by HTTP, one client: {spread(single)}; {CLIENTS} clients: {rate:.0f} per s")


if __name__ == "__main__":
    main()
