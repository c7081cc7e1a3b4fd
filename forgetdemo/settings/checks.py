"""Checks at the edge: each raises ValueError with what came and what was expected."""

MAX_SEED = 2**31 - 1


def require_digit(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a class index 0..9 (an int; True and 6.0 are not)."""
    if type(value) is not int or not 0 <= value <= 9:
        raise ValueError(f"{name} must be a digit 0..9, got {value!r}")


def require_pair(forget_class: object, redirect_to: object) -> None:
    """Raise ValueError unless both are digits, different, or the second is None (natural)."""
    require_digit("forget_class", forget_class)
    if redirect_to is None:
        return
    require_digit("redirect_to", redirect_to)
    if forget_class == redirect_to:
        raise ValueError(
            f"forget_class and redirect_to are both {forget_class!r}; choose two different digits"
        )


def require_range(name: str, value: object, low: float, high: float) -> None:
    """Raise ValueError unless `value` is a finite number with low <= value <= high."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{name} must be a number in [{low:g}, {high:g}], got {value!r}")


def require_count(name: str, value: object, low: int, high: int) -> None:
    """Raise ValueError unless `value` is an int with low <= value <= high."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number in {low}..{high}, got {value!r}")


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ValueError unless `value` is one of `choices`, which the message lists."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def require_seed(value: object) -> None:
    """Raise ValueError unless `value` is an int that every generator here takes."""
    require_count("seed", value, 0, MAX_SEED)
