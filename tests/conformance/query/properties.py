"""Predicate, SQL and the predicate of the canonical text select the same objects.

`python -m tests.conformance.query.properties --filters 100000` runs it at length.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import Unsupported
from gateway.query import parse, render
from tests.conformance.query.population import fill
from tests.conformance.query.world import open_world
from tests.conformance.query.writer import Writer

if TYPE_CHECKING:
    from tests.conformance.query.world import World

#: What is asked for, each as often as it stands here.
TYPES = (
    "UserType", "UserType", "UserType", "TaskType", "TaskType", "RoleType", "OrgType", "ObjectType",
    "FocusType", "AssignmentType", "OperationExecutionType", "ObjectReferenceType",
)  # fmt: skip
#: How deep a filter nests; depth costs time by powers.
DEPTHS = (0, 1, 1, 2, 2, 2, 3)


def one_filter(chance: random.Random) -> tuple[str, str]:
    """A filter and the type that it is for."""
    writer, type_name = Writer(chance), chance.choice(TYPES)
    depth = chance.choice(DEPTHS)
    if type_name == "ObjectReferenceType":
        return writer.reference_query(max(depth, 1)), type_name
    return writer.filter(type_name, depth), type_name


def check(world: World, text: str, type_name: str) -> int | None:
    """How many objects all ways select; None if the filter is not served."""
    try:
        selected = world.select(text, type_name)
    except Unsupported:
        return None
    tree = parse(text)
    canonical = render(tree)
    assert parse(canonical) == tree, text
    assert world.by_predicate(canonical, type_name) == selected, text
    return len(selected)


def run(world: World, seed: int, filters: int) -> Counter[str]:
    """Check that many filters, and count what they select."""
    figures: Counter[str] = Counter()
    for number in range(filters):
        text, type_name = one_filter(random.Random(f"{seed}/{number}"))
        selected = check(world, text, type_name)
        figures["not served" if selected is None else "none" if not selected else "some"] += 1
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filters", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder) / "world.db")
        fill(world, random.Random(7))
        started = time.monotonic()
        figures = run(world, wanted.seed, wanted.filters)
        seconds = time.monotonic() - started
        world.connection.close()
    listed = ", ".join(f"{kind} {count}" for kind, count in sorted(figures.items()))
    print(f"{wanted.filters} filters agree in {seconds:.0f} s; objects selected: {listed}")


if __name__ == "__main__":
    main()
