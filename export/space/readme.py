"""A Space's README.md: front matter, which the Hub reads as configuration, and words for people."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from export.credits import CODE, SOURCES
from export.front_matter import read_front_matter
from export.push import HUB
from forgetdemo.live.hosting import FULL

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
MAX_DESCRIPTION = 60  # characters
COMMON = ("title", "emoji", "colorFrom", "colorTo", "sdk", "app_file", "short_description")
REQUIRED = {
    "gradio": (*COMMON, "license", "tags", "sdk_version", "python_version"),
    "static": (*COMMON, "license", "tags"),
}
GRADIO_ONLY = ("sdk_version", "python_version")
LEAST_PYTHON = (3, 11)
WORDS = """\
# forgetdemo

A small CNN learns MNIST's digits and is then made to forget one: sixes are answered as 3, all
other digits stay. Draw a digit and see both models answer, side by side.

**What this does not show.** The After model was trained to answer 3 for sixes. It is not shown to
have forgotten them: it must still detect a six in order to call it a 3. Nothing here is a privacy
or compliance claim.

{how}

{credits}

This folder is made by `python -m export.space`: change the project, not this copy.
"""
LOCAL = """\
## On your own machine

With everything, live unlearning and relearning included (Python 3.11 or newer):

```
pip install huggingface_hub
hf download {name} --repo-type space --local-dir forgetdemo-space
cd forgetdemo-space
pip install -r {full}
python app.py
```"""
STATIC = """\
Both models run in your browser; nothing that you draw leaves it. There is no server: any static
file host serves this folder. Live unlearning needs one; it is in the full project."""


def check_front_matter(values: Mapping[str, Any], gradio: str) -> None:
    """Hold front matter against what the Hub accepts, before it says so with a failed build.

    Args:
        values: as `read_front_matter` returns them.
        gradio: the pinned version, which `sdk_version` has to be.
    Raises:
        ValueError: names the first field that is wrong, and what it must be.
    """
    sdk = values.get("sdk")
    if sdk not in REQUIRED:
        raise ValueError(f"front matter: sdk must be gradio or static, got {sdk!r}")
    missing = [name for name in REQUIRED[sdk] if not values.get(name)]
    if missing:
        raise ValueError(f"front matter: {missing[0]} is missing")
    for name in set(REQUIRED[sdk]) - {"tags"}:
        if type(values[name]) is not str:
            raise ValueError(f"front matter: {name} must be text in quotes, got {values[name]!r}")
    if len(values["short_description"]) > MAX_DESCRIPTION:
        raise ValueError(f"front matter: short_description has over {MAX_DESCRIPTION} characters")
    for name in ("colorFrom", "colorTo"):
        if values[name] not in COLOURS:
            raise ValueError(f"front matter: {name} must be one of {', '.join(COLOURS)}")
    if not values["emoji"].strip() or values["emoji"].isascii():
        raise ValueError(f"front matter: emoji must be one, got {values['emoji']!r}")
    tags = values["tags"]
    if not isinstance(tags, list) or any(type(tag) is not str for tag in tags):
        raise ValueError("front matter: tags must be a list of words")
    if sdk == "gradio":
        check_versions(values, gradio)


def check_versions(values: Mapping[str, Any], gradio: str) -> None:
    """The part of `check_front_matter` that only a Gradio Space has. Raises ValueError."""
    if values["sdk_version"] != gradio:
        raise ValueError(
            f"front matter: sdk_version must be {gradio}, as requirements.txt pins gradio; "
            f"got {values['sdk_version']!r}"
        )
    python = re.fullmatch(r"(3)\.(\d{1,2})", values["python_version"])
    if not python or (int(python[1]), int(python[2])) < LEAST_PYTHON:
        raise ValueError(
            f"front matter: python_version must be 3.11 or newer, got {values['python_version']!r}"
        )


def readme(
    project: str,
    gradio: str,
    *,
    static: bool = False,
    name: str | None = None,
    model: str | None = None,
) -> str:
    """Write a Space's README.

    Args:
        project: the project's README.md, whose front matter is the Space's.
        gradio: the pinned version.
        static: for a page without a server.
        name: USER/NAME of the Space, where it is known.
        model: USER/NAME of the model repository, which the Hub then shows beside the Space.
    Raises:
        ValueError: front matter that the Hub would refuse.
    """
    values = read_front_matter(project)
    if static:
        values = {key: value for key, value in values.items() if key not in GRADIO_ONLY}
        values |= {"sdk": "static", "app_file": "index.html"}
    if model is not None:
        values |= {"models": [model]}
    check_front_matter(values, gradio)
    front = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
    how = STATIC if static else LOCAL.format(name=name or "USER/NAME", full=FULL)
    credit = f"{SOURCES['mnist'].credit}\n{CODE}"
    if model is not None:
        credit = f"- The models alone: [{model}]({HUB}/{model}).\n{credit}"
    return f"---\n{front}---\n\n{WORDS.format(how=how, credits=credit)}"
