"""What a row of the table of methods says, and how arguments become what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gateway.engine.workflow.javascript.dates import Date
from gateway.engine.workflow.javascript.patterns import Pattern
from gateway.engine.workflow.javascript.values import (
    UNDEFINED,
    is_nothing,
    is_number,
    kind,
    to_number,
    to_text,
    to_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.engine.workflow.limits import WorkBudget


class CallFailed(Exception):
    """A method cannot do anything with its arguments; the message says why."""


class Callback(Protocol):
    """A function of the document that a method calls."""

    def __call__(self, *arguments: Any) -> Any:
        """Its only result."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is different in each run."""

    #: Milliseconds since 1970.
    now: Callable[[], float]
    #: From 0 to 1.
    random: Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What a method can use beside its arguments."""

    budget: WorkBudget
    surroundings: Surroundings
    #: The form of a declaration that is meant, if the step says so.
    overload: int | None = None

    def text(self, value: Any) -> str:
        """The value as a text."""
        return to_text(value, self.budget)


@dataclass(frozen=True, slots=True)
class Method:
    """One method: the kinds of its parameters and what it does.

    A kind with `?` may be missing and is `UNDEFINED` then; one with `*` is that of all that follow.
    """

    name: str
    kinds: tuple[str, ...]
    work: Callable[..., Any]

    @property
    def calls_back(self) -> bool:
        """Whether the second argument names a function of the document."""
        return self.kinds[1:2] in (("callback",), ("callback?",))

    def values(self, call: Call, arguments: Sequence[Any]) -> list[Any]:
        """The arguments as the method needs them; raises `CallFailed`."""
        found = []
        for position, kind_wanted in enumerate(self._kinds(len(arguments))):
            value = arguments[position] if position < len(arguments) else UNDEFINED
            if value is UNDEFINED and kind_wanted.endswith("?"):
                found.append(UNDEFINED)
            else:
                found.append(self._convert(call, position, kind_wanted.rstrip("?"), value))
        return found

    def _kinds(self, count: int) -> list[str]:
        fixed = [each for each in self.kinds if not each.startswith("*")]
        rest = [each[1:] for each in self.kinds if each.startswith("*")]
        return fixed + rest * max(count - len(fixed), 0)

    def _convert(self, call: Call, position: int, wanted: str, value: Any) -> Any:
        check, convert, name = KINDS[wanted]
        if not check(value):
            raise CallFailed(f"needs {name} as argument {position + 1}, not {kind(value)}.")
        return value if convert is None else convert(value, call.budget)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bool) or is_number(value)


def _is_anything(value: Any) -> bool:
    del value
    return True


#: By kind of parameter: what is taken, what becomes of it, and what it is called.
KINDS: Mapping[str, tuple[Callable[[Any], bool], Callable[[Any, WorkBudget], Any] | None, str]] = {
    "any": (_is_anything, None, "anything"),
    "extra": (_is_anything, None, "anything"),
    "callback": (callable, None, "a function"),
    "something": (lambda value: not is_nothing(value), None, "a value"),
    "list": (lambda value: isinstance(value, list), None, "a list"),
    "text": (_is_scalar, to_text, "a text"),
    "written": (_is_anything, to_text, "anything"),
    "number": (_is_anything, to_number, "anything"),
    "whole": (_is_anything, to_whole, "anything"),
    "pattern": (
        lambda value: isinstance(value, Pattern) or _is_scalar(value),
        lambda value, budget: value if isinstance(value, Pattern) else to_text(value, budget),
        "a pattern or a text",
    ),
    "date": (lambda value: isinstance(value, Date), None, "a date"),
}


def method(name: str, kinds: str, work: Callable[..., Any]) -> Method:
    """A row: the name as `library.method`, the kinds with blanks between."""
    return Method(name, tuple(kinds.split()), work)
