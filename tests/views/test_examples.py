"""Images behind a cell: exactly those that the matrix counts."""

import pytest

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.run import read_run
from forgetdemo.predict.entry import Entry, shipped_entries
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views.examples import Examples


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    return shipped_entries(load_models(MODELS_DIR))


def test_a_cell_holds_exactly_the_images_that_the_matrix_counts(entries: dict[str, Entry]) -> None:
    report = read_run(MODELS_DIR).report
    examples, before, after = Examples(), entries["before"], entries["after"]
    assert not examples.knows(after)
    assert report.after is not None
    for truth, predicted in ((6, 5), (5, 3), (0, 9)):
        view, found = examples.cell(before, after, after, truth, predicted)
        count = report.after.confusion[truth][predicted]
        assert len(found) == min(count, 24) == len(view["items"])
        assert (examples.images().labels[found] == truth).all()
        assert all(item["caption"].endswith(f"→ {predicted}") for item in view["items"])
    assert len(examples.answers(before)) == 10_000 and examples.knows(after)


def test_an_image_goes_on_the_pad() -> None:
    assert Examples().on_pad(0).startswith("data:image/png;base64,")
    with pytest.raises(IndexError):
        Examples().on_pad(10_000)


def test_images_of_other_files_than_the_models_are_from_are_refused() -> None:
    with pytest.raises(CheckpointError, match="made from other mnist files"):
        Examples(sha256="0" * 64).images()
