"""Nothing but escaped text and markup of the source's own making reaches a page."""

import ast
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.constants import ROOT
from forgetdemo.views.markup import Content, Markup, as_json, escaped, html

EVIL = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'&"
OWN_MARKUP = {
    "forgetdemo/views/markup.py",
    "forgetdemo/ui/parts.py",
}  # parts.py: the page's scripts


class Seen(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(text=st.text() | st.just(EVIL))
def test_text_stays_text_in_both_places(text: str) -> None:
    seen = Seen(html('<p title="{}">{}</p>', text, text))
    told = text.replace("\r\n", "\n").replace("\r", "\n")
    assert [tag for tag, _ in seen.tags] == ["p"]
    assert [name for name, _ in seen.tags[0][1]] == ["title"]
    assert not set("<>\"'") & set(escaped(text))
    assert seen.text.replace("\r\n", "\n").replace("\r", "\n") == told


def test_markup_stays_lists_are_joined_numbers_are_text() -> None:
    rows = [html("<b>{}</b>", n) for n in (1, 2.5)]
    assert html("<i>{}{}</i>", rows, [EVIL[:2], "c"]) == "<i><b>1</b><b>2.5</b>&quot;&gt;c</i>"
    assert html("<i{}>{}</i>", html(" hidden"), "") == "<i hidden></i>"
    assert html("a { b: c }") == "a { b: c }", "a style's braces are no places"


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("<b {}></b>", "onclick=alert(1)"),
        ("<b class={}></b>", "x onclick=alert(1)"),
        ("<b class='{}'></b>", "x"),
        ('<b title="{}"></b>', html("<i>")),
        ('<b title="{}"></b>', ["x"]),
        ('<b title="{}"></b>', None),
        ("<b>{}{}</b>", "one"),
        ("<b></b>", "one"),
        ("{}", None),
        ("{}", b"bytes"),
    ],
)
def test_a_value_out_of_its_place_is_an_error(template: str, value: Content) -> None:
    with pytest.raises(TypeError):
        html(template, value)


def test_what_is_made_of_markup_by_other_means_is_text_again() -> None:
    made = html("<b>{}</b>", "x")
    for other in (made + "<i>", f"{made}<i>", made.replace("x", "<i>"), "".join([made]), made[:3]):
        assert not isinstance(other, Markup) and "<" not in escaped(other)


def test_json_inside_a_script_cannot_end_it() -> None:
    text = as_json({"name": "</script><!--<script>"})
    assert "<" not in text and json.loads(text) == {"name": "</script><!--<script>"}


def called(node: ast.AST) -> str:
    """The name of what a call calls: `gr.HTML` or `html`."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "forgetdemo").rglob("*.py")), *sorted((ROOT / "export").rglob("*.py"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_templates_are_constants_and_nothing_passes_them_by(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and called(node) == "html":
            assert isinstance(node.args[0], ast.Constant), f"{name}:{node.lineno}: no constant"
        wrong = {"gr.HTML", "gr.Markdown", "escape", "html.escape"} & {called(node)}
        assert not wrong or name == "forgetdemo/views/markup.py", (
            f"{name}: {wrong}: use Words, html"
        )
        assert called(node) != "Markup" or name in OWN_MARKUP, f"{name}: use html"
