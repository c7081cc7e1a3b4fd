"""Models are measured from their folder alone, and answer as the contract says."""

from pathlib import Path

import numpy as np
import pytest
import torch

from forgetdemo.data import load_dataset
from forgetdemo.files.run import read_run
from forgetdemo.metrics.report import evaluate
from forgetdemo.network.model import load_model
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.evaluate import evaluate_run, measure
from forgetdemo.stages.unlearn import unlearn_run


def test_measuring_again_finds_the_same(data: Path, original: Path, tmp_path: Path) -> None:
    config = unlearn_config("described", steps=6, pool_per_class=5)
    run = unlearn_run(config, original, tmp_path / "run", data)
    again = evaluate_run(tmp_path / "run", data)
    assert again.after == run.report.after and again.before == run.report.before
    assert evaluate_run(original, data).after is None
    with pytest.raises(FileNotFoundError, match="does not exist"):
        evaluate_run(tmp_path / "nothing", data)


def test_measuring_asks_the_whole_network(original: Path, data: Path) -> None:
    """On features computed ahead, or from pixels to answers at once: equal figures."""
    model = load_model(read_run(original).weights("before"))
    whole = load_dataset("kmnist", data)

    @torch.no_grad()
    def predict(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = model(torch.from_numpy(pixels))
        return logits.softmax(1).numpy(), logits.numpy()

    asked = evaluate(predict, whole.test.floats(), whole.test.labels, 2, 7)
    assert measure(model, whole, 2, 7) == asked
