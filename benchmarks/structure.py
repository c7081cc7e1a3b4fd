"""`python -m benchmarks.structure [CHECKOUT …]`: the house in figures, a column per checkout.

Reads source as text and imports none of it, so that any version of the project can be measured. To
set this version beside the first one:

    git worktree add ../before c419e7b
    python -m benchmarks.structure ../before .

Counted are the files of `forgetdemo/` and `export/`; a package's `__init__.py` is a docstring and
no module. A *room* is what stands side by side when a package is opened: a folder, or a file in
none. An import counts wherever it stands, inside functions too, but not where only type checkers
read it. A room's *floor* is the length of the longest way down from it; a circle counts once.

A *journey* begins at the module that does the work and follows its imports in the order in which
they are written, each module once, as Python loads them. It *climbs* where the next module stands
on a higher floor than the one before.
"""

import argparse
import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = str(Path(__file__).parents[1])
PACKAGES = ("forgetdemo", "export")
Graph = Mapping[str, Sequence[str]]  # a name → what it imports, each once, in the order written

# A journey → the modules where it begins; of each pair, the one that a checkout has.
JOURNEYS = {
    "a drawing": [("forgetdemo.predict.answers", "forgetdemo.answers")],
    "a live run": [
        ("forgetdemo.live.manager", "forgetdemo.runs"),
        ("export.worker", "forgetdemo.worker"),  # the worker's process, which begins anew
    ],
    "an unlearn": [("forgetdemo.stages.unlearn", "forgetdemo.pipeline")],
    "a relearn": [("forgetdemo.stages.relearn", "forgetdemo.relearn")],
    "an audit": [("forgetdemo.audit.audit", "forgetdemo.audit")],
}


def sources(checkout: Path) -> dict[str, str]:
    """Module name → source text.

    Raises:
        FileNotFoundError: the folder holds none of the packages.
    """
    paths = [path for package in PACKAGES for path in (checkout / package).rglob("*.py")]
    found = {
        ".".join(path.relative_to(checkout).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(paths)
        if path.name != "__init__.py"
    }
    if not found:
        raise FileNotFoundError(f"no {' or '.join(PACKAGES)} in {checkout}: name a checkout")
    return found


def imports(node: ast.AST, modules: Mapping[str, object]) -> Iterator[str]:
    """Which of `modules` this code may import, in the order written."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        whole = [f"{node.module}.{alias.name}" for alias in node.names]
        names = [name for name in whole if name in modules] or [node.module]
    yield from (name for name in names if name in modules)
    for child in ast.iter_child_nodes(node):
        yield from imports(child, modules)


def graph_of(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Who imports whom."""
    return {name: list(dict.fromkeys(imports(ast.parse(t), texts))) for name, t in texts.items()}


def room_of(module: str) -> str:
    """forgetdemo.files.run → forgetdemo.files; forgetdemo.data is a room of its own."""
    return ".".join(module.split(".")[:2])


def rooms_of(graph: Graph) -> dict[str, list[str]]:
    """The same graph with rooms for modules; what a room imports of itself is left out."""
    rooms: dict[str, dict[str, None]] = {}
    for module, needs in graph.items():
        here = room_of(module)
        others = (room_of(name) for name in needs)
        rooms.setdefault(here, {}).update(dict.fromkeys(room for room in others if room != here))
    return {room: list(others) for room, others in rooms.items()}


def reach(graph: Graph, starts: Sequence[str]) -> list[str]:
    """All that `starts` import, through others too, in the order in which loading begins."""
    seen: dict[str, None] = {}
    waiting = list(reversed(starts))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = None
            waiting += reversed(graph[name])
    return list(seen)


def circles(graph: Graph) -> list[frozenset[str]]:
    """Groups of names that import each other, directly or through others."""
    below = {name: set(reach(graph, [name])) for name in graph}
    groups = {frozenset(other for other in below[name] if name in below[other]) for name in graph}
    return [group for group in groups if len(group) > 1]


def heights(graph: Graph) -> dict[str, int]:
    """How many names the longest way down from each passes, itself included."""
    group = {name: frozenset([name]) for name in graph}
    group |= {name: circle for circle in circles(graph) for name in circle}
    height: dict[str, int] = {}
    for name in sorted(graph, key=lambda each: len(reach(graph, [each]))):  # the lowest come first
        below = {need for member in group[name] for need in graph[member]} - group[name]
        height |= dict.fromkeys(group[name], 1 + max((height[need] for need in below), default=0))
    return height


@dataclass(frozen=True)
class Journey:
    """What one piece of work passes through."""

    modules: int
    rooms: int
    climbs: int


def journey(graph: Graph, floors: Mapping[str, int], starts: Sequence[str]) -> Journey:
    """Follow the imports of `starts`. `floors`: of every room, as `heights` counts them."""
    modules = reach(graph, starts)
    way = [floors[room_of(module)] for module in modules]
    climbs = sum(after > before for before, after in zip(way, way[1:], strict=False))
    return Journey(len(modules), len({room_of(module) for module in modules}), climbs)


def measure(checkout: Path) -> dict[str, str]:
    """Every figure of one checkout, by name, as text.

    Raises:
        FileNotFoundError: the folder holds none of the packages.
    """
    texts = sources(checkout)
    graph = graph_of(texts)
    rooms = rooms_of(graph)
    floors = heights(rooms)
    package = [name for name in texts if name.startswith("forgetdemo.")]
    folders = {name.rpartition(".")[0] for name in texts}
    edges = [(name, need) for name, needs in graph.items() for need in needs]
    figures = {
        "folders": len(folders),
        "modules": len(texts),
        "lines": sum(len(text.splitlines()) for text in texts.values()),
        "files and folders side by side in `forgetdemo/`": len({room_of(n) for n in package}),
        "floors of rooms": max(floors.values()),
        "arrows between rooms": sum(len(needs) for needs in rooms.values()),
        "imports between files": len(edges),
        "longest chain of files": max(heights(graph).values()),
        "circles of files": len(circles(graph)),
        "imports from `forgetdemo` to `export`": sum(
            name.startswith("forgetdemo.") and need.startswith("export.") for name, need in edges
        ),
        "imports from `export` to `ui`": sum(
            name.startswith("export.") and need.startswith("forgetdemo.ui.") for name, need in edges
        ),
    }
    shown = {name: f"{value:,}" for name, value in figures.items()}
    for name, starts in JOURNEYS.items():
        begin = [next((m for m in names if m in graph), None) for names in starts]
        if None not in begin:
            way = journey(graph, floors, [module for module in begin if module])
            shown[f"{name}: modules · rooms · climbs"] = (
                f"{way.modules} · {way.rooms} · {way.climbs}"
            )
    return shown


def table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """Figures as a Markdown table: a row per figure, a column per checkout."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [f"| | {' | '.join(columns)} |", f"|---{'|---:' * len(columns)}|"]
    for name in names:
        values = (column.get(name, "–") for column in columns.values())
        lines.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.structure")
    parser.add_argument("checkouts", nargs="*", default=[HERE], metavar="CHECKOUT")
    try:
        columns = {path: measure(Path(path)) for path in parser.parse_args().checkouts}
    except FileNotFoundError as error:
        parser.error(str(error))
    print(table(columns))


if __name__ == "__main__":
    main()
