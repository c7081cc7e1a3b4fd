"""The registry of methods. Adding one: a loss (or a function of a `Task`) and a line here."""

from forgetdemo import losses
from forgetdemo.loop import Method, descend

METHODS: dict[str, Method] = {  # keys equal config.METHOD_NAMES, which UI and CLI read torch-free
    "described": descend(losses.described),
    "as_coded": descend(losses.as_coded),
    "natural_target": descend(losses.natural),
}
