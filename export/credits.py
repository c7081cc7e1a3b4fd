"""Whose data and code it is, as everything that leaves this project says it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A data set as the Hub knows it, and its makers' terms."""

    title: str
    on_hub: str  # USER/NAME of the same data there
    config: str  # its configuration there
    credit: str  # a line of Markdown


SOURCES = {
    "mnist": Source(
        title="MNIST",
        on_hub="ylecun/mnist",
        config="mnist",
        credit="""\
- Data: the MNIST database by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, under
  [CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/).""",
    )
}
CODE = "- Code: MIT, see `LICENSE`."


def source_of(dataset: str) -> Source:
    """Whose data a model was trained on.

    Raises:
        ValueError: nobody has looked its terms up.
    """
    if dataset not in SOURCES:
        raise ValueError(f"the terms of {dataset} are not on record; add them to export/credits.py")
    return SOURCES[dataset]
