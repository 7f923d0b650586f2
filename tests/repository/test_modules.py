"""Modules are short, and can be read one after another: none leads back to itself by imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .files import CHECKOUT

MOST_LINES = 400
# a phase is made of a lifecycle's parts, and a lifecycle has phases; for its type alone
STILL_BACK = {"pytest_cnb_report/reference/phase.py": {"pytest_cnb_report/reference/lifecycle.py"}}
FOLDERS = (
    "benchmarks",
    "conformance",
    "examples",
    "fixtures",
    "pytest_cnb_report",
    "tests",
    "website",
)
IMPORTED_FROM = (CHECKOUT, CHECKOUT / "tests")


def modules() -> list[Path]:
    """Every module of the project."""
    return [path for folder in FOLDERS for path in sorted((CHECKOUT / folder).rglob("*.py"))]


def names(path: Path) -> list[str]:
    """The names that a module can be imported by."""
    found = []
    for root in IMPORTED_FROM:
        if path.is_relative_to(root):
            parts = path.relative_to(root).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def wanted(path: Path, known: Mapping[str, Path]) -> Iterator[Path]:
    """The modules that a module imports anywhere, for its types alone too."""
    package = names(path)[0].split(".")[: None if path.name == "__init__.py" else -1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        found = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            # `from package import module` is about the module, not about its package
            inner = [f"{source}.{alias.name}" for alias in node.names]
            found = [name if name in known else source for name in inner]
        yield from (known[name] for name in found if name in known)


def imports(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Which modules each module imports, all by their paths in the checkout."""
    known = {name: path for path in paths for name in names(path)}
    return {
        place(path): {place(each) for each in wanted(path, known)} - {place(path)}
        for path in known.values()
    }


def place(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """A way that leads back to where it begins; empty where there is none."""
    done: set[str] = set()

    def search(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node not in done:
            for after in sorted(graph.get(node, ())):
                if found := search(after, [*way, node]):
                    return found
            done.add(node)
        return []

    return next(filter(None, (search(node, []) for node in sorted(graph))), [])


def test_no_module_is_long() -> None:
    long = {
        place(path) for path in modules() if len(path.read_text("utf-8").splitlines()) > MOST_LINES
    }
    assert long == set()


def test_no_module_leads_back_to_itself_by_its_imports() -> None:
    graph = imports(modules())
    graph = {name: used - STILL_BACK.get(name, set()) for name, used in graph.items()}
    assert " imports ".join(cycle(graph)) == ""


def test_a_cycle_is_found() -> None:
    graph = {"a": {"b", "d"}, "b": {"c"}, "c": {"b"}, "d": set[str]()}
    assert cycle(graph) == ["b", "c", "b"]
    assert cycle({**graph, "c": {"d"}}) == []


def test_imports_are_found_wherever_they_stand() -> None:
    graph = imports(modules())
    package = "pytest_cnb_report"
    main = graph[f"{package}/cli/self_test.py"]
    assert f"{package}/selftest/matrix.py" in main  # for types alone
    assert f"{package}/selftest/listing.py" in main  # in a function, of its package
    assert f"{package}/selftest/__init__.py" not in main
    assert "tests/repository/files.py" in graph["tests/repository/test_modules.py"]
    assert "tests/processes.py" in graph["tests/selftest/test_pool.py"]
