"""How commands end: codes and one line, and our own faults keep their traceback."""

import pytest

from forgetdemo.terminal import ended


def raises(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(("code", "expected"), [(None, 0), (0, 0), (1, 1)])
def test_the_work_decides_its_code(code: int | None, expected: int) -> None:
    assert ended(lambda: code) == expected


@pytest.mark.parametrize("error", [ValueError("two\nlines"), OSError("two\nlines")])
def test_a_mistake_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(lambda: raises(error)) == 1
    assert capsys.readouterr().err == "error: two lines\n"


def test_ctrl_c_says_what_became_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(lambda: raises(KeyboardInterrupt()), "stopped") == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        ended(lambda: raises(KeyError("x")))
