"""A model repository: whole, valid, figures from the reports, a program that runs, one push."""

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from export.credits import source_of
from export.hub.build import build
from export.hub.card import AUDITED, COUNTED, SHOWN, check_card, eval_results, make_card
from forgetdemo.files.checkpoint import CheckpointError, write_json
from forgetdemo.files.folder import MODELS_FORMAT, read_folder
from forgetdemo.files.run import read_run
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.views.audit import read_audit
from tests.helpers.elsewhere import clean_environment
from tests.helpers.fake_hub import Hub, fake_hub

REPORT = json.loads((MODELS_DIR / "report.json").read_text())
AUDIT = json.loads((MODELS_DIR / "audit.json").read_text())
ROWS = {row["name"]: row for row in AUDIT["rows"]}
BESIDE = ["LICENSE", "README.md", "audit.json", "preview.png"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built repository; tests only read it."""
    out = tmp_path_factory.mktemp("built") / "models"
    build(out, name="ada/forget", space="ada/page")
    return out


def parts(card: str) -> tuple[dict[str, Any], str]:
    """Front matter, read by a YAML parser of our own accord, and words."""
    front, words = card.removeprefix("---\n").split("\n---\n", 1)
    return yaml.safe_load(front), words


def program(card: str) -> str:
    """The card's own program."""
    (found,) = re.findall(r"^```python\n(.*?)^```$", card, re.MULTILINE | re.DOTALL)
    return str(found)


def copied(place: Path) -> Path:
    """A model folder to change."""
    return Path(shutil.copytree(MODELS_DIR, place))


def test_it_is_the_released_models_and_nothing_else(folder: Path) -> None:
    manifest, files = read_folder(folder, (MODELS_FORMAT,))
    whole = read_run(MODELS_DIR)
    assert {Path(name).suffix for name in files} == {".onnx", ".safetensors", ".json"}
    assert all(files[name] == whole.files[name] for name in files)
    assert {name for name in whole.files if name not in files} == {
        name for name in whole.files if name.startswith("plots/")
    }
    assert manifest["beside"] == BESIDE
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert there == {*files, *BESIDE, "manifest.json"}
    with Image.open(folder / "preview.png") as picture:
        assert picture.width > picture.height >= 400


def test_it_is_a_model_folder_even_after_its_card_was_edited(folder: Path, tmp_path: Path) -> None:
    edited = Path(shutil.copytree(folder, tmp_path / "models"))
    (edited / "README.md").write_text("edited on the Hub")
    assert read_run(edited).report == read_run(MODELS_DIR).report
    assert read_audit(load_models(edited))["verdict"] == AUDIT["verdict"]


def test_metadata_is_what_the_hub_knows(folder: Path) -> None:
    values, _ = parts((folder / "README.md").read_text())
    assert (values["license"], values["pipeline_tag"]) == ("mit", "image-classification")
    assert values["library_name"] == "onnxruntime" and values["datasets"] == ["ylecun/mnist"]
    assert "accuracy" in values["metrics"] and "machine-unlearning" in values["tags"]
    picture = values["thumbnail"].removeprefix("https://huggingface.co/ada/forget/resolve/main/")
    assert (folder / picture).is_file()


def test_every_result_is_a_report_s(folder: Path) -> None:
    values, _ = parts((folder / "README.md").read_text())
    ((name, results),) = ((index["name"], index["results"]) for index in values["model-index"])
    (result,) = results
    assert name == "forget" and result["task"] == {"type": "image-classification"}
    assert result["dataset"] == {
        **{"name": "MNIST", "type": "ylecun/mnist"},
        **{"config": "mnist", "split": "test"},
    }
    assert result["source"]["url"] == "https://huggingface.co/ada/forget/blob/main/audit.json"
    found = {metric["name"]: (metric["type"], metric["value"]) for metric in result["metrics"]}
    assert len(found) == len(result["metrics"]) == 2 * (len(COUNTED) + len(AUDITED))
    for model in ("before", "after"):
        for key, words in COUNTED:
            title = f"{model}: accuracy on {words.format(name='6')}"
            assert found[title] == ("accuracy", REPORT[model][key])
    for key, metric in AUDITED:
        assert found[f"after: {ROWS[key]['title']}"] == (metric, ROWS[key]["run"])


def test_the_words_hold_limits_verdict_credits_and_links(folder: Path) -> None:
    _, words = parts((folder / "README.md").read_text())
    for part in ("## Intended use", "## What this does not show", "CC BY-SA 3.0", "Yann LeCun"):
        assert part in words, part
    assert AUDIT["verdict"]["sentence"] in words and f"**{AUDIT['verdict']['level']}**" in words
    assert "not shown to have forgotten" in words and "privacy or compliance claim" in words
    assert "(https://huggingface.co/spaces/ada/page)" in words and "ada/forget" in words
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", words):
        assert (folder / picture).is_file()


def test_the_tables_are_the_reports(folder: Path) -> None:
    _, words = parts((folder / "README.md").read_text())
    manifest = json.loads((MODELS_DIR / "manifest.json").read_text())
    for entry in manifest["models"].values():
        (line,) = re.findall(rf"^\| `{entry['file']}` .*$", words, re.MULTILINE)
        shares = [float(cell) for cell in re.findall(r"([\d.]+) %", line)]
        wanted = [entry["accuracy"][key] for key in ("acc_overall", "acc_forget", "acc_retain")]
        assert shares == pytest.approx([100 * share for share in wanted], abs=0.005)
    for name in SHOWN:
        row = ROWS[name]
        (line,) = re.findall(rf"^\| {re.escape(row['title'])}[,|  ].*$", words, re.MULTILINE)
        scale = 100 if row["unit"] == "%" else 1
        cells = [cell.strip() for cell in line.split("|")[2:4]]
        wanted = [scale * row["original"], scale * row["run"]]
        assert [float(cell) for cell in cells] == pytest.approx(wanted, abs=0.01)


def test_the_card_s_three_lines_run_there_and_show_what_happened(folder: Path) -> None:
    text = program((folder / "README.md").read_text())
    assert len(text.splitlines()) == 3
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert [int(digit) for digit in re.findall(r"\b\d\b", done.stdout)] == [6, 3]


def test_without_names_it_says_what_to_put_there() -> None:
    values, words = parts(make_card(MODELS_DIR, preview="preview.png"))
    assert "thumbnail" not in values and values["model-index"][0]["name"] == "forgetdemo"
    assert "hf download USER/NAME " in words and "/spaces/" not in words
    assert "source" not in values["model-index"][0]["results"][0]


def test_a_measure_that_does_not_apply_is_left_out() -> None:
    audit: Any = {**AUDIT, "rows": [{**row, "run": None} for row in AUDIT["rows"]]}
    results = eval_results(REPORT, audit, source_of("mnist"), None)
    assert not [result for result in results if result.metric_name == "after: membership, by loss"]
    assert all(math.isfinite(result.metric_value) for result in results)


def test_it_replaces_its_own_folder_and_no_other(tmp_path: Path) -> None:
    out = tmp_path / "models"
    first = build(out)
    (out / "README.md").write_text("edited")
    assert build(out) == first
    assert (out / "README.md").read_text().startswith("---\n")
    (out / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"also holds notes\.txt"):
        build(out)
    shipped = copied(tmp_path / "shipped")
    with pytest.raises(ValueError, match="is a model folder without a card"):
        build(shipped)
    assert (shipped / "plots/confusion.png").is_file()


def test_models_without_a_whole_audit_of_their_own_are_refused(tmp_path: Path) -> None:
    models, out = copied(tmp_path / "models"), tmp_path / "out"
    audit = models / "audit.json"
    write_json(audit, sealed({**AUDIT, "about": {**AUDIT["about"], "run_sha256": "0" * 64}}))
    with pytest.raises(CheckpointError, match="about another model"):
        build(out, models=models)
    audit.write_text(audit.read_text().replace("shallow", "alike"))
    with pytest.raises(CheckpointError, match="damaged"):
        build(out, models=models)
    audit.unlink()
    with pytest.raises(FileNotFoundError, match="have not been audited"):
        build(out, models=models)
    (models / "after.onnx").write_bytes(b"x")
    with pytest.raises(CheckpointError):
        build(out, models=models)
    assert not out.exists()


def test_data_whose_terms_nobody_looked_up_are_refused() -> None:
    with pytest.raises(ValueError, match="terms of kmnist are not on record"):
        source_of("kmnist")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("license: mit", "license: [mit]", "license must be a word"),
        ("library_name: onnxruntime\n", "", "library_name must be a word"),
        ("pipeline_tag: image-classification", "pipeline_tag: ''", "pipeline_tag must be a word"),
        ("- machine-unlearning", "- 3", "tags must be a list of words"),
        ("datasets:\n- ylecun/mnist\n", "datasets: ylecun/mnist\n", "datasets must be a list"),
        ("value: 0.9963", "value: .nan", "before: accuracy on all test images must be a number"),
        ("value: 0.9963", "value: 'high'", "must be a number, got 'high'"),
        ("model-index:", "model-indices:", "no evaluation results"),
        ("    dataset:\n", "    data:\n", "model_index"),
    ],
)
def test_a_card_that_the_hub_would_not_understand(
    folder: Path, old: str, new: str, words: str
) -> None:
    card = (folder / "README.md").read_text()
    check_card(card)
    assert old in card
    with pytest.raises(ValueError, match=re.escape(words)):
        check_card(card.replace(old, new, 1))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with fake_hub() as running:
        yield running


def run(*flags: str, **more: str) -> "tuple[int, str, str]":
    """The command in a process of its own: code, stdout, stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "export.hub", *flags],
        cwd=ROOT,
        env=clean_environment(**more),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def push(hub: Hub, out: Path, token: str = "hf_good") -> "tuple[int, str, str]":
    """`--push` against the fake."""
    there = {"HF_ENDPOINT": hub.address, "HF_HOME": str(out.parent / "home"), "HF_TOKEN": token}
    found = run("--out", str(out), "--push", "ada/forget", "--space", "ada/page", **there)
    assert token not in found[1] + found[2]
    return found


def test_push_makes_a_model_repository_and_then_brings_it_up_to_date(
    hub: Hub, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    code, said, errors = push(hub, out)
    assert code == 0, errors
    assert said.endswith(f"it is at {hub.address}/ada/forget\n") and hub.spaces == {}
    there = hub.models["ada/forget"]
    here = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name: data for name, data in there.items() if name != ".gitattributes"} == here
    assert len(hub.large) == 9, "weights travel as large files"
    there["old.onnx"] = b"of an older version"
    assert push(hub, out)[0] == 0
    assert "old.onnx" not in there and ".gitattributes" in there
    assert sum("/commit/" in asked for asked in hub.asked) == 2, "one commit each"


def test_push_leaves_another_repository_alone(hub: Hub, tmp_path: Path) -> None:
    mine = {"README.md": b"mine", "manifest.json": b"{}", "model.bin": b"mine"}
    hub.models["ada/forget"] = dict(mine)
    code, _, errors = push(hub, tmp_path / "models")
    assert code == 1 and "holds manifest.json and was not made by this command" in errors
    assert hub.models["ada/forget"] == mine


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("hf_read", "the token does not allow it; make one with write permission (HTTP 403"),
        ("hf_wrong", "the token in HF_TOKEN was refused"),
    ],
)
def test_push_says_in_one_line_what_the_hub_refused(
    hub: Hub, tmp_path: Path, token: str, words: str
) -> None:
    code, _, errors = push(hub, tmp_path / "models", token)
    assert code == 1 and words in errors and "Space" not in errors
    assert errors.splitlines()[-1].startswith("error: cannot push ada/forget: ")


def test_push_says_in_one_line_that_a_large_file_was_refused(hub: Hub, tmp_path: Path) -> None:
    hub.full = True
    code, _, errors = push(hub, tmp_path / "models")
    assert code == 1 and errors.endswith("write permission (HTTP 403: no room)\n")
    assert "Traceback" not in errors and set(hub.models["ada/forget"]) == {".gitattributes"}


def test_the_command_prints_sizes_and_mistakes_in_one_line(tmp_path: Path) -> None:
    code, said, errors = run("--out", str(tmp_path / "models"))
    assert code == 0, errors
    assert re.search(r"^after\.onnx +1 +1,\d{3},\d{3}$", said, re.MULTILINE)
    assert f"beside them: {', '.join(BESIDE)}\n" in said
    told = json.loads(run("--out", str(tmp_path / "models"), "--json")[1])
    assert told["format"] == MODELS_FORMAT and told["address"] is None
    new = ("--out", str(tmp_path / "new"))
    for flags, words in (
        (("--out", str(MODELS_DIR)), "is a model folder without a card"),
        ((*new, "--push", "ada/forget"), "environment variable HF_TOKEN"),
        ((*new, "--push", "forget"), "--push takes USER/NAME"),
        ((*new, "--space", "x y/z"), "--space takes USER/NAME"),
    ):
        code, _, errors = run(*flags)
        assert code == 1 and words in errors
        assert errors.startswith("error: ") and errors.count("\n") == 1
    assert not (tmp_path / "new").exists(), "refused before anything was built"
