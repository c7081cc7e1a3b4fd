"""The Unlearn form: choices to settings, links to choices; names are those of the API."""

import math
from collections.abc import Mapping
from typing import Any

from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.checks import require_choice, require_digit, require_pair, require_range
from forgetdemo.settings.methods import METHOD_DEFAULTS, METHOD_NAMES
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import UnlearnConfig, rank_count, unlearn_config

SLOW = ("as_coded", "retrain")  # minutes, not seconds: command line only
METHODS = tuple(name for name in METHOD_NAMES if name not in SLOW)
NONE = "none"
LOW, HIGH = -1.0, 2.0  # of the share slider: 10^x percent
WEIGHTS = {"keep": "weight_retain", "penalty": "weight_penalty", "pull": "weight_redirect"}

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
        **{name: getattr(config, field) for name, field in WEIGHTS.items()},
        "seed": config.seed,
    }


def digit(name: str, value: object) -> int:
    """'6' or 6 → 6. Raises ValueError for anything else."""
    if isinstance(value, str) and len(value) == 1 and value in "0123456789":
        value = int(value)
    require_digit(name, value)
    assert isinstance(value, int)
    return value


def config_of(values: Mapping[str, object]) -> dict[str, Any]:
    """Choices → complete settings as JSON takes them.

    Args:
        values: by name, all that `start_values` has.
    Raises:
        ValueError: one sentence on the first value that cannot be meant.
    """
    method, share, seed = values["method"], values["share"], values["seed"]
    forget, towards = digit("the digit to forget", values["forget"]), values["substitute"]
    substitute = None if towards == NONE else digit("the substitute", towards)
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
        changes |= {field: values[name] for name, field in WEIGHTS.items()}
    assert isinstance(share, int | float)
    if "mask_fraction" not in own:
        changes["mask_fraction"] = percent_of(float(share)) / 100
    return as_json(unlearn_config(method, **changes))


def explain_share(slider: float) -> str:
    """'1 %: 4,293 of 429,258 weights'."""
    share = percent_of(slider)
    count, total = rank_count(share / 100, NETWORK.weights), NETWORK.weights
    return f"{share:g} %: {count:,} of {total:,} weights may move"


def link_values(query: Mapping[str, str]) -> dict[str, Any]:
    """Choices that a link asks for, by name; anything that cannot be meant keeps its default."""
    start = start_values()
    values = dict(start)
    for name, text in query.items():
        if name not in start or len(text) > 40:
            continue
        if isinstance(start[name], str):
            values[name] = text
            continue
        try:
            number = float(text)
        except ValueError:
            continue
        if math.isfinite(number):
            values[name] = number
    try:
        config_of(values)
    except ValueError:
        return start
    return values
