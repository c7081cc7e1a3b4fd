"""Closes in Gradio what this page never uses, so that no route of today or tomorrow reaches it."""

import logging
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio import blocks, processing_utils

from forgetdemo.ui.guard import FAILED, REFUSED

log = logging.getLogger(__name__)
FETCHING = (  # each opens a connection, or copies a file, that an argument names
    (processing_utils, "async_ssrf_protected_get"),
    (processing_utils, "async_ssrf_protected_download"),
    (processing_utils, "ssrf_protected_download"),
    (processing_utils, "save_url_to_cache"),
    (processing_utils, "unsafe_download"),
    (processing_utils, "save_file_to_cache"),
    (processing_utils, "save_base64_to_cache"),
    (blocks.Block, "move_resource_to_block_cache"),
    (blocks.Block, "async_move_resource_to_block_cache"),
)


class Sealed(RuntimeError):
    """Something asked for a file or an address; this page has no use for either."""


def seal_files() -> None:
    """Make every function of Gradio's that fetches or copies a file refuse.

    The guard lets no file record through. This is the second lock: Gradio looks for such records
    in whatever reaches it, and a route that a later version adds would bring the hole back.

    Raises:
        RuntimeError: Gradio has no such function any more; look for what took its place.
    """
    for owner, name in FETCHING:
        if not callable(getattr(owner, name, None)):
            raise RuntimeError(f"gradio has no {name} to close; use the pinned version")
        setattr(owner, name, _refuse)


def _refuse(*_: object, **__: object) -> Any:
    """In place of what fetches."""
    raise Sealed("files and addresses are closed here")


def seal_words(page: gr.Blocks) -> None:
    """Give every failure of an event one fixed sentence.

    Gradio's components repeat a value that they refuse, and print a traceback for each; a client
    could fill the log and read its own text back. A failure of ours still ends in the log, which
    the server bounds.
    """
    preprocess: Callable[..., Any] = page.preprocess_data
    process: Callable[..., Any] = page.process_api

    async def preprocess_data(*args: Any, **kwargs: Any) -> Any:
        try:
            return await preprocess(*args, **kwargs)
        except Exception:  # of any component, about what it was sent
            raise gr.Error(REFUSED, print_exception=False) from None

    async def process_api(*args: Any, **kwargs: Any) -> Any:
        try:
            return await process(*args, **kwargs)
        except gr.Error as error:  # a handler's words
            error.print_exception = False
            raise
        except Exception as error:
            log.exception("an event failed")
            raise gr.Error(FAILED, print_exception=False) from error

    setattr(page, "preprocess_data", preprocess_data)  # noqa: B010  (mypy: a method is no variable)
    setattr(page, "process_api", process_api)  # noqa: B010
