"""Three components on gr.HTML: the pad, a view that web/ renders from JSON, and plain words."""

from typing import Any

import gradio as gr
from gradio import component_meta

from forgetdemo.views.markup import Markup, html
from forgetdemo.views.records import Record, show
from forgetdemo.views.scripts import text_of

# Gradio would write a stub of each class below beside this file; an installed one stays as it is.
component_meta.create_or_modify_pyi = lambda *_: None
# Scripts of the page's head may load after a component mounts: wait for them.
WHEN_READY = (
    "const ready = () => (globalThis.forgetdemo ? start() : setTimeout(ready, 20)); ready();"
)
# The margin of the page lies outside what launch(css=...) reaches; the ends of a slider are grey.
MARGIN = html("""<style>body .gradio-container :is(.min_value, .max_value) {
  color: var(--body-text-color);
}
@media (max-width: 640px) {
  body .gradio-container.gradio-container .main.fillable.app { padding: 8px 4px; }
}</style>""")
PAD_JS = """
const start = () => {
  const root = document.createElement('div');
  root.className = 'fd-pad';
  element.replaceChildren(root);
  let sent = null;
  const pad = forgetdemo.mountPad(root, {
    pen: props.pen, everyMs: props.every_ms,
    onInk: (url) => { sent = url; props.value = url; trigger('stroke'); },
    onClear: () => { sent = null; props.value = null; trigger('stroke'); },
  });
  watch('value', () => { if (props.value !== sent) { sent = props.value; pad.show(sent); } });
  if (props.value) { sent = props.value; pad.show(sent); }
};
"""
VIEW_JS = """
const start = () => {
  const draw = () => {
    if (!props.value) { element.replaceChildren(); return; }
    forgetdemo.views[props.view](element, JSON.parse(props.value),
      (...picked) => trigger('pick', { picked }));
  };
  watch('value', draw);
  draw();
};
"""


class DigitPad(gr.HTML):
    """A canvas for one digit. Value: PNG data URL or None.

    Event `stroke`: the drawing is another one, emptied included; one event, that answers arrive in
    order.
    """

    def __init__(
        self, value: str | None = None, *, pen: int = 20, every_ms: int = 120, **kwargs: Any
    ) -> None:
        super().__init__(
            value=value,
            pen=pen,
            every_ms=every_ms,
            html_template="<div></div>",
            apply_default_css=False,
            js_on_load=PAD_JS + WHEN_READY,
            **kwargs,
        )


class View(gr.HTML):
    """Renders a record by the function of that name in web/; event `pick`, if it has one.

    Its value is the view's record, see `forgetdemo.views.records`, or None: nothing is shown.
    """

    def __init__(self, view: str, value: Record | None = None, **kwargs: Any) -> None:
        super().__init__(
            value=value,
            view=view,
            html_template="<div></div>",
            apply_default_css=False,
            js_on_load=VIEW_JS + WHEN_READY,
            **kwargs,
        )

    def postprocess(self, value: Any) -> str:
        """A record → what the browser is sent."""
        return show(value)


class Words(gr.HTML):
    """Markup that Python writes: what `forgetdemo.views.markup.html` made, or None for nothing."""

    def postprocess(self, value: Any) -> str:
        """Markup → what the browser is sent. Raises TypeError: text that nobody escaped."""
        if value is not None and not isinstance(value, Markup):
            raise TypeError(f"only what `html` made goes into a page, got {value!r}")
        return "" if value is None else str(value)


def head() -> Markup:
    """What the page needs in its head, inline, so that nothing else is requested."""
    return html("{}<script>{}</script>", MARGIN, Markup(text_of("scripts")))


def css() -> str:
    """The page's style."""
    return text_of("styles")
