"""The page, built once, and its visitors."""

from collections.abc import Iterator

import gradio as gr
import pytest

from forgetdemo.ui.library import Library
from tests.helpers.visitor import Visitor, open_page, shipped_library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with shipped_library(tmp_path_factory.mktemp("runs")) as opened:
        yield opened


@pytest.fixture(scope="session")
def page(library: Library) -> gr.Blocks:
    return open_page(library)


@pytest.fixture
def visitor(page: gr.Blocks, request: pytest.FixtureRequest) -> Visitor:
    """One visitor, who shares nothing with those of other tests."""
    return Visitor(page, request.node.name)
