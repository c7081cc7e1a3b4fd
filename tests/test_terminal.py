"""How commands end, and how their progress is told: codes, one line, an honest time left."""

import sys

import pytest

from forgetdemo.terminal import bar, ended


def raises(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(("code", "expected"), [(None, 0), (0, 0), (1, 1)])
def test_the_work_decides_its_code(code: int | None, expected: int) -> None:
    assert ended(lambda: code) == expected


@pytest.mark.parametrize("error", [ValueError("two\nlines"), OSError("two\nlines")])
def test_a_mistake_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(lambda: raises(error)) == 1
    assert capsys.readouterr().err == "error: two lines\n"


def test_a_package_that_is_missing_is_named_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(lambda: raises(ModuleNotFoundError("…", name="torch"))) == 1
    words = "error: torch is not installed; run pip install -r requirements.txt\n"
    assert capsys.readouterr().err == words


def test_ctrl_c_says_what_became_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(lambda: raises(KeyboardInterrupt()), "stopped") == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize(
    "error", [KeyError("x"), ModuleNotFoundError("…", name="forgetdemo.nothing")]
)
def test_a_fault_of_ours_is_not_hidden(error: Exception) -> None:
    with pytest.raises(type(error)):
        ended(lambda: raises(error))


def test_runs_that_were_found_say_nothing_about_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """90 of 100 were there, one took a second: nine are left, nine seconds to go."""
    clock = [1000.0]
    monkeypatch.setattr("tqdm.std.time", lambda: clock[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with bar("sweep", "run", ()) as progress:
        clock[0] += 0.001
        progress({"run": 90, "of": 100, "found": True})
        clock[0] += 1
        progress({"run": 91, "of": 100})
    assert "91/100 [00:01<00:09" in capsys.readouterr().err


def test_a_log_gets_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is no terminal, as in a cluster's job; without `lines`, nothing is said."""
    for lines, every, said in ((True, 0.0, 2), (True, 1e9, 0), (False, 0.0, 0)):
        monkeypatch.setattr("forgetdemo.terminal.EVERY", every)
        with bar("sweep", "run", (), lines=lines) as progress:
            progress({"run": 1, "of": 2})
            progress({"run": 2, "of": 2})
        found = capsys.readouterr().err.splitlines()
        assert len(found) == said and all("/2 [" in line and "<" in line for line in found)
