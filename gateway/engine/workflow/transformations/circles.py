"""Steps that need themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.workflow.transformations.model import FromStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.engine.workflow.transformations.model import TransformationStep


def find_circle(steps: Mapping[int, TransformationStep]) -> list[int]:
    """The ids of steps that need one another in a circle, or none."""
    done: set[int] = set()
    for start in steps:
        if start not in done and (found := _circle_from(start, steps, done)):
            return found
    return []


def _circle_from(start: int, steps: Mapping[int, TransformationStep], done: set[int]) -> list[int]:
    """Goes on from a step without calling itself, as ways may be long."""
    way = [start]
    open_ways = [_needs(steps[start])]
    on_way = {start}
    while way:
        wanted = next(open_ways[-1], None)
        if wanted is None:
            open_ways.pop()
            done.add(last := way.pop())
            on_way.discard(last)
        elif wanted in on_way:
            return way[way.index(wanted) :]
        elif wanted not in done and wanted in steps:
            way.append(wanted)
            on_way.add(wanted)
            open_ways.append(_needs(steps[wanted]))
    return []


def _needs(step: TransformationStep) -> Iterator[int]:
    for branch in step.branches:
        yield branch.step
    for links in step.links.values():
        for link in links:
            for branch in link.branches:
                yield branch.step
            if isinstance(link.source, FromStep):
                yield link.source.step
