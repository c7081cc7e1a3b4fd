"""Settings as JSON, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")


def as_json(config: "DataclassInstance") -> dict[str, Any]:
    """Turn settings into what json.dump takes; `from_json` is the way back."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(config).items()}


def from_json(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Rebuild settings from JSON, refusing unknown names and values out of range.

    Raises:
        ValueError: no JSON object, an unknown field, or a value its dataclass refuses.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"settings must be an object with names as keys, got {values!r}")
    unknown = set(values) - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return kind(**settings)
