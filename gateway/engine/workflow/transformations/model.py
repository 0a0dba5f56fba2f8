"""A transformation as values: functions of steps, and the links between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a step does.
METHOD, DECLARATION, FUNCTION, TEMPLATE, CONTEXT = (
    "method",
    "declaration",
    "function",
    "template",
    "context",
)


@dataclass(frozen=True, slots=True)
class FromInput:
    """An incoming value, or a part of it."""

    name: str
    pointer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FromStep:
    """What a step gives, or a part of it."""

    step: int
    pointer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One way of a step that branches: 0 and 1 of an `if`, from 1 the cases of a `switch`."""

    step: int
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A value that goes to an argument or an output, if all its branches are taken."""

    source: FromInput | FromStep
    #: Where it goes inside an output.
    pointer: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TransformationStep:
    """A call, with what is written and what is linked at each position of its arguments."""

    id: int
    kind: str
    #: The method as `library.method`, or the id of the function.
    name: str
    arguments: tuple[Any, ...] = ()
    links: Mapping[int, tuple[Link, ...]] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    #: Which form of a declaration is meant, if it says so.
    overload: int | None = None
    #: The values of a `switch`.
    cases: tuple[Any, ...] = ()
    template: str = ""

    @property
    def count(self) -> int:
        """The number of positions: links may go beyond what is written."""
        return max(len(self.arguments), *(position + 1 for position in self.links), 0)

    def is_given(self, position: int) -> bool:
        """Whether anything is there: null that is written without a link is nothing."""
        is_written = position < len(self.arguments) and self.arguments[position] is not None
        return is_written or position in self.links


@dataclass(frozen=True, kw_only=True, slots=True)
class TransformationInput:
    """An incoming value as it is declared."""

    name: str
    schema: Mapping[str, Any]
    #: Of an object of all further arguments: its keys, and which argument each is.
    further: tuple[tuple[str, int], ...] = ()
    #: Whether it stands for further arguments.
    is_context: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """Steps between incoming and outgoing values."""

    id: str
    inputs: tuple[TransformationInput, ...]
    #: Schemas of the outgoing values by name.
    outputs: Mapping[str, Mapping[str, Any]]
    steps: Mapping[int, TransformationStep]
    #: By outgoing value, links to all of it before links into it.
    results: Mapping[str, tuple[Link, ...]]
    functions: Mapping[str, Function]


@dataclass(frozen=True, kw_only=True, slots=True)
class Transformation:
    """A document that can be run."""

    id: str
    name: str
    body: Function
