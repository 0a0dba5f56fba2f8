"""A query as parts: what is between dots, brackets, bars and colons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.engine.workflow.javascript.patterns import BadPattern, Pattern, pattern_of

#: Characters of a query, and queries inside one another.
LONGEST, DEEPEST = 4_096, 16
_OPEN, _CLOSE = "[{(", "]})"
_COMPARISON = re.compile(r"(!)?(=|~|:|<=|>=|<|>)")
_COMMA = re.compile(",")
_JOINT = re.compile("[&|]")
_PATTERN = re.compile(r"/(.*)/([a-z]?)")
_BLANKS = "\t\n\v\f\r \u00a0\ufeff\u2028\u2029"


class BadQuery(ValueError):
    """A query is refused; the message says why."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A query in braces, whose answer is used as a key or value."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A `?`: nobody gives it a value here."""


Word = str | Inner | QueryParameter


@dataclass(frozen=True, slots=True)
class Root:
    """Begins at the whole value, or at the argument that stands in parentheses."""

    argument: Word | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """Begins above the value, where nothing is."""


@dataclass(frozen=True, slots=True)
class Get:
    """One key, or of a list that key of each element."""

    key: Word


@dataclass(frozen=True, slots=True)
class MemberValues:
    """All elements; `is_deep` takes those of lists inside, too."""

    is_deep: bool


@dataclass(frozen=True, slots=True)
class ElementTest:
    """What an element is tested by; `joint` is `&` or `|` to the tests before, or empty."""

    key: Word
    operator: str
    value: Word | Pattern
    is_negated: bool
    joint: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """The first element, or all, that pass the tests."""

    tests: tuple[ElementTest, ...]
    is_multiple: bool


@dataclass(frozen=True, slots=True)
class Alternative:
    """A bar: what follows counts when there is nothing before."""


@dataclass(frozen=True, slots=True)
class Helper:
    """`:get(key)`, a key in one piece; functions of other names, which nobody has, are passed over."""

    name: str
    key: Word | None = None


@dataclass(frozen=True, slots=True)
class Deep:
    """The first member for which the rest leads to something."""

    parts: tuple[Part, ...]


Part = Root | Parent | Get | MemberValues | Select | Alternative | Helper | Deep


@lru_cache(maxsize=512)
def read_query(text: str) -> tuple[Part, ...]:
    """The parts of a query; raises `BadQuery` for one that is too long or has a broken pattern."""
    if len(text) > LONGEST:
        raise BadQuery(f"A query has at most {LONGEST} characters.")
    return _read(text, 0)


def _read(text: str, depth: int) -> tuple[Part, ...]:
    if depth > DEEPEST:
        raise BadQuery(f"A query has at most {DEEPEST} queries inside one another.")
    return _Reader(text, depth).parts() if text else ()


class _Reader:
    """Goes through a text once; brackets of all kinds count alike."""

    def __init__(self, text: str, depth: int) -> None:
        self._text = text
        self._depth = depth
        self._parts: list[Part] = []
        #: Where the parts of a deep query are collected, if one is open.
        self._deep: list[Part] | None = None
        self._mode = "get"
        self._start = 0

    def parts(self) -> tuple[Part, ...]:
        """All parts."""
        nesting, end, offset = 0, 0, 0
        for index, char in enumerate(self._text):
            if index == offset:
                self._begin(char, self._text[index + 1 : index + 2])
            if nesting == 0 and char in ".:[{(":
                self._take(
                    end, {".": "get", ":": "helper", "[": "select", "(": "argument"}.get(char, "")
                )
            if nesting == 0 and char == "|":
                self._take(end, "get")
                self._close_deep()
                self._parts.append(Alternative())
                offset = index + 1
            nesting += (char in _OPEN) - (char in _CLOSE)
            if nesting == 0 and char in _CLOSE:
                self._take(end, "get")
            end = index + 1
        self._take(end, "get")
        self._close_deep()
        return tuple(self._parts)

    def _begin(self, char: str, following: str) -> None:
        """The start of the query or of an alternative."""
        if char not in ":.":
            self._parts.append(Root())
        if char == "." and following == ".":
            self._parts.append(Parent())

    def _take(self, end: int, following: str) -> None:
        """The text since the last sign is a part."""
        text = self._text[self._start : end] if end > self._start else ""
        mode, self._mode, self._start = self._mode, following, end + 1
        if mode == "get" and text.strip(_BLANKS):
            self._push(Get(text.strip(_BLANKS)))
        elif mode == "select":
            self._push_select(text)
        elif mode == "helper" and text:
            self._push(Helper(text.strip(_BLANKS)))
        elif mode == "argument":
            self._push_argument(text)

    def _push(self, part: Part) -> None:
        (self._parts if self._deep is None else self._deep).append(part)

    def _push_select(self, text: str) -> None:
        if text:
            part = _selection(text, self._depth)
            if part != Get(""):
                self._push(part)
            return
        self._close_deep()
        self._deep = []

    def _push_argument(self, text: str) -> None:
        """What stands in parentheses belongs to the part before."""
        words = _arguments(text, self._depth)
        if not self._parts and self._deep is None:
            raise BadQuery("The query has parentheses after nothing.")
        if self._deep is not None or not words:
            return
        last = self._parts[-1]
        if isinstance(last, Root):
            self._parts[-1] = Root(words[0])
        elif isinstance(last, Helper):
            self._parts[-1] = Helper(last.name, words[0])

    def _close_deep(self) -> None:
        if self._deep is not None:
            self._parts.append(Deep(tuple(self._deep)))
            self._deep = None


def _arguments(text: str, depth: int) -> list[Word]:
    pieces = [text] if text == "," else _split(text, _COMMA)[::2]
    return [_word(piece.strip(_BLANKS), depth) for piece in pieces]


def _selection(text: str, depth: int) -> Part:
    if text in ("*", "**"):
        return MemberValues(is_deep=text == "**")
    is_multiple = text[0] == "*"
    text = text[1:] if is_multiple else text
    pieces = _split(text, _JOINT)
    if len(pieces) > 1:
        tests = [_test(piece.strip(_BLANKS), depth) for piece in pieces[::2]]
        joints = ["", *pieces[1::2]]
        if tests[0] is None or len(tests) != len(joints):
            raise BadQuery("A filter does not compare anything.")
        found = [
            ElementTest(test.key, test.operator, test.value, test.is_negated, joint)
            for test, joint in zip(tests, joints, strict=True)
            if test is not None
        ]
        return Select(tuple(found), is_multiple)
    test = _test(text.strip(_BLANKS), depth)
    if test is None:
        return Get(_word(text.strip(_BLANKS), depth))
    return Select((test,), is_multiple)


def _test(text: str, depth: int) -> ElementTest | None:
    pieces = _split(text, _COMPARISON, most=2)
    if len(pieces) != 3:
        return None
    key, sign, written = (piece.strip(_BLANKS) for piece in pieces)
    operator = sign.removeprefix("!")
    if operator == ":":
        value: Word | Pattern = Inner(_read(f":{written}", depth + 1))
    else:
        value = _word(written, depth)
        if operator == "~" and isinstance(value, str):
            value = _pattern(value)
    return ElementTest(_word(key, depth), operator, value, sign.startswith("!"))


def _pattern(text: str) -> str | Pattern:
    found = _PATTERN.fullmatch(text)
    if found is None:
        return text
    try:
        return pattern_of(found[1], found[2])
    except BadPattern as fault:
        raise BadQuery(str(fault)) from None


def _word(text: str, depth: int) -> Word:
    if text[:1] == "{" and text[-1:] == "}":
        return Inner(_read(text[1:-1], depth + 1))
    return QueryParameter() if text[:1] == "?" else text


def _split(text: str, sign: re.Pattern[str], most: float = float("inf")) -> list[str]:
    """Pieces and signs in turn; signs inside of brackets count as text."""
    pieces: list[str] = []
    start = 0
    for begin, end in _zones(text):
        at = begin
        while most > 1 and (found := sign.search(text, at, end)):
            pieces += [text[start : found.start()], found[0]]
            start = at = found.end()
            most -= 1
    return [*pieces, text[start:]] if start < len(text) else pieces


def _zones(text: str) -> list[tuple[int, int]]:
    """What is outside of all brackets."""
    zones: list[tuple[int, int]] = []
    nesting, start = 0, 0
    for index, char in enumerate(text):
        if char in _OPEN:
            if nesting == 0:
                zones.append((start, index))
            nesting += 1
        elif char in _CLOSE:
            nesting -= 1
            if nesting == 0:
                start = index + 1
    return [*zones, (start, len(text))] if nesting == 0 and start < len(text) else zones
