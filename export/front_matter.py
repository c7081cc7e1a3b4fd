"""Front matter: the YAML at the top of a README, which the Hub reads as configuration."""

import re
from typing import Any

import yaml

FRONT = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)


def read_front_matter(text: str) -> dict[str, Any]:
    """The YAML between the two `---` lines at the top of a README.

    Raises:
        ValueError: there is none, or it is no mapping.
    """
    found = FRONT.match(text)
    if not found:
        raise ValueError("README.md has no front matter: it must start with a line ---")
    try:
        values = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ValueError("README.md's front matter is not YAML") from error
    if not isinstance(values, dict):
        raise ValueError("README.md's front matter must be names and values")
    return values
