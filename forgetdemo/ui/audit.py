"""The Audit tab, "Is it forgotten?": the shipped pair's audit, and how to audit another run."""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from forgetdemo.live.orders import Order
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import QUICK, session_of
from forgetdemo.ui.parts import View, Words
from forgetdemo.views.audit import command_for, commands_for, limits, read_audit
from forgetdemo.views.markup import Markup, html
from forgetdemo.views.methods import METHODS, read_methods


def own_words(orders: Sequence[Order], command: str, data: Path | None = None) -> Markup:
    """How this visitor's own runs are audited. A full audit needs oracles of their class.

    Args:
        orders: of this visitor.
        command: that audits the shipped pair.
        data: see `commands_for`.
    """
    mine = [order for order in orders if order.kind == "unlearn"]
    head = html(
        "<p>A run of your own needs retrained models of its class to be judged by, minutes of "
        "training each: not here, but on your machine, with the project's folder.</p>"
    )
    if not mine:
        return html('{}<p class="fd-small">For the shipped pair:</p><pre>{}</pre>', head, command)
    blocks = [
        html(
            '<p class="fd-small">{}</p><pre>{}</pre>',
            order.title,
            "\n".join(commands_for(order, data)),
        )
        for order in mine
    ]
    return html("{}{}", head, blocks)


def build(served: Served) -> Words:
    """Lay the tab out; what is missing or damaged is a sentence. Returns the part on own runs."""
    models = served.library.shipped
    Words(html('<h2 class="fd-question">Is it forgotten?</h2>'))
    try:
        report = read_audit(models)
        View("audit", report, elem_id="audit")
        Words(html('<p class="fd-honest">{}</p>', limits(report)), elem_id="audit-limits")
    except (ValueError, OSError) as error:
        Words(html('<p class="fd-honest">{}.</p>', str(error)), elem_id="audit-missing")
    try:
        compared = read_methods(METHODS)
        if compared is not None:
            Words(html('<h2 class="fd-question">Looks forgotten, is forgotten</h2>'))
            View("methods", compared, elem_id="methods")
    except ValueError as error:
        Words(html('<p class="fd-honest">{}.</p>', str(error)), elem_id="methods-missing")
    Words(html('<h2 class="fd-question">Your own run</h2>'))
    return Words(own_words([], command_for(models)), elem_id="audit-own")


def wire(own: Words, bench: Bench) -> None:
    """Name this visitor's own runs whenever the tab is opened."""
    library = bench.served.library

    def mine(request: gr.Request) -> Markup:
        orders = [order for _, order in library.manager.runs_of(session_of(request))]
        return own_words(orders, command_for(library.shipped), library.manager.data)

    bench.places["audit"].select(mine, None, own, api_name="audit_own", **QUICK)
