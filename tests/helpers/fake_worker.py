"""A worker that pretends: speaks the real messages, copies the shipped run, obeys its settings.

The seed of a request chooses what happens: 7 hangs, 8 dies, 9 fails, 5 talks nonsense first, 6
fails after the model was published, 4 hangs before it begins.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from forgetdemo.files.folder import MODELS_FORMAT, RUN_FORMAT, write_folder
from forgetdemo.files.run import read_run
from forgetdemo.settings.constants import MODELS_DIR

STEPS = 6
PAUSE = 0.05  # seconds per step


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def work(request: dict[str, Any]) -> None:
    name, seed = request["id"], request["config"].get("seed", 0)
    if seed == 4:
        time.sleep(3600)
    say({"type": "started", "id": name})
    if seed == 8:
        os._exit(3)
    if seed == 9:
        say({"type": "failed", "id": name, "sentence": "unlearning diverged at step 1"})
        return
    if seed == 5:
        sys.stdout.write("not json\n" + "x" * 400_000 + "\n" + '{"type": "progress"}\n')
    for step in range(STEPS + 1):
        record: dict[str, Any] = {"step": step, "of": STEPS, "confusion": [[step] * 10] * 10}
        record |= {"acc_forget": 1 - step / STEPS, "acc_retain": 0.99}
        say({"type": "progress", "id": name, "record": record})
        time.sleep(PAUSE if seed != 7 else 3600)
    run = read_run(MODELS_DIR)
    about = {k: v for k, v in run.manifest.items() if k not in ("files", "format")}
    out = Path(request["out"])
    write_folder(out / "models", run.files, about, MODELS_FORMAT)
    if seed != 6:
        say({"type": "ready", "id": name})
    plain = {n: data for n, data in run.files.items() if not n.endswith(".onnx")}
    write_folder(out / "run", plain, about, RUN_FORMAT)
    if seed == 6:
        say({"type": "ready", "id": name})
        say({"type": "failed", "id": name, "sentence": "the disk is full"})
        return
    say({"type": "done", "id": name})


for line in sys.stdin:
    asked = json.loads(line)
    if asked["kind"] == "warm":
        say({"type": "warm"})
    elif asked["kind"] in ("unlearn", "relearn"):
        work(asked)
