"""Figures as people read them."""


def percent(share: float) -> str:
    """0.01 → '1 %', 0.0025 → '0.25 %'."""
    return f"{100 * share:.3g} %"
