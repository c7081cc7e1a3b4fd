"""What the audit is for, on real digits: it passes a retrain and exposes what only looks forgotten.

A tenth of MNIST in KMNIST's place (MNIST's own folder must hold the published files). Minutes.
"""

import struct
from dataclasses import replace

import numpy as np
import pytest

from forgetdemo.audit import oracles as o
from forgetdemo.audit.audit import Audit
from forgetdemo.audit.profile import AuditSettings
from forgetdemo.audit.report import AuditReport
from forgetdemo.audit.rows import Row
from forgetdemo.data import Dataset, load_dataset
from forgetdemo.files.run import read_run
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import unlearn_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SETTINGS = AuditSettings(relearn_images=(50,), relearn_seeds=1, relearn_steps=32, prototype_draws=1)
METHODS = {"logit_mask": {}, "described": {}, "natural_target": {}, "deep_natural": {"steps": 800}}
Reports = dict[str, AuditReport]


@pytest.fixture(scope="module")
def reports(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """Audits of the original, of an oracle and of four methods, beside the same oracles."""
    root = tmp_path_factory.mktemp("audited")
    raw = root / "data" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for part, images, count in (("train", mnist.train, 6000), ("t10k", mnist.test, 2000)):
        head = struct.pack(">HBB3I", 0, 8, 3, count, 28, 28)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(head + images.pixels[:count].tobytes())
        labels = images.labels[:count].astype(np.uint8)
        head = struct.pack(">HBBI", 0, 8, 1, count)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    config, data = train_config("paper", epochs=3, dataset="kmnist"), root / "data"
    original = train_run(config, root / "original", data)
    for seed in range(100, 106):
        changed = replace(config, seed=seed, exclude_class=6)
        train_run(changed, root / "oracles" / str(seed), data)
    band = o.load_oracles(root / "oracles", original, 6)
    yard = Audit(original, band, 6, load_dataset("kmnist", data), SETTINGS, root / "cache")
    found = {"original": yard.report(original)}
    found["oracle"] = yard.report(read_run(root / "oracles" / "101"))
    for method, changes in METHODS.items():
        settings = unlearn_config(method, pool_per_class=500, **changes)
        run = unlearn_run(settings, original.directory, root / method, data)
        found[method] = yard.report(run)
    return found


def rows(report: AuditReport) -> dict[str, Row]:
    return {row.name: row for row in report.rows}


def exposed(report: AuditReport) -> set[str]:
    """Reliable measures that tell the run from the oracles."""
    return {row.name for row in report.rows if row.inside is False and row.reliable}


def test_a_retrain_passes_its_own_audit(reports: Reports) -> None:
    assert reports["oracle"].verdict.level == "alike"
    for report in reports.values():
        exam = report.about["held_out"]
        assert exam["judged"] >= 30 and exam["inside"] >= 0.9 * exam["judged"]


def test_the_original_is_said_to_remember(reports: Reports) -> None:
    assert reports["original"].verdict.level == "remembered"
    assert len(exposed(reports["original"])) >= 10


def test_a_mask_ties_on_accuracy_and_is_exposed_by_more_than_one_measure(reports: Reports) -> None:
    found = rows(reports["logit_mask"])
    retained = found["acc_retain"]
    assert found["acc_forget"].run == 0 and retained.run >= retained.original  # type: ignore[operator]
    assert found["acc_forget"].inside and retained.inside
    assert reports["logit_mask"].verdict.level == "shallow"
    assert len(exposed(reports["logit_mask"]) & {"area_50", "probe_fc1", "cka_oracle_fc2"}) >= 2


def test_a_redirect_is_told_from_a_retrain_by_where_the_class_goes(reports: Reports) -> None:
    redirected = rows(reports["described"])
    assert redirected["acc_forget"].run < 0.02  # type: ignore[operator]
    assert redirected["redirect_rate"].run > 0.8  # type: ignore[operator]
    assert {"dest_tv", "redirect_rate", "js_forget", "tv_forget"} <= exposed(reports["described"])
    natural = rows(reports["natural_target"])
    assert natural["acc_forget"].run < 0.02 and natural["dest_tv"].inside  # type: ignore[operator]


def test_a_new_head_comes_back_later_than_a_taught_one(reports: Reports) -> None:
    heights = {name: rows(report)["area_50"].run for name, report in reports.items()}
    assert heights["deep_natural"] < heights["natural_target"]  # type: ignore[operator]
    assert heights["deep_natural"] < heights["described"]  # type: ignore[operator]
    assert reports["deep_natural"].verdict.level != "shallow"
