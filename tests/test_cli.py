"""Commands as a user types them: results on stdout, one line on stderr, exit codes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forgetdemo.cli import main
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.version import VERSION
from tests.helpers.idx import write_idx


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_idx(folder / "KMNIST" / "raw", train=120)
    return folder


def line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of an error; nothing on stdout."""
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1, err
    return err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert (stop.value.code, capsys.readouterr().out) == (0, f"forgetdemo {VERSION}\n")


@pytest.mark.parametrize("command", [[], ["app"], ["train"], ["unlearn"], ["predict"]])
def test_help_is_instant_and_imports_nothing_heavy(command: list[str]) -> None:
    script = (
        "import sys; from forgetdemo.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'gradio', 'matplotlib', 'onnxruntime', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", script, *command, "--help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    assert time.perf_counter() - start < 1


def test_train_unlearn_evaluate(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(data), "--json"]
    original, run = tmp_path / "original", tmp_path / "run"
    flags = ["--recipe", "paper", "--epochs", "1", "--dataset", "kmnist", "--out", str(original)]
    assert main(["train", *flags, *where]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "kmnist"
    flags = ["--original", str(original), "--out", str(run), "--forget", "2", "--replace", "none"]
    flags += ["--steps", "3", "--pool-per-class", "5"]
    assert main(["unlearn", *flags, *where]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["forget_class"] == 2 and result["redirect_to"] is None
    assert result["run"] == str(run) and (run / "plots" / "confusion.png").is_file()
    assert main(["evaluate", "--run", str(run), *where]) == 0
    assert json.loads(capsys.readouterr().out)["after"] == result["after"]
    assert main(["evaluate", "--run", str(run), "--data", str(data)]) == 0
    assert "ceiling" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["unlearn", "--forget", "6", "--replace", "6"], "choose two different digits"),
        (["unlearn", "--forget", "11"], "must be a digit 0..9, got 11"),
        (["unlearn", "--mask-fraction", "2"], "mask_fraction must be a number in"),
        (["unlearn", "--original", "no-such-folder"], "does not exist"),
        (["unlearn", "--layers", "fc9"], "layers must be some of"),
        (["unlearn", "--engine", "onnx", "--method", "ssd"], "ssd needs torch"),
        (["evaluate", "--run", "tests"], "unfinished or not a run"),
        (["evaluate", "--run", "README.md"], "README.md is a file; name the folder of a run"),
        (["audit", "--run", "assets/models", "--oracles", "0"], "number of oracles must be"),
        (["train", "--epochs", "0"], "epochs must be a whole number"),
        (["train", "--data", "no-such-folder"], "is not a folder"),
        (["train", "--out", "tests"], "choose another --out"),
        (["predict", "no-such.png"], "no-such.png"),
        (["predict", "README.md"], "README.md"),
        (["predict", "tests"], "tests is a folder; give a picture"),
    ],
)
def test_a_user_s_mistake_is_one_line(
    flags: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(flags) == 1
    assert words in line(capsys)


def test_what_is_no_list_of_seeds_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("x", "1,", "1.5"):
        with pytest.raises(SystemExit):
            main(["sweep", "--out", "o", "--seeds", text])
        assert "must be how many, or seeds with commas in between" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["fly"], ["unlearn", "--forget", "six"], ["predict"]])
def test_unknown_words_end_with_2(flags: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(flags)
    assert stop.value.code == 2


def test_what_is_no_substitute_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["unlearn", "--replace", "three"])
    assert "--replace: must be a digit or none, got 'three'" in capsys.readouterr().err


def test_ctrl_c_writes_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from forgetdemo.stages import train

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "train_original", interrupted)
    flags = ["--dataset", "kmnist", "--data", str(data), "--out", str(tmp_path / "run")]
    assert main(["train", *flags]) == 130
    assert "nothing was written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_predict_runs_on_onnxruntime_alone() -> None:
    """The shipped pair, a real six: Before 6, After 3; torch is blocked."""
    script = (
        "import sys, tempfile, pathlib; sys.modules['torch'] = None\n"
        "import numpy as np; from PIL import Image\n"
        "from forgetdemo.cli import main; from forgetdemo.data import load_dataset\n"
        "test = load_dataset().test; six = test.pixels[np.flatnonzero(test.labels == 6)[0]]\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    path = pathlib.Path(folder) / 'six.png'; Image.fromarray(six).save(path)\n"
        "    code = main(['predict', str(path), '--json'])\n"
        "assert 'gradio' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    models = json.loads(done.stdout)["models"]
    assert models["before"]["answer"] == 6 and models["after"]["answer"] == 3
    assert len(models["after"]["probabilities"]) == 10


def test_predict_of_what_holds_no_digit_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words on stderr, or as JSON that says why; a script sees it by the code."""
    Image.new("L", (50, 40), 255).save(tmp_path / "blank.png")
    assert main(["predict", str(tmp_path / "blank.png")]) == 1
    assert "blank.png: No ink found" in line(capsys)
    assert main(["predict", str(tmp_path / "blank.png"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["answered"], found["digits"], found["models"]["before"]["answer"]) == (
        0,
        [],
        None,
    )


def test_predict_writes_its_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = np.zeros((100, 80), np.uint8)
    mask[20:80, 38:44] = 190
    Image.fromarray(220 - mask).save(tmp_path / "one.png")
    assert main(["predict", str(tmp_path / "one.png"), "--steps", str(tmp_path / "steps")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Before: 1, ")
    assert [Path(name).name for name in err.split()] == [
        *("1-picture.png", "2-ink.png", "3-digit-1.png")
    ]
    assert all(Path(name).is_file() for name in err.split())
