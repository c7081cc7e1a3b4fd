"""What tabs share: which models can be taught, and a run that is put beside the pad."""

from forgetdemo.predict.entry import TITLES
from forgetdemo.ui.bench import Served, teachable
from forgetdemo.ui.library import Library


def test_only_models_that_a_lesson_can_start_from_are_offered() -> None:
    offered = [*((title, key) for key, title in TITLES.items()), ("2 → 7", "0123")]
    assert teachable(offered) == [("After", "after"), ("2 → 7", "0123")]
    assert teachable([]) == []


def test_what_is_served_is_the_shipped_run(library: Library) -> None:
    served = Served.by(library)
    assert served.report["forget_class"] == library.shipped.manifest["forget_class"]
    assert served.run.directory == library.shipped.directory and len(served.samples) >= 16
