"""A finished run has a value for each component of a result."""

import gradio as gr

from forgetdemo.files.run import read_run
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.result import Result, build_result
from forgetdemo.views.markup import html
from tests.helpers.visitor import within_loop

LINKS = html("<a>links</a>")


def test_a_result_has_a_value_for_every_component() -> None:
    run = read_run(MODELS_DIR)
    assert run.report.mask is not None

    def build() -> Result:
        with gr.Blocks(analytics_enabled=False):
            return build_result(run, LINKS)

    result = within_loop(build)
    values = result.of(run, LINKS)
    assert all(values.values()) and values[result.downloads] == LINKS
    assert values[result.mask]["editable"] == run.report.mask["editable"]
    closed = set(result.doors.empty("key"))
    assert {*values, *closed} == set(result.components) and not closed & set(values)
    assert all(part.value == part.postprocess(value) for part, value in values.items())
