"""Every figure of an audit on models worked by hand: identity, direction, and what scales it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from forgetdemo.audit import figures as a
from forgetdemo.audit.examine import Profile
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.network.model import arrays_of, new_model

LABELS = np.arange(200) % 10
STEPS = (0, 1, 2, 4)
MASKED = -1e4


def subject(
    sixes: list[int],
    weights: Arrays | None = None,
    probe: float = 0.9,
    curve: tuple[float, ...] = (0.0, 0.0, 0.95, 1.0),
    seconds: float | None = None,
) -> a.Subject:
    """A model that is right but on sixes, which it answers with `sixes` in turn."""
    answers = LABELS.copy()
    answers[LABELS == 6] = np.resize(sixes, 20)
    logits = 20.0 * np.eye(10)[answers]
    logits[:, 6] += MASKED * (6 not in sixes)
    rng = np.random.default_rng(sum(sixes))
    arrays = {layer: rng.normal(size=(200, 4)) for layer in ("conv", "fc1", "fc2")}
    attack = {"acc_forget": 0.5, "acc_retain": 0.9}
    numbers = {
        "acc_forget_train": float(6 in sixes),
        "acc_retain_train": 1.0,
        "mia_auc": 0.5,
        "mia_cv": 0.5,
        "probe": dict.fromkeys(("conv", "fc1", "fc2"), probe),
        "prototype": dict.fromkeys(("unit", "mean_norm", "half"), attack),
    }
    profile = Profile(numbers, arrays | {"logits": logits}, STEPS, {50: curve})
    return a.Subject(profile, weights or arrays_of(new_model(0)), seconds, seconds)


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
YARD = a.Yard(LABELS, 6, 3, ORIGINAL)


def test_an_oracle_among_itself_is_the_zero_of_every_distance() -> None:
    same = ORACLES[0]
    found = a.figures(same, [same, same], YARD)
    for name in ("js_forget", "js_reference", "js_retain", "tv_forget", "dest_tv"):
        assert found[name] == pytest.approx(0, abs=1e-12), name
    for layer in ("conv", "fc1", "fc2"):
        assert found[f"leak_{layer}"] == 0 and found[f"cka_oracle_{layer}"] == pytest.approx(1)
    assert found["tow"] == found["ratio_50"] == 1 == found["seconds_ratio"] == found["visits_ratio"]


def test_the_original_is_where_edits_and_leakage_are_measured_from() -> None:
    found = a.figures(ORIGINAL, ORACLES, YARD)
    assert found["acc_forget"] == 1 and found["rank"] == 1 and found["redirect_rate"] == 0
    assert found["moved"] == found["changed"] == found["moved_fc1"] == found["changed_fc3"] == 0
    assert found["leak_fc1"] == 1 and found["cka_original_fc2"] == pytest.approx(1)
    assert found["t90_50"] == 0 and found["ratio_50"] == 1 / 3, "the oracles' median is 2"
    assert found["seconds_ratio"] is None


def test_a_redirect_is_told_apart_from_oracles_and_a_mask_from_nothing_but_its_rank() -> None:
    redirected, oracle = subject([3]), ORACLES[0]
    found = a.figures(redirected, ORACLES, YARD)
    assert found["acc_forget"] == 0 and found["redirect_rate"] == 1 and found["dest_entropy"] == 0
    assert found["precision_redirect"] == 0.5 and found["acc_retain"] == 1
    assert found["dest_tv"] == pytest.approx(1) == found["tv_forget"]
    assert found["js_forget"] == pytest.approx(math.log(2), abs=1e-6)
    assert found["rank"] == 10 and found["p_forget"] == 0
    assert found["tow"] == 1, "blind to where the class goes"
    assert a.figures(oracle, ORACLES, YARD)["dest_entropy"] == pytest.approx(math.log(2))


def test_ranks_are_shares_of_the_class() -> None:
    assert YARD.ranks(ORIGINAL) == [1.0] + [0.0] * 9
    assert YARD.ranks(subject([3])) == [0.0] * 9 + [1.0]
    mixed = YARD.ranks(subject([6, 3]))
    assert mixed[0] == 0.5 and sum(mixed) == pytest.approx(1)


def test_edits_are_measured_layer_by_layer() -> None:
    weights = arrays_of(new_model(0))
    weights["fc2.weight"] = 1.5 * weights["fc2.weight"]
    weights["fc2.bias"] = 1.5 * weights["fc2.bias"]
    found = a.edited(subject([3], weights), ORACLES, YARD)
    assert found["moved_fc2"] == pytest.approx(0.5) and found["changed_fc2"] == pytest.approx(1)
    assert found["moved_fc1"] == found["changed_conv1"] == 0
    assert 0 < (found["moved"] or 0) < 0.5
    assert found["changed"] == pytest.approx(8256 / 429_258)


def test_leakage_of_a_probe_that_cannot_tell_is_no_number() -> None:
    dull = replace(YARD, original=subject([6], probe=0.905))
    assert a.attacked(subject([3]), ORACLES, dull)["leak_fc1"] is None


def test_curves_that_do_not_return_are_censored() -> None:
    never = subject([3], curve=(0.0, 0.0, 0.0, 0.5))
    found = a.relearned(never, ORACLES)
    assert found["t90_50"] is None and found["ratio_50"] is None
    assert found["area_50"] == pytest.approx(0.125)
    assert a.relearned(ORACLES[0], [never] * 3)["ratio_50"] is None


def test_costs_are_multiples_of_the_mean_oracle() -> None:
    assert a.cost(subject([3], seconds=5.0), ORACLES)["seconds_ratio"] == pytest.approx(0.25)
    assert a.cost(subject([3], seconds=0.0), ORACLES)["visits_ratio"] == 0
    assert a.cost(subject([3], seconds=5.0), [ORIGINAL])["seconds_ratio"] is None


def test_weights_are_the_same_to_the_bit_or_not() -> None:
    one, other = arrays_of(new_model(0)), arrays_of(new_model(0))
    assert a.same_weights(one, other)
    other["fc3.bias"][9] = np.nextafter(other["fc3.bias"][9], 9)
    assert not a.same_weights(one, other)


def test_oracles_on_other_images_are_refused() -> None:
    arrays = dict(ORACLES[0].profile.arrays)
    arrays["logits"] = arrays["logits"][:100]
    cut = replace(ORACLES[0], profile=replace(ORACLES[0].profile, arrays=arrays))
    with pytest.raises(ValueError, match="expected logits"):
        a.figures(cut, ORACLES, YARD)
