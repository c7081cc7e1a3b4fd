"""The figures of the house, on small houses worked by hand and on this one."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.structure import (
    HERE,
    JOURNEYS,
    circles,
    graph_of,
    heights,
    imports,
    journey,
    measure,
    reach,
    rooms_of,
    sources,
    table,
)

TEXTS = {
    "forgetdemo.cli": "def main():\n    from forgetdemo.work.run import go\n",
    "forgetdemo.work.run": "import forgetdemo.base\nfrom forgetdemo.work import step\n",
    "forgetdemo.work.step": "import forgetdemo.base\nimport os\n",
    "forgetdemo.base": "if TYPE_CHECKING:\n    from forgetdemo.cli import main\n",
}
FLOORS = {"forgetdemo.base": 1, "forgetdemo.work": 2, "forgetdemo.cli": 3}


def test_a_small_house() -> None:
    graph = graph_of(TEXTS)
    assert graph == {
        "forgetdemo.cli": ["forgetdemo.work.run"],
        "forgetdemo.work.run": ["forgetdemo.base", "forgetdemo.work.step"],
        "forgetdemo.work.step": ["forgetdemo.base"],
        "forgetdemo.base": [],
    }
    assert heights(rooms_of(graph)) == FLOORS
    assert max(heights(graph).values()) == 4
    assert circles(graph) == []
    way = journey(graph, FLOORS, ["forgetdemo.cli"])
    assert (way.modules, way.rooms, way.climbs) == (4, 3, 1)  # down to base, back up to step


def test_a_circle_is_found_and_counts_once() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}
    assert circles(graph) == [frozenset("bc")]
    assert heights(graph) == {"a": 3, "b": 2, "c": 2, "d": 1}


@given(st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8))
def test_heights_fall_along_every_arrow_outside_circles(arrows: list[set[int]]) -> None:
    graph = {str(at): [str(to) for to in sorted(others)] for at, others in enumerate(arrows)}
    height, rounds = heights(graph), circles(graph)
    for name, needs in graph.items():
        for need in needs:
            together = need == name or any({name, need} <= group for group in rounds)
            assert (height[need] == height[name]) if together else height[need] < height[name]
            assert need in reach(graph, [name])


def test_a_folder_without_the_packages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="name a checkout"):
        sources(tmp_path)


def test_this_house_has_every_journey_and_no_circle() -> None:
    figures = measure(Path(HERE))
    assert all(f"{name}: modules · rooms · climbs" in figures for name in JOURNEYS)
    for name in ("circles of files", "imports from `forgetdemo` to `export`"):
        assert figures[name] == "0"
    assert figures["imports from `export` to `ui`"] == "0"


def test_a_figure_that_a_checkout_lacks_is_a_dash() -> None:
    text = table({"before": {"rooms": "1"}, "after": {"rooms": "2", "doors": "3"}})
    assert text.splitlines()[2:] == ["| rooms | 1 | 2 |", "| doors | – | 3 |"]


def test_imports_of_other_projects_are_no_arrows() -> None:
    assert list(imports(ast.parse("import numpy"), {"forgetdemo.data": ""})) == []
