"""What the browser is sent: records as JSON, and all of web/shared inside the page."""

import json
import re

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.ui.parts import View, Words, css, head
from forgetdemo.views.markup import html
from tests.helpers.visitor import within_loop

RECORDS = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def view() -> View:
    """A view that shows nothing."""

    def build() -> View:
        with gr.Blocks(analytics_enabled=False):
            return View("progress")

    return within_loop(build)


@given(record=RECORDS)
def test_a_record_reaches_the_browser_whole(view: View, record: object) -> None:
    assert json.loads(view.postprocess(record)) == record


def test_words_are_markup_or_nothing() -> None:
    def build() -> Words:
        with gr.Blocks(analytics_enabled=False):
            return Words(html("<b>{}</b>", "<i>"))

    words = within_loop(build)
    assert words.value == "<b>&lt;i&gt;</b>" and words.postprocess(None) == ""
    for wrong in ("<b></b>", "", ["<b></b>"], html("<b>{}</b>", "") + "<i>"):
        with pytest.raises(TypeError, match="only what `html` made"):
            words.postprocess(wrong)


def test_nothing_is_shown_of_none_and_what_is_no_record_is_an_error(view: View) -> None:
    assert view.value == "" and view.postprocess(None) == ""
    with pytest.raises(TypeError, match="not JSON serializable"):
        view.postprocess({"text": b"bytes"})


def test_the_page_carries_its_code_and_asks_nobody_for_more() -> None:
    assert "forgetdemo" in head() and not re.search(r"<(script|link)[^>]+(src|href)=", head())
    assert "url(" not in css().replace("url(data:", "")
