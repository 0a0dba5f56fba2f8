"""Graphs in words, and a person who walks them without an engine."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import orjson

from gateway.engine.workflow.marks import Finish, Now
from gateway.engine.workflow.walk import Course
from gateway.model.job import Walk, walk_document, walk_of
from gateway.model.workflow import END, START, Edge, Graph, Step

NOW = "2026-01-05T09:15:00.000Z"


def moment(now: str = NOW) -> Now:
    """A moment in which new items get the ids `item 1` and so on."""
    numbers = count(1)
    return Now(now=now, new_id=lambda: f"item {next(numbers)}")


def reread(walk: Walk) -> Walk:
    """The walk, written as text and read again."""
    return walk_of(orjson.loads(orjson.dumps(walk_document(walk))))


def edge(text: str) -> Edge:
    """An edge as `a -success-> b`; a state with `!` leads back."""
    source, middle, target = text.split()
    state = middle.strip("->")
    if state == "loop":
        return Edge(source=source, target=target, state="loop", way="loop")
    way = "revert" if state.endswith("!") else "standard"
    return Edge(source=source, target=target, state=state.rstrip("!"), way=way)


def graph(*edges: str, **steps: Any) -> Graph:
    """A graph of manual steps with these edges; `steps` says what is different in some."""
    found = tuple(edge(each) for each in edges)
    keys = dict.fromkeys(key for e in found for key in (e.source, e.target))
    made = {
        key: replace(Step(key=key, name=key, kind="manual"), **steps.get(key, {}))
        for key in keys
        if key not in (START, END)
    }
    return Graph(name="g", steps=made, edges=found)


LINE = graph("workflow_start -success-> a", "a -success-> b", "b -success-> workflow_end")


class Person:
    """Walks a graph as an engine and a person together would."""

    def __init__(self, walked: Graph, now: str = NOW, **variables: Any) -> None:
        self.graph = walked
        self.walk = Course.begin(walked, variables, moment(now))
        self.course = Course(walked, self.walk, moment(now))

    def starts(self) -> list[str]:
        """Start what can start; which steps that were."""
        found = [step.key for step in self.course.startable()]
        for key in found:
            self.course.start(key)
        return found

    def ends(self, key: str, state: str = "success", **outputs: Any) -> list[str]:
        """A step ends; which steps start then."""
        self.course.finish(key, Finish(state=state, outputs=outputs, message=f"{key} was {state}"))
        return self.starts()

    def later(self, now: str) -> list[str]:
        """Read the walk back from its document at another time; which steps start then."""
        read = reread(self.course.walk)
        self.course = Course(self.graph, read, moment(now))
        self.course.pass_time()
        return self.starts()

    def status(self, key: str) -> str:
        """Where a step stands."""
        return self.course.state(key).status
