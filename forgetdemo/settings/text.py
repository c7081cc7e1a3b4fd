"""Figures as people read them."""


def percent(share: float | None, digits: int | None = None) -> str:
    """A fraction in percent, '–' for none.

    Args:
        digits: decimals; None: three digits that count, 0.01 → '1 %', 0.0025 → '0.25 %'.
    """
    if share is None:
        return "–"
    return f"{100 * share:.3g} %" if digits is None else f"{100 * share:.{digits}f} %"
