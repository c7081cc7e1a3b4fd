"""The graphs do what torch does, one by one; what ships is what the code makes."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch.nn import functional as F

from export.graph import parse
from export.steps import build, functions
from export.steps.trace import check, trace
from forgetdemo.data import Images, per_class
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.run import read_run
from forgetdemo.methods import losses, scores
from forgetdemo.network.batches import as_pixels
from forgetdemo.network.features import conv_features
from forgetdemo.network.model import MnistCNN, load_model
from forgetdemo.predict.steps import STEPS_DIR, Graph, Graphs, study
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.unlearning import unlearn_config

LEGACY = {"Gradient", "Adam", "Momentum", "Adagrad"}  # of ONNX's training domain
KINDS = pytest.mark.parametrize("kind", build.KINDS, ids=lambda kind: kind.name)


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    """Those that ship."""
    return Graphs()


@pytest.fixture(scope="module")
def original() -> MnistCNN:
    """The shipped original."""
    return load_model(read_run(MODELS_DIR).weights("before"))


@pytest.fixture(scope="module")
def pool(mnist: Any) -> Images:
    """A few images of each class, not as many of each."""
    few = per_class(mnist.train, 61)
    return few.take(np.flatnonzero((few.labels != 3) | (np.arange(len(few)) % 2 == 0)))


def example(kind: build.Kind, columns: int) -> dict[str, torch.Tensor]:
    """Inputs of a step: random, the last state in the middle of a run."""
    config = unlearn_config(kind.methods[0])
    size = config.batch_forget + config.batch_retain
    sizes = {"images": size, "columns": columns}
    generator = torch.Generator().manual_seed(0)
    given = {}
    for name, shape in build.INPUTS.items():
        numbers = [sizes.get(n, 1) if isinstance(n, str) else n for n in shape]
        given[name] = torch.rand(numbers, generator=generator)
    classes = torch.randint(1, NETWORK.last.outputs, (size,), generator=generator)
    classes[: config.batch_forget] = 0
    given["labels"] = classes.int()
    given["rest"] = 0.2 * (given["rest"] - 0.5)
    given["delta"] = 0.02 * (given["delta"] - 0.5)
    given["base"] = 4 * (given["base"] - 0.5)
    for part in ("delta", "rest"):
        given[f"{part}_mean"] = 0.02 * (given[f"{part}_mean"] - 0.5)
        given[f"{part}_square"] = 1e-4 * (given[f"{part}_square"] + 0.5)
    for name in ("delta_mask", "rest_mask"):
        given[name] = (given[name] > 0.5).float()
    scalars = {"step": 17.0, "lr": 2e-3, "temperature": 2.5}
    return given | {name: torch.tensor(value) for name, value in scalars.items()}


@KINDS
@pytest.mark.parametrize("columns", [1, 37, 400])
def test_a_step_is_torchs(graphs: Graphs, kind: build.Kind, columns: int) -> None:
    """Loss terms, and the whole state after it, against autograd and torch's own Adam."""
    given = example(kind, columns)
    config = unlearn_config(kind.methods[0])
    graph = graphs[kind.name]
    found = graph({name: value.numpy() for name, value in given.items()})
    state = {part: given[part].clone().requires_grad_() for part in ("delta", "rest")}
    optimizer = torch.optim.Adam(state.values(), lr=float(given["lr"]))
    for part, weight in state.items():
        optimizer.state[weight] = {
            "step": given["step"].clone(),
            "exp_avg": given[f"{part}_mean"].clone(),
            "exp_avg_sq": given[f"{part}_square"].clone(),
        }
    logits = functions.logits_of(state["delta"], state["rest"], given["base"], given["columns"])
    labels = given["labels"].long()
    settings = unlearn_config(
        kind.methods[0],
        forget_class=0,
        redirect_to=1 if kind.redirects else None,
        **{name: float(given[name]) for name in functions.DIALS},
    )
    is_forget = torch.arange(len(labels)) < config.batch_forget
    terms = kind.loss(losses.Batch(logits, given["teacher"], labels, is_forget), settings)
    sum(terms.values(), torch.zeros(())).backward()
    for part, weight in state.items():
        assert weight.grad is not None
        weight.grad *= given[f"{part}_mask"]
    optimizer.step()
    assert {name for name in found if name.startswith("loss")} == {f"loss_{n}" for n in terms}
    for name, term in terms.items():
        assert found[f"loss_{name}"] == pytest.approx(float(term.detach()), rel=2e-6)
    for part, weight in state.items():
        mask, before = given[f"{part}_mask"].numpy() > 0, given[part].numpy()
        after = found[f"next_{part}"]
        assert np.abs(after - weight.detach().numpy())[mask].max() < 2e-7
        assert np.array_equal(after[~mask].view(np.int32), before[~mask].view(np.int32))
        for kept, name in (("mean", "exp_avg"), ("square", "exp_avg_sq")):
            expected = optimizer.state[weight][name].numpy()
            assert np.allclose(found[f"next_{part}_{kept}"], expected, rtol=1e-5, atol=1e-8)


def test_answers_are_the_networks(graphs: Graphs, original: MnistCNN, pool: Images) -> None:
    weights = {name: w.detach().numpy() for name, w in original.named_parameters()}
    features = conv_features(original, pool).numpy()
    base = graphs["base"]({"features": features, "first": weights[functions.FIRST]})["base"]
    rest = np.concatenate([weights[name].ravel() for name in graphs.rest])
    columns = np.arange(5, 800, 3)
    delta = np.random.default_rng(0).normal(0, 0.01, (len(base[0]), len(columns)))
    delta = delta.astype(np.float32)
    given = {"base": base, "columns": features[:, columns], "delta": delta, "rest": rest}
    found = graphs["answers"](given)["logits"]
    with torch.no_grad():
        changed = load_model(weights)
        changed.get_parameter(functions.FIRST)[:, columns] += torch.from_numpy(delta)
        expected = changed.head(torch.from_numpy(features)).numpy()
    assert np.abs(found - expected).max() < 1e-4


def test_features_scores_and_logits_are_torchs(
    graphs: Graphs, original: MnistCNN, pool: Images
) -> None:
    weights = {name: w.detach().numpy() for name, w in original.named_parameters()}
    studied = study(graphs, weights, pool.pixels, pool.labels)
    features = conv_features(original, pool)
    assert np.abs(studied.features - features.numpy()).max() < 1e-5
    with torch.no_grad():
        assert np.abs(studied.logits - original(as_pixels(pool)).numpy()).max() < 1e-4
    labels, sixes = torch.from_numpy(pool.labels), torch.from_numpy(pool.labels == 6)
    sample = scores.Sample(features[sixes], labels[sixes], features[~sixes], labels[~sixes], True)
    expected = scores.score_relevance(original, sample, torch.Generator())
    given: dict[str, np.ndarray] = {}
    for group, digits in (("forget", [6]), ("retain", [d for d in range(10) if d != 6])):
        given[f"{group}:count"] = np.array(studied.counts[digits].sum(), np.float32)
        for name, value in studied.sums.items():
            given[f"{group}:{name}"] = value[digits].sum(axis=0)
    found = graphs["relevance"](given)
    for name, score in expected.items():
        if name in functions.DENSE:
            largest = float(score.max())
            assert np.abs(found[f"score:{name}"] - score.numpy()).max() < 1e-4 * largest


@pytest.mark.parametrize("steps", [2, 3, 10, 300, 1000])
def test_learning_rates_are_one_cycles(graphs: Graphs, steps: int) -> None:
    peak = 3e-3
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peak, total_steps=steps, cycle_momentum=False
    )
    expected = []
    for _ in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        cycle.step()
    place = np.arange(steps, dtype=np.float32)
    given = {"place": place, "peak": np.array(peak), "steps": np.array(steps)}
    found = graphs["schedule"]({n: v.astype(np.float32) for n, v in given.items()})["lr"]
    assert np.abs(found - expected).max() < 1e-6 * peak


@pytest.mark.parametrize("path", sorted(STEPS_DIR.glob("*.onnx")), ids=lambda path: path.stem)
def test_files_are_plain_and_tell_nothing(path: Path) -> None:
    data = path.read_bytes()
    check(data)
    proto = parse(data)
    assert not LEGACY & {node.op_type for node in proto.graph.node}
    assert [(op.domain, op.version) for op in proto.opset_import] == [("", 18)]
    assert proto.ir_version == 8 and len(data) < 100_000
    assert b".py" not in data
    assert not any(node.metadata_props or node.doc_string for node in proto.graph.node)


def test_what_ships_is_what_the_code_makes() -> None:
    made = {
        "answers": trace(functions.answers, build.take("base", "columns", "delta", "rest")),
        "features": build.features_graph()[0],
    }
    for name, data in made.items():
        assert data == (STEPS_DIR / f"{name}.onnx").read_bytes(), "run python -m export.steps"


@pytest.mark.slow
def test_the_whole_folder_is_what_the_code_makes(tmp_path: Path) -> None:
    assert build.main(["--out", str(tmp_path / "steps")]) == 0
    for path in STEPS_DIR.iterdir():
        assert path.read_bytes() == (tmp_path / "steps" / path.name).read_bytes(), path.name


def test_a_mean_is_divided_by_its_count() -> None:
    """The exporter's own nll_loss_backward divides by 1: why `trace` spells it out."""

    def step(given: Any) -> Any:
        def loss(logits: torch.Tensor) -> torch.Tensor:
            return F.cross_entropy(logits, given["labels"].long())

        return {"gradient": torch.func.grad(loss)(given["logits"])}

    graph = Graph(trace(step, {"logits": (8, 10), "labels": (8,)}), "mean")
    logits = np.random.default_rng(0).normal(size=(8, 10)).astype(np.float32)
    labels = np.arange(8, dtype=np.int32)
    expected = step({"logits": torch.from_numpy(logits), "labels": torch.from_numpy(labels)})
    found = graph({"logits": logits, "labels": labels})["gradient"]
    assert np.abs(found - expected["gradient"].numpy()).max() < 1e-7


def test_inputs_that_nothing_reads_are_left_out() -> None:
    def double(given: Any) -> Any:
        return {"twice": 2 * given["used"]}

    proto = parse(trace(double, {"used": ("images", 3), "spare": (4,)}))
    assert [value.name for value in proto.graph.input] == ["used"]


def test_a_graph_that_needs_more_is_refused() -> None:
    node = onnx.helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    ends = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1]) for n in "xy"]
    opsets = [onnx.helper.make_opsetid("", 18), onnx.helper.make_opsetid("com.microsoft", 1)]
    inner = onnx.helper.make_graph([node], "g", ends[:1], ends[1:])
    proto = onnx.helper.make_model(inner, opset_imports=opsets)
    with pytest.raises(CheckpointError, match="outside plain ONNX"):
        check(proto.SerializeToString())
    with pytest.raises(CheckpointError, match="not an ONNX file"):
        check(b"nothing")


def test_a_folder_in_use_is_not_replaced(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "mine.txt").write_text("x")
    assert build.main(["--out", str(tmp_path)]) == 1
    assert "is in use" in capsys.readouterr().err
