"""Regular expressions of JavaScript's dialect, translated for a matcher that can be stopped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from time import thread_time
from typing import TYPE_CHECKING

import regex

from gateway.engine.workflow.limits import PATIENCE, TooMuch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.engine.workflow.limits import WorkBudget

#: Characters of a pattern, at most.
MAX_PATTERN_LENGTH = 4_096
#: Characters that are searched at the cost of looking at one value.
_READ_AT_ONCE = 64
#: Seconds that are left at least: none at all would mean no limit.
_SHORTEST = 0.001
_KNOWN_FLAGS = "dgimsuy"
_NEWLINES = r"\n\r\u2028\u2029"
_BLANK = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_QUANTIFIER = regex.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_GROUP = regex.compile(r"\(\?(?::|=|!|<=|<!|<(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)>)")
_ESCAPE = regex.compile(
    r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|c[A-Za-z]|k<[^>]*>|[pP]\{[A-Za-z_=]*\}|[0-9]+|.)",
    regex.DOTALL,
)
#: What an escaped letter means, outside and inside of brackets.
_CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": f"[{_BLANK}]",
    "S": f"[^{_BLANK}]",
}
#: Inside of brackets, what is not in a class.
_OUTSIDE = {
    "D": r"\x00-/:-\U0010ffff",
    "W": r"\x00-/:-@\[-\^`{-\U0010ffff",
    "S": (
        r"\x00-\x08\x0e-\x1f!-\x9f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e"
        r"\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff"
    ),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f", "0": "\0"}


class BadPattern(ValueError):
    """A pattern cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression and its flags."""

    source: str
    flags: str = ""

    def __str__(self) -> str:
        return f"/{self.source}/{self.flags}"

    @property
    def is_global(self) -> bool:
        """Whether it finds all matches."""
        return "g" in self.flags


def pattern_of(source: str, flags: str = "") -> Pattern:
    """The pattern; raises `BadPattern`."""
    if unknown := [flag for flag in flags if flag not in _KNOWN_FLAGS or flags.count(flag) > 1]:
        raise BadPattern(f"The pattern's flags '{flags}' are not read: '{unknown[0]}'.")
    if "y" in flags:
        raise BadPattern("The pattern's flag 'y' is not supported.")
    pattern = Pattern(source or "(?:)", flags)
    _compile(pattern)
    return pattern


def literal(text: str) -> Pattern:
    """The pattern that finds the text itself."""
    return Pattern(regex.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", text) or "(?:)")


def search(pattern: Pattern, text: str, budget: WorkBudget) -> regex.Match[str] | None:
    """The first match; raises `TooMuch` when it takes too long."""
    return next(matches(pattern, text, budget, is_single=True), None)


def matches(
    pattern: Pattern, text: str, budget: WorkBudget, *, is_single: bool = False
) -> Iterator[regex.Match[str]]:
    """All matches, or the first one of a pattern that is not global; raises `TooMuch`."""
    compiled = _compile(pattern)
    start = 0
    while start <= len(text):
        found = _find(compiled, text, start, budget)
        budget.look(((found.end() if found else len(text)) - start) // _READ_AT_ONCE + 1)
        if found is None:
            return
        yield found
        if is_single or not pattern.is_global:
            return
        start = found.end() + (found.end() == found.start())


def _find(
    compiled: regex.Pattern[str], text: str, start: int, budget: WorkBudget
) -> regex.Match[str] | None:
    began = thread_time()
    try:
        return compiled.search(text, start, timeout=max(budget.patience, _SHORTEST))
    except TimeoutError:
        raise TooMuch(f"Its patterns search longer than {PATIENCE:.0f} s.") from None
    finally:
        budget.patience -= thread_time() - began


@lru_cache(maxsize=256)
def _compile(pattern: Pattern) -> regex.Pattern[str]:
    if len(pattern.source) > MAX_PATTERN_LENGTH:
        raise BadPattern(f"A pattern has at most {MAX_PATTERN_LENGTH} characters.")
    flags = regex.VERSION0 | (regex.IGNORECASE if "i" in pattern.flags else 0)
    try:
        return regex.compile(_Translation(pattern).text(), flags)
    except (regex.error, OverflowError, RecursionError) as fault:
        reason = str(fault) or "it nests too deep"
        raise BadPattern(f"The pattern cannot be read: {reason}.") from None


class _Translation:
    """Goes through a pattern once."""

    def __init__(self, pattern: Pattern) -> None:
        self._source = pattern.source
        self._is_dot_all = "s" in pattern.flags
        self._is_multiline = "m" in pattern.flags
        self._is_unicode = "u" in pattern.flags
        self._at = 0
        #: Whether what stands before can be repeated.
        self._is_repeatable = False

    def text(self) -> str:
        """The whole pattern, translated."""
        parts = []
        while self._at < len(self._source):
            parts.append(self._part())
        return "".join(parts)

    def _part(self) -> str:
        char = self._source[self._at]
        read = {"\\": self._escape, "[": self._class, "(": self._group, "{": self._brace}.get(char)
        if read is not None:
            return read()
        self._at += 1
        if char in "*+?":
            return self._repeat(char)
        self._is_repeatable = char not in "^|$"
        return self._plain(char)

    def _plain(self, char: str) -> str:
        if char == ".":
            return r"[\s\S]" if self._is_dot_all else f"[^{_NEWLINES}]"
        if char == "^":
            return rf"(?:\A|(?<=[{_NEWLINES}]))" if self._is_multiline else r"\A"
        if char == "$":
            return rf"(?:\Z|(?=[{_NEWLINES}]))" if self._is_multiline else r"\Z"
        return char if char in "|)" else regex.escape(char, special_only=True)

    def _repeat(self, sign: str) -> str:
        """A quantifier, perhaps a lazy one; a second one repeats nothing."""
        if not self._is_repeatable:
            raise BadPattern(f"The pattern repeats nothing at character {self._at}.")
        self._is_repeatable = False
        if self._source[self._at : self._at + 1] == "?":
            self._at += 1
            return f"{sign}?"
        return sign

    def _brace(self) -> str:
        found = _QUANTIFIER.match(self._source, self._at)
        if found is None:
            self._at += 1
            self._is_repeatable = True
            return r"\{"
        self._at = found.end()
        return self._repeat(found[0])

    def _group(self) -> str:
        self._is_repeatable = False
        if self._source[self._at : self._at + 2] != "(?":
            self._at += 1
            return "("
        found = _GROUP.match(self._source, self._at)
        if found is None:
            raise BadPattern(
                f"The pattern has a group of an unknown kind at character {self._at + 1}."
            )
        self._at = found.end()
        name = found["name"]
        return found[0] if name is None else f"(?P<{name.replace('$', '_')}>"

    def _take_escape(self) -> str:
        """An escape without its backslash."""
        found = _ESCAPE.match(self._source, self._at)
        if found is None:
            raise BadPattern("The pattern ends in a backslash.")
        self._at = found.end()
        return found[0][1:]

    def _escape(self) -> str:
        taken = self._take_escape()
        self._is_repeatable = taken not in ("b", "B")
        if taken in ("b", "B"):
            is_word, not_word = "[A-Za-z0-9_]", "[A-Za-z0-9_]"
            edge = f"(?:(?<={is_word})(?!{not_word})|(?<!{is_word})(?={not_word}))"
            return edge if taken == "b" else f"(?!{edge})"
        if taken in _CLASSES:
            return _CLASSES[taken]
        if taken.isdigit() and taken != "0":
            return f"(?:\\{taken})"
        if taken.startswith("k<"):
            return f"(?P={taken[2:-1].replace('$', '_')})"
        return self._character(taken)

    def _character(self, taken: str) -> str:
        """An escape that stands for itself or for another character."""
        if taken[0] in "pP" and len(taken) > 1 and self._is_unicode:
            return f"\\{taken}"
        if taken in _CONTROLS:
            return regex.escape(_CONTROLS[taken], special_only=False)
        if taken[0] == "c" and len(taken) > 1:
            return regex.escape(chr(ord(taken[1].upper()) % 32), special_only=False)
        if taken[0] in "xu" and len(taken) > 1:
            return regex.escape(self._read_code(taken[1:].strip("{}")), special_only=False)
        return "".join(regex.escape(char, special_only=False) for char in taken)

    def _read_code(self, digits: str) -> str:
        code = int(digits, 16)
        if code > 0x10FFFF:
            raise BadPattern("The pattern has an unknown character.")
        return chr(code)

    def _class(self) -> str:
        """All between brackets; the first `]` ends it, even if nothing stands before."""
        self._at += 1
        self._is_repeatable = True
        is_negated = self._source[self._at : self._at + 1] == "^"
        self._at += is_negated
        parts: list[str] = []
        while (char := self._source[self._at : self._at + 1]) != "]":
            if not char:
                raise BadPattern("The pattern has a bracket without its end.")
            parts.append(self._member(char))
        self._at += 1
        if not parts:
            return r"[\s\S]" if is_negated else r"(?!)"
        return f"[{'^' if is_negated else ''}{''.join(parts)}]"

    def _member(self, char: str) -> str:
        if char != "\\":
            self._at += 1
            return char if char == "-" else regex.escape(char, special_only=False)
        taken = self._take_escape()
        if taken in _CLASSES:
            return self._inner(taken)
        return r"\x08" if taken == "b" else self._character(taken)

    def _inner(self, taken: str) -> str:
        """A class inside of brackets; a negated one is none of its characters."""
        return _CLASSES[taken][1:-1] if taken in "dws" else _OUTSIDE[taken]
