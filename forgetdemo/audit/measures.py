"""The registry of measures: audit, benchmark, page and docs read it, in this order.

A figure without an entry does not exist: `compute` is part of it. `≈` means closest to a retrained
model is best. Most are: 0 is the right answer to few of them. Torch-free.
"""

from forgetdemo.audit.depth import DEPTH, relearning
from forgetdemo.audit.figures import Case, Measure, Value
from forgetdemo.audit.looks import LOOKS
from forgetdemo.audit.profile import AuditSettings


def measures_for(settings: AuditSettings) -> dict[str, Measure]:
    """Every measure of an audit with these settings: its lessons decide the relearning curves."""
    lessons = (relearning(k, settings.relearn_steps) for k in settings.relearn_images)
    found: dict[str, Measure] = {}
    for part in (LOOKS, DEPTH, *lessons):
        twice = sorted(found.keys() & part.keys())
        if twice:
            raise ValueError(f"two measures are called {twice[0]}")
        found |= part
    return found


MEASURES = measures_for(AuditSettings())


def figures(case: Case, measures: dict[str, Measure]) -> dict[str, Value]:
    """Every measure of one model.

    Raises:
        ValueError, KeyError: one of them cannot be computed; none is left out.
    """
    return {name: measure.compute(case) for name, measure in measures.items()}
