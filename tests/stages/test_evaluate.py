"""Models are measured from their folder alone, and answer as the contract says."""

from pathlib import Path

import numpy as np
import pytest

from forgetdemo.files.run import read_run
from forgetdemo.network.model import load_model
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.evaluate import evaluate_run, predictor
from forgetdemo.stages.unlearn import unlearn_run


def test_measuring_again_finds_the_same(data: Path, original: Path, tmp_path: Path) -> None:
    config = unlearn_config("described", steps=6, pool_per_class=5)
    run = unlearn_run(config, original, tmp_path / "run", data)
    again = evaluate_run(tmp_path / "run", data)
    assert again.after == run.report.after and again.before == run.report.before
    assert evaluate_run(original, data).after is None
    with pytest.raises(FileNotFoundError, match="does not exist"):
        evaluate_run(tmp_path / "nothing", data)


def test_a_predictor_answers_as_the_contract_says(original: Path) -> None:
    model = load_model(read_run(original).weights("before"))
    probabilities, logits = predictor(model)(np.zeros((3, 1, 28, 28), np.float32))
    assert probabilities.shape == logits.shape == (3, 10)
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)
