"""What the links of a document say: from where, to where, and in which branches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gateway.engine.workflow.transformations.model import Branch, FromInput, FromStep, Link

#: The farthest position of an argument.
MAX_ARGUMENTS = 256
_ARGUMENT = re.compile(r"/args/([0-9]{1,3})/value")
_BRANCH = re.compile(r"/([0-9]{1,9})\[([0-9]{1,6})\]")
_STEP_LOCATIONS = frozenset({"method", "declaration", "function", "template", "context"})


class Malformed(ValueError):
    """A part of a document cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class ToOutput:
    """An outgoing value."""

    name: str


@dataclass(frozen=True, slots=True)
class ToArgument:
    """A position of a step's arguments."""

    step: int
    position: int


@dataclass(frozen=True, slots=True)
class ToContext:
    """Where a branch begins: for display, as the steps tell their branches themselves."""

    step: int


Target = ToOutput | ToArgument | ToContext


def read_link(document: dict[str, Any]) -> tuple[Link, Target]:
    """A link and its target; raises `Malformed`."""
    source = _source(document.get("from"))
    target, pointer = _target(document.get("to"))
    branches = read_branches(document.get("context"))
    return Link(source=source, pointer=pointer, branches=branches), target


def _end(value: Any, side: str) -> tuple[str, Any, str]:
    if not isinstance(value, dict):
        raise Malformed(f"A link needs '{side}', an object of location, name and ptr.")
    pointer = value.get("ptr", "")
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise Malformed(f"The 'ptr' of '{side}' must be a JSON pointer.")
    location, name = value.get("location"), value.get("name")
    if location in _STEP_LOCATIONS and (not isinstance(name, int) or isinstance(name, bool)):
        raise Malformed(f"The 'name' of '{side}' must be the id of a step, a number.")
    return str(location), name, pointer


def _source(value: Any) -> FromInput | FromStep:
    location, name, pointer = _end(value, "from")
    if location == "incoming":
        return FromInput(str(name), segments(pointer))
    if location not in _STEP_LOCATIONS:
        raise Malformed(f"A link cannot come from the location '{location}'.")
    way = segments(pointer)
    if way[:1] != ("return",):
        raise Malformed("A link from a step needs a 'ptr' that begins with /return.")
    return FromStep(name, way[1:])


def _target(value: Any) -> tuple[Target, tuple[str, ...]]:
    location, name, pointer = _end(value, "to")
    if location == "outgoing":
        return ToOutput(str(name)), segments(pointer)
    if location not in _STEP_LOCATIONS:
        raise Malformed(f"A link cannot go to the location '{location}'.")
    if pointer == "/context":
        return ToContext(name), ()
    found = _ARGUMENT.fullmatch(pointer)
    if found is None or int(found[1]) >= MAX_ARGUMENTS:
        raise Malformed(
            f"A link to a step needs a 'ptr' /args/N/value with N below {MAX_ARGUMENTS}."
        )
    return ToArgument(name, int(found[1])), ()


def segments(pointer: str) -> tuple[str, ...]:
    """The keys of a JSON pointer (RFC 6901)."""
    keys = pointer.split("/")[1:]
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in keys)


def read_branches(context: Any) -> tuple[Branch, ...]:
    """The branches that a context such as `#/1[1]/14[0]` lies in; raises `Malformed`."""
    if context is None or context in ("", "#"):
        return ()
    text = context.removeprefix("#") if isinstance(context, str) else ""
    if not re.fullmatch(f"(?:{_BRANCH.pattern})+", text):
        raise Malformed("A context is written as # or #/N[M].")
    return tuple(Branch(int(step), int(number)) for step, number in _BRANCH.findall(text))
