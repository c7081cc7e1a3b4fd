"""How a class is brought back: settings refuse what cannot be meant, drawings what is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.records import from_json
from forgetdemo.settings.relearning import RelearnConfig, check_drawings, measured_steps


@given(st.integers(1, 4096))
def test_measured_steps_double(steps: int) -> None:
    points = measured_steps(steps)
    assert points[0] == 0 and points[-1] == steps and points == sorted(set(points))
    assert all(b <= 2 * a for a, b in zip(points[1:], points[2:], strict=False))


@pytest.mark.parametrize(
    "bad",
    [{"images": -1}, {"steps": 0}, {"lr": float("nan")}, {"forget_class": 10}, {"seed": 1.5}],
)
def test_settings_out_of_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        from_json(RelearnConfig, bad)
    with pytest.raises(ValueError, match="unknown settings"):
        from_json(RelearnConfig, {"speed": 1})


def test_drawings_are_checked() -> None:
    good = np.full((2, 28, 28), 9, np.uint8)
    assert check_drawings(good) is good
    with pytest.raises(ValueError, match="drawing 2 is blank"):
        check_drawings(np.stack([good[0], 0 * good[0]]))
    for bad in (good.astype(float), good[0], good[:0], good[:, :20]):
        with pytest.raises(ValueError, match="drawings"):
            check_drawings(bad)
