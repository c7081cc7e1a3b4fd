"""What the Audit tab says of a visitor's own runs."""

from forgetdemo.files.run import read_run
from forgetdemo.live.orders import make_order
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.ui.audit import own_words
from tests.helpers.visitor import Visitor


def test_own_runs_are_named_and_lessons_are_not() -> None:
    source = read_run(MODELS_DIR)
    run = make_order("unlearn", source, as_json(unlearn_config("described", forget_class=1)))
    lesson = make_order("relearn", source, {"config": {"forget_class": 6, "images": 5}})
    words = own_words([run, lesson], "a & b")
    assert words.count("<pre>") == 1 and "1 → 3, described, 1 %" in words
    assert "a &amp; b" in own_words([lesson], "a & b") and "a &amp; b" not in words


def test_the_tab_names_a_visitor_s_own_runs_when_it_is_opened(visitor: Visitor) -> None:
    assert "For the shipped pair:" in visitor.does("audit_own")["audit-own"]
    visitor.does("forget", forget="1", substitute="0")
    assert "1 → 0, described, 1 %" in visitor.does("audit_own")["audit-own"]
