"""No module needs itself, on whatever way: circles of imports, those for annotations included."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from tests.architecture.test_imports import MODULES, PACKAGE, parsed

if TYPE_CHECKING:
    from pathlib import Path


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def needed(path: Path) -> set[str]:
    """The modules of ours that one imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            members = {f"{node.module}.{each.name}" for each in node.names}
            found |= (members & NAMES) or ({node.module} & NAMES)
    return found - {name_of(path)}


def test_no_circle_of_imports_stands_even_for_annotations() -> None:
    graph = {name_of(path): needed(path) for path in MODULES}
    assert sum(map(len, graph.values())) > 1_000
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from error
