"""Text on its way to a page: `html` escapes what is put into it; web/shared/text.js is its twin.

No name or number of a file, a link or a visitor can become code: the page's components take nothing
but what `html` made, and that is a template of the source with escaped values in its places.
"""

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Literal, TypeAlias

Place = Literal["text", "quoted", "bare"]
Content: TypeAlias = "str | int | float | Sequence[Content]"  # a list or a tuple


class Markup(str):
    """Markup that is safe in a page.

    Made by `html`, `escaped` and `as_json`; by its own name only of text that is this project's,
    which tests/views/test_markup.py counts. What str's methods make of it is plain text again.
    """

    __slots__ = ()


@cache  # templates are the source's own: there are so many and no more
def places_of(template: str) -> tuple[Place, ...]:
    """Where each value stands: in the text, in a quoted attribute, or bare in a tag."""
    places: list[Place] = []
    in_tag = quoted = False
    for piece in template.split("{}")[:-1]:
        for sign in piece:
            if in_tag and sign == '"':
                quoted = not quoted
            elif not quoted and sign in "<>":
                in_tag = sign == "<"
        places.append(("quoted" if quoted else "bare") if in_tag else "text")
    return tuple(places)


def escaped(value: Content) -> Markup:
    """Text and numbers escaped, markup as it is, lists joined. Raises TypeError: anything else."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str | int | float):
        return Markup(escape(str(value)))
    if isinstance(value, list | tuple):
        return Markup("".join(escaped(part) for part in value))
    raise TypeError(f"no content of a page: {value!r}")


def html(template: str, *values: Content) -> Markup:
    """Markup with values put into its places, one each.

    Args:
        template: a constant of the source; each `{}` is a place. Attributes are quoted by `"` and
            take text or numbers; bare in a tag only markup may stand, where escaping cannot help.
        values: text and numbers are escaped, markup stays, lists are joined.
    Raises:
        TypeError: a value whose place it is not, or more or fewer values than places.
    """
    places = places_of(template)
    if len(places) != len(values):
        raise TypeError(f"{len(places)} places, {len(values)} values: {template}")
    for place, value in zip(places, values, strict=True):
        plain = isinstance(value, str | int | float) and not isinstance(value, Markup)
        if not plain if place == "quoted" else place == "bare" and plain:
            raise TypeError(f"not a place for {value!r}: {template}")
    pieces = template.split("{}")
    filled = [piece + escaped(value) for piece, value in zip(pieces[:-1], values, strict=True)]
    return Markup("".join([*filled, pieces[-1]]))


def as_json(value: object) -> Markup:
    """JSON that a `<script>` element can hold: nothing in it ends that or opens a comment."""
    return Markup(json.dumps(value, sort_keys=True).replace("<", "\\u003c"))
