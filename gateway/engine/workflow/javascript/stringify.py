"""Values as JSON text, and JSON text as values."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.dates import Date
from gateway.engine.workflow.javascript.numbers import number, write_number
from gateway.engine.workflow.javascript.patterns import Pattern
from gateway.engine.workflow.javascript.values import UNDEFINED, is_number, own_keys
from gateway.engine.workflow.limits import DEEPEST, MAX_SIZE, TooMuch, check_depth, check_size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gateway.engine.workflow.limits import WorkBudget

#: Characters of one step of indentation, at most.
_WIDEST = 10
#: Characters that are read at the cost of looking at one value.
_READ_AT_ONCE = 32
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


class NoJson(ValueError):
    """A text is no JSON; the message says where it ends to be."""


def stringify(
    value: Any, budget: WorkBudget, *, only: Collection[str] | None = None, indent: float | str = ""
) -> str | None:
    """The value as JSON text, with only some keys of objects; None for undefined.

    `indent` is what one level is moved by: a number of blanks, or a text.
    """
    if value is UNDEFINED:
        return None
    step = " " * max(int(indent), 0) if isinstance(indent, int | float) else indent
    parts: list[str] = []
    size = 0
    for part in _write(value, budget, only, step[:_WIDEST], "\n"):
        size += len(part)
        check_size(size)
        parts.append(part)
    budget.make(size)
    return "".join(parts)


def _write(
    value: Any, budget: WorkBudget, only: Collection[str] | None, step: str, margin: str
) -> Iterator[str]:
    budget.look()
    if isinstance(value, list):
        inner = [("", UNDEFINED if each is UNDEFINED else each) for each in value]
        yield from _block("[]", inner, budget, only, step, margin)
    elif isinstance(value, dict):
        colon = ": " if step else ":"
        keys = own_keys(value) if only is None else [key for key in only if key in value]
        pairs = [(quote(key) + colon, value[key]) for key in keys if value[key] is not UNDEFINED]
        yield from _block("{}", pairs, budget, only, step, margin)
    else:
        yield _scalar(value)


def _block(
    brackets: str,
    parts: list[tuple[str, Any]],
    budget: WorkBudget,
    only: Collection[str] | None,
    step: str,
    margin: str,
) -> Iterator[str]:
    inner = margin + (step or " ")
    check_depth((len(inner) - 1) // max(len(step), 1))
    if not parts:
        yield brackets
        return
    for index, (name, value) in enumerate(parts):
        lead = "," if index else brackets[0]
        yield f"{lead}{inner if step else ''}{name}"
        yield from _write(value, budget, only, step, inner)
    yield f"{margin if step else ''}{brackets[1]}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return write_number(value) if math.isfinite(value) else "null"
    if isinstance(value, Date):
        return "null" if value.is_invalid else quote(value.iso)
    return "{}" if isinstance(value, Pattern) else "null"


def quote(text: str) -> str:
    """The text as JSON, with half characters escaped."""
    written = json.dumps(text, ensure_ascii=False)
    if written.isascii():
        return written.replace("\\u007f", "\x7f")
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", written)


def parse_json(text: str, budget: WorkBudget) -> Any:
    """What a JSON text says; raises `NoJson`, or `TooMuch` for one that nests too deep."""
    budget.make(len(text))
    budget.look(len(text) // _READ_AT_ONCE)
    _check_nesting(text)
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_whole, parse_float=_real)
    except ValueError as fault:
        reason = fault.msg if isinstance(fault, json.JSONDecodeError) else str(fault)
        where = fault.pos + 1 if isinstance(fault, json.JSONDecodeError) else 1
        raise NoJson(f"The text is no JSON at character {where}: {reason}.") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no value")


def _whole(digits: str) -> Any:
    return number(int(digits)) if len(digits) < 20 else number(float(digits))


def _real(digits: str) -> Any:
    return number(float(digits))


def _check_nesting(text: str) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > DEEPEST:
            raise TooMuch(f"The text nests deeper than {DEEPEST} lists and objects.")


def plain(value: Any) -> Any:
    """The value as JSON can hold it: undefined is left out, or null in a list; dates are texts.

    Raises `TooMuch` for one that is too deep or, written, too large.
    """
    return _Plain().make(value, 0)


class _Plain:
    """Makes plain values and counts how much they would be as text."""

    def __init__(self) -> None:
        self._left = MAX_SIZE

    def make(self, value: Any, depth: int) -> Any:
        check_depth(depth)
        self._left -= len(value) + 2 if isinstance(value, str) else 4
        if self._left < 0:
            raise TooMuch(f"The result is larger than {MAX_SIZE} bytes.")
        if isinstance(value, list):
            return [None if each is UNDEFINED else self.make(each, depth + 1) for each in value]
        if isinstance(value, dict):
            return {
                self.make(key, depth + 1): self.make(each, depth + 1)
                for key, each in value.items()
                if each is not UNDEFINED
            }
        return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else None
    if isinstance(value, Date):
        return None if value.is_invalid else value.iso
    if isinstance(value, Pattern):
        return {}
    if isinstance(value, str) and not value.isascii() and re.search("[\ud800-\udfff]", value):
        raise TooMuch("A text was cut in the middle of a character, so that it cannot be written.")
    return value
