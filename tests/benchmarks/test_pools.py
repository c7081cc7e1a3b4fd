"""The comparison of pools runs and prints a row for each."""

import pytest

from benchmarks.pools import main


def test_a_row_for_each_pool(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--counts", "20", "--pairs", "1"])
    rows = [line.split("|")[1:3] for line in capsys.readouterr().out.splitlines()[2:]]
    assert rows == [[" random ", " 20 "], [" border ", " 20 "]]
