"""The Audit tab, "Is it forgotten?": the shipped pair's audit, and how to audit another run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from forgetdemo.auditreport import AUDIT_FORMAT
from forgetdemo.checkpoint import CheckpointError, read_json
from forgetdemo.config import MODELS_DIR, ROOT, UnlearnConfig, from_json, unlearn_config
from forgetdemo.inference import Models
from forgetdemo.measures import Row
from forgetdemo.orders import Order
from forgetdemo.ui.library import Library
from forgetdemo.ui.methods import METHODS, read_methods
from forgetdemo.ui.parts import View
from forgetdemo.ui.wiring import QUICK, session_of
from forgetdemo.verdict import LEVELS

AUDIT = "audit.json"  # beside the models that it is about
FLAGS = {  # of `unlearn`, where they differ from a method's own defaults
    "mask_fraction": "--mask-fraction",
    "weight_retain": "--weight-retain",
    "weight_penalty": "--weight-penalty",
    "weight_redirect": "--weight-redirect",
    "seed": "--seed",
}


def shown(place: Path) -> Path:
    """A folder as visitors may read it: as it was typed, of one elsewhere only the name."""
    if not place.is_absolute():
        return place
    return place.relative_to(ROOT) if place.is_relative_to(ROOT) else Path(place.name)


def command_for(models: Models) -> str:
    """How a model folder is audited."""
    place = shown(models.directory)
    return f"python -m forgetdemo audit --run {place} --out {place}"


def read_audit(models: Models) -> dict[str, Any]:
    """The audit of a model folder, as `forgetdemo audit` wrote it into that folder.

    Raises:
        FileNotFoundError: there is none; says how to make it.
        CheckpointError: it is damaged, or about another model.
    """
    path, command = models.directory / AUDIT, command_for(models)
    if not path.is_file():
        raise FileNotFoundError(f"These models have not been audited yet; run `{command}`")
    found = read_json(path)
    if not isinstance(found, dict) or found.get("format") != AUDIT_FORMAT:
        raise CheckpointError(f"{AUDIT} is no audit of this version; run `{command}`")
    try:
        rows = [Row(**row) for row in found["rows"]]
        verdict, destinations, curves = found["verdict"], found["destinations"], found["curves"]
        whole = (
            rows
            and verdict["level"] in LEVELS
            and isinstance(verdict["sentence"], str)
            and {"run", "control"} <= set(destinations)
            and set(destinations) == set(curves)
            and all(
                len(curve) == len(found["steps"]) for c in curves.values() for curve in c.values()
            )
        )
        audited = found["about"]["run_sha256"]
        about = (found["classes"], found["forget_class"])
    except (TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{AUDIT} is damaged; run `{command}`") from error
    if not whole:
        raise CheckpointError(f"{AUDIT} is damaged; run `{command}`")
    shipped = models.manifest["files"].get("after.safetensors", {}).get("sha256")
    wanted = (list(models.manifest["classes"]), models.manifest["forget_class"])
    if audited != shipped or about != wanted:
        raise CheckpointError(f"{AUDIT} is about another model than these; run `{command}`")
    return found


def limits(report: Mapping[str, Any]) -> str:
    """What an audit does not show, in one sentence."""
    return (
        "What this does not show: a measure can only fail to tell this model from one that never "
        f"saw the class; {report['about']['oracles']} oracles, one class and the attacks listed "
        "here are not all there is, and nothing here is a privacy or compliance claim."
    )


def commands_for(order: Order, data: Path | None = None) -> tuple[str, str]:
    """The two command lines that make a run again and audit it, oracles of its class included.

    Args:
        order: the run's.
        data: folder of the data set that the page was started with.
    """
    config = from_json(UnlearnConfig, dict(order.config))
    target = "none" if config.redirect_to is None else str(config.redirect_to)
    defaults, asked = asdict(unlearn_config(config.method)), asdict(config)
    place = f"runs/{config.forget_class}-{target}-{config.method}"
    files = [] if data is None else [f"--data {shown(data)}"]
    source = [] if order.original == MODELS_DIR else [f"--original {shown(order.original)}"]
    words = [
        f"python -m forgetdemo unlearn --method {config.method}",
        f"--forget {config.forget_class} --replace {target}",
        *(
            f"{flag} {asked[name]:g}"
            for name, flag in FLAGS.items()
            if asked[name] != defaults[name]
        ),
        *source,
        *files,
        f"--out {place}",
    ]
    return " ".join(words), " ".join([f"python -m forgetdemo audit --run {place}", *files])


def own_words(orders: Sequence[Order], command: str, data: Path | None = None) -> str:
    """HTML: how this visitor's own runs are audited. A full audit needs oracles of their class.

    Args:
        orders: of this visitor.
        command: that audits the shipped pair.
        data: see `commands_for`.
    """
    mine = [order for order in orders if order.kind == "unlearn"]
    head = (
        "<p>A run of your own needs retrained models of its class to be judged by, minutes of "
        "training each: not here, but on your machine, with the project's folder.</p>"
    )
    if not mine:
        example = f"<pre>{escape(command)}</pre>"
        return f'{head}<p class="fd-small">For the shipped pair:</p>{example}'
    blocks = [
        f'<p class="fd-small">{escape(order.title)}</p>'
        f"<pre>{escape(chr(10).join(commands_for(order, data)))}</pre>"
        for order in mine
    ]
    return head + "".join(blocks)


def build_audit(models: Models, methods: Path = METHODS) -> gr.HTML:
    """Lay the tab out; what is missing or damaged is a sentence. Returns the part on own runs."""
    gr.HTML('<h2 class="fd-question">Is it forgotten?</h2>')
    try:
        report = read_audit(models)
        View("audit", report, elem_id="audit")
        gr.HTML(f'<p class="fd-honest">{escape(limits(report))}</p>', elem_id="audit-limits")
    except (ValueError, OSError) as error:
        gr.HTML(f'<p class="fd-honest">{escape(str(error))}.</p>', elem_id="audit-missing")
    try:
        compared = read_methods(methods)
        if compared is not None:
            gr.HTML('<h2 class="fd-question">Looks forgotten, is forgotten</h2>')
            View("methods", compared, elem_id="methods")
    except ValueError as error:
        gr.HTML(f'<p class="fd-honest">{escape(str(error))}.</p>', elem_id="methods-missing")
    gr.HTML('<h2 class="fd-question">Your own run</h2>')
    return gr.HTML(own_words([], command_for(models)), elem_id="audit-own")


def wire_audit(tab: gr.Tab, own: gr.HTML, library: Library) -> None:
    """Name this visitor's own runs whenever the tab is opened."""

    def mine(request: gr.Request) -> str:
        orders = [order for _, order in library.manager.runs_of(session_of(request))]
        return own_words(orders, command_for(library.shipped), library.manager.data)

    tab.select(mine, None, own, api_name="audit_own", **QUICK)
