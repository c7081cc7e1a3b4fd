"""Without torch the same batches give the same model as with it, and nothing else moves."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from forgetdemo.data import Dataset, Images, per_class, split_validation
from forgetdemo.files.checkpoint import Arrays, CheckpointError
from forgetdemo.files.run import read_run
from forgetdemo.methods import loop, losses
from forgetdemo.methods.registry import METHODS
from forgetdemo.methods.unlearn import Unlearned
from forgetdemo.methods.unlearn import unlearn as unlearn_with_torch
from forgetdemo.network.features import Remembered
from forgetdemo.network.model import MnistCNN, arrays_of, load_model
from forgetdemo.predict.steps import STEPS_DIR, Graphs, Pool, Seen, see, study
from forgetdemo.predict.unlearn import Forgotten, batches, unlearn
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.unlearning import MONITOR_PER_CLASS, UnlearnConfig, unlearn_config

PER_CLASS = 300
PAIRS = ((6, 3), (2, 3), (8, 4))
LOSSES = {
    "described": losses.described,
    "natural_target": losses.natural,
    "finetune": losses.retained,
    "cf_k": losses.retained,
}


class Both:
    """The shipped original and the same images, for a run with torch and one without."""

    def __init__(self, data: Dataset) -> None:
        self.weights = read_run(MODELS_DIR).weights("before")
        self.model: MnistCNN = load_model(self.weights)
        self.data = data
        fit, validation = split_validation(data.train)
        self.images: Images = per_class(fit, PER_CLASS)
        watched = per_class(validation, MONITOR_PER_CLASS)
        self.graphs = Graphs()
        images = self.images.pixels, self.images.labels
        self.pool: Pool = study(self.graphs, self.weights, *images)
        self.watched: Seen = see(self.graphs, self.weights, watched.pixels, watched.labels)
        self.remembered = Remembered()

    def with_torch(self, config: UnlearnConfig, exact: bool = True) -> Unlearned:
        """The loop of `methods.loop`, given the batches that a run without torch draws.

        `exact`: with its loss in float64, as the graphs have it.
        """

        def schedule(task: Any, generator: Any) -> tuple[int, Iterator[torch.Tensor]]:
            return config.steps, map(torch.from_numpy, batches(task.pool.labels, config))

        def widened(batch: losses.Batch, config: UnlearnConfig) -> losses.Terms:
            wide = replace(batch, logits=batch.logits.double(), teacher=batch.teacher.double())
            return LOSSES[config.method](wide, config)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "schedule_of", schedule)
            if exact:
                patch.setitem(METHODS, config.method, loop.descend(widened))
            return unlearn_with_torch(
                self.model, self.data.train, config, featurise=self.remembered.features
            )

    def without(self, config: UnlearnConfig, **more: Any) -> Forgotten:
        """The same run in onnxruntime."""
        return unlearn(self.graphs, self.pool, self.watched, config, **more)

    @torch.no_grad()
    def answers(self, weights: Arrays) -> np.ndarray:
        """What a model with these weights answers to the 10,000 test images."""
        features = self.remembered.features(self.model, self.data.test)
        head = load_model(weights).head
        return torch.cat([head(part) for part in features.split(500)]).argmax(1).numpy()


@pytest.fixture(scope="module")
def both(mnist: Dataset) -> Both:
    """Features are computed once for all tests here."""
    return Both(mnist)


def largest(one: Arrays, other: Arrays) -> float:
    """The largest difference of any weight."""
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


def settings(method: str, forget: int, substitute: int | None, **more: Any) -> UnlearnConfig:
    """A method's defaults, on the images of these tests."""
    return unlearn_config(
        method, forget_class=forget, redirect_to=substitute, pool_per_class=PER_CLASS, **more
    )


@pytest.mark.parametrize(("forget", "substitute"), PAIRS)
def test_described_is_torchs_weight_by_weight(both: Both, forget: int, substitute: int) -> None:
    """300 steps: weights within 1e-5 (measured: 2e-6), and every figure of the curves."""
    config = settings("described", forget, substitute)
    theirs, ours = both.with_torch(config), both.without(config)
    assert all(np.array_equal(ours.mask[n], part.numpy()) for n, part in theirs.mask.items())
    weights = arrays_of(theirs.model)
    assert largest(weights, ours.weights) < 1e-5
    answers = both.answers(ours.weights)
    assert np.array_equal(answers, both.answers(weights))
    assert len(ours.history) == len(theirs.history) == 31
    for mine, record in zip(ours.history, theirs.history, strict=True):
        assert mine.keys() == record.keys()
        for name, value in record.items():
            close = name.startswith("loss")
            assert mine[name] == (pytest.approx(value, rel=1e-3, abs=1e-5) if close else value)
    assert ours.image_visits == theirs.image_visits
    labels, before = both.data.test.labels, both.answers(both.weights)
    sixes = labels == forget
    assert not np.any(answers[sixes] == forget)
    assert np.mean(answers[sixes] == substitute) > 0.97
    right = answers == labels, before == labels
    assert np.mean(right[1][~sixes]) - np.mean(right[0][~sixes]) < 0.0025


@pytest.mark.parametrize(
    ("method", "substitute", "exact"),
    [("natural_target", None, True), ("described", None, True), ("described", 3, False)],
)
def test_whole_runs_end_where_torchs_do(
    both: Both, method: str, substitute: int | None, exact: bool
) -> None:
    """300 steps. A unit that stands at the very edge of its ReLU, or a gradient of rounding errors
    (torch's own loop, not `exact`), may lead a few weights another way, by an Adam step or two.
    """
    config = settings(method, 6, substitute)
    theirs, ours = both.with_torch(config, exact=exact), both.without(config)
    assert largest(arrays_of(theirs.model), ours.weights) < 1e-2
    answers = both.answers(ours.weights)
    assert np.count_nonzero(answers != both.answers(arrays_of(theirs.model))) <= 10
    assert not np.any(answers[both.data.test.labels == 6] == 6)


@pytest.mark.parametrize("method", ["natural_target", "finetune", "cf_k"])
def test_few_steps_are_torchs_weight_by_weight(both: Both, method: str) -> None:
    """Before rounding has grown: Adam steps as far along a gradient of 1e-8 as of 1."""
    config = settings(method, 6, None, steps=3)
    theirs, ours = both.with_torch(config), both.without(config)
    weights = arrays_of(theirs.model)
    apart = [np.abs(weights[n] - ours.weights[n])[part] for n, part in ours.mask.items()]
    moved = [np.abs(weights[n] - both.weights[n])[part] for n, part in ours.mask.items()]
    differences, steps = np.concatenate(apart), np.concatenate(moved)
    assert np.median(differences) < 1e-6
    assert np.mean(differences > 0.05 * steps.max()) < 0.01
    for mine, record in zip(ours.history, theirs.history, strict=True):
        assert mine["loss"] == pytest.approx(record["loss"], rel=1e-2, abs=1e-5)


def test_nothing_outside_the_mask_moves_and_everything_repeats(both: Both) -> None:
    before = {name: value.copy() for name, value in both.weights.items()}
    config = settings("described", 6, 3, steps=40)
    done, again = both.without(config), both.without(config)
    for name, value in done.weights.items():
        bits, old = value.view(np.int32), both.weights[name].view(np.int32)
        assert np.array_equal(bits[~done.mask[name]], old[~done.mask[name]])
        assert np.array_equal(bits, again.weights[name].view(np.int32))
        assert np.array_equal(both.weights[name], before[name])
    assert done.certificate["editable"] == 4293
    assert done.certificate["max_abs_change_outside"] == 0.0
    assert done.certificate["changed"] > 4000
    assert largest(done.weights, both.without(settings("described", 6, 3, steps=41)).weights) > 0


def test_another_seed_draws_other_images(both: Both) -> None:
    first, second = (
        batches(both.pool.labels, settings("described", 6, 3, seed=seed)) for seed in (0, 1)
    )
    assert first.shape == second.shape == (300, 256)
    assert np.all(both.pool.labels[first[:, :64]] == 6)
    assert not np.any(both.pool.labels[first[:, 64:]] == 6)
    assert np.mean(first == second) < 0.01


def test_what_progress_raises_ends_a_run(both: Both) -> None:
    seen = []

    def stop(record: dict[str, Any]) -> None:
        seen.append(record["step"])
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        both.without(settings("described", 6, 3), progress=stop)
    assert seen == [0, 10, 20]


def test_a_mask_of_one_layer_touches_no_column(both: Both) -> None:
    config = settings("described", 6, 3, steps=20, layers=("fc3",), mask_fraction=0.0005)
    theirs = both.with_torch(config)
    done = both.without(config, mask={name: part.numpy() for name, part in theirs.mask.items()})
    assert largest(done.weights, arrays_of(theirs.model)) < 1e-5
    assert done.certificate["layers"]["fc1"]["editable"] == 0


@pytest.mark.parametrize(
    ("method", "change", "why"),
    [
        ("fisher", {}, "fisher needs torch; cf_k, described, finetune, natural_target do without"),
        ("described", {"batch_forget": 10}, "batch_forget must be 64, got 10"),
        ("described", {"weight_decay": 0.1}, "weight_decay must be 0.0, got 0.1"),
        ("described", {"epochs": 2}, "epochs must be 0, got 2"),
        ("described", {"layers": ("conv2", "fc1")}, "layers must be some of fc1, fc2, fc3"),
        ("described", {"score": "gradient"}, "score must be relevance or all, got 'gradient'"),
        ("described", {"mask_fraction": 1e-7}, "selects none of the weights"),
    ],
)
def test_what_it_cannot_do_is_refused(
    both: Both, method: str, change: dict[str, Any], why: str
) -> None:
    config = unlearn_config(method, **change)
    with pytest.raises(ValueError, match=why):
        both.without(config)


def test_a_run_that_diverges_is_refused(both: Both) -> None:
    config = settings("described", 6, 3)
    broken = replace(both.pool, base=np.full_like(both.pool.base, np.inf))
    with pytest.raises(ValueError, match="diverged at step 1"):
        unlearn(both.graphs, broken, both.watched, config)


def test_damaged_graphs_are_refused(tmp_path: Path) -> None:
    for path in STEPS_DIR.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = bytearray((tmp_path / "described.onnx").read_bytes())
    data[200] ^= 1
    (tmp_path / "described.onnx").write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="described.onnx is damaged"):
        Graphs(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Graphs(tmp_path / "none")
