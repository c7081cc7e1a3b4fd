"""A finished run has a value for each component of a result."""

import gradio as gr

from forgetdemo.files.run import read_run
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.result import Result, build_result
from tests.helpers.visitor import within_loop


def test_a_result_has_a_value_for_every_component() -> None:
    run = read_run(MODELS_DIR)
    assert run.report.mask is not None

    def build() -> Result:
        with gr.Blocks(analytics_enabled=False):
            return build_result(run, "<a>links</a>")

    result = within_loop(build)
    values = result.of(run, "<a>links</a>")
    assert all(values.values()) and values[result.downloads] == "<a>links</a>"
    assert values[result.mask]["editable"] == run.report.mask["editable"]
    closed = set(result.doors.empty("key"))
    assert {*values, *closed} == set(result.components) and not closed & set(values)
    assert all(part.value == part.postprocess(value) for part, value in values.items())
