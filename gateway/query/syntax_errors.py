"""What a syntax error says: what was found where, what could have stood there, what was meant.

Turns the parser's exception into ours; knows tokens, not trees.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.errors import QuerySyntaxError
from gateway.query.lexer import UNKNOWN

if TYPE_CHECKING:
    from lark import UnexpectedToken

#: How a token is called in front of people, in the order in which the choices are listed.
WORDS = {
    "NAME": "an item name",
    "PATH": "an item path",
    "INFRA": "an item path",
    "STEP": "an item path",
    "STRING": "a quoted value",
    "MULTILINE": "a quoted value",
    "NUMBER": "a number",
    "WORD": "true, false or null",
    "SCRIPT": "a script",
    "ALIAS": "a comparison (= != < <= > >=)",
    "_SEP": "a blank and a filter name",
    "_NOT": "not",
    "_AND": "and",
    "_OR": "or",
    "_LPAR": "(",
    "_RPAR": ")",
    "_COMMA": ",",
    "$END": "end of filter",
}
#: After a path and a blank a name is the name of a filter.
FILTER_NAME = "a filter name"

#: What people write (at the fault, with the characters before it) and what they mean.
HABITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"=="), "="),
    (re.compile(r"<>"), "!="),
    (re.compile(r"! *="), "!="),
    (re.compile(r"&&?"), "and"),
    (re.compile(r"\|\|?"), "or"),
    (re.compile(r"!"), "not ( ... )"),
    (re.compile(r"~"), "contains"),
    (re.compile(r"And\b"), "and"),
    (re.compile(r"Or\b"), "or"),
    (re.compile(r"Not\b"), "not"),
    (re.compile(r"[\u2018-\u201f\u00ab\u00bb\u2039\u203a]"), "'"),
)
#: What stands before the fault and at it, and the rule of the language that was broken.
LESSONS: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"{before}\Z"), re.compile(at), lesson)
    for before, at, lesson in (
        (r"not\s+", r"\w", "not stands before parentheses, as in not (name = 'a')"),
        (r"[\w=<>]\s+", r"\[", "a matching rule touches what it is for, as in =[polyStringNorm]"),
        (r"[\w=<>]", r"\[", "a matching rule is one name in brackets, as in =[polyStringNorm]"),
        (r"\(\s*", r"\)", "parentheses hold at least one value or filter"),
        (r",\s*", r"\)", "no comma stands before a closing parenthesis"),
        (r"[^\s,(]\s*", r",", "several values stand in parentheses, as in ('a', 'b')"),
        (r"", r"/\*", "the comment is not closed"),
        (r"", r"/", "a path holds no blank, no slash at an end, and .. only at its start"),
        (r"", r":\s", "a prefix touches its name, as in c:name"),
        (r"\.", r"[A-Za-z]", "a blank stands after the path '.', as in . isRoot"),
        (r"matches\s+[^\s(]+\s*", r"", "matches takes a filter in parentheses"),
        (r"(?:and|AND|or|OR)\s*", r"\Z", "a filter is missing at the end"),
        (r'""', r'"', 'a newline stands after the opening """'),
        (r"", r"""(['"])(?:(?!\1).)*\n""", 'a text of several lines stands between """ and """'),
    )
)
#: Longer texts before a fault say nothing about it.
LOOK_BACK = 80
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[+-]?[\d.]+")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def describe(text: str, fault: UnexpectedToken) -> QuerySyntaxError:
    """Our error for the parser's."""
    token = fault.token
    position = len(text) if token.type == "$END" else token.start_pos or 0
    accepts: set[str] = fault.interactive_parser.accepts() if fault.interactive_parser else set()  # type: ignore[no-untyped-call]
    if token.type == "_SEP":
        position = token.end_pos or position
    found = _describe_found(text, position)
    return QuerySyntaxError(
        _reason(text, position, found, is_unknown=token.type == UNKNOWN),
        text=text,
        position=position,
        found=found,
        expected=_list_expected(accepts),
        suggestion=_suggestion(text, position),
    )


def _describe_found(text: str, position: int) -> str:
    if position >= len(text):
        return "end of filter"
    word = _WORD.match(text, position)
    return word.group()[:40] if word else text[position]


def _reason(text: str, position: int, found: str, *, is_unknown: bool) -> str:
    sentence = f"Unexpected '{found}'"
    if is_unknown and found in {"'", '"', "`"}:
        sentence = f"the quote {found} is not closed"
    elif position >= len(text):
        sentence = "Unexpected end of filter"
    lesson = _lesson(text, position)
    return f"Syntax error: {sentence}; {lesson}" if lesson else f"Syntax error: {sentence}"


def _lesson(text: str, position: int) -> str | None:
    near = text[max(0, position - LOOK_BACK) : position]
    for before, at, lesson in LESSONS:
        if before.search(near) and at.match(text, position):
            return lesson
    return None


def _list_expected(accepts: set[str]) -> tuple[str, ...]:
    if "STRING" in accepts and "_SEP" not in accepts:
        # A filter whose value is missing is read to its end, for a better message later.
        accepts = accepts - {"_AND", "_OR", "$END"}
    words = [word for token, word in WORDS.items() if token in accepts]
    if "NAME" in accepts and "PATH" not in accepts:
        words[words.index(WORDS["NAME"])] = FILTER_NAME
    return tuple(dict.fromkeys(words))


def _suggestion(text: str, position: int) -> str | None:
    for pattern, meant in HABITS:
        for start in (position - 1, position):
            match = pattern.match(text, max(start, 0))
            if match and match.end() > position:
                return meant
    return _find_quoted(text, position)


def _find_quoted(text: str, position: int) -> str | None:
    """The value around `position` in quotes, where quotes are what is missing."""
    start = max(
        text.rfind(blank, max(0, position - 64), position)
        for blank in (" ", "(", ",", "=", "<", ">")
    )
    for pattern in (_UUID, _DATE, _NUMBER):
        match = pattern.match(text, start + 1)
        if match and match.end() >= position and len(match.group()) > 1:
            return f'"{match.group()}"'
    return None
