"""The registry, and every measure on models worked by hand: identity, direction, scale."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forgetdemo.audit.attacks import ATTACKS
from forgetdemo.audit.audit import same_weights
from forgetdemo.audit.depth import typical_t90
from forgetdemo.audit.figures import Case, Measure, Subject, Value, Yard, working
from forgetdemo.audit.measures import MEASURES, figures, measures_for
from forgetdemo.audit.profile import PROBED, AuditSettings, Profile
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.network.model import arrays_of, new_model
from forgetdemo.settings.architecture import NETWORK

LABELS = np.arange(200) % 10
STEPS = [0, 1, 2, 4]
LESSON = AuditSettings(relearn_images=(50,), relearn_steps=4)
MASKED = -1e4


def subject(
    sixes: list[int],
    weights: Arrays | None = None,
    probe: float = 0.9,
    curve: tuple[float, ...] = (0.0, 0.0, 0.95, 1.0),
    seconds: float | None = None,
) -> Subject:
    """A model that is right but on sixes, which it answers with `sixes` in turn."""
    answers = LABELS.copy()
    answers[LABELS == 6] = np.resize(sixes, 20)
    logits = 20.0 * np.eye(10)[answers]
    logits[:, 6] += MASKED * (6 not in sixes)
    rng = np.random.default_rng(sum(sixes))
    arrays = {layer: rng.normal(size=(200, 4)) for layer in PROBED}
    attacks: dict[str, dict[str, Any]] = {
        "membership": {"loss": 0.5, "fitted": 0.5},
        "probe": dict.fromkeys(PROBED, probe),
        "prototype": dict.fromkeys(
            ("unit", "mean_norm", "half"), {"acc_forget": 0.5, "acc_retain": 0.9}
        ),
        "relearning": {"50": {"steps": STEPS, "acc_forget": list(curve)}},
    }
    profile = Profile(float(6 in sixes), 1.0, arrays | {"logits": logits}, attacks)
    return Subject(profile, weights or arrays_of(new_model(0)), seconds, seconds)


def measured(
    subject: Subject, oracles: list[Subject], yard: Yard | None = None
) -> dict[str, Value]:
    """All figures of one model."""
    return figures(Case(subject, oracles, yard or YARD), measures_for(LESSON))


ORIGINAL = subject([6], probe=1.0, curve=(1.0,) * 4)
ORACLES = [
    subject(sixes, arrays_of(new_model(n)), curve=curve, seconds=seconds)
    for n, (sixes, curve, seconds) in enumerate(
        (
            ([0, 5], (0.0, 0.0, 0.95, 1.0), 10.0),
            ([0, 5, 8, 5], (0.0, 0.0, 0.0, 1.0), 20.0),
            ([5, 0], (0.0, 0.5, 0.91, 0.97), 30.0),
        ),
        start=1,
    )
]
YARD = Yard(LABELS, 6, 3, ORIGINAL)


def test_an_oracle_among_itself_is_the_zero_of_every_distance() -> None:
    same = ORACLES[0]
    found = measured(same, [same, same])
    for name in ("js_forget", "js_reference", "js_retain", "tv_forget", "dest_tv"):
        assert found[name] == pytest.approx(0, abs=1e-12), name
    for layer in PROBED:
        assert found[f"leak_{layer}"] == 0 and found[f"cka_oracle_{layer}"] == pytest.approx(1)
    assert found["tow"] == found["ratio_50"] == 1 == found["seconds_ratio"] == found["visits_ratio"]


def test_the_original_is_where_edits_and_leakage_are_measured_from() -> None:
    found = measured(ORIGINAL, ORACLES)
    assert found["acc_forget"] == 1 and found["rank"] == 1 and found["redirect_rate"] == 0
    assert found["moved"] == found["changed"] == found["moved_fc1"] == found["changed_fc3"] == 0
    assert found["leak_fc1"] == 1 and found["cka_original_fc2"] == pytest.approx(1)
    assert found["t90_50"] == 0 and found["ratio_50"] == 1 / 3, "the oracles' median is 2"
    assert found["seconds_ratio"] is None


def test_a_redirect_is_told_apart_from_oracles_and_a_mask_from_nothing_but_its_rank() -> None:
    redirected, oracle = subject([3]), ORACLES[0]
    found = measured(redirected, ORACLES)
    assert found["acc_forget"] == 0 and found["redirect_rate"] == 1 and found["dest_entropy"] == 0
    assert found["precision_redirect"] == 0.5 and found["acc_retain"] == 1
    assert found["dest_tv"] == pytest.approx(1) == found["tv_forget"]
    assert found["js_forget"] == pytest.approx(math.log(2), abs=1e-6)
    assert found["rank"] == 10 and found["p_forget"] == 0
    assert found["tow"] == 1, "blind to where the class goes"
    assert measured(oracle, ORACLES)["dest_entropy"] == pytest.approx(math.log(2))


def test_ranks_are_shares_of_the_class() -> None:
    assert YARD.ranks(ORIGINAL) == [1.0] + [0.0] * 9
    assert YARD.ranks(subject([3])) == [0.0] * 9 + [1.0]
    mixed = YARD.ranks(subject([6, 3]))
    assert mixed[0] == 0.5 and sum(mixed) == pytest.approx(1)


def test_edits_are_measured_layer_by_layer() -> None:
    weights = arrays_of(new_model(0))
    weights["fc2.weight"] = 1.5 * weights["fc2.weight"]
    weights["fc2.bias"] = 1.5 * weights["fc2.bias"]
    found = measured(subject([3], weights), ORACLES)
    assert found["moved_fc2"] == pytest.approx(0.5) and found["changed_fc2"] == pytest.approx(1)
    assert found["moved_fc1"] == found["changed_conv1"] == 0
    assert 0 < (found["moved"] or 0) < 0.5
    assert found["changed"] == pytest.approx(8256 / NETWORK.weights)


def test_leakage_of_a_probe_that_cannot_tell_is_no_number() -> None:
    dull = replace(YARD, original=subject([6], probe=0.905))
    assert measured(subject([3]), ORACLES, dull)["leak_fc1"] is None


def test_curves_that_do_not_return_are_censored() -> None:
    never = subject([3], curve=(0.0, 0.0, 0.0, 0.5))
    found = measured(never, ORACLES)
    assert found["t90_50"] is None and found["ratio_50"] is None
    assert found["area_50"] == pytest.approx(0.125)
    assert measured(ORACLES[0], [never] * 3)["ratio_50"] is None
    assert typical_t90([never] * 3, 50) is None and typical_t90(ORACLES, 50) == 2


def test_costs_are_multiples_of_the_mean_oracle() -> None:
    assert measured(subject([3], seconds=5.0), ORACLES)["seconds_ratio"] == pytest.approx(0.25)
    assert measured(subject([3], seconds=0.0), ORACLES)["visits_ratio"] == 0
    assert measured(subject([3], seconds=5.0), [ORIGINAL])["seconds_ratio"] is None


def test_weights_are_the_same_to_the_bit_or_not() -> None:
    one, other = arrays_of(new_model(0)), arrays_of(new_model(0))
    assert same_weights(one, other)
    other["fc3.bias"][9] = np.nextafter(other["fc3.bias"][9], 9)
    assert not same_weights(one, other)


def test_oracles_on_other_images_are_refused() -> None:
    arrays = dict(ORACLES[0].profile.arrays)
    arrays["logits"] = arrays["logits"][:100]
    cut = replace(ORACLES[0], profile=replace(ORACLES[0].profile, arrays=arrays))
    with pytest.raises(ValueError, match="expected logits"):
        measured(cut, ORACLES)


def test_a_run_pays_for_its_mask_and_method_only() -> None:
    assert working({"features": 9.0, "mask": 1.0, "method": 2.0}) == 3.0
    assert working({}) == 0.0


def test_every_measure_says_what_it_is() -> None:
    for name, measure in MEASURES.items():
        assert measure.direction in "↑↓≈" and len(measure.title) <= 30, name
        assert measure.low is None or measure.high is None or measure.low < measure.high, name
        assert measure.tolerance >= 0 and measure.population, name


def test_an_entry_that_says_nothing_or_computes_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a measure says its explain"):
        replace(MEASURES["tow"], explain="")
    with pytest.raises(TypeError, match="compute"):
        Measure(  # type: ignore[call-arg]
            title="x", group="x", direction="≈", low=0, high=1, population="x", explain="x"
        )


def test_every_attack_is_read_by_a_measure_and_every_measure_can_be_computed() -> None:
    """A trial that no entry reads would be a silent gap, and so would a figure that vanishes."""
    seen: set[tuple[str, str]] = set()

    class Watched(dict[str, object]):
        def __init__(self, attack: str, trials: dict[str, object]) -> None:
            super().__init__(trials)
            self.attack = attack

        def __getitem__(self, trial: str) -> object:
            seen.add((self.attack, trial))
            return super().__getitem__(trial)

    plain = ORACLES[0].profile
    attacks: dict[str, dict[str, Any]] = {
        name: Watched(name, trials) for name, trials in plain.attacks.items()
    }
    watched = replace(ORACLES[0], profile=replace(plain, attacks=attacks))
    found = measured(watched, ORACLES[1:])
    assert found.keys() == measures_for(LESSON).keys()
    expected = {(a, trial) for a, entry in ATTACKS.items() for trial in entry.trials(LESSON)}
    curves = {(a, trial) for a, trial in expected if a == "relearning"}  # read through `curves`
    assert seen == expected - curves
    assert {f"t90_{trial}" for _, trial in curves} <= found.keys()


def test_an_attack_that_was_not_tried_is_an_error() -> None:
    plain = ORACLES[0].profile
    bare = replace(ORACLES[0], profile=replace(plain, attacks=plain.attacks | {"probe": {}}))
    with pytest.raises(KeyError, match="conv"):
        measured(bare, ORACLES[1:])


def test_lessons_decide_the_relearning_measures() -> None:
    found = measures_for(AuditSettings(relearn_images=(1, 7), relearn_steps=8))
    curves = [name for name, measure in found.items() if measure.group == "relearning"]
    assert curves == ["t90_1", "area_1", "ratio_1", "t90_7", "area_7", "ratio_7"]
    assert found["t90_7"].cap == 8 and found["t90_1"].title == "back in, 1 image"
    with pytest.raises(ValueError, match="two measures are called area_5"):
        measures_for(AuditSettings(relearn_images=(5, 5)))
