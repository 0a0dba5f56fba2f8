"""Transformations for tests, put together call by call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from gateway.engine.workflow.transformations import read_transformation

if TYPE_CHECKING:
    from gateway.engine.workflow.transformations.model import Transformation


@dataclass(frozen=True)
class Linked:
    """Where a link begins."""

    location: str
    name: Any
    pointer: str


class Draft:
    """A document under way; steps and outputs are added in turn."""

    def __init__(self, *inputs: str) -> None:
        self.incoming: dict[str, dict[str, Any]] = {name: {"$id": name} for name in inputs}
        self.outgoing: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.functions: list[dict[str, Any]] = []
        self._last: Linked | None = None

    def input(self, name: str, **schema: Any) -> Linked:
        self.incoming[name] = {"$id": name} | schema
        return Linked("incoming", name, "")

    def call(self, name: str, *arguments: Any, overload: int | None = None) -> Linked:
        """A method by library and name, or `function f`."""
        key = len(self.steps) + 1
        written = [None if isinstance(each, Linked) else each for each in arguments]
        step: dict[str, Any] = {"id": key, "type": "method", "args": written}
        if name.startswith("function "):
            step |= {"type": "function", "function": name.split(" ", 1)[1]}
        else:
            step["library"], step["method"] = name.split(".", 1)
        if overload is not None:
            step |= {"type": "declaration", "polymorphIndex": overload}
        self.steps.append(step)
        for position, each in enumerate(arguments):
            if isinstance(each, Linked):
                self._link(each, "method", key, f"/args/{position}/value")
        self._last = Linked("method", key, "/return")
        return self._last

    def calling(self, name: str, *arguments: Any, overload: int | None = None) -> Self:
        self.call(name, *arguments, overload=overload)
        return self

    def to(self, name: str, value: Any = None, **schema: Any) -> Self:
        """An outgoing value: one that is given, or the last call's."""
        self.outgoing = [each for each in self.outgoing if each["$id"] != name]
        self.steps = [each for each in self.steps if each.get("to", {}).get("name") != name]
        self.outgoing.append({"$id": name} | schema)
        source = value if isinstance(value, Linked) else self._last
        if source is not None:
            self._link(source, "outgoing", name, "")
        return self

    def with_function(
        self, name: str, count: int, calls: str = "Array.new Array", order: tuple[int, ...] = ()
    ) -> Self:
        """A function of so many inputs that calls a method with some of them."""
        inner = Draft()
        inputs = [inner.input(f"i{index}") for index in range(count)]
        inner.calling(calls, *(inputs[index] for index in order or range(min(count, 2)))).to("r")
        self.functions.append({"id": name, "name": name} | inner.document)
        return self

    @property
    def document(self) -> dict[str, Any]:
        return {
            "incoming": list(self.incoming.values()),
            "outgoing": self.outgoing,
            "steps": self.steps,
            "functions": self.functions,
        }

    def _link(self, source: Linked, location: str, name: Any, pointer: str) -> None:
        begin = {"location": source.location, "name": source.name, "ptr": source.pointer}
        end = {"location": location, "name": name, "ptr": pointer}
        key = len(self.steps) + 1
        self.steps.append({"id": key, "type": "assign", "from": begin, "to": end})


def made(draft: Draft) -> Transformation:
    """The transformation of a draft, which must have no flaws."""
    reading = read_transformation({"name": "draft"} | draft.document)
    assert reading.flaws == ()
    assert reading.transformation is not None
    return reading.transformation
