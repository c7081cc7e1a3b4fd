"""The Unlearn form: positions and choices to settings, links to choices."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forgetdemo.settings.checks import require_choice, require_digit, require_pair, require_range
from forgetdemo.settings.methods import METHOD_DEFAULTS, METHOD_NAMES
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config

SLOW = ("as_coded", "retrain")  # minutes, not seconds: command line only
METHODS = tuple(name for name in METHOD_NAMES if name not in SLOW)
NONE = "none"
LOW, HIGH = -1.0, 2.0  # of the share slider: 10^x percent
NAMES = (
    "forget",
    "substitute",
    "method",
    "share",
    "keep",
    "penalty",
    "pull",
    "seed",
)  # in the link and in the API
TERMS = {"keep": "weight_retain", "penalty": "weight_penalty", "pull": "weight_redirect"}

# Runs in the browser: the address always says what is chosen, so that a link restores it.
WRITE_LINK = """(...values) => {
  const names = %s;
  const asked = new URLSearchParams();
  names.forEach((name, i) => asked.set(name, values[i]));
  history.replaceState(null, '', '?' + asked.toString() + location.hash);
  return [];
}"""


def percent_of(slider: float) -> float:
    """Slider position → share of weights in percent, two significant digits, in [0.1, 100]."""
    value = 10.0**slider
    digits = 1 - math.floor(math.log10(value))
    return min(100.0, max(0.1, round(value, digits)))


def start_values() -> dict[str, Any]:
    """What the controls show before anyone touches them: the defaults of `described`."""
    config = UnlearnConfig()
    return {
        "forget": str(config.forget_class),
        "substitute": str(config.redirect_to),
        "method": config.method,
        "share": round(math.log10(100 * config.mask_fraction), 2),
        "keep": config.weight_retain,
        "penalty": config.weight_penalty,
        "pull": config.weight_redirect,
        "seed": config.seed,
    }


def digit(name: str, value: object) -> int:
    """'6' or 6 → 6. Raises ValueError for anything else."""
    if isinstance(value, str) and len(value) == 1 and value in "0123456789":
        value = int(value)
    require_digit(name, value)
    assert isinstance(value, int)
    return value


def config_of(values: Sequence[object]) -> dict[str, Any]:
    """Controls, in the order of `NAMES` → complete settings as JSON takes them.

    Raises:
        ValueError: one sentence on the first value that cannot be meant.
    """
    forget_text, substitute_text, method, share, keep, penalty, pull, seed = values
    forget = digit("the digit to forget", forget_text)
    substitute = None if substitute_text == NONE else digit("the substitute", substitute_text)
    require_pair(forget, substitute)
    if not isinstance(method, str):
        raise ValueError(f"method must be one of {', '.join(METHODS)}")
    require_choice("method", method, METHODS)
    require_range("share", share, LOW, HIGH)
    if isinstance(seed, float) and seed.is_integer():
        seed = int(seed)
    changes: dict[str, Any] = {"forget_class": forget, "seed": seed}
    own = METHOD_DEFAULTS[method]
    if "redirect_to" not in own:  # a method that redirects
        changes["redirect_to"] = substitute
    if method == "described":
        changes |= {"weight_retain": keep, "weight_penalty": penalty, "weight_redirect": pull}
    assert isinstance(share, int | float)
    if "mask_fraction" not in own:
        changes["mask_fraction"] = percent_of(float(share)) / 100
    return as_json(unlearn_config(method, **changes))


def explain_share(slider: float) -> str:
    """'1 %: 4,293 of 429,258 weights'."""
    share = percent_of(slider)
    return f"{share:g} %: {math.floor(share / 100 * 429_258 + 0.5):,} of 429,258 weights may move"


def link_values(query: Mapping[str, str]) -> list[Any]:
    """Control values that a link asks for; anything that cannot be meant keeps its default."""
    values = []
    for name, start in start_values().items():
        text = query.get(name)
        if text is None or len(text) > 40:
            values.append(start)
        elif isinstance(start, int | float):
            try:
                number = float(text)
            except ValueError:
                number = float(start)
            values.append(number if math.isfinite(number) else start)
        else:
            values.append(text)
    try:
        config_of(values)
    except ValueError:
        return list(start_values().values())
    return values
