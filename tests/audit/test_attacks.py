"""The registry of attacks: each says whom it is about, and every trial is one that `run` takes."""

import inspect

from forgetdemo.audit.attacks import ATTACKS
from forgetdemo.audit.profile import PROBED, AuditSettings
from forgetdemo.network.relearn import WATCHED_FORGET
from forgetdemo.settings.architecture import NETWORK


def test_every_attack_says_what_it_is_and_can_be_tried() -> None:
    for name, attack in ATTACKS.items():
        assert attack.title and attack.given and attack.population, name
        trials = attack.trials(AuditSettings())
        assert trials, name
        for trial in trials.values():
            inspect.signature(attack.run).bind("exam", **trial)
    assert ATTACKS["relearning"].population.startswith(f"{WATCHED_FORGET} test images")


def test_settings_decide_the_trials() -> None:
    settings = AuditSettings(relearn_images=(0, 7), relearn_seeds=2, prototypes=4)
    lessons = ATTACKS["relearning"].trials(settings)
    assert {name: trial["seeds"] for name, trial in lessons.items()} == {"0": 1, "7": 2}
    assert all(t["images"] == 4 for t in ATTACKS["prototype"].trials(settings).values())
    assert ATTACKS["relearning"].trials(AuditSettings(relearn_images=())) == {}


def test_probed_features_are_what_the_dense_layers_take() -> None:
    assert PROBED == ("conv", "fc1", "fc2") and len(PROBED) == len(NETWORK.dense)
